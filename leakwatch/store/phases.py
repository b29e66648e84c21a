"""Marks as rows, and the phases that they make: intervals that views join by time."""

from __future__ import annotations

import json
import math
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.journal.marks import PhaseAt, apply_corrections, phase_intervals
from leakwatch.store import plain
from leakwatch.store.tables import mark as mark_table
from leakwatch.store.tables import mark_correction, phase


def mark_row(capture: str, mark: Mark) -> dict[str, Any]:
    """A mark as it was made."""
    row = {"capture": capture, "mark": mark.id, "at": mark.time, "time": plain.iso(mark.time), "made_by": mark.by}
    row |= {"axes": plain.dumps(dict(mark.axes)), "who": mark.who, "note": mark.note}
    return plain.row({**row, "uncertainty": float(mark.uncertainty)})


def correction_row(capture: str, correction: MarkCorrected) -> dict[str, Any]:
    """A correction; the mark that it corrects stays as it was."""
    row = {"capture": capture, "mark": correction.mark, "at": correction.time, "time": plain.iso(correction.time)}
    row |= {"old": plain.dumps(dict(correction.old)), "new": plain.dumps(dict(correction.new))}
    return plain.row({**row, "who": correction.who, "why": correction.why})


def recompute(connection: Connection, capture: str) -> None:
    """Derive the capture's phases anew from all of its marks and corrections."""
    marks = connection.execute(select(mark_table).where(mark_table.c.capture == capture)).all()
    corrections = connection.execute(
        select(mark_correction).where(mark_correction.c.capture == capture).order_by(mark_correction.c.at)
    ).all()
    known = apply_corrections([*map(_mark, marks), *map(_correction, corrections)])
    connection.execute(delete(phase).where(phase.c.capture == capture))
    rows = [_phase_row(capture, *interval) for interval in phase_intervals(known, 0.0, math.inf)]
    if rows:
        connection.execute(phase.insert(), rows)


def _mark(row: Row[Any]) -> Mark:
    axes = json.loads(row.axes)
    return Mark(time=row.at, id=row.mark, axes=axes, by=row.made_by, who=row.who, uncertainty=row.uncertainty)


def _correction(row: Row[Any]) -> MarkCorrected:
    old, new = json.loads(row.old), json.loads(row.new)
    return MarkCorrected(time=row.at, mark=row.mark, old=old, new=new, who=row.who, why=row.why)


def _phase_row(capture: str, begin: float, end: float, state: PhaseAt) -> dict[str, Any]:
    return plain.row(
        {
            "capture": capture,
            "from_at": begin,
            "to_at": end if math.isfinite(end) else None,
            "phase": state.phase,
            "consent": state.consent or "unknown",
            "app_state": state.app,
            "function": state.function,
            "switches": ",".join(state.switches),
            "boundary": state.boundary,
        }
    )
