"""`encode(value, chain)`: what an app would send. Shares no code with the decoders: standard library and libraries."""

from __future__ import annotations

import base64
import codecs
import gzip
import hashlib
import html
import io
import json
import quopri
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Sequence

import base58
import brotlicffi
import cbor2
import cramjam
import lz4.frame
import lzstring
import mmh3
import msgpack
import xxhash
import zstandard
from Crypto.Hash import MD4, RIPEMD160

Encoder = Callable[[bytes], bytes]

_KEY = "payload"


def encode(value: bytes | str, chain: Sequence[str]) -> bytes:
    """Return `value` wrapped as `chain` says: given outermost first, so that its last name is applied first.

    Containers hold the value under the name `payload` beside another field. Raises KeyError for a name that no
    encoder is known for, and ValueError for a value that cannot be written so (a NUL byte in XML).
    """
    data = value.encode() if isinstance(value, str) else bytes(value)
    for name in reversed(chain):
        data = _encoder(name)(data)
    return data


def _encoder(name: str) -> Encoder:
    base, bracket, piece = name.partition("[")
    if not bracket:
        return ENCODERS[name]
    start, _, end = piece.rstrip("]").partition(":")
    return lambda data: ENCODERS[base](data)[int(start) : int(end)]


# -- containers --------------------------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    """Return the text that a text container can hold; binary data goes in as latin-1, as JavaScript's btoa takes it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("a text container cannot hold these bytes") from None


def _json(data: bytes) -> bytes:
    return json.dumps({"v": 1, _KEY: _text(data)}, ensure_ascii=False).encode()


def _form(data: bytes) -> bytes:
    return urllib.parse.urlencode({"v": "1", _KEY: data}).encode()


def _multipart(data: bytes) -> bytes:
    boundary = b"----boundary" + hashlib.sha256(b"boundary" + data).hexdigest()[:16].encode()
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    first = head % (boundary, b"v") + b"1\r\n"
    return first + head % (boundary, _KEY.encode()) + data + b"\r\n--%s--\r\n" % boundary


def _xml(data: bytes) -> bytes:
    text = _text(data)
    if any(ord(char) < 32 and char not in "\t\n\r" for char in text):
        raise ValueError("XML has no control characters")
    return f'<?xml version="1.0" encoding="UTF-8"?><r><v>1</v><{_KEY}>{html.escape(text)}</{_KEY}></r>'.encode()


def _ndjson(data: bytes) -> bytes:
    return b'{"v":1}\n' + json.dumps({_KEY: _text(data)}, ensure_ascii=False).encode() + b"\n"


def _protobuf(data: bytes) -> bytes:
    return b"\x08\x96\x01" + b"\x12" + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number % 128 + 128)
        number //= 128
    return bytes(out) + bytes([number])


def _grpc(data: bytes) -> bytes:
    return b"\0" + struct.pack(">I", len(data)) + data


def _jwt(data: bytes) -> bytes:
    pieces = (b'{"alg":"HS256","typ":"JWT"}', data, hashlib.sha256(b"a secret" + data).digest())
    return b".".join(base64.urlsafe_b64encode(piece).rstrip(b"=") for piece in pieces)


def _zip(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_KEY), data)
    return file.getvalue()


# -- text layers, encodings, compression -------------------------------------------------------------------------------


def _percent(data: bytes) -> bytes:
    return "".join(f"%{byte:02X}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in data).encode()


def _unicode_escape(data: bytes) -> bytes:
    units = struct.unpack(f">{len(encoded := _text(data).encode('utf-16-be')) and len(encoded) // 2}H", encoded)
    return "".join(f"\\u{unit:04x}" for unit in units).encode()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _hex_digest(make: Callable[[bytes], bytes]) -> Encoder:
    return lambda data: make(data).hex().encode()


_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    name: (lambda data, name=name: hashlib.new(name, data).digest())
    for name in (
        "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512",
        "blake2b", "blake2s",
    )
} | {
    "md4": lambda data: MD4.new(data).digest(),  # noqa: S303 # apps send it; nothing is secured by it
    "ripemd160": lambda data: RIPEMD160.new(data).digest(),
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "adler32": lambda data: zlib.adler32(data).to_bytes(4, "big"),
    "mmh3_32": lambda data: mmh3.hash(data, signed=False).to_bytes(4, "big"),
    "mmh3_128": mmh3.hash_bytes,
    "xxh64": lambda data: xxhash.xxh64(data).digest(),
}  # fmt: skip

ENCODERS: dict[str, Encoder] = {
    "json": _json,
    "form": _form,
    "multipart": _multipart,
    "xml": _xml,
    "ndjson": _ndjson,
    "protobuf": _protobuf,
    "grpc": _grpc,
    "msgpack": lambda data: msgpack.packb({"v": 1, _KEY: data}),
    "cbor": lambda data: cbor2.dumps({"v": 1, _KEY: data}),
    "jwt": _jwt,
    "zip": _zip,
    "percent": _percent,
    "unicode-escape": _unicode_escape,
    "hex-escape": lambda data: "".join(f"\\x{byte:02x}" for byte in data).encode(),
    "entity": lambda data: "".join(f"&#{ord(char)};" for char in _text(data)).encode(),
    "quoted-printable": lambda data: quopri.encodestring(data, quotetabs=True),
    "utf-16le": lambda data: _text(data).encode("utf-16-le"),
    "utf-16be": lambda data: _text(data).encode("utf-16-be"),
    "gbk": lambda data: _text(data).encode("gb18030"),
    "base64": base64.b64encode,
    "base32": base64.b32encode,
    "base58": base58.b58encode,
    "base85": base64.b85encode,
    "ascii85": base64.a85encode,
    "hex": lambda data: data.hex().encode(),
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": _raw_deflate,
    "zlib": zlib.compress,
    "brotli": brotlicffi.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "lz4": lz4.frame.compress,
    "snappy": lambda data: bytes(cramjam.snappy.compress(data)),
    "lzstring": lambda data: lzstring.LZString().compressToBase64(_text(data)).encode(),
    "rot13": lambda data: codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1"),
    "reverse": lambda data: data[::-1],
    "xor": lambda data: bytes(byte ^ 0x5A for byte in data),
} | {name: _hex_digest(make) for name, make in _DIGESTS.items()}
"""Every chain name that can be written, with its encoder: digests as lower-case hex, `xor` with the key 0x5A."""
