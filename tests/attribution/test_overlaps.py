"""Overlaps: two claims clash unless conditions, folders or an explicit reason tell them apart."""

from leakwatch.attribution.load import read_folders
from leakwatch.attribution.overlaps import overlaps

FILE = """
version: 1
company: {{id: {0}, name: {0}, domains: [{1}]}}
sdks: [{{id: {0}-sdk, name: x, category: push, endpoints: [{{hosts: [{2}], reasoning: documented{3}}}]}}]
"""


def test_clashes_and_what_is_none(write) -> None:
    def found(name: str, one: str, other: str) -> list[str]:
        return [o.claimant for o in overlaps(read_folders([write(name, a=one, b=other)]))]

    a = FILE.format("a", "a.com", ".x.com", "")
    assert found("suffix", a, FILE.format("b", "b.com", ".x.com", "")) == ["b-sdk"]
    assert found("narrower", a, FILE.format("b", "b.com", "y.x.com", "")) == []
    assert found("exact", a, FILE.format("b", "b.com", "x.com", "")) == []
    assert found("path", a, FILE.format("b", "b.com", ".x.com", ", paths: [/b]")) == []
    assert found("one-sided", a, FILE.format("b", "b.com", ".x.com", ", shared: so it is")) == ["b-sdk"]
    assert found("site", a, FILE.format("b", "x.com", "z.com", "")) == ["the sites of b"]
    assert found("sites", a, FILE.format("b", "a.com", "z.com", "")) == ["the sites of b"]
    brand = "version: 1\ncompany: {id: b, name: b, parent: a, domains: [x.com]}"
    assert found("brand", FILE.format("a", "a.com", ".x.com", ""), brand) == []
    assert found("stranger", FILE.format("a", "a.com", ".x.com", ""), brand.replace("parent: a, ", "")) == [
        "the sites of b"
    ]
    assert found("own site", FILE.format("a", "x.com", ".x.com", ""), "version: 1\ncompany: {id: b, name: b}") == []


def test_later_folders_do_not_clash_with_earlier_ones(write) -> None:
    one = write("one", a=FILE.format("a", "a.com", ".x.com", ""))
    two = write("two", b=FILE.format("b", "b.com", ".x.com", ""))
    assert list(overlaps(read_folders([one, two]))) == []
