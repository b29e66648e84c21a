"""Suspects come out of requests, once each, masked, and never for what the profile has."""

import base64
import gzip
import json
from dataclasses import replace

from leakwatch.analysis import Analysis
from leakwatch.journal.events import Request, StreamMessage
from leakwatch.model import DeviceProfile, Direction, Identifier, Suspect

IMEI, OTHER = "356989071234565", "867530912345673"
PROFILE = DeviceProfile("test", "CN", (Identifier("imei", "imei", IMEI),))


def suspects(*events: Request | StreamMessage, wanted: bool = True) -> list[Suspect]:
    analysis = Analysis(PROFILE, suspects=wanted)
    return [suspect for event in events for suspect in analysis.feed(event).suspects]


def post(body: bytes, number: int = 0, target: bytes = b"/v1") -> Request:
    return Request(
        time=1.0 + number, exchange=f"x{number}", method="POST", host="api.example", target=target, body=body,
        headers=((b"Content-Type", b"application/json"),),
    )  # fmt: skip


def test_a_stranger_in_any_layer_is_told_and_ours_is_not() -> None:
    plain = json.dumps({"device": {"imei": OTHER, "imei2": IMEI}}).encode()
    for body in (plain, base64.b64encode(plain), gzip.compress(plain)):
        (found,) = suspects(post(body))
        assert (found.kind, found.key, found.host) == ("imei", "imei", "api.example")
        assert found.location.endswith("json:$.device.imei")
        assert OTHER not in repr(found)
        assert found.value == "8675********673"


def test_a_digest_of_ours_is_no_suspect() -> None:
    import hashlib

    body = json.dumps({"imei_md5": hashlib.md5(IMEI.encode()).hexdigest()}).encode()
    assert suspects(post(body)) == []


def test_each_value_once_at_each_place() -> None:
    body = json.dumps({"list": [{"imei": OTHER}, {"imei": OTHER}]}).encode()
    assert len(suspects(post(body), post(body, 1))) == 1
    assert len(suspects(post(body), post(json.dumps({"id": {"imei": OTHER}}).encode(), 1))) == 2


def test_queries_headers_and_messages() -> None:
    request = replace(post(b""), target=b"/v1?imei=867530912345673")
    data = json.dumps({"oaid": "3b241101-e2bb-4255-8caf-4136c566a962"}).encode()
    message = StreamMessage(
        time=3.0, exchange="x9", protocol="websocket", direction=Direction.REQUEST, index=0, data=data, text=True
    )
    opened = replace(post(b"", 9), exchange="x9")
    assert [found.kind for found in suspects(request, opened, message)] == ["imei", "oaid"]
    assert suspects(opened, replace(message, direction=Direction.RESPONSE)) == []


def test_the_switch() -> None:
    assert suspects(post(json.dumps({"imei": OTHER}).encode()), wanted=False) == []


def test_busy_places_are_looked_at_seldom() -> None:
    analysis = Analysis(PROFILE)
    tokens = [f"{n:016x}"[::-1] for n in range(0x123456789ABCDE0, 0x123456789ABCDE0 + 60)]
    found = [
        suspect
        for number, token in enumerate(tokens)
        for suspect in analysis.feed(post(json.dumps({"android_id": token}).encode(), number)).suspects
    ]
    assert 20 <= len(found) < 30


def test_hostile_bodies_yield_nothing_and_end() -> None:
    for body in (b"[" * 50_000, b'{"imei":' * 5_000, b"\xff" * 60_000, gzip.compress(b"a" * 20_000_000)):
        assert suspects(post(body)) == []
