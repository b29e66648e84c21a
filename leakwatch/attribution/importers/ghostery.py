"""Ghostery's TrackerDB (`trackerdb.json`): patterns with domains, and the organisations that run them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, items, members, suffix

LICENCE = "CC BY-NC-SA 4.0, Ghostery GmbH"


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each pattern; a pattern without an organisation is its own company."""
    data = members(data)
    organizations = members(data.get("organizations"))
    listed: dict[str, list[str]] = {}
    for domain, pattern in members(data.get("domains")).items():
        listed.setdefault(str(pattern), []).append(str(domain))
    for key, pattern in members(data.get("patterns")).items():
        if not isinstance(pattern, dict):
            continue
        domains = [*items(pattern.get("domains")), *listed.get(str(key), ())]
        hosts = tuple(dict.fromkeys(h for h in map(suffix, domains) if h))
        if not hosts:
            continue
        organization = members(organizations.get(str(pattern.get("organization"))))
        name = str(pattern.get("name") or key)[:200]
        yield Tracker(
            name,
            str(organization.get("name") or name)[:200],
            hosts,
            category_of([pattern.get("category") or ""]),
            country=str(organization.get("country") or ""),
            website=str(organization.get("website_url") or ""),
        )
