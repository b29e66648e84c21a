"""One answer for each line, whatever the line holds."""

import pytest

from leakwatch.attribution.match import match_rows, split_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://a.com/x?y=1", ("a.com", "/x?y=1")),
        ("a.com", ("a.com", "")),
        (" A.com:80/x#f ", ("a.com", "/x#f")),
        ("a.com/r?u=http://b.com", ("a.com", "/r?u=http://b.com")),
        ("wss://u:p@a.com?q", ("a.com", "?q")),
        ("http://[::1]:80/x", ("::1", "/x")),
        ("", ("", "")),
    ],
)
def test_urls_and_hosts(text: str, parts: tuple[str, str]) -> None:
    assert split_url(text) == parts


def test_every_input_has_its_row() -> None:
    rows = list(match_rows(["https://ulogs.umeng.com/x", "nobody.example", "", "\x00\x1b"]))
    assert [r["input"] for r in rows] == ["https://ulogs.umeng.com/x", "nobody.example", "", "\x00\x1b"]
    assert [r["party"] for r in rows] == ["third", "unknown", "unknown", "unknown"]
    assert (rows[0]["sdk"], rows[0]["company"], rows[0]["country"]) == ("umeng-analytics", "Umeng", "CN")


def test_first_party_is_seen_from_the_app() -> None:
    (row,) = match_rows(["api.shop.com"], package="com.shop.app")
    assert row["party"] == "first"
