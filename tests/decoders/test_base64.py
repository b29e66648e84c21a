"""Base64 in all its forms: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64
import json

import pytest

from leakwatch.decoders import base64 as decoder
from leakwatch.decoders.alphabets import ALPHABETS, STANDARD

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (base64.b64encode(b"id:" + IMEI), IMEI, "body", ("base64",), {}),
        # bytes whose base64 happens to have no capitals
        (
            b"9/6s+635r6qt/vz9r6iq9w==",
            bytes.fromhex("f7feacfbadf9afaaadfefcfdafa8aaf7"),
            "query:q",
            ("base64",),
            {"location": "query:q"},
        ),
        (
            b"token=" + base64.urlsafe_b64encode(b"id: " + IMEI).rstrip(b"=") + b"; x",
            IMEI,
            "header:X",
            ("base64",),
            {"location": "header:X"},
        ),
        (
            b"/p/" + base64.urlsafe_b64encode(b'{"i~?":"' + IMEI + b'","q":"???~~~>>>"}') + b"/1.gif",
            IMEI,
            "path.json:$.i~?",
            ("base64", "json"),
            {"location": "path"},
        ),
        (
            b"/c/" + base64.b64encode(bytes(range(0x89, 0x99))) + b"/p",
            bytes(range(0x89, 0x99)),
            "path",
            ("base64",),
            {"location": "path"},
        ),
        (base64.encodebytes(b"lorem ipsum " * 12 + IMEI), IMEI, "body", ("base64",), {}),
        (b"xy" + base64.b64encode(b"a longer text " + IMEI), IMEI, "body", ("base64",), {}),
        (
            json.dumps({"d": base64.b64encode(base64.b64encode(b"id:" + IMEI)).decode()}).encode(),
            IMEI,
            "body.json:$.d",
            ("json", "base64", "base64"),
            {},
        ),
        (b"data:text/plain;base64," + base64.b64encode(b"id:" + IMEI), IMEI, "body", ("base64",), {}),
        (
            base64.b64encode(b"id:" + IMEI + b" and more").translate(bytes.maketrans(STANDARD, ALPHABETS["mintegral"])),
            IMEI,
            "body",
            ("base64",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"getElementsByTagName and addEventListener",
        b"867900012345678000",
        b"d41d8cd98f00b204e9800998ecf8427e",
        b"this-is-just-a-long-css-class-name",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_grpc_web_text_is_framed_base64_in_pieces() -> None:
    import base64

    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Part

    message = b"\x0a\x24" + b"3b241101-e2bb-4255-8caf-4136c566a962"
    frame = b"\0" + len(message).to_bytes(4, "big") + message
    body = base64.b64encode(frame[:20]) + base64.b64encode(frame[20:])
    part = Part("body", body, 0, len(body), media_type="application/grpc-web-text")
    found = [(s.chain, s.location) for s in unfold(part, Budget()) if s.data == message[2:]]
    assert found == [(("base64", "grpc", "protobuf"), "body.grpc[0].protobuf:1")]


def test_a_digest_without_a_single_digit_is_opened_and_a_name_in_camel_case_is_not(alone):
    digest = base64.urlsafe_b64decode("iiPVsKZNLnaYW-CUrRYfQtKERVQodRRFpzdyBzIpagM=")
    assert any(piece.data == digest for piece in alone(decoder, b"iiPVsKZNLnaYW-CUrRYfQtKERVQodRRFpzdyBzIpagM"))
    assert alone(decoder, b"onCreateViewHolderFactoryInstanceForRecyclerViewLayouts") == []


def test_padding_is_no_proof_of_the_standard_alphabet(where):
    """Another alphabet's text is as long, and padded alike."""
    data = b'{"id":"867900012345678","n":1}'
    text = base64.b64encode(data + b" " * (-len(data) % 3 + 1))
    assert text.endswith(b"=")
    assert where(text.swapcase(), b"867900012345678", location="query:q")[1] == ("base64", "json")
