"""Lint: each mistake is found, and what is no mistake is left alone."""

from __future__ import annotations

import pytest

from leakwatch.attribution.lint import lint, lint_paths

HEAD = "version: 1\ncompany: {{id: {0}, name: {0}, country: CN, website: 'https://{0}.com'}}\n"


def sdk(name: str, endpoint: str = "", more: str = "", example: bool = True) -> str:
    head = HEAD.format(name) + f"sdks:\n  - id: {name}-sdk\n    name: x\n    category: push\n"
    head += f"    endpoints: [{endpoint}]\n" if endpoint else ""
    return head + more + (f"\nexamples: [{{url: 'https://{name}.com', sdk: {name}-sdk}}]\n" if example else "")


OK = "{{hosts: [{0}.com], reasoning: documented by the vendor}}"


def rules(folder, level: str = "error") -> set[str]:
    return {f.rule for f in lint([folder]) if f.level == level}


def test_a_good_pack_is_clean(write) -> None:
    assert lint([write(a=sdk("a", OK.format("a")), b=sdk("b", OK.format("b")))]) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "format"),
        (sdk("b", OK.format("a")).replace("https://b.com'", "https://a.com'"), "name"),
        (sdk("a", OK.format("a")).replace("name: a,", "name: a, parent: gone,"), "parent"),
        (sdk("a", OK.format("a")).replace("name: a,", "name: a, parent: a,"), "parent"),
        (sdk("a", example=False), "dead end"),
        (sdk("a", "{reasoning: documented by the vendor}"), "dead end"),
        (sdk("a", OK.format("a"), "    protocol: [{reasoning: matches everything}]"), "dead end"),
        (sdk("a", OK.format("a"), "    fields: [{path: 'query:x', kind: shoe_size}]"), "kind"),
        (sdk("a", OK.format("a"), example=False), "example"),
        (sdk("a", OK.format("b")), "example"),
        (sdk("a", OK.format("a")).replace(", website: 'https://a.com'", ""), "reference"),
        (sdk("a", "{hosts: [a.com], reasoning: a list}"), "reasoning"),
        (sdk("a", OK.format("a")) + "counterexamples: [{url: 'https://a.com', not: a-sdk}]", "counterexample"),
        (sdk("a", OK.format("a")) + "counterexamples: [{url: 'https://a.com', not: nobody}]", "counterexample"),
    ],
)
def test_each_mistake_is_found(write, text: str, rule: str) -> None:
    assert rule in rules(write(a=text))


def test_two_claims_to_one_host(write) -> None:
    one, other = sdk("a", OK.format("a")), sdk("b", "{hosts: [b.com, a.com], reasoning: documented by the vendor}")
    assert "overlap" in rules(write(a=one, b=other))
    shared = "reasoning: documented by the vendor, shared: both use one collector"
    both = (sdk("a", f"{{hosts: [a.com], {shared}}}"), sdk("b", f"{{hosts: [b.com, a.com], {shared}}}"))
    assert rules(write("shared", a=both[0], b=both[1])) == set()
    told = sdk(
        "b", "{hosts: [b.com], reasoning: documented by it}, {hosts: [a.com], paths: [/b], reasoning: its own path}"
    )
    assert rules(write("told", a=one, b=told)) == set()
    site = sdk("b", OK.format("b")).replace("name: b,", "name: b, domains: [z.com],")
    claim = sdk("a", "{hosts: [a.com, .z.com], reasoning: documented by the vendor}")
    assert "overlap" in rules(write("site", a=claim, b=site))


def test_one_id_in_two_files(write) -> None:
    assert "twice" in rules(write(a=sdk("a", OK.format("a")), b=sdk("b", OK.format("a")).replace("b-sdk", "a-sdk")))


def test_what_is_asked_about_alone(write) -> None:
    folder = write(a="{", b=sdk("b", OK.format("b")))
    assert lint_paths([folder], [folder / "b.yaml"]) == []
    assert [f.rule for f in lint_paths([folder], [folder / "a.yaml"])] == ["format"]
    assert [f.file.name for f in lint_paths([folder], [write("more", c="{")])] == ["c.yaml"]
