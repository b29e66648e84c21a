"""Marks and news for a running proxy: files in a folder, each whole, taken once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from leakwatch.capture import control
from leakwatch.errors import LeakwatchError, MarkError
from leakwatch.journal.events import MarkCorrected


def test_what_is_asked_arrives_once_in_order_and_private(tmp_path: Path) -> None:
    marks = [control.new_mark({"consent": "given"}, note=f"备注 {n}", uncertainty=0.5, by="script") for n in range(5)]
    for mark in marks:
        control.request_mark(tmp_path, mark)
    correction = MarkCorrected(time=9.0, mark=marks[0].id, old={"time": 1.0}, new={"axes": {"app": "idle"}}, why="typo")
    control.request_correction(tmp_path, correction)
    control.report_leaks(tmp_path, [("flow", "imei to Example")])
    control.report_leaks(tmp_path, [])
    folder = tmp_path / control.FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert list(control.take(tmp_path)) == [*marks, correction, ("flow", "imei to Example")]
    assert list(control.take(tmp_path)) == [] and not list(folder.iterdir())


def test_ids_are_unique_and_axes_are_checked() -> None:
    assert len({control.new_mark({"app": "idle"}).id for _ in range(100)}) == 100
    with pytest.raises(MarkError):
        control.new_mark({"app": "asleep"})


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "[]", "7", '{"mark": 7}', '{"mark": {"time": "x"}}',
        '{"mark": {"time": 1, "id": "m", "axes": {"a": "b"}}}',
        '{"leaks": 5}', '{"leaks": [[1]]}', "[" * 100_000, '{"mark": {"time": 1, "id": "m", "axes": [], "more": 1}}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_thrown_away(tmp_path: Path, text: str) -> None:
    (tmp_path / control.FOLDER).mkdir()
    (tmp_path / control.FOLDER / "1.json").write_text(text)
    (tmp_path / control.FOLDER / "2.json.part").write_text("half")
    assert list(control.take(tmp_path)) == []
    assert [p.name for p in (tmp_path / control.FOLDER).iterdir()] == ["2.json.part"]


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    assert list(control.take(tmp_path / "gone")) == []
    with pytest.raises(LeakwatchError, match="cannot be passed to the proxy"):
        control.request_mark(tmp_path / "gone", control.new_mark({"app": "idle"}))
