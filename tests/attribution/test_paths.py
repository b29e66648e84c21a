"""Paths: exact, starred, regular expressions, and targets of every shape."""

import time

import pytest

from leakwatch.attribution.paths import PathRule, query_pairs, split_target


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ("/a/b", "/a/b", True),
        ("/a/b", "/a/b/", False),
        ("/a/*", "/a/b/c", True),
        ("*/sa", "/x/y/sa", True),
        ("*/sa", "/sa", True),
        ("*/sa", "/nasa", False),
        ("*/api/*/envelope/", "/s/api/7/envelope/", True),
        ("*/api/*/envelope/", "/api/envelope/", False),
        ("^/v[12]/x", "/v2/xy", True),
        ("^/v[12]/x", "/v3/x", False),
    ],
)
def test_rules(rule: str, path: str, matches: bool) -> None:
    assert PathRule.parse(rule).matches(path) is matches


@pytest.mark.parametrize("text", ["a/b", "/a?b=c", "/a#b", "^/("])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError):
        PathRule.parse(text)


def test_the_words_of_a_path_are_whole_segments() -> None:
    assert PathRule.parse("*/api/*/envelope/").words == ("api", "envelope")
    assert PathRule.parse("/a*/b").words == ("b",) and PathRule.parse("^/x").words == ()


def test_targets() -> None:
    assert split_target("/a/b?x=1&y#f") == ("/a/b", "x=1&y")
    assert split_target("https://h.example/a?x") == ("/a", "x")
    assert split_target("") == split_target("http://h") == ("/", "")
    assert split_target("?x=1") == ("/", "x=1")
    assert query_pairs("a=1&a=2&b&=3&&c=x=y") == {"a": "1", "b": "", "c": "x=y"}


def test_stars_do_not_explode() -> None:
    rule = PathRule.parse("*a*a*a*a*a*a*a*a*b")
    started = time.process_time()
    rule.matches(split_target("/" + "a" * 100_000)[0])
    assert time.process_time() - started < 5, "days where it explodes"
