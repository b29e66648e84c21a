"""Keys of the live view: one by one, the terminal always restored, and what each of them marks."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from leakwatch.capture.keys import HELP, MARK_KEYS, Keys


def test_keys_come_one_by_one_and_the_terminal_is_restored() -> None:
    import termios

    leader, follower = pty.openpty()
    try:
        with os.fdopen(follower, "r+b", buffering=0) as stream:
            before = termios.tcgetattr(stream)
            with Keys(stream) as keys:
                assert keys.read(0.0) == ""
                os.write(leader, b"A?")
                assert [keys.read(2.0), keys.read(2.0)] == ["a", "?"]
                assert termios.tcgetattr(stream)[3] != before[3]
            assert termios.tcgetattr(stream) == before
            with pytest.raises(KeyError), Keys(stream):
                raise KeyError
            assert termios.tcgetattr(stream) == before
    finally:
        os.close(leader)


def test_without_a_terminal_no_key_is_read() -> None:
    with Path(os.devnull).open() as stream, Keys(stream) as keys:
        assert keys.read(0.0) == ""


def test_every_marking_key_sets_axes_that_a_mark_takes() -> None:
    from leakwatch.journal.marks import check_axes

    for mark in MARK_KEYS.values():
        assert check_axes(mark.axes) == dict(mark.axes)
    assert "a agreed" in HELP
    assert MARK_KEYS["a"].then == "Marked. Tap Agree now."
