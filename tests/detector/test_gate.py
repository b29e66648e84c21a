"""The gate keeps long bodies with nothing inside closed, and never one that holds an identifier in some encoding."""

import base64
import gzip
import json
import random
import struct
import zlib

import pytest

from leakwatch.detector import Detector
from leakwatch.detector.inspector import Inspector
from leakwatch.model import Direction, Part
from leakwatch.testing import encode, make_profile, make_request, make_response
from leakwatch.testing.factories import ANDROID_ID, EMAIL, GAID, IMEI

RNG = random.Random(3)
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "page", "view", "screen", "cart"]
TEXT = " ".join(RNG.choices(WORDS, k=2_000))
RECORDS = [
    {"event": RNG.choice(WORDS), "ts": 1_700_000_000_000 + i, "id": f"{RNG.getrandbits(128):032x}", "x": RNG.random()}
    for i in range(200)
]
NOISE = RNG.randbytes(20_000)


def opened(body: bytes, media_type: str = "", direction=Direction.RESPONSE) -> bool:
    """Say whether a body was unfolded."""
    inspector = Inspector(make_profile(gps="30.657412,104.065735", imei=IMEI))
    part = Part("body", body, 0, len(body), media_type=media_type)
    request = direction is Direction.REQUEST
    return not (inspector._skim.part(part, request) or (request and inspector._is_closed(part)))


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode(),
        json.dumps(RECORDS).encode(),
        f"<p class='a-long-class-name-of-css'>{TEXT}&amp;\\n</p>".encode(),
        NOISE,
    ],
    ids=["text", "json", "html", "noise"],
)
def test_what_holds_nothing_stays_closed(body):
    assert not opened(body)


def test_requests_are_opened_where_anything_could_be_in_them():
    request = Direction.REQUEST
    assert not opened(TEXT[:9_000].encode(), direction=request)
    assert not opened((TEXT * 30).encode(), direction=request)
    assert opened((TEXT * 30 + " 9Zk3mQx7Lp2Vw8Rt4Yb1").encode(), direction=request)
    assert opened((TEXT * 3 + IMEI[::-1]).encode(), direction=request)
    assert opened((TEXT * 30 + IMEI[::-1]).encode(), direction=request)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("identifier", "hidden"),
    [
        ("imei", IMEI),
        ("imei", b64(IMEI)),
        ("imei", b64(json.dumps({"x": [IMEI]}))),
        ("imei", b64(b64(json.dumps({"x": IMEI})))),
        ("imei", f'{{\\"imei\\":\\"{IMEI}\\"}}'),
        ("android_id", json.dumps({"q": ANDROID_ID.encode().hex()})),
        ("email", EMAIL.replace("@", "%40")),
        ("email", EMAIL.replace("@", "\\u0040")),
        ("email", EMAIL.replace("@", "&#64;")),
        ("gaid", base64.b64encode(gzip.compress(GAID.encode())).decode()),
        ("gaid", base64.b64encode(zlib.compress(GAID.encode())).decode()),
        ("gaid", base64.urlsafe_b64encode(b"\xff\xfe\xfd" + GAID.encode()).decode()),
    ],
)
@pytest.mark.parametrize("frame", ["{}", '"{}"', "?d={}&"])
def test_what_holds_something_is_opened(identifier, hidden, frame):
    body = TEXT[:5_000] + " " + frame.replace("{}", hidden) + " " + TEXT[5_000:]
    detector = Detector(make_profile())
    detector.feed(make_request())
    assert identifier in {leak.identifier for leak in detector.feed(make_response(body=body.encode()))}


@pytest.mark.parametrize(
    "hidden",
    [gzip.compress(IMEI.encode()), zlib.compress(IMEI.encode() * 3), IMEI.encode(), b64(IMEI + IMEI).encode()],
    ids=["gzip", "zlib", "plain", "base64"],
)
def test_binary_data_with_something_in_it_is_opened(hidden):
    assert opened(NOISE[:9_000] + hidden + b"\0" + NOISE[9_000:])


def test_doubles_near_the_position_open_binary_data():
    for order in "<>":
        assert opened(NOISE + struct.pack(f"{order}dd", 30.6574, 104.0657))
        assert not opened(NOISE + struct.pack(f"{order}dd", 30.6574, 14.0657))


def test_pictures_are_searched_but_not_taken_apart():
    assert not opened(gzip.compress(NOISE), "image/png")
    assert opened(NOISE + IMEI.encode() + NOISE, "image/png")


def test_with_and_without_hyperscan_the_gate_agrees():
    fast, sure = Inspector(make_profile()), Inspector(make_profile(), prefilter=False)
    for body in (TEXT, json.dumps(RECORDS), TEXT + "%41%42", TEXT + "\\u0041", TEXT + b64("x" * 30)):
        signs = [inspector._gate._signs.find(body.encode()) for inspector in (fast, sure)]
        assert signs[0] == signs[1]


@pytest.mark.parametrize(
    "chain",
    [["form", "zlib", "entity"], ["hex", "protobuf", "zlib"], ["base64", "msgpack", "hex"], ["hex", "cbor", "percent"]],
)
def test_encodings_inside_binary_data_inside_tokens_are_looked_at(chain):
    """In a long response nothing else would open them."""
    value = {"d": encode(IMEI, chain).decode("latin-1"), "filling": ["word"] * 1_000}
    response = make_response(body=json.dumps(value).encode(), headers={"Content-Type": "application/json"})
    detector = Detector(make_profile(imei=IMEI))
    detector.feed(make_request())
    assert [leak.identifier for leak in detector.feed(response)] == ["imei"]
