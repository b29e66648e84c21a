"""A capture inside somebody's own mitmproxy set-up: the addon makes the folder and looks after the follower itself."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from leakwatch.capture.child import Child
from leakwatch.errors import LeakwatchError

RESTART_SECONDS = 5.0
FINISH_SECONDS = 60.0


class OwnSetup:
    """What `leakwatch proxy` does around the addon, for `mitmdump -s`: folder, profile copy, follower."""

    def __init__(self, profile: Path, db: str, key: str) -> None:
        self._profile = profile.expanduser()
        self._db = db
        self._key = key
        self._follower: Child | None = None
        self._due = 0.0
        self.facts: dict[str, Any] = {}

    def prepare(self) -> Path:
        """Make the capture's folder with the profile's copy and return where its journal is to be.

        Raises ProfileError or StoreError before anything passes: a wrong profile would be found too late.
        """
        from leakwatch.identifiers.profile import load_profile
        from leakwatch.store import Store  # SQLAlchemy, needed only here in the proxy process
        from leakwatch.store.captures import new_id

        profile = load_profile(self._profile)
        with Store.open(self._db or None) as store:
            folder = store.capture_folder(new_id("c", time.time()))
        self.facts = {"device": profile.label, "profile_digest": profile.digest, "folder": str(folder)}
        self.facts["journal_key"] = str(Path(self._key).absolute()) if self._key else ""
        try:
            with os.fdopen(os.open(folder / "profile.yaml", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as copy:
                copy.write(self._profile.read_bytes())
        except OSError as error:
            raise LeakwatchError(f"{folder}: the profile's copy cannot be written: {error.strerror}") from None
        return folder / "journal"

    def start_follower(self, journal: Path) -> None:
        """Start the analysis beside the proxy."""
        command = [sys.executable, "-m", "leakwatch.capture.follower", "--journal", str(journal)]
        for option, value in (("--db", self._db), ("--key", self._key)):
            command += [option, value] if value else []
        self._follower = Child("follower", command, journal.parent / "follower.log", bound=True)
        self._follower.start()

    def watch(self) -> None:
        """Start a follower again that died, after a pause; it resumes where it was."""
        if self._follower is None or self._follower.running:
            return
        now = time.monotonic()
        if not self._due:
            self._due = now + RESTART_SECONDS
        elif now >= self._due:
            self._due = 0.0
            self._follower.start()

    def finish(self) -> None:
        """Wait for the follower, which ends by itself with the journal; one that died meanwhile gets another try."""
        if self._follower is None:
            return
        if not self._follower.running:
            self._follower.start()
        if not self._follower.wait(FINISH_SECONDS):
            self._follower.ask_to_end()  # `leakwatch analyse` does the rest
