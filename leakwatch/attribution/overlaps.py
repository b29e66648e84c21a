"""Overlaps: hosts that two SDKs or two companies claim with nothing to tell them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from leakwatch.attribution.companies import Companies
from leakwatch.attribution.hosts import HostRule
from leakwatch.attribution.index import compile_index, conditions_of
from leakwatch.attribution.load import Signatures


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two claims to one host; `claimant` in `path` is the later one."""

    path: Path
    claimant: str
    message: str


@dataclass(frozen=True, slots=True)
class _Claim:
    company: str
    line: tuple[str, ...]
    """The company and its parents."""
    sdk: str
    conditions: str
    shared: bool
    path: Path

    @property
    def name(self) -> str:
        return self.sdk or f"the sites of {self.company}"


def _claims(signatures: Signatures) -> dict[tuple[str, str], list[_Claim]]:
    claims: dict[tuple[str, str], list[_Claim]] = defaultdict(list)
    companies = Companies(compile_index(signatures)["companies"])
    for sdk in signatures.sdks.values():
        path, company = signatures.sdk_origin[sdk.id].path, signatures.owner[sdk.id]
        for endpoint in sdk.endpoints:
            conditions = conditions_of(endpoint)
            asked = repr(conditions) if conditions else ""
            claim = _Claim(company, tuple(companies.line(company)), sdk.id, asked, bool(endpoint.shared), path)
            for host in endpoint.hosts:
                rule = HostRule.parse(host)
                claims[rule.kind, rule.text].append(claim)
    for owner in signatures.companies.values():
        path = signatures.company_origin[owner.id].path
        line = tuple(companies.line(owner.id))
        for domain in owner.domains:
            claims["suffix", "." + domain.removeprefix(".")].append(_Claim(owner.id, line, "", "", False, path))
    return claims


def overlaps(signatures: Signatures) -> Iterator[Overlap]:
    """Yield each pair of claims that nothing tells apart and no `shared` explains.

    An SDK over the sites of its own company, or of one's brand or parent, is no overlap (the SDK wins), nor is a claim
    with conditions over one without (the conditions win). Claims of different folders do not clash: the later wins.
    """
    layers = {o.path: o.layer for o in (*signatures.company_origin.values(), *signatures.sdk_origin.values())}
    for (kind, text), claims in _claims(signatures).items():
        for one, other in combinations(claims, 2):
            if layers[one.path] == layers[other.path] and _clash(one, other):
                message = f"{kind} {text} is claimed by {one.name} ({one.path.name}) too, without `shared` on both"
                yield Overlap(other.path, other.name, message)


def _clash(one: _Claim, other: _Claim) -> bool:
    if one.conditions != other.conditions or (one.shared and other.shared):
        return False
    if bool(one.sdk) != bool(other.sdk) and (one.company in other.line or other.company in one.line):
        return False
    if one.company == other.company:
        return bool(one.sdk and other.sdk and one.sdk != other.sdk)
    return True
