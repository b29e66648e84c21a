"""Payloads for the fuzzer, every encoding in every other one, taken through parts, decoders, `unfold` and detector."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import lru_cache

from leakwatch.decoders import DECODERS, Budget, Context, unfold
from leakwatch.detector import Detector
from leakwatch.detector.inspector import Inspector
from leakwatch.journal.events import Response
from leakwatch.model import Part
from leakwatch.parts import request_parts
from leakwatch.testing.encoding import ENCODERS, encode
from leakwatch.testing.factories import IMEI, make_profile, make_request

_TEXT = json.dumps({"imei": IMEI, "when": [1700000000123, 22.5431, None], "名": "陈美琳", "n": {"a": {"b": "x" * 30}}})
_OTHERS = (
    b'ev: 1\ndata: {"a":1}\n\n', b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Li;Mei\r\nEND:VCARD\r\n", b"a,b\r\n1,2\r\n3,4\r\n",
    b'42["track",{"imei":"867530912345675"}]', b"\xac\xed\x00\x05t\x00\x0f867530912345675", b"bplist00\xd1\x01\x02Ta",
    b"\x80\x01\x00\x01\x00\x00\x00\x04ping\x00\x00\x00\x01\x0b\x00\x01\x00\x00\x00\x0f867530912345675\x00",
    b'{"query":"query Q($i: ID){u(id:$i){id}}","variables":{"i":"867530912345675"}}',
    b'cb({"a":"\\ud83d\\ude00"});',
    b"<?xml version='1.0'?><plist><dict><key>a</key><string>b&amp;c</string></dict></plist>",
)  # fmt: skip
_TYPES = (
    "", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/xml",
    "application/x-protobuf", "application/grpc", "application/msgpack", "application/cbor", "text/event-stream",
    "application/x-thrift", "text/csv", "text/vcard", "application/octet-stream", "image/png", "text/html",
)  # fmt: skip
_CODINGS = ("", "gzip", "deflate", "br", "zstd", "gzip, br", "identity", "x-unknown")


def seeds() -> list[tuple[str, bytes]]:
    """Every encoding of a text, and every pair of encodings that can be made."""
    found = [(f"other-{number}", data) for number, data in enumerate(_OTHERS)]
    for outer in ENCODERS:
        for chain in ((outer,), *((outer, inner) for inner in ENCODERS)):
            try:
                found.append((" > ".join(chain), encode(_TEXT, chain)))
            except (ValueError, UnicodeError):
                continue  # binary data that this text format cannot hold
    return found


@lru_cache
def _inspector() -> Inspector:
    return Inspector(make_profile())


def run(data: bytes, dice: random.Random) -> int:
    """Take one payload through everything; returns how many segments it gave. Raises what any decoder raises."""
    media_type, coding = dice.choice(_TYPES), dice.choice(_CODINGS)
    context = Context(Budget(), media_type=media_type.partition(";")[0], whole=dice.random() < 0.5, text=data.isascii())
    for decoder in DECODERS:
        decoder.sniff(data, context)
        for number, _ in enumerate(decoder.decode(data, context)):
            if number > 1_000:
                break
    encodings = tuple(filter(None, coding.split(", ")))
    part = Part("body", data, 0, len(data), media_type=context.media_type, encodings=encodings)
    count = sum(1 for _ in unfold(part, Budget()))
    target = b"/" + data[:200].translate(None, b" \r\n") + b"?" + data[200:2000].translate(None, b" \r\n")
    request = make_request(body=data, content_type=media_type, headers={"Content-Encoding": coding, "Cookie": "a=b"})
    request = replace(request, target=target, headers=(*request.headers, (b"X-" + data[:9], data[9:300])))
    parts = list(request_parts(request))
    skim = _inspector()._skim  # the inspector goes on without it where it fails; here that is a crash
    assert skim is not None
    for one in parts:
        skim.part(one, dice.random() < 0.5)
    inspection = _inspector().inspect(parts)
    for note in inspection.notes:
        if note.kind == "undecodable" and note.detail.endswith(("Error", "Exception")):
            raise RuntimeError(f"swallowed: {note.detail}")
    detector = Detector(make_profile()) if dice.random() < 0.01 else _detector()
    detector.feed(request)
    detector.feed(Response(time=1.0, exchange=request.exchange, status=200, headers=request.headers, body=data))
    return count


@lru_cache
def _detector() -> Detector:
    return Detector(make_profile())
