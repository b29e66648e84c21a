"""What one transaction writes: everything that some stretch of a journal or a file yielded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.model import FlowSummary, LeakRecord, LedgerEntry, Suspect


@dataclass(frozen=True, slots=True)
class Batch:
    """Findings of `run` over `capture`, written whole or not at all.

    `offset` is where in the journal the analysis stands after them (None: leave it). `ledger_keys` names each entry
    of `ledger` in turn, so that a running count replaces its former state; entries without a key are told apart by
    what they say. `values` gives the plain value of identifiers by name; only its HMAC is stored.
    """

    capture: str
    run: str
    records: Sequence[LeakRecord] = ()
    flows: Sequence[FlowSummary] = ()
    ledger: Sequence[LedgerEntry] = ()
    marks: Sequence[Mark | MarkCorrected] = ()
    offset: int | None = None
    ledger_keys: Sequence[str] = ()
    values: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    suspects: Sequence[Suspect] = ()
