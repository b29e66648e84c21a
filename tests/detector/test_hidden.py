"""Obfuscated and salted values in requests become leaks with their chain; in responses only what needs no key."""

import base64
import codecs
import hashlib
import json
import random

import pytest

from leakwatch.detector import Detector
from leakwatch.matching.obfuscation import xor
from leakwatch.model import Keys
from leakwatch.testing import encode, make_profile, make_request, make_response
from leakwatch.testing.factories import EMAIL, GAID, IMEI

PAYLOAD = json.dumps({"imei": IMEI, "x": 1}).encode()


@pytest.fixture(scope="module")
def detector():
    return Detector(make_profile())


def told(detector, request):
    leaks = detector.feed(request)
    detector.finish()
    return [(leak.identifier, leak.location, leak.chain) for leak in leaks]


@pytest.mark.parametrize("key", [b"\x5a", b"k3", b"abc", b"\x01\x02\x03\x04"])
def test_an_xored_body_is_opened(detector, key):
    assert told(detector, make_request(body=xor(PAYLOAD, key))) == [("imei", "body.json:$.imei", ("xor", "json"))]


def test_an_xored_blob_in_a_field(detector):
    body = json.dumps({"d": base64.b64encode(xor(PAYLOAD, b"\x77")).decode()}).encode()
    assert told(detector, make_request(body=body)) == [
        ("imei", "body.json:$.d.json:$.imei", ("json", "base64", "xor", "json"))
    ]


def test_a_known_long_key():
    detector = Detector(make_profile(keys=Keys(xor_keys=(b"a much longer key",))))
    request = make_request(body=xor(PAYLOAD, b"a much longer key"))
    assert told(detector, request) == [("imei", "body.json:$.imei", ("xor", "json"))]
    assert told(Detector(make_profile()), request) == []


def test_a_known_key_that_makes_text_of_it_by_chance():
    profile = make_profile(email="sjpngp.vcpekuq@jwgedb-mail.com", keys=Keys(xor_keys=(bytes.fromhex("8f73ae77de74"),)))
    plain = b"did sjpngp.vcpekuq@jwgedb-mail.com os android"
    assert told(Detector(profile), make_request(body=xor(plain, b"\x9d\x31"))) == [("email", "body", ("xor",))]


@pytest.mark.parametrize(
    ("name", "value", "chain"),
    [
        ("email", EMAIL, ("json", "rot13")),
        ("imei", IMEI, ("json", "reverse")),
        ("gaid", GAID, ("json", "reverse", "base64")),
        ("imei", IMEI, ("json", "reverse", "md5")),
    ],
)
def test_the_field_is_named(detector, name, value, chain):
    assert told(detector, make_request(body=encode(value, chain))) == [(name, "body.json:$.payload", chain)]


def test_responses_are_left_alone(detector):
    assert told(detector, make_response(body=xor(PAYLOAD, b"\x5a"))) == []


def test_nothing_of_an_obfuscated_query_shows(detector):
    (leak,) = detector.feed(make_request(f"https://x.example.com/?d={IMEI[::-1]}"))
    detector.finish()
    assert IMEI[::-1] not in leak.url


SALT = "a8f3kq"


def test_a_salt_elsewhere_in_the_request(detector):
    sign = hashlib.md5((IMEI + SALT).encode()).hexdigest()
    assert told(detector, make_request(f"https://x.example.com/?nonce={SALT}&sign={sign}")) == [
        ("imei", "query:sign", ("salted-md5",))
    ]
    digest = hashlib.sha256(f"{SALT}:{EMAIL}".encode()).hexdigest()
    request = make_request(headers={"X-Nonce": SALT}, body=json.dumps({"d": digest}).encode())
    assert told(detector, request) == [("email", "body.json:$.d", ("json", "salted-sha256"))]
    request = make_request(f"https://x.example.com/{SALT}/v1", body=json.dumps({"d": digest}).encode())
    assert told(detector, request) == [("email", "body.json:$.d", ("json", "salted-sha256"))]


def test_a_salt_far_from_the_digest_among_many_parameters(detector):
    salt = "0ce9b64f-f28f-4733-b88b-06c430959a5d"
    noise = "&".join(f"p{n}=https%3A%2F%2Fcdn.example%2F{n}.webp" for n in range(20))
    sign = hashlib.md5(f"{salt}{IMEI}".encode()).hexdigest()
    request = make_request(f"https://x.example.com/?nonce={salt}&{noise}&hid={sign}&{noise}")
    assert told(detector, request) == [("imei", "query:hid", ("salted-md5",))]


def test_a_salt_of_another_request_is_none(detector):
    sign = hashlib.md5((IMEI + SALT).encode()).hexdigest()
    assert told(detector, make_request(f"https://x.example.com/?nonce={SALT}")) == []
    assert told(detector, make_request(f"https://x.example.com/?sign={sign}")) == []


STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
OWN = bytes(random.Random(5).sample(list(STANDARD), 64))


def own_base64(data: bytes) -> str:
    return base64.b64encode(data).translate(bytes.maketrans(STANDARD, OWN)).decode()


def test_base64_under_an_alphabet_of_its_own(detector):
    value = own_base64(json.dumps({"os": "android", "gaid": GAID, "imei": IMEI, "model": "Pixel 8"}).encode())
    assert told(detector, make_request(body=json.dumps({"mp": value}).encode())) == [
        ("gaid", "body.json:$.mp", ("json", "base64")),
        ("imei", "body.json:$.mp", ("json", "base64")),
    ]
    (leak,) = detector.feed(make_request(f"https://x.example.com/?mp={own_base64(GAID.encode() * 2)}"))
    detector.finish()
    assert (leak.identifier, leak.chain) == ("gaid", ("base64",))
    assert "alphabet of its own" in leak.reason
    assert leak.chance < 1e-9


def test_another_value_under_an_alphabet_of_its_own(detector):
    value = own_base64(json.dumps({"os": "android", "gaid": GAID[::-1], "imei": "123456789012347"}).encode())
    assert told(detector, make_request(body=json.dumps({"mp": value}).encode())) == []


def test_bytes_that_can_also_be_read_as_gbk_are_opened_as_bytes(detector):
    """An added constant makes letters into bytes that pairs of GBK are made of."""
    body = bytes((byte + 0x61) % 256 for byte in PAYLOAD)
    assert told(detector, make_request(body=body)) == [("imei", "body.json:$.imei", ("add", "json"))]


def test_what_a_known_key_opens_is_one_find():
    detector = Detector(make_profile(keys=Keys(xor_keys=(b"\x11\x93\x07",))))
    assert told(detector, make_request(body=xor(PAYLOAD, b"\x11\x93\x07"))) == [
        ("imei", "body.json:$.imei", ("xor", "json"))
    ]


@pytest.mark.parametrize("direction", ["request", "response"])
@pytest.mark.parametrize(
    ("disguise", "chain"),
    [
        (lambda text: codecs.encode(text, "rot13"), "rot13"),
        (lambda text: text[::-1], "reverse"),
        (lambda text: "".join(text[at : at + 2][::-1] for at in range(0, len(text), 2)), "byteswap"),
    ],
)
def test_a_value_turned_round_is_one_leak_in_either_direction(direction, disguise, chain):
    opened = ("body.json:$.v.json:$.id", ("json", chain, "json"))
    if chain == "rot13":  # signs are as they were: it is an object of such values
        opened = ("body.json:$.v.json:$.vq", ("json", "json", chain))
    for inner, (location, layers) in (
        (GAID, ("body.json:$.v", ("json", chain))),
        (json.dumps({"id": GAID, "name": "abcdef"}), opened),
    ):
        body = json.dumps({"v": disguise(inner), "n": 1}).encode()
        detector = Detector(make_profile())
        request = make_request(body=body if direction == "request" else b"")
        leaks = detector.feed(request)
        if direction == "response":
            leaks = detector.feed(make_response(body=body, headers={"Content-Type": "application/json"}))
        assert [(leak.location, leak.chain) for leak in leaks] == [(location, layers)]


def test_the_same_value_backwards_many_times_is_opened_once(detector, monkeypatch):
    looked = []
    inspector = detector._inspector
    monkeypatch.setattr(inspector, "_inside", lambda part: looked.append(part) or [])
    told(detector, make_request(body=f"{IMEI[::-1]} ".encode() * 3_000, content_type="application/octet-stream"))
    assert 0 < len(looked) <= 30
