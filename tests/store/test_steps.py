"""Each layer of a chain is found again in the journal and shown, and nothing in it is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakwatch.decoders import CHAIN_NAMES
from leakwatch.identifiers.profile import load_profile
from leakwatch.journal.events import Request, StreamMessage
from leakwatch.journal.message import request_head
from leakwatch.model import DeviceProfile, Direction
from leakwatch.store.messages import StoredMessage
from leakwatch.store.steps import Step, family, steps

Make = Callable[..., Any]
IMEI = "867530912345671"
MD5 = hashlib.md5(IMEI.encode()).hexdigest()


@pytest.fixture
def profile(tmp_path: Path) -> DeviceProfile:
    path = tmp_path / "phone.yaml"
    identifier = f'{{type: imei, name: imei, value: "{IMEI}", unchecked: true}}'
    path.write_text(f"version: 1\ndevice: {{label: p, region: CN}}\nidentifiers: [{identifier}]\n", "utf-8")
    return load_profile(path)


def posted(body: bytes, *headers: tuple[bytes, bytes]) -> StoredMessage:
    request = Request(time=1.0, exchange="x", host="a.example", method="POST", headers=headers, body=body)
    return StoredMessage(request_head(request) + body, (0, 0), (), (), "request", request)


def test_every_layer_with_the_next_one_masked_in_it(record: Make, profile: DeviceProfile) -> None:
    inner = json.dumps({"imei": MD5, "password": "hunter22", "n": 1}).encode()
    body = gzip.compress(json.dumps({"data": base64.b64encode(inner).decode(), "v": 2}).encode())
    message = posted(body, (b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip"))
    chain = ("gzip", "json", "base64", "json", "md5")
    leak = record(location="body.json:$.data.json:$.imei", chain=chain).as_dict()
    found = steps(leak, message, profile)
    assert [step.name for step in found] == ["body", *chain]
    assert [step.family for step in found] == ["", "compression", "container", "encoding", "container", "digest"]
    assert found[0].text == f"{len(body)} bytes"
    assert found[1].text.startswith('{"data": "eyJp********') and found[1].text.endswith('", "v": 2}')
    assert found[3].text == f'{{"imei": "{MD5[:4]}********{MD5[-3:]}", "password": "********", "n": 1}}'
    assert found[5].text == ""
    shown = str(found)
    assert all(secret not in shown for secret in (IMEI, MD5, "hunter22", base64.b64encode(inner).decode()))


def test_a_websocket_message(record: Make, profile: DeviceProfile) -> None:
    data = json.dumps({"x": IMEI}).encode()
    event = StreamMessage(time=1.0, exchange="x", protocol="websocket", direction=Direction.REQUEST, index=3, data=data)
    message = StoredMessage(data, (0, 0), (), (), "ws[3]", event)
    leak = record(location="ws[3].json:$.x", chain=("websocket", "json")).as_dict()
    masked = "8675********671"
    assert steps(leak, message, profile) == [
        Step("ws[3]", "", f'{{"x": "{masked}"}}'),
        Step("websocket", "container", f'{{"x": "{masked}"}}'),
        Step("json", "container", masked),
    ]


def test_other_identifiers_and_coordinates_are_masked_too(record: Make, tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    identifiers = f"""
  - {{type: imei, name: imei, value: "{IMEI}", unchecked: true}}
  - {{type: gps, name: gps, value: "30.274151,120.155150"}}
  - {{type: email, name: mail, value: "wang.xiaoming@example.org"}}"""
    path.write_text(f"version: 1\ndevice: {{label: p, region: CN}}\nidentifiers:{identifiers}\n", "utf-8")
    profile = load_profile(path)
    form = b"m=wang.xiaoming%40example.org&at=30.274151,120.155150&imei=" + IMEI.encode()
    message = posted(form, (b"Content-Type", b"application/x-www-form-urlencoded"))
    shown = str(steps(record(location="body.form:imei", chain=("form",)).as_dict(), message, profile))
    assert "imei=8675********671" in shown
    assert all(secret not in shown for secret in ("xiaoming", "30.274", "120.155", IMEI))
    shown = str(steps(record(location="body.form:at", chain=("form",)).as_dict(), message, profile))
    assert all(secret not in shown for secret in ("xiaoming", "30.274", "120.155", IMEI))


def test_no_value_is_shown_because_its_end_is_cut_off(record: Make, profile: DeviceProfile) -> None:
    body = b"x" * 4089 + b" " + IMEI.encode()
    (step,) = steps(record(location="body", chain=()).as_dict(), posted(body), profile)
    assert IMEI[:5] not in step.text


@pytest.mark.parametrize("lost", ["message", "profile", "layers"])
def test_without_message_profile_or_layers_the_names_remain(record: Make, profile: DeviceProfile, lost: str) -> None:
    message = posted(b"something else" if lost == "layers" else b"{}")
    leak = record(location="body.json:$.imei", chain=("json", "md5")).as_dict()
    found = steps(leak, None if lost == "message" else message, None if lost == "profile" else profile)
    assert [(step.name, step.text) for step in found] == [("body", ""), ("json", ""), ("md5", "")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("md5", "digest"), ("md5[8:24]", "digest"), ("salted-md5", "digest"), ("hmac-sha256", "digest"), ("none", "")],
)
def test_families(name: str, expected: str) -> None:
    assert family(name) == expected
    assert not expected or expected in {entry.family for entry in CHAIN_NAMES.values()}
