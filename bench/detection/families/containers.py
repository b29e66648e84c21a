"""Binary containers and numbers."""

from __future__ import annotations

import base64
import gzip
import struct

import cbor2
import msgpack

from bench.detection import encoders as enc
from bench.detection.families.registry import family, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


@family("protobuf", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, 7), (2, enc.pb((1, "android"), (3, v))), (4, 1763750000))
    return make((n, "protobuf", "body.protobuf:2.3"), body=body, media="application/x-protobuf")


@family("protobuf-varint", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "protobuf varint", "body.protobuf:5"), **packed(enc.pb((1, "a"), (5, int(v)), (6, "zz"))))


@family("protobuf-fixed64", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "protobuf fixed64", "body.protobuf:5"), **packed(enc.pb((1, "a"), (5, ("f", int(v))), (6, "zz"))))


@family("grpc", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    message = enc.pb((1, v), (2, 9))
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    return make((n, "grpc protobuf", "body.grpc[0].protobuf:1"), body=body, media="application/grpc")


@family("msgpack", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = msgpack.packb({"e": [1, {"id": v}]})
    return make((n, "msgpack", "body.msgpack:$.e[1].id"), body=body, media="application/msgpack")


@family("cbor", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = cbor2.dumps({"e": [1, {"id": v}]})
    return make((n, "cbor", "body.cbor:$.e[1].id"), body=body, media="application/cbor")


@family("java-serialised", "extended", ("oaid", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"\xac\xed\x00\x05t" + len(v).to_bytes(2, "big") + v.encode()
    return make((n, "java", ""), **packed(body))


@family("protobuf-packed-in-base64", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.pb((1, 1), (3, enc.pb((1, v), (2, 5))))).decode()
    return make((n, "json base64 protobuf", "body.json:$.d.protobuf:3.1"), body=enc.compact({"d": coded}),
                media="application/json")  # fmt: skip


@family("protobuf-mac-raw", "extended", ("mac", "bssid"))
def _(p: Person, n: str, v: str) -> Exchange:
    raw = bytes.fromhex(v.replace(":", ""))
    return make((n, "protobuf raw-bytes", "body.protobuf:7"), **packed(enc.pb((1, "wifi"), (7, raw), (8, 44))))


@family("protobuf-mac-48-bits", "extended", ("mac", "bssid"))
def _(p: Person, n: str, v: str) -> Exchange:
    number = int(v.replace(":", ""), 16)
    return make((n, "protobuf varint", "body.protobuf:7"), **packed(enc.pb((1, "wifi"), (7, number), (8, 44))))


@family("protobuf-uuid-raw", "extended", ("oaid", "gaid", "idfa"))
def _(p: Person, n: str, v: str) -> Exchange:
    raw = bytes.fromhex(v.replace("-", ""))
    return make((n, "protobuf raw-bytes", "body.protobuf:2"), **packed(enc.pb((1, "did"), (2, raw), (3, 1))))


@family("protobuf-bcd", "extended", ("imsi", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    raw = bytes.fromhex("0" + v)
    return make((n, "protobuf bcd", "body.protobuf:2"), **packed(enc.pb((1, "tel"), (2, raw), (3, 1))))


@family("uint64-big-endian", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"\x00\x07DEV\x00" + struct.pack(">Q", int(v)) + b"\xff\x00\x10\x9c"
    return make((n, "uint64", "body"), **packed(body))


@family("phone-int64", "extended", ("phone",) * 3)
def _(p: Person, n: str, v: str) -> Exchange:
    body = msgpack.packb({"m": int(v[3:]), "n": 1})
    return make((n, "msgpack uint64", "body.msgpack:$.m"), **packed(body))


@family("cbor-int", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "cbor uint64", "body.cbor:$.m"), body=cbor2.dumps({"m": int(v), "n": 1}), media="application/cbor")


@family("json-number", "core", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.m"), body=enc.compact({"m": int(v), "n": 1}), media="application/json")


@family("grpc-web-text", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    message = enc.pb((1, v), (2, 9))
    body = base64.b64encode(b"\x00" + len(message).to_bytes(4, "big") + message)
    return make((n, "base64 grpc protobuf", "body.grpc[0].protobuf:1"), body=body, media="application/grpc-web-text")


@family("grpc-gzip", "extended", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    message = gzip.compress(enc.pb((1, v), (2, 9)), mtime=0)
    body = b"\x01" + len(message).to_bytes(4, "big") + message
    return make((n, "grpc gzip protobuf", "body.grpc[0].protobuf:1"), body=body, media="application/grpc",
                headers=[("grpc-encoding", "gzip")])  # fmt: skip


@family("thrift-binary", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    fields = enc.thrift_binary((1, "app"), (2, v))
    body = b"\x80\x01\x00\x01" + struct.pack(">I", 6) + b"report" + struct.pack(">I", 1)
    body += b"\x0c" + struct.pack(">h", 1) + fields + b"\x00"
    return make((n, "thrift", "body.thrift:1.2"), body=body, media="application/x-thrift")


@family("thrift-compact", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    fields = enc.thrift_compact((1, "app"), (2, v))
    body = b"\x82\x21\x01" + enc.varint(6) + b"report" + b"\x1c" + fields + b"\x00"
    return make((n, "thrift", "body.thrift:1.2"), body=body, media="application/x-thrift")


@family("msgpack-raw-uuid", "extended", ("oaid", "idfa"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = msgpack.packb({"k": bytes.fromhex(v.replace("-", "")), "n": 1})
    return make((n, "msgpack raw-bytes", "body.msgpack:$.k"), body=body, media="application/msgpack")


@family("base36-int", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make(
        (n, "json base36-int", "body.json:$.d"), body=enc.compact({"d": enc.base36(int(v))}), media="application/json"
    )


@family("base16-int", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make(
        (n, "json base16-int", "body.json:$.d"), body=enc.compact({"d": f"{int(v):x}"}), media="application/json"
    )
