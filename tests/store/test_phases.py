"""Phases follow the marks: derived by time, anew whenever a mark or a correction arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leakwatch.journal import phase_at
from leakwatch.journal.events import MarkCorrected
from leakwatch.store import Batch, Store, plain, queries

Make = Callable[..., Any]
START = 1795000000.0


def leak_at(record: Make, after: float) -> Any:
    return record(leak=f"at{after}", time=plain.iso(START + after))


def phases(store: Store) -> dict[str, tuple[str, str, bool]]:
    return {row["leak"]: (row["phase"], row["consent"], row["boundary"]) for row in queries.leaks(store)}


def test_without_marks_the_phase_is_unknown(store: Store, run: tuple[str, str], record: Make) -> None:
    store.write(Batch(*run, [record(phase="before_consent")]))
    assert next(queries.leaks(store))["phase"] == "unknown"
    assert not list(queries.view(store, "v_before_consent"))


def test_phases_by_time_and_the_boundary_in_the_apps_favour(
    store: Store, run: tuple[str, str], record: Make, mark: Make
) -> None:
    store.write(Batch(*run, [leak_at(record, t) for t in (-1, 1, 6.5, 8, 20)]))
    store.write(Batch(*run, marks=[mark("a", 0), mark("b", 9, axes={"consent": "given"}, by="hand", uncertainty=3.0)]))
    assert phases(store) == {
        "at-1": ("unknown", "unknown", False),
        "at1": ("before_consent", "none", False),
        "at6.5": ("consented", "given", True),
        "at8": ("consented", "given", True),
        "at20": ("consented", "given", False),
    }
    assert [row["leak"] for row in queries.view(store, "v_before_consent")] == ["at1"]


def test_the_view_says_what_the_journal_says(store: Store, run: tuple[str, str], record: Make, mark: Make) -> None:
    marks = [
        mark("a", 0),
        mark("b", 10, axes={"consent": "given"}, by="hand", uncertainty=3.0),
        mark("c", 20, axes={"app": "background"}),
        mark("d", 30, axes={"switches": "logged_out"}),
        mark("e", 40, axes={"consent": "withdrawn"}, uncertainty=2.0),
        mark("f", 50, axes={"app": "in_use", "function": "map"}),
    ]
    moments = [-2, 0, 5, 7, 9.5, 10, 15, 20, 25, 30, 35, 39, 40, 41, 42.5, 55]
    store.write(Batch(*run, [leak_at(record, moment) for moment in moments], marks=marks))
    expected = {f"at{moment}": phase_at(marks, START + moment) for moment in moments}
    assert phases(store) == {k: (s.phase, s.consent or "unknown", s.boundary) for k, s in expected.items()}


def test_a_correction_moves_the_phase(store: Store, run: tuple[str, str], record: Make, mark: Make) -> None:
    store.write(Batch(*run, [leak_at(record, 8)], marks=[mark("a", 0), mark("b", 5, axes={"consent": "given"})]))
    assert phases(store)["at8"][0] == "consented"
    moved = MarkCorrected(
        time=START + 60, mark="b", old={"time": START + 5}, new={"time": START + 12}, who="me", why="late"
    )
    store.write(Batch(*run, marks=[moved]))
    assert phases(store)["at8"][0] == "before_consent"
    store.write(Batch(*run, marks=[MarkCorrected(time=START + 61, mark="a", old={}, new={})]))
    assert phases(store)["at8"][0] == "unknown"
