"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leakwatch.errors import QueryError
from leakwatch.store.filters import moment

NOW = datetime(2026, 11, 21, 19, 30, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("90s", "2026-11-21T19:28:30.000Z"),
        ("10m", "2026-11-21T19:20:00.000Z"),
        ("1.5h", "2026-11-21T18:00:00.000Z"),
        ("3d", "2026-11-18T19:30:00.000Z"),
        ("2026-11-21", "2026-11-21T00:00:00.000Z"),
        ("2026-11-21T19:30", "2026-11-21T19:30:00.000Z"),
        ("2026-11-21 19:30:01.5", "2026-11-21T19:30:01.500Z"),
        ("2026-11-22T03:30:00+08:00", "2026-11-21T19:30:00.000Z"),
        ("2026-11-21T19:30:00Z", "2026-11-21T19:30:00.000Z"),
    ],
)
def test_moment(text: str, read: str) -> None:
    assert moment(text, NOW) == read


@pytest.mark.parametrize("text", ["", "m", "soon", "10", "-5m", "99999999999999d", "2026-13-01", "1.2.3h"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(QueryError, match="cannot be read"):
        moment(text, NOW)
