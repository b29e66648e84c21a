"""The payloads of the simulated app, in the shapes that vendors document; shares no code with the decoders.

Only the standard library encodes here, and protobuf is written by hand, so that the demo's end-to-end test is a test.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from leakwatch.demo import world

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """One HTTPS request of the app."""

    host: str
    target: str
    method: str = "POST"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def config() -> Call:
    """The app's own start-up call: an identifier in a header."""
    return Call(world.API, "/v1/config?os=android", "GET", headers={"X-Device-Id": world.ANDROID_ID})


def umeng() -> Call:
    """An analytics batch: JSON under gzip."""
    header = {
        "appkey": "5f3c9e1b",
        "sdk_version": "9.7.1",
        "imei_md5": _md5(world.IMEI),
        "android_id": world.ANDROID_ID,
        "oaid": world.OAID,
        "mac": world.MAC,
    }
    batch = {"header": header, "events": [{"id": "app_start", "ts": 1763750000}]}
    return Call(
        world.UMENG,
        "/unify_logs",
        body=gzip.compress(_json(batch), mtime=0),
        headers={"Content-Type": JSON, "Content-Encoding": "gzip"},
    )


def jiguang() -> Call:
    """A push registration: JSON, deflated, as base64 text."""
    report = {"platform": "a", "imei": world.IMEI, "android_id": world.ANDROID_ID, "model": "demo-phone"}
    blob = base64.b64encode(zlib.compress(_json(report)))
    return Call(world.JIGUANG, "/v3/report", body=blob, headers={"Content-Type": "text/plain"})


def baidu_ads() -> Call:
    """An advertising log: a form with the MD5 of the IMEI."""
    fields = {"pk": world.PACKAGE, "imei_md5": _md5(world.IMEI), "oaid": world.OAID, "type": "37"}
    return Call(world.BAIDU_ADS, "/dz.zb", body=urlencode(fields).encode(), headers={"Content-Type": FORM})


def tencent_ads() -> Call:
    """A conversion: the documented `muid`, MD5 of the IMEI, in the query."""
    query = urlencode({"muid": _md5(world.IMEI), "conv_type": "MOBILEAPP_ACTIVITE", "app_type": "ANDROID"})
    return Call(world.TENCENT_ADS, f"/conv/app/1106990000/conv?{query}", "GET")


def amap() -> Call:
    """A reverse geocoding: `location=lon,lat` in GCJ-02."""
    query = urlencode({"key": "8b1f", "location": world.GCJ02_LON_LAT, "radius": "500"}, safe=",")
    return Call(world.AMAP, f"/v3/geocode/regeo?{query}", "GET")


def firebase() -> Call:
    """A measurement batch: protobuf, the advertising id a string inside a nested message."""
    event = _bytes_field(2, b"_s") + _varint_field(3, 1763750000123)
    bundle = _varint_field(1, 1) + _bytes_field(2, event) + _bytes_field(8, b"android")
    bundle += _bytes_field(14, world.PACKAGE.encode()) + _bytes_field(19, world.GAID.encode())
    return Call(world.FIREBASE, "/a", body=_bytes_field(1, bundle), headers={"Content-Type": "application/x-protobuf"})


def sensors() -> Call:
    """A third party's protocol on the app's own host: a form with base64 of gzip of JSON."""
    event = {
        "distinct_id": world.ANDROID_ID,
        "type": "track",
        "event": "$AppStart",
        "lib": {"$lib": "Android", "$lib_version": "6.6.4"},
        "properties": {"$os": "Android", "$carrier": "test"},
    }
    data = base64.b64encode(gzip.compress(_json([event]), mtime=0)).decode()
    body = urlencode({"data_list": data, "gzip": "1"}).encode()
    return Call(world.SENSORS, "/sa?project=default", body=body, headers={"Content-Type": FORM})


def ocean_engine() -> Call:
    """A conversion call-back: JSON with the MD5 of the IMEI and the OAID."""
    device = {"platform": "android", "imei": _md5(world.IMEI), "oaid": world.OAID}
    body = {"event_type": "active", "context": {"ad": {"callback": "EJiw267wvfQC"}, "device": device}}
    return Call(world.OCEAN_ENGINE, "/api/v2/conversion", body=_json(body), headers={"Content-Type": JSON})


def segment() -> Call:
    """A batch of track calls: traits and advertising id in a JSON context."""
    context = {"device": {"type": "android", "advertisingId": world.GAID}, "traits": {"email": world.EMAIL}}
    body = {"batch": [{"type": "identify", "userId": "u-20815", "context": context}]}
    return Call(world.SEGMENT, "/v1/batch", body=_json(body), headers={"Content-Type": JSON})


def sentry() -> Call:
    """An error report: an envelope of JSON lines under gzip."""
    lines: list[dict[str, object]] = [
        {"event_id": "9ec79c33ec9942ab8353589fcb2e04dc", "sent_at": "2026-11-21T10:00:00Z"},
        {"type": "event"},
        {"platform": "java", "user": {"id": world.ANDROID_ID}, "message": "timeout"},
    ]
    body = b"\n".join(_json(line) for line in lines)
    headers = {"Content-Type": "application/x-sentry-envelope", "Content-Encoding": "gzip"}
    return Call(world.SENTRY, "/api/450718/envelope/", body=gzip.compress(body, mtime=0), headers=headers)


def contacts() -> Call:
    """The address book, sent to find friends: names in Chinese."""
    people = [{"name": name, "mobile": phone} for name, phone in world.FRIENDS]
    return Call(world.API, "/v1/friends/match", body=_json({"contacts": people}), headers={"Content-Type": JSON})


def consent() -> Call:
    """The app tells its server that the user agreed."""
    body = _json({"policy": "2026-09", "agreed": True})
    return Call(world.API, "/v1/consent", body=body, headers={"Content-Type": JSON})


def me() -> Call:
    """The account page: the server answers with the phone number (a leak in a response)."""
    return Call(world.API, "/v1/me", "GET")


def pay() -> Call:
    """The payment page, whose certificate the app pins."""
    body = _json({"order": "A-1", "imei": world.IMEI})
    return Call(world.PAY, "/v1/prepare", body=body, headers={"Content-Type": JSON})


def login_frame() -> str:
    """The first WebSocket message of the push channel."""
    return _json({"op": "login", "phone": world.PHONE, "seq": 1}).decode()


def _md5(value: str) -> str:
    return hashlib.md5(value.encode()).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value
