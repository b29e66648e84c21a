"""Words and numbers as people read them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.capture.wording import (
    chain_words,
    clean,
    count_words,
    duration_words,
    middle,
    phase_words,
    recipient,
    share_words,
    shorter_chain,
    size_words,
)


def test_words_for_people() -> None:
    assert [size_words(n) for n in (0, 713, 4100, 3_200_000)] == ["0 B", "713 B", "4.1 kB", "3.2 MB"]
    assert [duration_words(n) for n in (12, 372, 3780)] == ["12 s", "6 min 12 s", "1 h 03 min"]
    assert [share_words(a, b) for a, b in ((91, 100), (999, 1000), (1, 1000), (5, 5), (0, 0))] == [
        "91 %",
        "99 %",
        "1 %",
        "100 %",
        "0 %",
    ]
    assert chain_words([]) == "plain"
    assert middle("alogs.umeng.com", 9) == "alog….com"
    assert clean("王小明 é") == "王小明 é"


@given(st.text(max_size=50))
def test_what_is_cleaned_keeps_its_length_and_loses_every_control(text: str) -> None:
    safe = clean(text)
    assert len(safe) == len(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in safe)


@given(st.text(max_size=60), st.integers(5, 40))
def test_the_middle_is_what_gets_cut(text: str, width: int) -> None:
    short = middle(text, width)
    assert len(short) <= width
    assert short == text or (short[0] == text[0] and short[-1] == text[-1])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"sdk_name": "Umeng", "company": "Alibaba", "host": "h"}, "Umeng"),
        ({"sdk_name": "", "company": "Alibaba", "host": "h"}, "Alibaba"),
        ({"sdk_name": "", "company": "", "host": "h.example"}, "h.example"),
        ({}, "unknown host"),
    ],
)
def test_a_recipient_is_named_by_the_most_that_is_known(row: dict[str, str], words: str) -> None:
    assert recipient(row) == words


def test_counts_and_phases() -> None:
    assert [count_words(n, "flow") for n in (0, 1, 1234)] == ["0 flows", "1 flow", "1,234 flows"]
    assert count_words(2, "match", "matches") == "2 matches"
    assert phase_words("before_consent") == "before consent"
    assert phase_words("") == "unknown"
    assert shorter_chain("gzip › json › base64 › md5", 17) == "gzip › … › md5"
    assert shorter_chain("json › md5", 17) == "json › md5"
