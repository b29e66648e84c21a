"""Disconnect's `services.json`: categories of companies, each with its website and domains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, items, members, suffix

LICENCE = "CC BY-NC-SA 4.0, Disconnect, Inc. (earlier editions: GPL-3.0)"


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each company in each category."""
    for category, companies in members(members(data).get("categories")).items():
        for entry in items(companies):
            for company, sites in members(entry).items():
                hosts, website = _domains(sites)
                if hosts:
                    name = f"{company} {category}"
                    yield Tracker(name[:200], str(company)[:200], hosts, category_of([category]), website=website)


def _domains(sites: Any) -> tuple[tuple[str, ...], str]:
    """Beside lists of domains by website stand flags such as `dnt`, whose values are no lists."""
    found: dict[str, None] = {}
    website = ""
    for site, domains in members(sites).items():
        if isinstance(domains, list):
            website = website or str(site)
            found.update(dict.fromkeys(h for h in map(suffix, domains) if h))
    return tuple(found), website
