"""The journal: event types, framing, reader and marks; knows no mitmproxy."""

from leakwatch.journal.marks import PhaseAt, apply_corrections, parse_mark, phase_at, phase_intervals
from leakwatch.journal.reader import JournalFollower, journal_digest, read_journal
from leakwatch.journal.sealing import load_key
from leakwatch.journal.writer import JournalWriter

__all__ = [
    "JournalFollower",
    "JournalWriter",
    "PhaseAt",
    "apply_corrections",
    "journal_digest",
    "load_key",
    "parse_mark",
    "phase_at",
    "phase_intervals",
    "read_journal",
]
