"""The nouns of leakwatch: frozen, slotted dataclasses, standard library only."""

from leakwatch.model.device import App, Cipher, DeviceProfile, Hooked, Identifier, Keys
from leakwatch.model.records import (
    LEDGER_KINDS,
    RECORD_FIELDS,
    Attribution,
    Findings,
    FlowSummary,
    Leak,
    LeakRecord,
    LedgerEntry,
    Suspect,
)
from leakwatch.model.segments import Match, Part, Segment, Variant
from leakwatch.model.words import Boundary, Confidence, Direction, Party

__all__ = [
    "LEDGER_KINDS",
    "RECORD_FIELDS",
    "App",
    "Attribution",
    "Boundary",
    "Cipher",
    "Confidence",
    "DeviceProfile",
    "Direction",
    "Findings",
    "FlowSummary",
    "Hooked",
    "Identifier",
    "Keys",
    "Leak",
    "LeakRecord",
    "LedgerEntry",
    "Match",
    "Part",
    "Party",
    "Segment",
    "Suspect",
    "Variant",
]
