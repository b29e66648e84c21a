"""Requests: parsed only as far as asked, headers in bytes or text, conditions all of which must hold."""

import pytest

from leakwatch.attribution.request import Conditions, Request

REQUEST = Request(
    "/v1/x?k=1&v=2", ((b"X-Key", b"abc"), (b"x-key", b"other"), ("User-Agent", "acme/1")), "post", {"d": "v", "e": "w"}
)


@pytest.mark.parametrize(
    ("conditions", "hold"),
    [
        ({}, True),
        ({"paths": ["/v1/x", "/never"]}, True),
        ({"paths": ["/v1"]}, False),
        ({"query": ["k", "v=2"]}, True),
        ({"query": ["k", "z"]}, False),
        ({"query": ["v=3"]}, False),
        ({"headers": ["x-key: a*"]}, True),
        ({"headers": ["X-KEY"]}, True),
        ({"headers": ["X-Key: other"]}, False),
        ({"headers": ["User-Agent: acme/*"]}, True),
        ({"body": ["d", "e=w"]}, True),
        ({"body": ["f"]}, False),
        ({"methods": ["POST"]}, True),
        ({"methods": ["GET"]}, False),
        ({"paths": ["/v1/x"], "query": ["z"]}, False),
    ],
)
def test_conditions(conditions: dict[str, list[str]], hold: bool) -> None:
    assert Conditions(conditions).hold(REQUEST) is hold


def test_body_keys_without_values_satisfy_no_value() -> None:
    assert Conditions({"body": ["d"]}).hold(Request(body=["d"]))
    assert not Conditions({"body": ["d=v"]}).hold(Request(body=["d"]))
