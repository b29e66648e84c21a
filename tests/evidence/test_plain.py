"""The plain Python that is printed comes to what the libraries come to, on anything."""

from __future__ import annotations

import base64
import gzip
import inspect
import lzma
import zlib

import cramjam
import lz4.block
import lz4.frame
import lzstring
import prcoords
import pygeohash
import pytest
from Crypto.Cipher import ARC4
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.evidence.plain import (
    FUNCTIONS,
    NEEDS,
    PLAIN_DIGESTS,
    compression,
    digests,
    layers,
    places,
    source,
    writing,
)
from leakwatch.identifiers.digests import DIGESTS
from leakwatch.identifiers.forms import base36, varint
from leakwatch.identifiers.place import plus_code

assert lzma
DATA = st.binary(max_size=300) | st.binary(min_size=1, max_size=9).map(lambda piece: piece * 40)
IN_CHINA = st.tuples(st.floats(20, 50), st.floats(75, 130))


@pytest.mark.parametrize("name", PLAIN_DIGESTS)
@settings(max_examples=60)
@given(data=DATA)
def test_digests(name: str, data: bytes) -> None:
    function, *arguments = PLAIN_DIGESTS[name]
    assert FUNCTIONS[function](data, *arguments).decode() == DIGESTS[name](data).hex()


@settings(max_examples=60)
@given(data=DATA.filter(bool))
def test_compressions(data: bytes) -> None:
    assert compression.snappy(bytes(cramjam.snappy.compress_raw(data))) == data
    assert compression.snappy(bytes(cramjam.snappy.compress(data))) == data
    assert compression.lz4(lz4.frame.compress(data), "0") == data
    assert compression.lz4(lz4.frame.compress(data, content_checksum=True, block_checksum=True), "0") == data
    assert compression.lz4(lz4.block.compress(data), "4") == data
    assert compression.lz4(lz4.block.compress(data, store_size=False), "0") == data
    assert layers.inflate(gzip.compress(data) * 2, "31", "9999") == data * 2
    assert layers.inflate(zlib.compress(data), "15", "9999") == data
    assert layers.inflate(zlib.compress(data), "15", "7") == data[:7]


@settings(max_examples=60)
@given(text=st.text(st.characters(max_codepoint=0xD7FF), min_size=1, max_size=200))
def test_lzstring(text: str) -> None:
    coder = lzstring.LZString()
    plain = text.encode()
    assert compression.lzstring(coder.compressToBase64(text).encode(), "base64") == plain
    assert compression.lzstring(coder.compressToEncodedURIComponent(text).encode(), "uri") == plain
    assert compression.lzstring(coder.compressToUTF16(text).encode(), "utf-16") == plain


@settings(max_examples=60)
@given(data=DATA, key=st.binary(min_size=5, max_size=32))
def test_disguises(data: bytes, key: bytes) -> None:
    assert layers.rc4(data, key.hex()) == ARC4.new(key).encrypt(data)
    assert layers.xor(layers.xor(data, key.hex()), key.hex()) == data
    assert layers.subtract(writing.add(data, "77"), "77") == data
    assert layers.backwards(layers.backwards(data)) == data
    assert layers.pairs_swapped(layers.pairs_swapped(data)) == data
    assert layers.backwards_text("岚=a".encode()) == "a=岚".encode()
    assert writing.base64_inside(data, "0", "0", "9999", "-_") == base64.urlsafe_b64encode(data)


@given(number=st.integers(1, (1 << 64) - 1))
def test_numbers(number: int) -> None:
    assert writing.varint_of(number) == varint(number)
    assert writing.base36(number) == base36(number)
    assert layers.varint(varint(number), "plain") == str(number).encode()


@given(place=IN_CHINA)
def test_places(place: tuple[float, float]) -> None:
    here = prcoords.Coords(*place)
    for datum, theirs in (("gcj02", prcoords.wgs_gcj(here, False)), ("bd09", prcoords.wgs_bd(here, False))):
        assert places.moved(*place, datum) == pytest.approx((theirs.lat, theirs.lon), abs=1e-6)
    assert places.geohash(*place, 9) == pygeohash.encode(*place, 9)
    assert places.plus_code(*place, 11) == plus_code(*place, 11)


def test_distance() -> None:
    near = b"lat=30.2741\n\n\n\nlng=120.1552"
    assert places.near(near, "wgs84", "degrees", "30.2741, 120.1551") == b"10 m\n"
    assert places.near(b"302741000 1201551000", "wgs84", "e7", "30.2741,120.1551") == b"0 m\n"
    with pytest.raises(ValueError, match="not near"):
        places.near(near, "gcj02", "degrees", "30.2741,120.1551")


def test_what_calls_another_brings_it() -> None:
    for name in FUNCTIONS:
        called = [
            other for other in FUNCTIONS if other != name and f" {other}(" in source([name]).replace("def ", "def_")
        ]
        assert set(called) <= set(NEEDS.get(name, ()))


def test_no_two_functions_share_a_name() -> None:
    names = [
        name
        for module in (layers, compression, digests, places, writing)
        for name, function in vars(module).items()
        if inspect.isfunction(function)
    ]
    assert len(names) == len(set(names))
