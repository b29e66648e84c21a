"""Looking into containers by the standard library (or a library of the format) instead of our decoders.

Each function gets the container's bytes, the run that the value was taken from, and the value, and returns the name of
the code that found the value in it; None where it did not.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import plistlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

from leakwatch.evidence.plain import layers

_MOST = 200_000
"""How many values of one container are compared at most."""


def _leaves(value: Any) -> Iterator[bytes]:
    """Yield every text, number and member name of a parsed document, without recursion."""
    waiting, count = [value], 0
    while waiting and count < _MOST:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            waiting += one
        elif isinstance(one, bytes):
            yield one
        elif isinstance(one, str):
            yield one.encode("utf-8", "surrogatepass")
        elif one is not None:
            yield str(one).encode()


def _parsed(text: str) -> Any:
    """Parse JSON with its numbers as they are written and duplicate names kept; text before the document is skipped."""
    decoder = json.JSONDecoder(
        object_pairs_hook=lambda pairs: [item for pair in pairs for item in pair], parse_float=str, parse_int=str,
        strict=False,
    )  # fmt: skip
    begin = re.search(r"[\[{\"]", text)
    return decoder.raw_decode(text, begin.start() if begin else 0)[0]


def _json(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    try:
        document = _parsed(parent.decode("utf-8", "surrogatepass").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        # Cut short, or not quite JSON: its string alone still has to be one.
        return _string(run, wanted)
    return "json" if wanted in _leaves(document) else None


def _string(run: bytes, wanted: bytes) -> str | None:
    """The value alone, where what is around it is not quite JSON."""
    if run == wanted:
        return "the same bytes"
    with suppress(ValueError):
        return "json" if layers.json_string(run) == wanted else None
    return None


def _ndjson(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    for line in parent.splitlines():
        if run in line and _json(line, run, wanted):
            return "json"
    return _string(run, wanted)


def _graphql(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    return _json(parent, run, wanted) if parent.lstrip()[:1] in b"[{" else _carved(parent, run, wanted)


def _form(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    values = {side for pair in re.split(rb"[&;]", parent) for side in pair.partition(b"=")[::2]}
    plain = {unquote_to_bytes(value.replace(b"+", b" ")) for value in values}
    found = wanted in values | plain or wanted.strip() in values | plain
    return "urllib.parse" if found else _carved(parent, run, wanted)


def _multipart(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    first = re.search(rb"(?:\A|\n)--([^\r\n]{1,200})\r?\n", parent)
    if not first:
        return None
    boundary = first[1].strip().decode("latin-1")
    message = message_from_bytes(f'Content-Type: multipart/form-data; boundary="{boundary}"\n\n'.encode() + parent)
    for part in message.walk():
        if part.is_multipart():
            continue
        body = part.get_payload(decode=True)
        if isinstance(body, bytes) and body.strip(b"\r\n") == wanted.strip(b"\r\n"):
            return "email"
        if wanted.decode("utf-8", "surrogateescape") in str(part.get("Content-Disposition", "")):
            return "email"
    return _carved(parent, run, wanted)


def _xml(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    plain = "html" if layers.entities(run) == wanted else None
    if b"<!DOCTYPE" in parent or b"<!ENTITY" in parent:
        return _carved(parent, run, wanted) or plain  # entities are a way to make a parser swell
    try:
        root = ElementTree.fromstring(parent)  # noqa: S314  # entities were refused above
    except ElementTree.ParseError:
        return _carved(parent, run, wanted) or plain
    target = wanted.decode("utf-8", "replace").strip()
    for element in root.iter():
        texts = (element.text, element.tail, *element.attrib.values())
        if any(text and text.strip() == target for text in texts):
            return "xml.etree"
    return _carved(parent, run, wanted) or plain


def _plist(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    return "plistlib" if wanted in _leaves(plistlib.loads(parent)) else None


def _csv(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    text = parent.decode("utf-8", "replace")
    target = wanted.decode("utf-8", "replace").strip()
    for delimiter in ",;\t|":
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if any(cell.strip() == target for row in rows for cell in row):
            return "csv"
    return None


def _jwt(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    for half in run.split(b"."):
        half = half.strip()
        if base64.urlsafe_b64decode(half + b"=" * (-len(half) % 4)) == wanted:
            return "base64"
    return None


def _lines(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    """vCard and iCalendar (RFC 6350 §3.2): unfold lines, take what stands behind the colon."""
    text = re.sub(rb"\r?\n[ \t]", b"", parent)
    values = {line.partition(b":")[2].strip() for line in text.splitlines()}
    pieces = {piece for value in values for piece in re.split(rb"(?<!\\)[;,]", value)}
    plain = {re.sub(rb"\\(.)", rb"\1", one) for one in values | pieces}
    return "line splitting" if wanted.strip() in values | pieces | plain else None


def _zip(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    with suppress(zipfile.BadZipFile, zlib.error, RuntimeError), zipfile.ZipFile(io.BytesIO(parent)) as archive:
        for entry in archive.infolist():
            if entry.file_size <= len(wanted) + 1 and archive.read(entry) == wanted:
                return "zipfile"
    # A torn archive has no directory; its files are deflate streams all the same.
    inflated = layers.inflate(run, "-15", str(len(wanted) + 1)) if run != wanted else run
    return _carved(parent, run, wanted) or ("zlib" if inflated == wanted else None)


def _grpc(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    """gRPC's length-prefixed messages: a flag byte and four bytes of length (gRPC over HTTP/2)."""
    at = 0
    while at + 5 <= len(parent):
        size = int.from_bytes(parent[at + 1 : at + 5], "big")
        body = parent[at + 5 : at + 5 + size]
        if body == wanted or (parent[at] & 1 and zlib.decompress(body, 47) == wanted):
            return "frame arithmetic"
        at += 5 + size
    return None


def _protobuf(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    """A length-delimited field: its length stands before it as a varint (Protocol Buffers encoding)."""
    length, size = b"", len(run)
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return "length prefix" if run == wanted and length + bytes([size]) + run in parent else None


def _msgpack(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    import msgpack

    try:
        document = msgpack.unpackb(parent, raw=False, strict_map_key=False, unicode_errors="surrogateescape")
    except (ValueError, TypeError, msgpack.exceptions.ExtraData):
        return _carved(parent, run, wanted)
    return "msgpack" if wanted in _leaves(document) else _carved(parent, run, wanted)


def _cbor(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    import cbor2

    try:
        document = cbor2.loads(parent)
    except (cbor2.CBORDecodeError, RecursionError):
        return _carved(parent, run, wanted)
    return "cbor2" if wanted in _leaves(document) else _carved(parent, run, wanted)


def _carved(parent: bytes, run: bytes, wanted: bytes) -> str | None:
    """The value stands in the container as it is."""
    return "the same bytes" if run == wanted and run in parent else None


Look = Callable[[bytes, bytes, bytes], str | None]
CONTAINERS: dict[str, Look] = {
    "json": _json, "ndjson": _ndjson, "graphql": _graphql, "form": _form, "multipart": _multipart, "xml": _xml,
    "plist": _plist, "bplist": _plist, "csv": _csv, "vcard": _lines, "ical": _lines, "jwt": _jwt, "zip": _zip,
    "grpc": _grpc, "protobuf": _protobuf, "msgpack": _msgpack, "cbor": _cbor, "thrift": _carved, "java": _carved,
}  # fmt: skip
"""How to look into each container, by its name in a chain."""
