"""What is encrypted goes to the ledger; what was opened, is text, a picture or short does not."""

import base64
import gzip
import json
import random

import pytest

from leakwatch.detector import Detector
from leakwatch.detector.opaque import entropy, opacity
from leakwatch.journal.events import StreamMessage
from leakwatch.matching.obfuscation import xor
from leakwatch.model import Direction
from leakwatch.testing import make_profile, make_request, make_response
from leakwatch.testing.factories import IMEI

RNG = random.Random(11)


@pytest.fixture
def detector():
    return Detector(make_profile())


def opaque(detector, event):
    detector.feed(event)
    return [
        (entry.detail.partition(": ")[0], entry.bytes) for entry in detector.drain_ledger() if entry.kind == "opaque"
    ]


@pytest.mark.parametrize("size", [64, 500, 5_000, 400_000])
def test_a_random_body_is_opaque(detector, size):
    assert opaque(detector, make_request(body=RNG.randbytes(size))) == [("body", size)]


def test_a_field_is_named(detector):
    secret = base64.b64encode(RNG.randbytes(200)).decode()
    assert opaque(detector, make_request(body=json.dumps({"v": 1, "data": secret}).encode())) == [
        ("body.json:$.data", 200)
    ]
    assert opaque(detector, make_request(f"https://x.example.com/?d={secret.replace('+', '%2B')}")) == [
        ("query:d", 200)
    ]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(json.dumps({"a": IMEI, "b": ["text"] * 50}).encode()),
        b"plain text, and no secret " * 20,
        b"\xff\xd8\xff" + RNG.randbytes(900),
        RNG.randbytes(40),
        xor(json.dumps({"imei": IMEI, "more": list(range(100))}).encode(), b"k9"),
        "一段中文，没有秘密。".encode() * 20,
    ],
    ids=["gzip", "text", "jpeg", "short", "xor", "chinese"],
)
def test_what_is_not(detector, body):
    assert opaque(detector, make_request(body=body)) == []


def test_responses_are_not_the_phone_s(detector):
    assert opaque(detector, make_response(body=RNG.randbytes(500))) == []


def test_an_encrypted_conversation_is_told_a_few_times(detector):
    count = 0
    for index in range(30):
        data = RNG.randbytes(300)
        event = StreamMessage(
            time=1.0, exchange="s", protocol="tcp", direction=Direction.REQUEST, index=index, data=data
        )
        count += len(opaque(detector, event))
    assert count == 3


def test_entropy():
    assert entropy(bytes(range(256))) == 8
    assert entropy(b"aaaa") == 0
    assert opacity(b"a" * 1000) == 0
