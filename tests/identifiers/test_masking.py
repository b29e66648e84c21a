"""Masking: enough to recognise one's own value, too little to learn it."""

from hypothesis import given
from hypothesis import strategies as st

from leakwatch.identifiers.masking import mask


def test_an_imei_keeps_four_and_three_digits() -> None:
    assert mask("867901234567585") == "8679********585"


def test_short_values_show_nothing() -> None:
    assert mask("1234") == "****"
    assert mask("王小明") == "***"
    assert mask("") == ""


def test_a_long_text_does_not_show_its_length() -> None:
    assert len(mask("a" * 40)) == len(mask("a" * 4000))


def test_a_letter_with_its_marks_is_one_letter() -> None:
    assert mask("e\u0301" * 5) == "*****"


@given(st.text(max_size=60))
def test_more_than_half_is_hidden_and_nothing_steers_a_terminal(value: str) -> None:
    shown = mask(value)
    assert all(c.isprintable() for c in shown if c not in value)
    assert not any(c in shown for c in "\x1b\r\n\x07\u202e\u2028")
    assert len(shown.replace("*", "")) <= max(len(value) // 2 + 1, 0) or "*" in value
    if 0 < len(value) < 6:
        assert set(shown) == {"*"}
