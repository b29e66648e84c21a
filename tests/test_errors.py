"""Errors that a user can mend: one class for each, all of them lines and an exit status."""

from __future__ import annotations

import pytest

from leakwatch import errors
from leakwatch.errors import LeakwatchError

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, LeakwatchError)]


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_says_what_it_is_for_and_how_the_process_ends(error: type[LeakwatchError]) -> None:
    assert error.__doc__
    assert error.exit_status in {1, 2}
    assert str(error("phone.yaml:7: what, where, what to do")) == "phone.yaml:7: what, where, what to do"
