"""What would give an identifier away is told in every form that the layer shows, and nothing else is."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from leakwatch.identifiers.variants import expand
from leakwatch.matching import Matcher
from leakwatch.matching.coordinates import Locator
from leakwatch.model import DeviceProfile, Identifier
from leakwatch.store.concealing import giveaways
from leakwatch.store.messages import merged

PROFILE = DeviceProfile(
    "p",
    "CN",
    (
        Identifier("gps", "gps", "30.274151,120.155150"),
        Identifier("email", "email", "wang.xiaoming@example.org"),
    ),
)
MATCHER = Matcher(expand(PROFILE, ""), prefilter=False)
LOCATOR = Locator(PROFILE.identifiers)


def hidden(data: bytes, locator: Locator | None = LOCATOR) -> list[bytes]:
    return [data[start:end] for start, end in merged(giveaways(data, MATCHER, locator))]


@pytest.mark.parametrize(
    ("data", "runs"),
    [
        (b"wang.xiaoming@example.org", [b"wang.xiaoming@example.org"]),
        (b"a=1&mail=" + quote("wang.xiaoming@example.org", "").encode() + b"&b=2", [b"wang.xiaoming%40example.org"]),
        (b"at 30.274151,120.155150 now", [b"30.274151", b"120.155150"]),
        (b'{"lat": 30.274151, "x": 1}', [b"30.274151"]),
        (b"at 31.274151,121.155150 for someone@example.org", []),
        (b"", []),
    ],
)
def test_runs(data: bytes, runs: list[bytes]) -> None:
    assert hidden(data) == runs


def test_a_string_in_a_string_hides_the_run_it_came_from() -> None:
    inner = json.dumps({"mail": "wang.xiaoming\u0040example.org"}).replace("@", "\\u0040")
    (run,) = hidden(json.dumps({"keep": "me", "d": inner}).encode())
    assert b"xiaoming" in run
    assert b"keep" not in run


def test_without_a_locator_only_what_is_literal() -> None:
    assert hidden(b"at 30.274151,120.155150 now", None) == []
