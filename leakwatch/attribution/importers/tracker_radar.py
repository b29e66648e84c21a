"""DuckDuckGo: Tracker Radar's `domains/` files and the blocklist built of them (`tds.json`, also for Android)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, items, members, suffix

LICENCE = "CC BY-NC-SA 4.0, Duck Duck Go, Inc."


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each company and category.

    Takes one domain file, a list of them, a blocklist (`trackers`), or an entity map (company -> `properties`).
    """
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for domain, owner, categories in _domains(data):
        host = suffix(domain)
        if host:
            groups[owner or f"unknown owner of {host[1:]}", category_of(categories)].append(host)
    for (owner, category), hosts in groups.items():
        name = owner if category == "other" else f"{owner} {category}"
        yield Tracker(name[:200], owner[:200], tuple(dict.fromkeys(hosts)), category)


def _domains(data: Any) -> Iterator[tuple[str, str, list[str]]]:
    if isinstance(data, list):
        for item in data:
            yield from _domains(item)
    elif isinstance(data, dict) and "domain" in data:
        known = members(data.get("owner"))
        name = known.get("displayName") or known.get("name") or ""
        yield str(data["domain"]), str(name), items(data.get("categories"))
    elif isinstance(data, dict) and isinstance(data.get("trackers"), dict):
        for domain, item in data["trackers"].items():
            if isinstance(item, dict):
                yield from _domains({"domain": domain, **item})
    elif isinstance(data, dict):
        for name, item in data.items():
            if isinstance(item, dict) and isinstance(item.get("properties"), list):
                owner = str(item.get("displayName") or name)
                for listed in item["properties"]:
                    yield str(listed), owner, []
