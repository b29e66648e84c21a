"""Obfuscated values are found without the key, and plain or random bytes are not taken for them."""

import codecs
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.matching import Matcher
from leakwatch.matching.obfuscation import Disguise, Obfuscation, difference, xor, xor_difference
from leakwatch.model import Boundary, Variant

IMEI = b"867530912345675"
EMAIL = b"mei.lin@example.net"
VARIANTS = [Variant(IMEI, "imei", "imei", boundary=Boundary.DIGIT), Variant(EMAIL, "email", "email")]


def obfuscation(variants=VARIANTS, xor_keys=(), prefilter=True):
    return Obfuscation(variants, Matcher(variants, prefilter=prefilter), xor_keys, prefilter=prefilter)


def found(data: bytes, **options):
    return [(d.match.variant.identifier, d.match.start, d.disguise.name) for d in obfuscation(**options).search(data)]


@pytest.mark.parametrize("prefilter", [True, False])
@pytest.mark.parametrize("key", [b"\x5a", b"\x01", b"\xff", b"ab", b"\x00\x01", b"key", b"\xde\xad\xbe\xef"])
def test_any_short_xor_key(key, prefilter):
    plain = b'{"imei":"' + IMEI + b'","m":"' + EMAIL + b'"}'
    hits = obfuscation(prefilter=prefilter).search(xor(plain, key))
    assert {(h.match.variant.identifier, h.match.start) for h in hits} == {("imei", 9), ("email", plain.index(EMAIL))}
    assert {h.disguise.undo(xor(plain, key)) for h in hits} == {plain}


def test_a_long_key_must_be_known():
    data = xor(b"id=" + IMEI, b"correct horse")
    assert found(data) == []
    assert found(data, xor_keys=[b"correct horse"]) == [("imei", 3, "xor")]


def test_rot13_reverse_and_addition():
    assert found(codecs.encode(EMAIL.decode(), "rot13").encode()) == [("email", 0, "rot13")]
    assert found(b"xy" + IMEI[::-1]) == [("imei", 2, "reverse")]
    assert found(bytes((b + 7) % 256 for b in b"a=" + IMEI)) == [("imei", 2, "add")]


def test_what_is_plain_is_not_obfuscated():
    assert found(b"a=" + IMEI + b"&m=" + EMAIL) == []


def test_boundaries_hold_under_the_disguise():
    assert found(xor(b"9" + IMEI, b"\x42")) == []
    assert found((IMEI + b"1")[::-1]) == []


def test_random_bytes_and_filling_are_nothing():
    rng = random.Random(7)
    assert found(rng.randbytes(500_000)) == []
    assert found(b"\0" * 10_000 + b" " * 10_000 + b"0123456789" * 1_000) == []


def test_a_needle_of_one_letter_has_no_difference():
    assert obfuscation([Variant(b"aaaaaaaaaaaa", "x", "custom")]).search(b"b" * 100) == []


@settings(max_examples=60, deadline=None)
@given(left=st.binary(max_size=40), right=st.binary(max_size=40), key=st.binary(min_size=1, max_size=4).filter(any))
def test_anywhere_in_anything(left, right, key):
    data = xor(left + b"," + EMAIL + b"," + right, key)
    assert ("email", len(left) + 1, "xor") in found(data)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(min_size=2, max_size=50), period=st.integers(1, 4))
def test_differences(data, period):
    assert difference(data) == bytes((b - a) % 256 for a, b in itertools.pairwise(data))
    assert xor_difference(data, period) == bytes(a ^ b for a, b in zip(data, data[period:]))


def test_plain_text_with_other_separators_is_not_obfuscated():
    """The separators of a MAC stand three bytes apart, as the bytes of a key would."""
    mac = [Variant(b"a4:77:33:0a:02:03", "mac", "mac")]
    assert found(b"m=a4.77.33.0a.02.03", variants=mac) == []
    assert found(xor(b"m=a4:77:33:0a:02:03", b"k3y"), variants=mac) == [("mac", 2, "xor")]


def test_a_number_among_numbers_proves_no_key():
    phone = [Variant(b"17093334278", "phone", "phone", boundary=Boundary.DIGIT)]
    data = xor(b"xx,17093334278,yy", b"\x06\x01\x0f\x03")
    assert data[3:14].isdigit() or found(data, variants=phone)
    other = xor(b",,17093334278,,", b"\x01\x00\x00\x01")
    assert other[2:13].isdigit()
    assert found(other, variants=phone) == []


def test_a_text_is_turned_round_by_characters_and_other_data_by_bytes():
    assert Disguise("reverse").undo("岚=a".encode()) == "a=岚".encode()
    assert Disguise("reverse").undo(b"\xff=a") == b"a=\xff"
    assert Disguise("byteswap").undo(b"badcx") == b"abcdx"
