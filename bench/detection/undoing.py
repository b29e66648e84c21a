"""Layers undone one by one, by the standard library and small arithmetic; shares no code with leakwatch."""

from __future__ import annotations

import base64
import binascii
import csv
import gzip
import io
import itertools
import json
import plistlib
import re
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from typing import Any
from xml.etree import ElementTree

Undo = Callable[[bytes, Any], Iterable[bytes]]


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, bytes):
        yield value
    elif value is not None:
        yield str(value).encode("utf-8", "surrogatepass")


def _json(data: bytes, _: Any) -> Iterator[bytes]:
    text = data.decode("utf-8", "ignore")
    for start in (m.start() for m in itertools.islice(re.finditer(r"[\[{]", text), 3)):
        try:
            found = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(text, start)[0]
        except ValueError:
            continue
        leaves = list(_leaves(found))
        yield from leaves
        # Two fields that are one thing (latitude, longitude) stand side by side.
        yield b" ".join(leaves)
        return


def _form(data: bytes, _: Any) -> Iterator[bytes]:
    pairs = urllib.parse.parse_qsl(
        data.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape"
    )
    values = [value.encode("utf-8", "surrogateescape") for _, value in pairs]
    yield from values
    yield b" ".join(values)
    yield from (pair.partition(b"=")[2] for pair in data.split(b"&"))


def _multipart(data: bytes, _: Any) -> Iterator[bytes]:
    boundary = re.match(rb"--([^\r\n]+)", data)
    if boundary:
        head = b'Content-Type: multipart/form-data; boundary="' + boundary[1] + b'"\n\n'
        for part in message_from_bytes(head + data).walk():
            if not part.is_multipart():
                body = part.get_payload(decode=True)
                yield body if isinstance(body, bytes) else b""
                yield str(part["Content-Disposition"]).encode()
        yield from (piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in data.split(b"--" + boundary[1]))


def _xml(data: bytes, _: Any) -> Iterator[bytes]:
    for element in ElementTree.fromstring(data).iter():
        yield from (str(t).encode() for t in (element.text, element.tail, *element.attrib.values()) if t)


def _protobuf(data: bytes, _: Any, depth: int = 0) -> Iterator[bytes]:
    """Every field: strings and bytes as they stand, numbers as decimal text, submessages entered."""
    at, numbers = 0, []
    out: list[bytes] = []
    try:
        while at < len(data):
            tag, at = _varint(data, at)
            if tag & 7 == 0:
                value, at = _varint(data, at)
                out.append(str(value).encode())
                numbers.append(str(value))
            elif tag & 7 == 2:
                size, at = _varint(data, at)
                out.append(data[at : at + size])
                if depth < 5:
                    out += _protobuf(data[at : at + size], None, depth + 1)
                at += size
            else:
                size = 8 if tag & 7 == 1 else 4
                raw = data[at : at + size]
                out.append(str(int.from_bytes(raw, "little")).encode())
                if size == 8:
                    numbers.append(repr(struct.unpack("<d", raw)[0]))
                at += size
    except (IndexError, struct.error):
        return
    yield from out
    yield " ".join(numbers).encode()


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def _base64(data: bytes, person: Any) -> Iterator[bytes]:
    for token in re.findall(rb"[A-Za-z0-9+/_=\r\n-]{8,}", data):
        text = re.sub(rb"[\r\n=]", b"", token).translate(bytes.maketrans(b"-_", b"+/"))
        yield base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"=" * (-len(text) % 4))
    other = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    if person is not None and re.fullmatch(rb"[A-Za-z0-9./+]+", data):
        yield from _base64(data.translate(bytes.maketrans(other, plain)), None)
        import random

        for seed in (person.salt, *(person.salt + name for name in person.ids)):
            shuffled = [chr(c) for c in plain]
            random.Random(seed).shuffle(shuffled)
            yield from _base64(data.translate(bytes.maketrans("".join(shuffled).encode(), plain)), None)


def _positional(symbols: str) -> Undo:
    def undo(data: bytes, _: Any) -> Iterator[bytes]:
        text = data.decode("ascii", "ignore")
        if text and set(text) <= set(symbols):
            number = 0
            for char in text:
                number = number * len(symbols) + symbols.index(char)
            yield number.to_bytes((number.bit_length() + 7) // 8, "big")

    return undo


def _xor(data: bytes, person: Any) -> Iterator[bytes]:
    keys = [bytes([key]) for key in range(256)] + [person.xor_key, b"\x13\xa7\x5e\xc9", b"\x9d\x31"]
    yield from (bytes(b ^ key[i % len(key)] for i, b in enumerate(data)) for key in keys)


def _sealed(data: bytes, person: Any) -> Iterator[bytes]:
    """By OpenSSL, where the corpus was made by pycryptodome."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    tries: list[tuple[Any, Any, bytes]] = [
        (algorithms.AES(person.aes_key), modes.CBC(person.aes_iv), data),
        (algorithms.AES(person.ecb_key), modes.ECB(), data),
        (TripleDES(person.des_key * 3), modes.CBC(person.aes_iv[:8]), data),
        (ARC4(person.rc4_key), None, data),
    ]
    if len(data) > 28:
        tries.append((algorithms.AES(person.gcm_key), modes.GCM(data[:12], data[-16:]), data[12:-16]))
    for line in person.hooked:
        if line.get("ciphertext") == "hex:" + data.hex():
            yield line["plaintext"].encode()
        if "key" in line:
            key, iv = (bytes.fromhex(line[name][4:]) for name in ("key", "iv"))
            tries.append((algorithms.AES(key), modes.CBC(iv), data))
    for algorithm, mode, body in tries:
        try:
            opened = Cipher(algorithm, mode).decryptor()
            plain = opened.update(body) + opened.finalize()
        except Exception:
            continue
        yield from (plain, plain[: -plain[-1]] if plain and plain[-1] <= 16 else plain)


def _thrift(data: bytes, _: Any) -> Iterator[bytes]:
    yield from re.findall(rb"[ -~]{6,}", data)


def _grpc(data: bytes, _: Any) -> Iterator[bytes]:
    at = 0
    while at + 5 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 5], "big")
        yield data[at + 5 : at + 5 + size]
        at += 5 + size


def _zip(data: bytes, _: Any) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield from (archive.read(name) for name in archive.namelist())


def _lz4(data: bytes, _: Any) -> Iterator[bytes]:
    import lz4.block
    import lz4.frame

    yield lz4.frame.decompress(data) if data.startswith(b"\x04\x22") else lz4.block.decompress(data)


def _snappy(data: bytes, _: Any) -> Iterator[bytes]:
    import cramjam

    for undo in (cramjam.snappy.decompress, cramjam.snappy.decompress_raw):
        try:
            yield bytes(undo(data))
        except cramjam.DecompressionError:
            continue


def _lzstring(data: bytes, _: Any) -> Iterator[bytes]:
    import lzstring

    coder = lzstring.LZString()
    for undo in (coder.decompressFromBase64, coder.decompressFromEncodedURIComponent):
        try:
            yield (undo(data.decode()) or "").encode()
        except (KeyError, IndexError, ValueError, UnicodeError):
            continue


def _brotli(data: bytes, _: Any) -> Iterator[bytes]:
    import brotli

    yield brotli.decompress(data)


def _zstd(data: bytes, _: Any) -> Iterator[bytes]:
    import cramjam

    yield bytes(cramjam.zstd.decompress(data))


def _msgpack(data: bytes, _: Any) -> Iterator[bytes]:
    import msgpack

    yield from _leaves(msgpack.unpackb(data))


def _cbor(data: bytes, _: Any) -> Iterator[bytes]:
    import cbor2

    yield from _leaves(cbor2.loads(data))


def _lines(data: bytes, _: Any) -> Iterator[bytes]:
    yield from (line.partition(b":")[2] for line in data.splitlines())


def _gunzip(data: bytes, _: Any) -> Iterator[bytes]:
    start = data.find(b"\x1f\x8b\x08")
    yield gzip.decompress(data[start:]) if start >= 0 else b""


def _ints(order: str) -> Undo:
    def undo(data: bytes, _: Any) -> Iterator[bytes]:
        if data.lstrip(b"-").isdigit() or b" " in data:
            yield data  # a container gave the number already
        for at in range(len(data) - 7):
            yield str(int.from_bytes(data[at : at + 8], order)).encode()  # type: ignore[arg-type]  # a literal of two

    return undo


def _same(data: bytes, _: Any) -> Iterator[bytes]:
    yield data


def _guarded(undo: Undo) -> Undo:
    def guarded(data: bytes, person: Any) -> list[bytes]:
        out: list[bytes] = []
        try:
            out.extend(itertools.islice(undo(data, person), 2_000))
        except Exception:
            return out
        return out

    return guarded


_D, _U, _L = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
LAYERS: dict[str, Undo] = {
    name: _guarded(undo)
    for name, undo in {
        "json": _json,
        "form": _form,
        "multipart": _multipart,
        "xml": _xml,
        "plist": lambda d, _: _leaves(plistlib.loads(d)),
        "bplist": lambda d, _: _leaves(plistlib.loads(d)),
        "graphql": _json,
        "ndjson": lambda d, p: (leaf for line in d.splitlines() for leaf in _json(line, p)),
        "csv": lambda d, _: (cell.encode() for row in csv.reader(io.StringIO(d.decode())) for cell in row),
        "vcard": _lines,
        "ical": _lines,
        "jwt": lambda d, _: (base64.urlsafe_b64decode(h + b"==") for h in d.split(b" ")[-1].split(b".")),
        "zip": _zip,
        "protobuf": _protobuf,
        "grpc": _grpc,
        "msgpack": _msgpack,
        "cbor": _cbor,
        "thrift": _thrift,
        "java": _thrift,
        "websocket": _same,  # the messages are what the stream held
        "varint": _same,
        "double": _same,
        "fixed64": _ints("little"),
        "uint64": _ints("big"),
        "gzip": _gunzip,
        "zlib": lambda d, _: [zlib.decompress(d)],
        "deflate": lambda d, _: [zlib.decompress(d, -15)],
        "brotli": _brotli,
        "zstd": _zstd,
        "lz4": _lz4,
        "snappy": _snappy,
        "lzstring": _lzstring,
        "base64": _base64,
        "base32": lambda d, _: [base64.b32decode(d.rstrip(b"=").upper() + b"=" * (-len(d.rstrip(b"=")) % 8))],
        "base58": _positional("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
        "base62": _positional(_D + _U + _L),
        "base85": lambda d, _: [base64.b85decode(d)],
        "ascii85": lambda d, _: [base64.a85decode(d)],
        "hex": lambda d, _: [binascii.unhexlify(re.sub(rb"0x|[^0-9a-fA-F]", b"", d))],
        "utf-16le": lambda d, _: [d.decode("utf-16-le").encode()],
        "utf-16be": lambda d, _: [d.decode("utf-16-be").encode()],
        "gbk": lambda d, _: [d.decode("gb18030").encode()],
        "rot13": lambda d, _: [
            d.translate(bytes.maketrans((_U + _L).encode(), (_U[13:] + _U[:13] + _L[13:] + _L[:13]).encode()))
        ],
        "reverse": lambda d, _: [d[::-1]],
        "xor": _xor,
        "add": lambda d, _: (bytes((b - k) % 256 for b in d) for k in range(1, 256)),
        "aes": _sealed,
        "des": _sealed,
        "rc4": _sealed,
    }.items()
}
"""How to undo each layer: bytes and the person to the bytes that may be inside."""
