"""Listings of a pack: what is in it, what its figures are, what changed."""

import pytest

from leakwatch.attribution.catalogue import details, difference, figures, listing
from leakwatch.errors import SignatureError

ONE = """
version: 1
company: {id: one, name: One, country: CN, domains: [one.com]}
sdks:
  - id: one-push
    name: One Push
    aliases: [壹推]
    category: push
    policy: https://one.com/p
    endpoints: [{hosts: [a.one.com, .one.net], reasoning: documented, references: [https://one.com/d]}]
  - {id: one-log, name: One Log, category: analytics, aliases: [壹推], packages: {android: [com.one]}}
"""


def test_listing_and_figures(read) -> None:
    signatures = read(one=ONE)
    rows = list(listing(signatures))
    assert [(r["sdk"], r["company"], r["hosts"]) for r in rows] == [("one-log", "One", 0), ("one-push", "One", 2)]
    counts = {r["figure"]: (r["count"], r["share"]) for r in figures(signatures)}
    assert counts["SDKs"][0] == 2 and counts["hosts of SDKs"][0] == 2
    assert counts["references recalled"] == (2, "100.0%") and counts["references opened"] == (0, "0.0%")
    assert counts["SDKs of the Chinese ecosystem (company or a parent in CN)"] == (2, "100.0%")
    assert counts["category push"] == (1, "50.0%")


def test_details_by_id_and_name(read) -> None:
    signatures = read(one=ONE)
    assert details(signatures, "one-push")["sdk"]["name"] == "One Push"
    assert details(signatures, "one push")["sdk"]["id"] == "one-push"
    assert details(signatures, "one")["sdks"] == ["one-push", "one-log"]
    for name in ("壹推", "nobody"):
        with pytest.raises(SignatureError):
            details(signatures, name)


def test_difference(write) -> None:
    from leakwatch.attribution.load import read_folders

    old = read_folders([write("old", one=ONE)])
    new = read_folders([write("new", one=ONE.replace("a.one.com", "b.one.com").replace("one-log", "one-new"))])
    rows = {(r["id"], r["change"]): r["fields"] for r in difference(old, new)}
    assert rows == {
        ("one-log", "removed"): "",
        ("one-new", "added"): "",
        ("one-push", "changed"): "endpoints (+b.one.com, -a.one.com)",
    }
    assert list(difference(old, old)) == []
