"""The attributor: host, request and app in, one verdict with its reason out, in microseconds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakwatch.attribution.aliases import CNAME, RESOLVED, Alias, claimed_alias, resolved_alias
from leakwatch.attribution.cache import load_index
from leakwatch.attribution.companies import Companies
from leakwatch.attribution.hosts import Address, as_address, normal_host
from leakwatch.attribution.owner import Owner, owner_of
from leakwatch.attribution.party import party_of_company, party_of_host
from leakwatch.attribution.places import Places
from leakwatch.attribution.request import HeaderPairs, Request
from leakwatch.attribution.rules import Hit, Plain, Rules
from leakwatch.attribution.wording import claim, shown, spoken
from leakwatch.model import App, Attribution, Party

MAX_REMEMBERED = 20_000
"""Hosts and verdicts kept in memory; hostile traffic with endless host names empties the store, no more."""
MAX_RESOLVED = 8
"""Names of one address looked at; of more it is shared, and nothing would follow."""


@dataclass(frozen=True, slots=True)
class _Host:
    """What is known of a host before the request is looked at."""

    name: str
    hits: tuple[Hit, ...]
    own: bool
    address: Address | None


class Attributor:
    """Tells who received a request; one per app under test, safe to share between threads that only ask."""

    def __init__(self, index: Plain, app: App | None = None, places: Places | None = None) -> None:
        self.digest: str = index["digest"]
        self._index = index
        self._places = places or Places()
        self._sdks: dict[str, list[Any]] = index["sdks"]
        self._companies = Companies(index["companies"])
        self._rules = Rules(index)
        self._hosts: dict[str, _Host] = {}
        self._verdicts: dict[tuple[Any, ...], Attribution] = {}
        self._owner: Owner = owner_of(app, self._companies, self._company_of_site)

    @classmethod
    def load(cls, folders: Sequence[Path] = (), app: App | None = None, mmdb: Path | None = None) -> Attributor:
        """Load the bundled pack and then `folders` (later ones win); `mmdb` tells where addresses are registered.

        Raises SignatureError where a file is wrong.
        """
        return cls(load_index(folders), app, Places(mmdb))

    def for_app(self, app: App | None) -> Attributor:
        """Return an attributor for another app over the same signatures, without reading them again."""
        return Attributor(self._index, app, self._places)

    def attribute(
        self,
        host: str,
        target: str = "",
        headers: HeaderPairs = (),
        ip: str = "",
        method: str = "",
        cname: Sequence[str] = (),
        body_keys: Collection[str] = (),
        certificates: Sequence[str] = (),
        resolved: Sequence[str] = (),
    ) -> Attribution:
        """Say who received this request.

        `target` is the path with its query, `cname` the names the host is a DNS alias of, `certificates` the names in
        the server's certificate, `body_keys` the body's top-level keys (a mapping, where values are known too),
        `resolved` the names that DNS gave this address for (only where the host is a bare address).
        """
        known = self._hosts.get(host) or self._know(host)
        request = Request(target, headers, method, body_keys)
        hit = next((h for h in known.hits if h.rule.holds(request)), None)
        protocol = None
        if hit is None or not hit.rule.sdk or hit.rule.infrastructure:
            protocol = self._rules.for_protocol(request)
        alias = None
        if (cname or certificates) and (hit is None or not hit.rule.sdk):
            alias = claimed_alias(self._rules, cname, certificates, request)
        if hit is None and alias is None:
            hit = self._by_address(known, ip, request)
        names: Sequence[str] = ()
        if hit is None and alias is None and resolved and known.address is not None:
            names = tuple(resolved)[: MAX_RESOLVED + 1]
            alias = resolved_alias(self._rules, names, request) if len(names) <= MAX_RESOLVED else None
        key = (known.name, hit and (hit.rule.number, hit.text), protocol and protocol.rule.number, ip, alias, names)
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = self._judge(known, hit, protocol, alias, ip, names)
            if len(self._verdicts) >= MAX_REMEMBERED:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        return verdict

    # -- looking up ----------------------------------------------------------------------------------------------------

    def _know(self, host: str) -> _Host:
        name = normal_host(host)
        address = as_address(name) if name else None
        hits = tuple(self._rules.for_host(name)) if name else ()
        owner = self._owner
        own = bool(name) and (bool(owner.domain_of(name)) or owner.under_package_domain(name))
        known = _Host(name, hits, own, address)
        if len(self._hosts) >= MAX_REMEMBERED:
            self._hosts.clear()
        if len(host) < 1024:
            self._hosts[host] = known
        return known

    def _company_of_site(self, domain: str) -> str:
        return next((h.rule.company for h in self._rules.for_host(domain) if not h.rule.sdk), "")

    def _by_address(self, known: _Host, ip: str, request: Request) -> Hit | None:
        address = known.address or (as_address(normal_host(ip)) if ip else None)
        if address is None:
            return None
        return next((h for h in self._rules.for_address(address) if h.rule.holds(request)), None)

    # -- judging -------------------------------------------------------------------------------------------------------

    def _judge(
        self, known: _Host, hit: Hit | None, protocol: Hit | None, alias: Alias | None, ip: str, names: Sequence[str]
    ) -> Attribution:
        """Compose the verdict: who runs the host, whose protocol it is, and the reasons in the order of proof."""
        reasons: list[str] = []
        claimed = known.name
        if alias is not None:
            claimed, hit = alias.name, alias.hit
            reasons.append(self._other_name(known, alias))
            party, company, why = party_of_company(hit.rule, self._owner, self._companies)
        else:
            rule = hit.rule if hit else None
            party, company, why = party_of_host(known.name, known.address, rule, self._owner, self._companies)
            if names:
                told = ", ".join(map(shown, names[:4])) + (" …" if len(names) > 4 else "")
                why += f"; DNS gave it for {told}: addresses may be shared, uncertain"
        if hit is not None:
            reasons.append(claim(hit, self._companies.name(hit.rule.company), claimed))
        reasons.append(why)
        sdk = hit.rule.sdk if hit else ""
        if protocol is not None:
            sdk = protocol.rule.sdk
            reasons.append(spoken(protocol, self._companies.name(protocol.rule.company)))
        address = known.address or (as_address(normal_host(ip)) if ip else None)
        if address is not None:
            reasons.append(self._places.registered_in(address))
        return self._verdict(party, company, sdk, "; ".join(r for r in reasons if r))

    def _other_name(self, known: _Host, alias: Alias) -> str:
        own = "the app's own name " if known.own and alias.how == CNAME else ""
        doubt = " (addresses may be shared: uncertain)" if alias.how == RESOLVED else ""
        return f"{own}{shown(known.name)} is {alias.how} {shown(alias.name)}{doubt}"

    def _verdict(self, party: Party, company: str, sdk: str, reason: str) -> Attribution:
        companies = self._companies
        name, _, category = self._sdks.get(sdk, ("", "", ""))
        return Attribution(
            party=party,
            sdk=sdk,
            sdk_name=name,
            company=companies.name(company) or (self._owner.company if party is Party.FIRST else ""),
            parent=companies.name(companies.parent(company)),
            country=companies.country(company),
            category=category,
            reason=reason,
        )
