"""Masking: enough to recognise one's own value, too little to learn it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.identifiers.masking import mask, mask_credentials


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


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?access_token=abc.def&imei=1", "https://a.example/x?access_token=********&imei=1"),
        ("/login?user=mei&password=p%40ss&code=123456", "/login?user=mei&password=********&code=********"),
        (
            "/x?pwd=a;sid=b&session=c&sessionId=d#f",
            "/x?pwd=********;sid=********&session=********&sessionId=********#f",
        ),
        (
            "/x?smsCode=1&otp=2&captcha=3&auth=4&passwd=5",
            "/x?smsCode=********&otp=********&captcha=********&auth=********&passwd=********",
        ),
        ("/x?u=%2Fy%3Ftoken%3Dabc%26v%3D1", "/x?u=%2Fy%3Ftoken%3D********%26v%3D1"),
        ("https://mei:geheim@a.example/x", "https://********@a.example/x"),
    ],
)
def test_credentials_in_a_url_are_not_shown(url: str, shown: str) -> None:
    assert mask_credentials(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/x?country_code=CN&versionCode=12&decode=1&author=mei&aside=2&keyword=x",
        "/token=abc/x?tokens=&q=a@b.example",
        "https://a.example:443/path?sidecar=1&passage=2",
    ],
)
def test_names_that_only_look_alike_stay(url: str) -> None:
    assert mask_credentials(url) == url
