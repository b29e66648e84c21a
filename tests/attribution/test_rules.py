"""Rules read back from the index come in order: own name, patterns, suffixes; conditions before none."""

from leakwatch.attribution.index import compile_index
from leakwatch.attribution.request import Request
from leakwatch.attribution.rules import Rules

TEXT = """
version: 1
company: {id: a, name: A, domains: [x.com]}
sdks:
  - id: one
    name: One
    category: push
    endpoints:
      - {hosts: [.x.com, y.x.com, "y*.x.com", "*.*.x.com"], reasoning: all its names}
      - {hosts: [y.x.com], paths: [/p], certificates: [.c.com, d.com], ip: ["2001:db8::/32"], reasoning: its path}
    protocol:
      - {paths: ["*/wide"], reasoning: a path}
      - {paths: ["*/wide"], query: [k], reasoning: the same with a key}
      - {paths: ["^/re/[0-9]+$"], reasoning: an expression}
      - {body: [only_body], reasoning: a key of the body}
"""


def test_order_of_claims(read) -> None:
    rules = Rules(compile_index(read(a=TEXT)))
    hits = [(h.by, h.rule.sdk, h.rule.conditions is not None) for h in rules.for_host("y.x.com")]
    assert hits == [
        ("host", "one", True), ("host", "one", False), ("pattern", "one", False), ("suffix", "one", False),
        ("suffix", "", False),
    ]  # fmt: skip
    assert [h.by for h in rules.for_host("a.b.x.com")] == ["pattern", "suffix", "suffix"]
    assert [h.rule.sdk for h in rules.for_host("x.com")] == ["", "one", ""]


def test_the_narrowest_protocol_wins(read) -> None:
    rules = Rules(compile_index(read(a=TEXT)))

    def reasoning(*arguments: object, **more: object) -> str:
        hit = rules.for_protocol(Request(*arguments, **more))  # type: ignore[arg-type]
        return hit.rule.reasoning if hit else ""

    assert reasoning("/a/wide?k=1") == "the same with a key" and reasoning("/a/wide") == "a path"
    assert reasoning("/re/12") == "an expression" and reasoning("/re/x") == ""
    assert reasoning("/", body=["only_body"]) == "a key of the body" and reasoning("/") == ""


def test_certificates_and_addresses(read) -> None:
    import ipaddress

    rules = Rules(compile_index(read(a=TEXT)))
    assert [h.text for h in rules.for_certificate("*.c.com")] == ["c.com"]
    assert [h.text for h in rules.for_certificate("d.com")] == ["d.com"] and not list(rules.for_certificate("x.d.com"))
    assert [h.text for h in rules.for_address(ipaddress.ip_address("2001:db8::7"))] == ["2001:db8::/32"]
    assert not list(rules.for_address(ipaddress.ip_address("32.1.13.184")))
