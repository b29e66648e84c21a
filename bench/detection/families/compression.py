"""Compression, announced or not."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Callable

import brotlicffi
import cramjam
import lz4.block
import lz4.frame
import lzstring
import zstandard

from bench.detection import encoders as enc
from bench.detection.families.registry import BINARY, JSON, family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


def _compressed(name: str, tier: str, header: str, pack: Callable[[bytes], bytes]) -> None:
    @family(name, tier, ("imei", "oaid", "email", "mac"))
    def _(p: Person, n: str, v: str) -> Exchange:
        headers = [("Content-Encoding", header)] if header else []
        body = pack(enc.compact({"id": v, "pad": "x" * 60}))
        chain = f"{name.split('-')[0]} json"
        return make((n, chain, "body.json:$.id"), headers=headers, body=body, media=JSON if header else BINARY)


_compressed("gzip", "core", "gzip", lambda d: gzip.compress(d, mtime=0))
_compressed("gzip-unannounced", "core", "", lambda d: gzip.compress(d, mtime=0))
_compressed("zlib-unannounced", "core", "", zlib.compress)
_compressed("deflate", "core", "deflate", enc.deflate)
_compressed("brotli", "core", "br", brotlicffi.compress)
_compressed("zstd", "core", "zstd", lambda d: zstandard.ZstdCompressor().compress(d))
_compressed("zstd-unannounced", "extended", "", lambda d: zstandard.ZstdCompressor().compress(d))
_compressed("lz4", "extended", "", lambda d: lz4.frame.compress(d))
_compressed("brotli-unannounced", "hard", "", brotlicffi.compress)
_compressed("gzip-after-rubbish", "extended", "", lambda d: b"\x00\x01HDR\x07" + gzip.compress(d, mtime=0))


@family("zip", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.zipped("log.txt", f"device {v} started".encode() * 3)
    return make((n, "zip", "body.zip:log.txt"), **packed(body))


@family("gzip-base64", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(gzip.compress(enc.compact({"id": v}), mtime=0)).decode()
    return make((n, "json base64 gzip json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("snappy", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = bytes(cramjam.snappy.compress_raw(enc.compact({"id": v, "pad": "x" * 60})))
    return make((n, "snappy json", "body.json:$.id"), headers=[("Content-Encoding", "snappy")], body=body, media=JSON)


@family("snappy-framed", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = bytes(cramjam.snappy.compress(enc.compact({"id": v, "pad": "x" * 60})))
    return make((n, "snappy json", "body.json:$.id"), **packed(body))


@family("lz4-block", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = lz4.block.compress(enc.compact({"id": v, "pad": "x" * 60}), store_size=True)
    return make((n, "lz4 json", "body.json:$.id"), **packed(body))


@family("lzstring", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = lzstring.LZString().compressToBase64(enc.compact({"id": v, "e": [1, 2, 3]}).decode())
    return make((n, "json lzstring json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("lzstring-uri", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = lzstring.LZString().compressToEncodedURIComponent(enc.compact({"id": v, "e": [1, 2, 3]}).decode())
    return make((n, "lzstring json", "query:q.json:$.id"), method="GET", target=f"/t?q={coded}")


@family("zstd-base64", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(zstandard.ZstdCompressor().compress(enc.compact({"id": v}))).decode()
    return make((n, "json base64 zstd json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("deflate-base64", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.deflate(enc.compact({"id": v, "x": "y" * 30}))).decode()
    return make((n, "json base64 deflate json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("gzip-twice", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = gzip.compress(gzip.compress(enc.compact({"id": v}), mtime=0), mtime=0)
    return make((n, "gzip gzip json", "body.json:$.id"), headers=[("Content-Encoding", "gzip")], body=body, media=JSON)


@family("gzip-response", "core", ("phone", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.compact({"user": {"v": v}, "pad": list(range(60))})
    coded = base64.b64encode(gzip.compress(body, mtime=0)).decode()
    return make((n, "json base64 gzip json", "body.json:$.z.json:$.user.v"), response=enc.compact({"z": coded}),
                direction="response")  # fmt: skip
