"""Drafts: unknown recipients ranked by leaks, each with a file to complete that the loader reads."""

from pathlib import Path

from leakwatch.attribution.draft import draft, path_shape, unknowns
from leakwatch.attribution.load import parse_file

LEAKS = [
    {
        "host": "a.track.example.com",
        "url": "https://a.track.example.com/v1/c/123456789?x=1",
        "kind": "imei",
        "app": "x",
    },
    {"host": "b.track.example.com", "url": "https://b.track.example.com/v1/c", "kind": "oaid", "app": "x", "sdk": "s"},
    {"host": "203.0.113.9", "url": "http://203.0.113.9/", "kind": "imei", "capture": "1"},
    {"host": "", "ip": "", "url": ""},
]


def test_ranking_and_draft() -> None:
    found = unknowns(LEAKS)
    assert [(u.domain, u.leaks) for u in found] == [("example.com", 2), ("203.0.113.9", 1)]
    row = found[0].row()
    assert row["identifiers"] == ["imei", "oaid"] and row["paths"] == ["/v1/c/*", "/v1/c"] and row["protocol"] == "s"
    for unknown in found:
        content = parse_file(draft(unknown).encode(), Path("draft.yaml"))
        assert content.sdks[0].endpoints[0].hosts == list(unknown.hosts)


def test_paths_lose_what_varies() -> None:
    assert path_shape("https://h/a/86790123456789/b?x=8679") == "/a/*/b"
    assert path_shape("https://h/a/8679********585") == "/a/*" and path_shape("") == "/"
