"""Ghostery's TrackerDB (`trackerdb.json`): patterns with domains, and the organisations that run them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, suffix

LICENCE = "CC BY-NC-SA 4.0, Ghostery GmbH"


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each pattern; a pattern without an organisation is its own company."""
    if not isinstance(data, dict):
        return
    organizations, patterns = data.get("organizations") or {}, data.get("patterns") or {}
    listed: dict[str, list[str]] = {}
    for domain, pattern in (data.get("domains") or {}).items():
        listed.setdefault(str(pattern), []).append(str(domain))
    for key, pattern in patterns.items():
        if not isinstance(pattern, dict):
            continue
        domains = [*(pattern.get("domains") or ()), *listed.get(str(key), ())]
        hosts = tuple(dict.fromkeys(h for h in map(suffix, domains) if h))
        if not hosts:
            continue
        organization = organizations.get(pattern.get("organization")) or {}
        name = str(pattern.get("name") or key)[:200]
        yield Tracker(
            name,
            str(organization.get("name") or name)[:200],
            hosts,
            category_of([pattern.get("category") or ""]),
            country=str(organization.get("country") or ""),
            website=str(organization.get("website_url") or ""),
        )
