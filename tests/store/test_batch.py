"""A batch needs no more than its capture and run, and never shows a value."""

from __future__ import annotations

import subprocess
import sys

import leakwatch.store
from leakwatch.store import Batch


def test_everything_but_capture_and_run_may_be_left_out() -> None:
    batch = Batch("c", "r")
    assert (batch.records, batch.flows, batch.ledger, batch.marks, batch.offset) == ((), (), (), (), None)


def test_values_do_not_show() -> None:
    assert "867900" not in repr(Batch("c", "r", values={"imei": b"867900000000585"}))


def test_the_room_offers_what_it_says_and_loads_it_late() -> None:
    assert leakwatch.store.__all__ == ["Batch", "Store", "default_url"]
    code = "import sys, leakwatch.store; leakwatch.store.Batch; assert 'sqlalchemy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
