"""Rules read back from the index: which of them a host, certificate, address or request calls up, best first."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from leakwatch.attribution.globs import Glob
from leakwatch.attribution.hosts import Address, as_address, suffixes
from leakwatch.attribution.request import Conditions, Request

Plain = dict[str, Any]
"""The compiled index as JSON holds it (`leakwatch.attribution.index` makes it)."""
Numbers = int | list[int]
"""A rule's number, or several, best first."""
COMPANY, SDK, REASONING, INFRASTRUCTURE, DEAD, CONDITION = range(6)
"""Places in a row of its `rules`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One endpoint, protocol or site of a company; `sdk` is '' for a site."""

    number: int
    company: str
    sdk: str
    reasoning: str
    infrastructure: bool
    dead: bool
    conditions: Conditions | None

    def holds(self, request: Request) -> bool:
        """Tell whether its conditions hold."""
        return self.conditions is None or self.conditions.hold(request)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule with what called it up: `host`, `pattern`, `suffix`, `certificate`, `address` or `protocol`."""

    rule: Rule
    by: str
    text: str


def _each(numbers: Numbers | None) -> Iterable[int]:
    if numbers is None:
        return ()
    return (numbers,) if isinstance(numbers, int) else numbers


class Rules:
    """Looks up the compiled index; rules become objects at first use."""

    def __init__(self, index: Plain) -> None:
        self._rows: list[list[Any]] = index["rules"]
        self._exact: dict[str, Numbers] = index["exact"]
        self._suffix: dict[str, Numbers] = index["suffix"]
        self._patterns: dict[str, list[list[Any]]] = index["patterns"]
        self._certificate_exact: dict[str, Numbers] = index["certificate_exact"]
        self._certificate_suffix: dict[str, Numbers] = index["certificate_suffix"]
        self._words: dict[str, dict[str, list[int]]] = index["words"]
        self._networks = [(ipaddress.ip_network(n), number) for n, number in index["networks"]]
        self._rules: dict[int, Rule] = {}
        self._globs: dict[str, tuple[Glob, ...]] = {}

    def rule(self, number: int) -> Rule:
        """Return the rule of a row."""
        found = self._rules.get(number)
        if found is None:
            row = self._rows[number]
            conditions = Conditions(row[CONDITION]) if row[CONDITION] else None
            found = Rule(number, row[COMPANY], row[SDK], row[REASONING], row[INFRASTRUCTURE], row[DEAD], conditions)
            self._rules[number] = found
        return found

    def for_host(self, host: str) -> Iterator[Hit]:
        """Yield what claims the host, most specific first: its own name, patterns, then suffixes, longest first."""
        for number in _each(self._exact.get(host)):
            yield Hit(self.rule(number), "host", host)
        domains = suffixes(host)
        for domain in domains:
            for text, number in self._patterns.get(domain, ()):
                if self._fits(text, host):
                    yield Hit(self.rule(number), "pattern", text)
        if as_address(host) is not None:
            return
        for domain in domains:
            for number in _each(self._suffix.get(domain)):
                yield Hit(self.rule(number), "suffix", domain)

    def _fits(self, pattern: str, host: str) -> bool:
        """Tell whether a host has a pattern's labels, one by one: its `*` holds no dot."""
        globs = self._globs.get(pattern)
        if globs is None:
            globs = self._globs[pattern] = tuple(Glob.parse(label) for label in pattern.split("."))
        labels = host.split(".")
        return len(labels) == len(globs) and all(g.matches(label) for g, label in zip(globs, labels))

    def for_certificate(self, name: str) -> Iterator[Hit]:
        """Yield what claims a name in the server's certificate (`*.` at its front is dropped)."""
        name = name.removeprefix("*.")
        for number in _each(self._certificate_exact.get(name)):
            yield Hit(self.rule(number), "certificate", name)
        for domain in suffixes(name):
            for number in _each(self._certificate_suffix.get(domain)):
                yield Hit(self.rule(number), "certificate", domain)

    def for_address(self, address: Address) -> Iterator[Hit]:
        """Yield what claims the address by a range that its vendor publishes."""
        for network, number in self._networks:
            if address.version == network.version and address in network:
                yield Hit(self.rule(number), "address", str(network))

    def for_protocol(self, request: Request) -> Hit | None:
        """Return the narrowest fingerprint that the request bears."""
        words = self._words
        for number in self._called(words, request):
            rule = self.rule(number)
            if rule.holds(request):
                return Hit(rule, "protocol", request.path)
        return None

    @staticmethod
    def _called(words: dict[str, dict[str, list[int]]], request: Request) -> Iterator[int]:
        by_word, by_query, by_header, by_body = words["word"], words["query"], words["header"], words["body"]
        for word in request.path.split("/", 64):
            if word in by_word:
                yield from by_word[word]
        if by_query:
            for key in by_query.keys() & request.query.keys():
                yield from by_query[key]
        if by_header:
            for key in by_header.keys() & request.headers.keys():
                yield from by_header[key]
        for key in request.body if by_body else ():
            yield from by_body.get(key, ())
        yield from words["always"].get("", ())
