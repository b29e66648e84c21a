"""Marks, phases and boundaries: what the tester said, told back for any moment, in the app's favour."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.errors import MarkError
from leakwatch.journal import apply_corrections, parse_mark, phase_at, phase_intervals
from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.journal.marks import APP, CONSENT, SWITCHES
from leakwatch.journal.marks_file import parse_time, read_marks


def mark(time: float, words: str, **more: Any) -> Mark:
    return Mark(time=time, id=f"m{time}", axes=parse_mark(words), **more)


START = mark(0.0, "before_consent", by="default", uncertainty=0.0)


def test_without_marks_the_phase_is_unknown() -> None:
    assert phase_at([], 5.0).phase == "unknown"
    assert phase_at([mark(10.0, "agreed")], 5.0).phase == "unknown"
    assert phase_at([mark(1.0, "background")], 5.0).phase == "background"


@pytest.mark.parametrize(
    ("words", "phase"),
    [
        ("consent=none", "before_consent"),
        ("consent=refused app=background", "refused"),
        ("consent=withdrawn switches=logged_out", "withdrawn"),
        ("consent=given", "consented"),
        ("consent=given app=background", "background"),
        ("consent=given app=background switches=logged_out", "logged_out"),
        ("consent=none app=idle", "before_consent"),
    ],
)
def test_the_one_word_is_derived(words: str, phase: str) -> None:
    assert phase_at([mark(0.0, words)], 1.0).phase == phase


def test_a_mark_sets_its_axes_and_leaves_the_others() -> None:
    marks = [START, mark(10, "agreed"), mark(20, "in_use:map"), mark(30, "switches=logged_out,personalisation_off")]
    state = phase_at(marks, 40)
    assert (state.consent, state.app, state.function) == ("given", "in_use", "map")
    assert state.switches == ("personalisation_off", "logged_out")
    assert phase_at([*marks, mark(50, "switches=none")], 60).phase == "in_use"


@pytest.mark.parametrize("word", ["agreed", "refused"])
@pytest.mark.parametrize(
    ("time", "before", "boundary"),
    [(6.9, True, False), (7.0, False, True), (9.9, False, True), (10.0, False, False), (10.5, False, False)],
)
def test_shortly_before_the_consent_mark_never_counts_as_before_consent(
    word: str, time: float, before: bool, boundary: bool
) -> None:
    state = phase_at([START, mark(10.0, word)], time)
    assert (state.phase == "before_consent") is before
    assert state.boundary is boundary


def test_a_scripted_mark_states_its_own_uncertainty() -> None:
    marks = [START, mark(10.0, "agreed", by="script", uncertainty=0.5)]
    assert phase_at(marks, 9.4).phase == "before_consent"
    assert phase_at(marks, 9.6) == phase_at([mark(0, "agreed")], 1).__class__("consented", "given", boundary=True)


def test_other_marks_have_no_boundary() -> None:
    marks = [START, mark(10.0, "background"), mark(20.0, "consent=none")]
    assert not any(phase_at(marks, t / 2).boundary for t in range(60))


def test_shortly_after_a_withdrawal_proves_nothing() -> None:
    marks = [START, mark(10.0, "agreed"), mark(20.0, "withdrawn")]
    assert (phase_at(marks, 19.9).phase, phase_at(marks, 19.9).boundary) == ("consented", False)
    assert (phase_at(marks, 21.0).phase, phase_at(marks, 21.0).boundary) == ("withdrawn", True)
    assert not phase_at(marks, 23.0).boundary


marks_anywhere = st.lists(
    st.builds(
        lambda time, axes, uncertainty: Mark(time=float(time), id="m", axes=axes, uncertainty=uncertainty),
        st.integers(0, 60),
        st.sampled_from([{"consent": c} for c in CONSENT] + [{"app": a} for a in APP] + [{"switches": SWITCHES[0]}]),
        st.sampled_from([0.0, 0.5, 3.0]),
    ),
    max_size=8,
)


@given(marks_anywhere)
def test_intervals_say_the_same_as_the_moments_in_them(marks: list[Mark]) -> None:
    intervals = list(phase_intervals(marks, -5.0, 70.0))
    assert (intervals[0][0], intervals[-1][1]) == (-5.0, 70.0)
    assert all(a[1] == b[0] and a[2] != b[2] for a, b in itertools.pairwise(intervals))
    for begin, end, state in intervals:
        assert phase_at(marks, begin) == state == phase_at(marks, (begin + end) / 2)


@given(marks_anywhere, st.floats(0, 70))
def test_order_of_marks_with_different_times_does_not_matter(marks: list[Mark], time: float) -> None:
    unique = list({m.time: m for m in marks}.values())
    assert phase_at(unique, time) == phase_at(unique[::-1], time)


def test_corrections_change_what_holds_and_the_first_record_stays() -> None:
    given_at_10, idle = mark(10.0, "agreed"), mark(20.0, "idle")
    events = [
        START,
        given_at_10,
        idle,
        MarkCorrected(time=30.0, mark=given_at_10.id, old={"time": 10.0}, new={"time": 12.0}, why="pressed early"),
        MarkCorrected(time=31.0, mark=idle.id, old={}, new={}),
        MarkCorrected(time=32.0, mark="no such mark", old={}, new={"time": 1.0}),
    ]
    corrected = apply_corrections(events)
    assert [(m.time, dict(m.axes)) for m in corrected] == [(0.0, {"consent": "none"}), (12.0, {"consent": "given"})]
    assert events[1] is given_at_10 and given_at_10.time == 10.0


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("agreed", {"consent": "given"}),
        ("同意", {"consent": "given"}),
        ("in_use:pay", {"app": "in_use", "function": "pay"}),
        ("refused background", {"consent": "refused", "app": "background"}),
        ("switches=logged_out,after_update", {"switches": "logged_out,after_update"}),
        ("after_update", {"switches": "after_update"}),
    ],
)
def test_words_of_a_mark(text: str, axes: dict[str, str]) -> None:
    assert parse_mark(text) == axes


@pytest.mark.parametrize("text", ["", "maybe", "consent=perhaps", "colour=blue", "switches=dark_mode", "idle:map"])
def test_unknown_words_are_refused_with_one_line(text: str) -> None:
    with pytest.raises(MarkError) as error:
        parse_mark(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", "time,consent,app,note\n0,none,,\n2026-01-01T00:00:10Z,given,in_use,tapped\n"),
        ("m.jsonl", '{"time": 0, "consent": "none"}\n{"time": 1767225610, "mark": "agreed in_use", "note":"tapped"}\n'),
        ("m.yaml", "- {time: 0, consent: none}\n- {time: 10, mark: agreed, app: in_use, note: tapped}\n"),
        (
            "m.yml",
            "- time: 0\n  mark: before_consent\n"
            "- time: 2026-01-01T01:00:10+01:00\n  mark: agreed in_use\n  note: tapped\n",
        ),
    ],
)  # fmt: skip
def test_a_marks_file_in_each_form(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text if name == "m.csv" else text, encoding="utf-8")
    first, second = read_marks(tmp_path / name, start=1767225600.0)
    assert (first.time, dict(first.axes), first.by) == (1767225600.0, {"consent": "none"}, "script")
    assert (second.time, dict(second.axes)) == (1767225610.0, {"consent": "given", "app": "in_use"})
    assert second.note == "tapped" and second.uncertainty == 3.0


@pytest.mark.parametrize(
    "text",
    [
        "time,colour\n0,blue\n",
        "consent\nnone\n",
        "time,consent\nyesterday,none\n",
        "time,consent,uncertainty\n0,none,-1\n",
        "{broken",
        "- [1, 2]",
        "- {time: 0, consent: [none]}",
        "- &a [*a",
    ],
)
def test_a_broken_marks_file_is_one_line_with_its_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "marks"
    path.write_text(text)
    with pytest.raises(MarkError) as error:
        read_marks(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_times_are_seconds_of_the_capture_or_of_the_epoch_or_iso() -> None:
    assert parse_time("1.5", 100.0) == 101.5
    assert parse_time(1767225600, 100.0) == 1767225600.0
    assert parse_time("2026-01-01T08:00:00+08:00") == parse_time("2026-01-01T00:00:00") == 1767225600.0
    for text in ("nan", "inf", "soon"):
        with pytest.raises(MarkError):
            parse_time(text)
