"""The party: who runs a host, seen from the app under test, and why."""

from __future__ import annotations

from leakwatch.attribution.companies import Companies
from leakwatch.attribution.hosts import Address, registrable
from leakwatch.attribution.owner import Owner
from leakwatch.attribution.rules import Rule
from leakwatch.attribution.wording import shown
from leakwatch.model import Party

Judged = tuple[Party, str, str]
"""The party, the id of the company that runs the host ('' where unknown), and why in words."""

NOT_A_RECIPIENT = "infrastructure: it hosts, carries or serves the phone itself; a hoster is not a recipient"


def party_of_company(rule: Rule, owner: Owner, companies: Companies) -> Judged:
    """Judge a host by the company that a rule names."""
    company = rule.company
    name = companies.name(company)
    relation = companies.relation(company, owner.companies)
    if relation == "same":
        return Party.FIRST, company, f"first party: {name} owns the app, because {owner.companies[company]}"
    if relation == "group":
        group = companies.name(companies.group(company))
        mate = next(c for c in owner.companies if companies.group(c) == companies.group(company))
        why = f"{companies.name(mate)} owns the app, because {owner.companies[mate]}"
        return Party.SAME_COMPANY, company, f"same company: {name} belongs to {group} like the app's company; {why}"
    if rule.infrastructure:
        return Party.INFRASTRUCTURE, company, NOT_A_RECIPIENT
    return Party.THIRD, company, f"third party: nothing known links {name} to the app"


def party_of_host(host: str, address: Address | None, rule: Rule | None, owner: Owner, companies: Companies) -> Judged:
    """Judge a host: the profile's word first, then the company graph, then the package name, then the signature."""
    domain = owner.domain_of(host)
    company = rule.company if rule else next(iter(owner.companies), "")
    if domain:
        return Party.FIRST, company, f"first party: {owner.domains[domain]}"
    if rule is not None and companies.relation(rule.company, owner.companies):
        return party_of_company(rule, owner, companies)
    if owner.under_package_domain(host):
        why = f"the package name {owner.package} spells {owner.package_domain} backwards (weaker evidence)"
        return Party.FIRST, company, f"first party: {why}; state the domain in the device profile to be sure"
    if rule is not None:
        return party_of_company(rule, owner, companies)
    return Party.UNKNOWN, "", _nothing_known(host, address)


def _nothing_known(host: str, address: Address | None) -> str:
    if not host:
        return "unknown: there is no host name to go by"
    if address is not None:
        kind = "a private or local" if address.is_private else "a bare"
        return f"unknown: {kind} address, no name to go by"
    domain = registrable(host)
    return f"unknown: no signature names {shown(host)}" + (f" (registrable domain {shown(domain)})" if domain else "")
