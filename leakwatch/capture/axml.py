"""Reads the root element of a binary AndroidManifest.xml: package and version, with every length bounded.

Format: Android's `ResourceTypes.h` (ResXMLTree, ResStringPool, Res_value), AOSP frameworks/base, libs/androidfw.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_BYTES = 4 << 20
"""A manifest longer than this is not read (the largest real ones are a few hundred kilobytes)."""
_MAX_STRINGS = 100_000
_MAX_CHUNKS = 10_000
_MAX_TEXT = 4096

_STRING_POOL, _XML, _START_ELEMENT, _RESOURCE_MAP = 0x0001, 0x0003, 0x0102, 0x0180
_UTF8 = 1 << 8
_NOTHING = 0xFFFFFFFF

# Attributes are named by resource id (public.xml); obfuscators empty their names, the ids must stay.
_VERSION_CODE, _VERSION_NAME, _VERSION_CODE_MAJOR = 0x0101021B, 0x0101021C, 0x01010576
_REFERENCE, _STRING, _FIRST_INT, _LAST_INT = 0x01, 0x03, 0x10, 0x1F


class ManifestError(ValueError):
    """The manifest is not one, or is damaged."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the `<manifest>` element says; empty where it says nothing or points into resources."""

    package: str = ""
    version_name: str = ""
    version_code: str = ""


def read_manifest(data: bytes) -> Manifest:
    """Read the first element of a binary manifest. Raises ManifestError for anything that is not one."""
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise ManifestError("its manifest is damaged") from error


def _read(data: bytes) -> Manifest:
    if len(data) > MAX_BYTES:
        raise ManifestError("its manifest is too long")
    kind, start, _size = struct.unpack_from("<HHI", data, 0)
    if kind != _XML:
        raise ManifestError("its manifest is not binary XML")
    strings: list[str] = []
    ids: tuple[int, ...] = ()
    for _ in range(_MAX_CHUNKS):
        kind, header, size = struct.unpack_from("<HHI", data, start)
        if size < 8 or start + size > len(data):
            raise ManifestError("its manifest is damaged")
        if kind == _STRING_POOL and not strings:
            strings = _string_pool(data, start, size)
        elif kind == _RESOURCE_MAP:
            count = min((size - header) // 4, _MAX_STRINGS)
            ids = struct.unpack_from(f"<{max(count, 0)}I", data, start + header)
        elif kind == _START_ELEMENT:
            return _manifest(data, start + header, strings, ids)
        start += size
    raise ManifestError("its manifest has no element")


def _string_pool(data: bytes, start: int, size: int) -> list[str]:
    header, count, _styles, flags, strings_start = struct.unpack_from("<2xH4xIIII", data, start)
    count = min(count, _MAX_STRINGS)
    offsets = struct.unpack_from(f"<{count}I", data, start + header)
    pool = data[start + strings_start : start + size]
    decode = _utf8 if flags & _UTF8 else _utf16
    return [decode(pool, offset) if offset < len(pool) else "" for offset in offsets]


def _utf8(pool: bytes, offset: int) -> str:
    """Two lengths (characters, bytes), each one or two bytes with the top bit as the sign of a second one."""
    for _ in range(2):
        length = pool[offset]
        offset += 1
        if length & 0x80:
            length = (length & 0x7F) << 8 | pool[offset]
            offset += 1
    return pool[offset : offset + min(length, _MAX_TEXT)].decode("utf-8", "replace")


def _utf16(pool: bytes, offset: int) -> str:
    (length,) = struct.unpack_from("<H", pool, offset)
    offset += 2
    if length & 0x8000:
        (low,) = struct.unpack_from("<H", pool, offset)
        length = (length & 0x7FFF) << 16 | low
        offset += 2
    return pool[offset : offset + 2 * min(length, _MAX_TEXT)].decode("utf-16-le", "replace")


def _manifest(data: bytes, start: int, strings: list[str], ids: tuple[int, ...]) -> Manifest:
    _namespace, name, first, step, count = struct.unpack_from("<IIHHH", data, start)
    if _text(strings, name) != "manifest":
        raise ManifestError("its manifest does not begin with <manifest>")
    package = version_name = ""
    code = major = 0
    for at in range(start + first, start + first + max(step, 20) * count, max(step, 20)):
        _namespace, name, raw, kind, value = struct.unpack_from("<III3xBI", data, at)
        resource = ids[name] if name < len(ids) else 0
        if resource == _VERSION_CODE and _FIRST_INT <= kind <= _LAST_INT:
            code = value
        elif resource == _VERSION_CODE_MAJOR and _FIRST_INT <= kind <= _LAST_INT:
            major = value
        elif resource == _VERSION_NAME:
            version_name = _value(strings, raw, kind, value)
        elif not resource and _text(strings, name) == "package":
            package = _value(strings, raw, kind, value)
    number = major << 32 | code
    return Manifest(package, version_name, str(number) if number else "")


def _value(strings: list[str], raw: int, kind: int, value: int) -> str:
    if kind == _STRING:
        return _text(strings, value)
    if raw != _NOTHING:
        return _text(strings, raw)
    return "" if kind == _REFERENCE else str(value)


def _text(strings: list[str], index: int) -> str:
    return strings[index] if index < len(strings) else ""
