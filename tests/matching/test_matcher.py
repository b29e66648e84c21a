"""The literal matcher finds every needle with its boundary, the same with and without Hyperscan and at every cut."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.matching import Matcher
from leakwatch.model import Boundary, Variant


def variant(needle: bytes, boundary: Boundary = Boundary.NONE, name: str = "x") -> Variant:
    return Variant(needle, name, "custom", boundary=boundary)


def found(matcher: Matcher, data: bytes) -> list[tuple[bytes, int, int]]:
    return [(m.variant.needle, m.start, m.end) for m in matcher.search(data)]


@pytest.fixture(params=[True, False], ids=["hyperscan", "automaton"])
def prefilter(request):
    return request.param


IMEI = b"867530912345673"


@pytest.mark.parametrize(
    ("data", "hit"),
    [
        (b"imei=" + IMEI, True),
        (b"x" + IMEI + b"y", True),
        (b"1" + IMEI, False),
        (IMEI + b"0", False),
        (IMEI[:14], False),
    ],
)
def test_a_digit_needle_stands_alone(prefilter, data, hit):
    assert bool(found(Matcher([variant(IMEI, Boundary.DIGIT)], prefilter=prefilter), data)) is hit


@pytest.mark.parametrize(
    ("boundary", "left", "right", "hit"),
    [
        (Boundary.HEX, b"g", b"-", True),
        (Boundary.HEX, b"f", b"", False),
        (Boundary.HEX, b"", b"A", False),
        (Boundary.HEX, b"AND", b"", True),  # a prefix in the other case is no part of the run
        (Boundary.HEX, b"AN1", b"", False),
        (Boundary.WORD, b"=", b"&", True),
        (Boundary.WORD, b"z", b"", False),
        (Boundary.WORD, "名".encode(), b"", True),
        (Boundary.BASE64, b"/", b"=", True),
        (Boundary.BASE64, b"", b"Q", False),
        (Boundary.NONE, b"a", b"a", True),
    ],
)
def test_each_class_denies_its_own_neighbours(prefilter, boundary, left, right, hit):
    needle = b"deadbeefcafe"
    assert bool(found(Matcher([variant(needle, boundary)], prefilter=prefilter), left + needle + right)) is hit


def test_overlapping_needles_are_all_found(prefilter):
    matcher = Matcher([variant(b"abcabc"), variant(b"bca"), variant(b"abc")], prefilter=prefilter)
    assert found(matcher, b"abcabc") == [(b"abc", 0, 3), (b"abcabc", 0, 6), (b"bca", 1, 4), (b"abc", 3, 6)]


def test_nul_bytes_are_bytes_like_any_other(prefilter):
    needle = "imei".encode("utf-16le")
    assert found(Matcher([variant(needle)], prefilter=prefilter), b"i\0x" + needle) == [(needle, 3, 11)]


def test_two_identifiers_may_share_a_needle(prefilter):
    twins = [variant(b"13800138000", name="phone"), variant(b"13800138000", name="boss")]
    assert {m.variant.identifier for m in Matcher(twins, prefilter=prefilter).search(b"p=13800138000")} == {
        "phone",
        "boss",
    }


def test_a_needle_longer_than_hyperscan_takes_is_compared_whole(prefilter):
    needle = bytes(range(1, 256)) * 20
    matcher = Matcher([variant(needle)], prefilter=prefilter)
    assert found(matcher, b"-" + needle) == [(needle, 1, 1 + len(needle))]
    assert not found(matcher, needle[:-1] + b"\0")


def test_a_run_of_one_letter_is_bounded_and_says_so(prefilter):
    matcher = Matcher([variant(b"a" * n) for n in range(8, 64)], prefilter=prefilter)
    assert len(found(matcher, b"a" * 200_000)) < 100_000
    assert matcher.crowded


def test_every_cut_of_a_stream_gives_the_same(prefilter):
    variants = [variant(IMEI, Boundary.DIGIT), variant(b"\x00\xff\x10"), variant(b"deadbeef", Boundary.HEX)]
    matcher = Matcher(variants, prefilter=prefilter)
    data = b"a\x00\xff\x10b" + IMEI + b",deadbeef0," + IMEI + b"9,deadbeef"
    whole = found(matcher, data)
    assert len(whole) == 3
    for first, second in itertools.combinations(range(len(data) + 1), 2):
        stream = matcher.stream()
        pieces = (data[:first], data[first:second], data[second:])
        streamed = [m for piece in pieces for m in stream.feed(piece)] + list(stream.finish())
        assert sorted((m.variant.needle, m.start, m.end) for m in streamed) == sorted(whole)


symbols = st.binary(min_size=1, max_size=6).map(lambda b: bytes(b"ab1\x00"[x % 4] for x in b))


@settings(max_examples=150, deadline=None)
@given(
    needles=st.lists(st.tuples(symbols, st.sampled_from(list(Boundary))), min_size=1, max_size=8),
    data=st.lists(st.sampled_from([0x61, 0x62, 0x31, 0x00, 0x2D]), max_size=120).map(bytes),
    cut=st.integers(1, 40),
)
def test_engines_and_chunks_agree(needles, data, cut):
    variants = [variant(n, b) for n, b in needles]
    fast, sure = Matcher(variants), Matcher(variants, prefilter=False)
    naive = sorted(
        (v.needle, v.boundary, i)
        for v in variants
        for i in range(len(data))
        if data.startswith(v.needle, i) and alone(data, i, i + len(v.needle), v.boundary)
    )
    for matcher in (fast, sure):
        assert sorted((m.variant.needle, m.variant.boundary, m.start) for m in matcher.search(data)) == naive
        stream = matcher.stream()
        streamed = [m for i in range(0, len(data), cut) for m in stream.feed(data[i : i + cut])] + list(stream.finish())
        assert sorted((m.variant.needle, m.variant.boundary, m.start) for m in streamed) == naive


def alone(data: bytes, start: int, end: int, boundary: Boundary) -> bool:
    """Judge a boundary independently of the code under test."""
    classes = {
        Boundary.DIGIT: str.isdigit,
        Boundary.HEX: lambda c: c in "0123456789abcdefABCDEF",
        Boundary.WORD: lambda c: c.isascii() and c.isalnum(),
        Boundary.BASE64: lambda c: c.isascii() and (c.isalnum() or c == "+"),
        Boundary.NONE: lambda c: False,
    }
    beside = [chr(b) for b in (data[start - 1 : start] if start else b"") + data[end : end + 1]]
    return not any(classes[boundary](c) for c in beside)
