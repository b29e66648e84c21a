"""What a user can mend: each error is one line that says what, where and what to do."""


class LeakwatchError(Exception):
    """Base of every error shown to a user as one line, without a traceback.

    `exit_status` is the process's status: 1 for a failed check, 2 for wrong usage or an unreadable input.
    """

    exit_status = 2


class ProfileError(LeakwatchError):
    """A device profile cannot be used as it stands."""


class SourceError(LeakwatchError):
    """A capture file cannot be read at all (a file that is torn is read as far as it goes instead)."""


class SignatureError(LeakwatchError):
    """A signature file breaks the schema or contradicts another one."""


class StoreError(LeakwatchError):
    """A database cannot be opened, is locked, is full, or is newer than this version."""


class JournalError(LeakwatchError):
    """A journal cannot be written or is not a journal of ours."""


class QueryError(LeakwatchError):
    """A filter or an expression (`--fail-on`) names what does not exist."""


class MarkError(LeakwatchError):
    """A mark names an axis or a word that does not exist, or a marks file cannot be read."""
