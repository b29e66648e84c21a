"""Disconnect's `services.json`: categories of companies, each with its website and domains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, suffix

LICENCE = "CC BY-NC-SA 4.0, Disconnect, Inc. (earlier editions: GPL-3.0)"


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each company in each category."""
    categories = data.get("categories", {}) if isinstance(data, dict) else {}
    for category, companies in categories.items() if isinstance(categories, dict) else ():
        for entry in companies if isinstance(companies, list) else ():
            for company, sites in entry.items() if isinstance(entry, dict) else ():
                hosts, website = _domains(sites)
                if hosts:
                    name = f"{company} {category}"
                    yield Tracker(name[:200], str(company)[:200], hosts, category_of([category]), website=website)


def _domains(sites: Any) -> tuple[tuple[str, ...], str]:
    """Beside lists of domains by website stand flags such as `dnt`, whose values are no lists."""
    found: dict[str, None] = {}
    website = ""
    for site, domains in sites.items() if isinstance(sites, dict) else ():
        if isinstance(domains, list):
            website = website or str(site)
            found.update(dict.fromkeys(h for h in map(suffix, domains) if h))
    return tuple(found), website
