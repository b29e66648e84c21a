"""Rows of captures and of their analyses."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, select
from sqlalchemy import update as sql_update

from leakwatch.errors import StoreError
from leakwatch.store import plain
from leakwatch.store.tables import analysis_run
from leakwatch.store.tables import capture as table

FACTS: dict[str, str] = {
    "device": "device",
    "os": "os",
    "root": "root",
    "app": "app",
    "app_version": "app_version",
    "app_sha256": "app_sha256",
    "signer": "signer",
    "store": "store",
    "developer": "developer",
    "type": "type",
    "examiner": "examiner",
    "case": "case_no",
    "note": "note",
    "mode": "mode",
    "started": "started_at",
    "ended": "ended_at",
    "baseline": "baseline",
    "fresh_install": "fresh_install",
    "tool_versions": "tool_versions",
    "profile_digest": "profile_digest",
    "source_path": "source_path",
    "source_size": "source_size",
    "source_sha256": "source_sha256",
    "folder": "folder",
}
"""The facts of a capture by name, each with its column; any other fact is kept as JSON in the column `facts`."""

_NUMBERS = ("started_at", "ended_at", "source_size")
_FLAGS = ("baseline", "fresh_install")


def begin(connection: Connection, facts: Mapping[str, Any]) -> str:
    """Insert a capture and return its id, or the id of the one that these facts name already."""
    existing = _existing(connection, facts)
    if existing:
        return existing
    values: dict[str, Any] = {**dict.fromkeys(FACTS.values(), ""), "facts": "{}", "started": "", "ended": ""}
    values |= {**dict.fromkeys(_NUMBERS), **dict.fromkeys(_FLAGS, False), **_values(facts, {})}
    begun = values["started_at"] or time.time()
    values["capture"] = _given_id(facts) or _free_id(connection, table.c.capture, "c", begun)
    connection.execute(table.insert().values(**plain.row(values)))
    return str(values["capture"])


def _given_id(facts: Mapping[str, Any]) -> str:
    """The id that the facts bring along, if it can name a folder."""
    given = str(facts.get("capture") or "")
    return given if re.fullmatch(r"\w[\w.-]{0,99}", given, re.ASCII) else ""


def _existing(connection: Connection, facts: Mapping[str, Any]) -> str:
    named = select(table.c.capture).where(table.c.capture == _given_id(facts))
    same = select(table.c.capture).where(
        table.c.source_sha256 == str(facts.get("source_sha256") or ""),
        table.c.source_sha256 != "",
        table.c.profile_digest == str(facts.get("profile_digest") or ""),
        table.c.app == str(facts.get("app") or ""),
    )
    return str(connection.execute(named).scalar() or connection.execute(same.limit(1)).scalar() or "")


def folder(connection: Connection, capture: str) -> str:
    """Where the capture's folder was made; empty where that is not known."""
    return str(connection.execute(select(table.c.folder).where(table.c.capture == capture)).scalar() or "")


def update(connection: Connection, capture: str, facts: Mapping[str, Any]) -> None:
    """Replace the given facts of a capture; raises StoreError if there is no such capture."""
    old = connection.execute(select(table.c.facts).where(table.c.capture == capture)).scalar()
    if old is None:
        raise StoreError(f"capture {capture} is not in this database; `leakwatch captures` lists those that are")
    values = plain.row(_values(facts, plain.loads(old)))
    if values:
        connection.execute(sql_update(table).where(table.c.capture == capture).values(**values))


def _values(facts: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that `facts` set; facts without a column are added to `more`, which goes to `facts`."""
    values: dict[str, Any] = {}
    for name, fact in facts.items():
        column = FACTS.get(name)
        if column is None or fact is None:
            continue
        if column in _NUMBERS:
            values[column] = float(fact) if column.endswith("_at") else int(fact)
        elif column in _FLAGS:
            values[column] = bool(fact)
        else:
            values[column] = plain.dumps(fact) if isinstance(fact, Mapping | list | tuple) else str(fact)
    for column in ("started_at", "ended_at"):
        if column in values:
            values[column.removesuffix("_at")] = plain.iso(values[column])
    others = {name: fact for name, fact in facts.items() if name not in FACTS and name != "capture"}
    if others:
        values["facts"] = plain.dumps({**more, **others})
    return values


def new_id(letter: str, moment: float) -> str:
    """An id that reads and sorts by its time (UTC) and is unique: `c-20261121-193000-ab12`."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(max(0.0, min(moment, 253402300799.0))))
    return f"{letter}-{stamp}-{secrets.token_hex(2)}"


def _free_id(connection: Connection, column: Column[str], letter: str, moment: float) -> str:
    """A new id that the table does not have yet: a folder of a thousand files may begin in one second."""
    while True:
        candidate = new_id(letter, moment)
        if connection.execute(select(column).where(column == candidate)).first() is None:
            return candidate


# -- runs --------------------------------------------------------------------------------------------------------------


def begin_run(connection: Connection, capture: str, tool_version: str, signature_digest: str) -> str:
    """Insert an analysis run at journal offset 0 and return its id."""
    now = time.time()
    run = _free_id(connection, analysis_run.c.run, "r", now)
    values = {"run": run, "capture": capture, "tool_version": tool_version, "signature_digest": signature_digest}
    connection.execute(analysis_run.insert().values(**values, started=plain.iso(now), finished="", journal_offset=0))
    return run


def unfinished_run(connection: Connection, capture: str) -> tuple[str, int] | None:
    """The newest run without an end, and its offset."""
    query = (
        select(analysis_run.c.run, analysis_run.c.journal_offset)
        .where(analysis_run.c.capture == capture, analysis_run.c.finished == "")
        .order_by(analysis_run.c.started.desc(), analysis_run.c.run.desc())
    )
    found = connection.execute(query.limit(1)).first()
    return (found[0], found[1]) if found else None


def finish_run(connection: Connection, run: str) -> None:
    """Give a run its end; a second time changes nothing."""
    ended = sql_update(analysis_run).where(analysis_run.c.run == run, analysis_run.c.finished == "")
    connection.execute(ended.values(finished=plain.iso(time.time())))
