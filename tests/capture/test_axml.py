"""The manifest reader against bytes of every kind: it reads, or refuses in words; test_apk builds whole packages."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.capture.axml import MAX_BYTES, Manifest, ManifestError, read_manifest


def element(name: str, attributes: list[tuple[str, int]]) -> bytes:
    """A document of one element whose attributes are text, all names and values in a UTF-16 pool."""
    strings = [name, "package", *(value for value, _ in attributes)]
    pool, offsets = b"", []
    for text in strings:
        offsets.append(len(pool))
        pool += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
    pool += b"\0" * (-len(pool) % 4)
    start = 28 + 4 * len(strings)
    head = struct.pack("<HHIIIIII", 1, 28, start + len(pool), len(strings), 0, 0, start, 0)
    chunk = head + struct.pack(f"<{len(offsets)}I", *offsets) + pool
    rows = b"".join(
        struct.pack("<IIIHBBI", 0xFFFFFFFF, at, 2 + n, 8, 0, 3, 2 + n) for n, (_, at) in enumerate(attributes)
    )
    body = struct.pack("<IIHHHHHH", 0xFFFFFFFF, 0, 20, 20, len(attributes), 0, 0, 0) + rows
    chunk += struct.pack("<HHIII", 0x102, 16, 16 + len(body), 1, 0xFFFFFFFF) + body
    return struct.pack("<HHI", 3, 8, 8 + len(chunk)) + chunk


def test_the_package_is_read() -> None:
    assert read_manifest(element("manifest", [("com.example.app", 1)])) == Manifest(package="com.example.app")


def test_another_element_is_no_manifest() -> None:
    with pytest.raises(ManifestError, match="<manifest>"):
        read_manifest(element("resources", [("com.example.app", 1)]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged"),
        (b"<?xml version='1.0'?><manifest/>", "not binary XML"),
        (b"\0" * (MAX_BYTES + 1), "too long"),
        (struct.pack("<HHI", 3, 8, 8), "damaged"),
        (struct.pack("<HHI", 3, 8, 16) + struct.pack("<HHI", 1, 8, 0), "damaged"),
        (struct.pack("<HHI", 3, 8, 8) + struct.pack("<HHI", 0x101, 8, 8) * 10_000, "no element"),
    ],
    ids=["nothing", "text", "long", "no chunk", "endless chunk", "no element"],
)
def test_what_is_no_manifest_is_said_in_words(data: bytes, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        read_manifest(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 150))
def test_any_bytes_are_read_or_refused(junk: bytes, at: int) -> None:
    whole = element("manifest", [("com.example.app", 1)])
    try:
        assert isinstance(read_manifest(whole[:at] + junk), Manifest)
    except ManifestError as error:
        assert "\n" not in str(error)
