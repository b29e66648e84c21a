"""The index: signatures compiled into plain lists and dicts that JSON can hold, for looking up in microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leakwatch.attribution.format import INFRASTRUCTURE_CATEGORIES, Company, Endpoint, Protocol, Sdk
from leakwatch.attribution.hosts import HostRule
from leakwatch.attribution.load import Signatures
from leakwatch.attribution.paths import PathRule
from leakwatch.attribution.rules import CONDITION, SDK, Numbers, Plain

CONDITIONS = ("paths", "query", "headers", "body", "methods")


def conditions_of(item: Endpoint | Protocol) -> Plain:
    """Return those of an entry's conditions that are given, as plain lists."""
    return {name: list(getattr(item, name)) for name in CONDITIONS if getattr(item, name)}


class _Compiler:
    """Collects rows and the tables that point at them by number."""

    def __init__(self) -> None:
        self.rules: list[list[Any]] = []
        self.exact: dict[str, list[int]] = {}
        self.suffix: dict[str, list[int]] = {}
        self.certificate_exact: dict[str, list[int]] = {}
        self.certificate_suffix: dict[str, list[int]] = {}
        self.patterns: dict[str, list[list[Any]]] = {}
        self.networks: list[list[Any]] = []
        self.words: dict[str, dict[str, list[int]]] = {"word": {}, "query": {}, "header": {}, "body": {}, "always": {}}

    def row(self, *values: Any) -> int:
        self.rules.append(list(values))
        return len(self.rules) - 1

    def host(self, text: str, number: int) -> None:
        rule = HostRule.parse(text)
        if rule.kind == "pattern":
            self.patterns.setdefault(rule.anchor, []).append([rule.text, number])
        else:
            table = self.exact if rule.kind == "exact" else self.suffix
            table.setdefault(rule.anchor, []).append(number)

    def sdk(self, sdk: Sdk, company: str) -> None:
        for endpoint in sdk.endpoints:
            hoster = endpoint.infrastructure
            if hoster is None:
                hoster = sdk.category in INFRASTRUCTURE_CATEGORIES
            number = self.row(company, sdk.id, endpoint.reasoning, hoster, endpoint.dead, conditions_of(endpoint))
            for host in endpoint.hosts:
                self.host(host, number)
            for name in endpoint.certificates:
                rule = HostRule.parse(name)
                table = self.certificate_suffix if rule.kind == "suffix" else self.certificate_exact
                table.setdefault(rule.anchor, []).append(number)
            self.networks += [[network, number] for network in endpoint.ip]
        for protocol in sdk.protocol:
            number = self.row(company, sdk.id, protocol.reasoning, False, False, conditions_of(protocol))
            self.protocol(protocol, number)

    def protocol(self, protocol: Protocol, number: int) -> None:
        """Index a fingerprint under something that a request must hold for it to match."""
        words = [max(PathRule.parse(text).words, key=len, default="") for text in protocol.paths]
        if words and all(words):
            keys, table = words, "word"
        elif protocol.query:
            keys, table = [protocol.query[0].partition("=")[0].strip()], "query"
        elif protocol.headers:
            keys, table = [protocol.headers[0].partition(":")[0].strip().lower()], "header"
        elif protocol.body:
            keys, table = [protocol.body[0].partition("=")[0].strip()], "body"
        else:
            keys, table = [""], "always"
        for key in dict.fromkeys(keys):
            self.words[table].setdefault(key, []).append(number)

    def site(self, company: Company) -> None:
        """A company's own sites: each name and all below it, behind what an SDK claims by the same name."""
        number = self.row(company.id, "", "", False, False, {})
        for domain in company.domains:
            if "*" in domain:
                self.host(domain, number)
            else:
                name = HostRule.parse(domain).anchor
                # The bare name and www are the site even where an SDK claims the whole domain by suffix.
                self.exact.setdefault(name, []).append(number)
                self.exact.setdefault(f"www.{name}", []).append(number)
                self.suffix.setdefault(name, []).append(number)

    def ordered(self, numbers: Iterable[int]) -> list[int]:
        """SDKs before sites, conditions before none; otherwise the order of loading stays."""
        unique = dict.fromkeys(numbers)
        return sorted(unique, key=lambda n: (not self.rules[n][SDK], not self.rules[n][CONDITION]))

    def narrowest(self, numbers: Iterable[int]) -> list[int]:
        """Fingerprints with more conditions and longer paths first."""

        def width(number: int) -> tuple[int, int]:
            conditions: Plain = self.rules[number][CONDITION]
            keys = sum(len(conditions.get(name, ())) for name in ("query", "headers", "body"))
            return -keys, -max((len(p) for p in conditions.get("paths", ())), default=0)

        return sorted(dict.fromkeys(numbers), key=width)


def _by_layer(signatures: Signatures) -> list[Sdk]:
    """SDKs in order of loading, those of later folders first."""
    return sorted(signatures.sdks.values(), key=lambda sdk: -signatures.sdk_origin[sdk.id].layer)


def compile_index(signatures: Signatures) -> Plain:
    """Return the whole index as plain data."""
    compiler = _Compiler()
    for sdk in _by_layer(signatures):
        compiler.sdk(sdk, signatures.owner[sdk.id])
    for company in signatures.companies.values():
        compiler.site(company)
    tables = ("exact", "suffix", "certificate_exact", "certificate_suffix")
    return {
        "digest": signatures.digest,
        "companies": {c.id: _company_row(c) for c in signatures.companies.values()},
        "sdks": {s.id: [s.name, signatures.owner[s.id], s.category] for s in signatures.sdks.values()},
        "rules": compiler.rules,
        **{t: {k: _one_or_more(compiler.ordered(n)) for k, n in getattr(compiler, t).items()} for t in tables},
        "patterns": compiler.patterns,
        "networks": compiler.networks,
        "words": {t: {k: compiler.narrowest(n) for k, n in d.items()} for t, d in compiler.words.items()},
    }


def _one_or_more(numbers: list[int]) -> Numbers:
    """One number stands alone: nearly all do, and a list for each would double the time of loading."""
    return numbers[0] if len(numbers) == 1 else numbers


def _company_row(company: Company) -> list[Any]:
    names = [company.name, company.name_zh, *company.aliases]
    return [company.name, company.parent or "", company.country or "", [n for n in names if n], company.app_packages]
