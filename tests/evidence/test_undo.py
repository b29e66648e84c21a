"""Independent checks confirm what the decoders did, and nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import plistlib
import zlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leakwatch.decoders import Budget, unfold
from leakwatch.evidence.recipes import undoing
from leakwatch.evidence.trace import layer_between
from leakwatch.evidence.undo import Layer, alphabet_of, check, repeated_key
from leakwatch.model import Keys, Part
from leakwatch.testing import encode

VALUE = "device 3b241101-e2bb-4255-8caf-4136c566a962 seen by 欧阳"
LAYERS = (
    "json", "form", "multipart", "xml", "ndjson", "msgpack", "cbor", "zip", "gzip", "deflate", "zlib", "brotli", "zstd",
    "lz4", "snappy", "base64", "base32", "base85", "ascii85", "hex", "percent", "hex-escape", "unicode-escape",
    "entity", "utf-16le", "grpc", "protobuf", "lzstring", "quoted-printable",
)  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_is_confirmed_and_a_changed_one_is_not(name: str) -> None:
    data = encode(VALUE, [name])
    asked = 0
    for segment in unfold(Part("body", data, 0, len(data)), Budget()):
        above = segment.parent
        if above is None or segment.data != VALUE.encode():
            continue
        names = segment.chain[len(above.chain) :]
        layer = Layer(names, segment.path, above.data, segment.start, segment.extent, segment.data)
        assert check(layer, Keys()), f"{name}: {names}"
        wrong = Layer(names, segment.path, above.data, segment.start, segment.extent, VALUE[::-1].encode())
        assert check(wrong, Keys()) is None or check(wrong, Keys()) == "", names
        asked += 1
    assert asked


@given(st.binary(max_size=200), st.sampled_from(LAYERS), st.binary(max_size=40))
@settings(max_examples=80, deadline=None)
def test_nothing_makes_a_check_raise(data: bytes, name: str, wanted: bytes) -> None:
    assert (
        check(Layer((name,), "", data, 0, len(data), wanted), Keys()) in (None, "") or wanted in data or len(data) < 40
    )


@given(st.binary(min_size=16, max_size=60), st.binary(min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_repeated_key_is_found(plain: bytes, key: bytes) -> None:
    sealed = bytes(b ^ key[i % len(key)] for i, b in enumerate(plain))
    found = repeated_key(sealed, plain)
    assert key.startswith(found) or found.startswith(key)
    assert bytes(b ^ found[i % len(found)] for i, b in enumerate(sealed)) == plain


def test_no_key_repeats_in_random_bytes() -> None:
    assert repeated_key(bytes(range(40)), bytes(40)) == b""
    assert repeated_key(b"abc", b"abcd") == b""


@pytest.mark.parametrize("number", range(40))
def test_every_writing_of_base64_is_undone(number: int) -> None:
    """URL-safe symbols, no padding, and a plus sign that a form made a space of."""
    digest = hashlib.sha1(str(number).encode()).digest()
    text = base64.b64encode(digest)
    for written in (text, text.rstrip(b"="), base64.urlsafe_b64encode(digest), text.replace(b"+", b" ")):
        assert alphabet_of(written, digest)
    assert not alphabet_of(text, digest[::-1])


AWKWARD = {
    "escapes among what is none": rb"var a='\x38\x36\x37 \xZZ \d \101',b='\u4f60\u597d \ud83d\ude00 \u{1f600} \ud83d';",
    "a number in a property list": plistlib.dumps({"n": 3, "f": 1.5, "did": VALUE}, fmt=plistlib.FMT_BINARY),
    "a document type and entities": b"<!DOCTYPE a [<!ENTITY x 'y'>]><a><b>Tom &amp; &#74;erry live here</b></a>",
    "zlib that breaks off": zlib.compress(VALUE.encode() * 3)[:-9] + b"\xff" * 9,
    "two gzip members": gzip.compress(VALUE.encode()) + gzip.compress(b"and more of it"),
    "bytes of no character set": b'<a t="caf\xe9 &quot;noir&quot; &#x674e; here">x</a>',
}


@pytest.mark.parametrize("data", AWKWARD.values(), ids=AWKWARD)
@pytest.mark.parametrize("wrapped", [False, True])
def test_awkward_layers_are_confirmed_and_have_a_command(data: bytes, wrapped: bool) -> None:
    data = gzip.compress(data) if wrapped else data
    opened = [segment for segment in unfold(Part("body", data, 0, len(data)), Budget()) if segment.parent is not None]
    assert opened
    for segment in opened:
        layer = layer_between(segment.parent, segment)
        assert check(layer, Keys()), (layer.names, layer.run[:60], layer.data[:60])
        command = undoing(layer.names, layer.run, layer.parent, layer.data, reveal=True)
        assert command is not None, (layer.names, layer.run[:60], layer.data[:60])


@settings(max_examples=40, deadline=None)
@given(value=st.text(min_size=8, max_size=30), chain=st.lists(st.sampled_from(LAYERS), min_size=1, max_size=3))
def test_whatever_is_unfolded_is_confirmed_and_has_a_command(value: str, chain: list[str]) -> None:
    try:
        data = encode(f"device {value} of mine", chain)
    except ValueError:
        assume(False)  # what holds text only takes no bytes
    for segment in unfold(Part("body", data, 0, len(data)), Budget()):
        if segment.parent is not None:
            layer = layer_between(segment.parent, segment)
            assert check(layer, Keys()) is not None, (layer.names, layer.run, layer.data)
            assert undoing(layer.names, layer.run, layer.parent, layer.data, reveal=True), (layer.names, layer.run)
