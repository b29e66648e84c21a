"""Text that is made so that a careless pattern reads it again from each of its bytes: minutes a megabyte."""

from __future__ import annotations

import pytest

from leakwatch.decoders import Budget, Context, json, ndjson, xml
from leakwatch.detector import Detector
from leakwatch.testing import make_profile, make_request
from leakwatch.testing.factories import IMEI

MEGA = 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"' + b'\\"' * (MEGA // 2),
        b'{"imei":"%s"}' % IMEI.encode() + b" " * MEGA,
        b'{"a":1}\n' + b"\n" * MEGA,
        b'{"query":"query{' + b"a" * MEGA + b'}"}',
        b"<a></a>" + b"<a " * (MEGA // 3),
        b"<a></a>" + b"</a" * (MEGA // 3),
        b"<a></a><b " + b"a" * MEGA + b">",
        b"<a></a>" + b"<!DOCTYPE[" * (MEGA // 10),
    ],
    ids=lambda body: body[:9].decode() + "…" + body[-9:].decode(),
)
def test_no_byte_is_read_again_and_again(body):
    detector = Detector(make_profile())
    found = [leak.identifier for leak in detector.feed(make_request(body=body))] + list(detector.finish())
    assert (IMEI.encode() in body) == bool(found)


def test_a_cookie_of_spaces():
    detector = Detector(make_profile())
    cookie = "a" + " " * MEGA + "!; did= \t" + IMEI + "\t ; b"
    (leak,) = detector.feed(make_request(headers={"Cookie": cookie}))
    assert leak.location == "cookie:did"


def test_what_follows_the_trap_is_still_read():
    for decoder, data in (
        (json, b'{"a":1,' + b" " * MEGA + b'"b":"%s"}' % IMEI.encode()),
        (ndjson, b'{"a":1}\n' + b"\n" * MEGA + b'{"b":"%s"}' % IMEI.encode()),
        (xml, b"<a>" + b"<a " * 10_000 + b"><b>%s</b></a>" % IMEI.encode()),
    ):
        assert IMEI.encode() in [piece.data for piece in decoder.decode(data, Context(Budget()))], decoder.NAME
