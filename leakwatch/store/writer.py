"""The one writer: a batch becomes rows, each exactly once however often it is written."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, update
from sqlalchemy.dialects import postgresql, sqlite

from leakwatch.errors import StoreError
from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.model import FlowSummary, LeakRecord, LedgerEntry, Suspect
from leakwatch.store import keyfile, phases, plain, tables
from leakwatch.store.batch import Batch

if TYPE_CHECKING:
    from leakwatch.store.database import Store

_LEAK_COLUMNS = tuple(c.name for c in tables.leak.columns if c.name not in {"run", "at", "chain"})
_FLOW_COLUMNS = tuple(c.name for c in tables.flow.columns if c.name not in {"capture", "at", "time"})
_SUSPECT_COLUMNS = ("exchange", "host", "direction", "location", "key", "kind", "value", "reason")
_ATTRIBUTION = tuple(c.name for c in tables.attribution.columns if c.name not in {"run", "exchange", "reason"})


def write(connection: Connection, batch: Batch, store: Store) -> None:
    """Write every row of a batch over a connection that is in a transaction."""
    kinds = {record.identifier: record.kind for record in batch.records}
    kinds |= {name: kinds.get(name, "") for name in batch.values}
    searched = [(name, kind, batch.values.get(name, b"")) for name, kind in kinds.items()]
    put_identifiers(connection, batch.capture, searched, store)
    _insert(connection, tables.leak, [_leak_row(batch, record) for record in batch.records])
    _insert(connection, tables.attribution, [_attribution_of_leak(batch, record) for record in batch.records])
    _upsert(connection, tables.flow, [_flow_row(batch, flow) for flow in batch.flows])
    _upsert(connection, tables.attribution, [_attribution_of_flow(batch, flow) for flow in batch.flows])
    _upsert(connection, tables.ledger, _ledger_rows(batch))
    _insert(connection, tables.suspect, [_suspect_row(batch, suspect, store) for suspect in batch.suspects])
    if batch.marks:
        _put_marks(connection, batch)
    if batch.offset is not None:
        run = update(tables.analysis_run).where(tables.analysis_run.c.run == batch.run)
        connection.execute(run.values(journal_offset=batch.offset))


def put_identifiers(
    connection: Connection, capture: str, searched: Iterable[tuple[str, str, bytes]], store: Store
) -> None:
    """Store what is searched for in a capture: name, kind, and the HMAC of the value where it is known."""
    known, unknown = [], []
    for name, kind, value in searched:
        row = {"capture": capture, "identifier": name, "kind": kind}
        if value:
            known.append(plain.row({**row, "value_hmac": keyfile.digest(store.hmac_key(), value)}))
        else:
            unknown.append(plain.row({**row, "value_hmac": ""}))
    _insert(connection, tables.identifier, unknown)
    _upsert(connection, tables.identifier, known, keep=("kind",))


def review(connection: Connection, leak: str, verdict: str, who: str, note: str) -> None:
    """Add a judgement; the ones before stay."""
    if verdict not in {"confirm", "reject"}:
        raise StoreError(f"review {verdict!r} is unknown; use confirm or reject")
    now = time.time()
    row = {"leak": leak, "at": now, "time": plain.iso(now), "verdict": verdict, "who": who, "note": note}
    _insert(connection, tables.review, [plain.row(row)])


# -- rows --------------------------------------------------------------------------------------------------------------


def _leak_row(batch: Batch, record: LeakRecord) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _LEAK_COLUMNS}
    row |= {"run": batch.run, "capture": batch.capture, "at": plain.seconds(record.time)}
    return plain.row({**row, "chain": plain.dumps(list(record.chain))})


def _attribution_of_leak(batch: Batch, record: LeakRecord) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _ATTRIBUTION}
    return plain.row({**row, "run": batch.run, "exchange": record.exchange, "reason": ""})


def _flow_row(batch: Batch, flow: FlowSummary) -> dict[str, Any]:
    row = {name: getattr(flow, name) for name in _FLOW_COLUMNS}
    return plain.row({**row, "capture": batch.capture, "at": flow.time, "time": plain.iso(flow.time)})


def _attribution_of_flow(batch: Batch, flow: FlowSummary) -> dict[str, Any]:
    row = {name: str(getattr(flow.attribution, name)) for name in (*_ATTRIBUTION, "reason")}
    return plain.row({**row, "run": batch.run, "exchange": flow.exchange})


def _ledger_rows(batch: Batch) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    told: Counter[str] = Counter()
    for place, entry in enumerate(batch.ledger):
        if place < len(batch.ledger_keys):
            key = batch.ledger_keys[place]
        else:
            key = _ledger_key(entry)
            told[key] += 1
            key = f"{key}.{told[key]}"  # the same thing said twice is two entries
        rows[key] = plain.row(
            {
                "capture": batch.capture,
                "run": batch.run,
                "entry": key,
                "time": plain.iso(entry.time),
                "at": entry.time,
                **{n: getattr(entry, n) for n in ("kind", "host", "exchange", "direction", "count", "bytes", "detail")},
            }
        )
    return list(rows.values())


def _suspect_row(batch: Batch, suspect: Suspect, store: Store) -> dict[str, Any]:
    row = {name: str(getattr(suspect, name)) for name in _SUSPECT_COLUMNS}
    hmac = keyfile.digest(store.hmac_key(), suspect.raw)
    told = plain.dumps([suspect.host, suspect.location, suspect.kind, hmac])
    row |= {"capture": batch.capture, "run": batch.run, "time": plain.iso(suspect.time), "value_hmac": hmac}
    row["suspect"] = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return plain.row({**row, "at": suspect.time})


def _ledger_key(entry: LedgerEntry) -> str:
    told = plain.dumps([entry.time, entry.kind, entry.host, entry.exchange, entry.direction, entry.detail])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _put_marks(connection: Connection, batch: Batch) -> None:
    marks = [phases.mark_row(batch.capture, mark) for mark in batch.marks if isinstance(mark, Mark)]
    corrections = [phases.correction_row(batch.capture, c) for c in batch.marks if isinstance(c, MarkCorrected)]
    _insert(connection, tables.mark, marks)
    _insert(connection, tables.mark_correction, corrections)
    phases.recompute(connection, batch.capture)


# -- statements --------------------------------------------------------------------------------------------------------


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose primary key is new; the others stay as they are."""
    if rows:
        connection.execute(_dialect(connection).insert(table).on_conflict_do_nothing(), rows)


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], keep: Sequence[str] = ()) -> None:
    """Insert rows, or replace those of the same primary key, except in the columns `keep`."""
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = _dialect(connection).insert(table)
    changing = [c.name for c in table.columns if c.name not in {*key, *keep}]
    fresh = {name: statement.excluded[name] for name in changing}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh), rows)


def _dialect(connection: Connection) -> Any:
    """The module whose `insert` knows ON CONFLICT for this database."""
    return postgresql if connection.dialect.name == "postgresql" else sqlite
