"""Other names of a host that a vendor claims: DNS aliases, certificate names, names that resolved to an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leakwatch.attribution.hosts import normal_host
from leakwatch.attribution.request import Request
from leakwatch.attribution.rules import Hit, Rules

MAX_NAMES = 32
"""Names of each sort looked at per request."""
CNAME = "a DNS alias (CNAME) of"
CERTIFICATE = "served with a certificate for"
RESOLVED = "an address that DNS gave for"


@dataclass(frozen=True, slots=True)
class Alias:
    """A name beside the host's own, what it calls up, and how it was come by."""

    name: str
    hit: Hit
    how: str


def claimed_alias(rules: Rules, cname: Sequence[str], certificates: Sequence[str], request: Request) -> Alias | None:
    """Return the first other name of the host that an SDK claims (hosters and CDNs tell nothing)."""
    for text in list(cname)[:MAX_NAMES]:
        name = normal_host(text)
        for hit in rules.for_host(name) if name else ():
            if hit.rule.sdk and not hit.rule.infrastructure and hit.rule.holds(request):
                return Alias(name, hit, CNAME)
    for text in list(certificates)[:MAX_NAMES]:
        name = normal_host(text.removeprefix("*."))
        for hit in rules.for_certificate(name) if name else ():
            if hit.rule.holds(request):
                return Alias(name, hit, CERTIFICATE)
    return None


def resolved_alias(rules: Rules, names: Sequence[str], request: Request) -> Alias | None:
    """Return the name that a bare address stands for, where all names that resolved to it are of one company.

    One name that nobody claims, or two companies, and nothing is said: the address is shared.
    """
    found: list[Alias] = []
    for text in list(names)[:MAX_NAMES]:
        name = normal_host(text)
        hit = next((h for h in rules.for_host(name) if h.rule.holds(request)), None) if name else None
        if hit is None:
            return None
        found.append(Alias(name, hit, RESOLVED))
    if len({alias.hit.rule.company for alias in found}) != 1:
        return None
    return max(found, key=lambda alias: bool(alias.hit.rule.sdk))
