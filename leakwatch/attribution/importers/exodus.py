"""εxodus' tracker list: JSON with `trackers`, each with code and network signatures (regular expressions)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.tracker import Tracker, category_of, items, members, suffix

LICENCE = "εxodus privacy tracker list: see https://exodus-privacy.eu.org for its terms"


def read(data: Any) -> Iterator[Tracker]:
    """Yield the trackers of `/api/trackers`; alternatives that are no plain host names are left out."""
    for item in items(members(data).get("trackers", data)):
        if not isinstance(item, dict) or not item.get("name"):
            continue
        code = [c.strip().rstrip(".") for c in str(item.get("code_signature") or "").split("|")]
        packages = tuple(c for c in code if re.fullmatch(r"[A-Za-z_][\w.]*", c))
        hosts = tuple(dict.fromkeys(h for h in map(_host, _alternatives(item)) if h))
        if hosts or packages:
            name = str(item["name"])[:200]
            categories = [str(members(c).get("name", c)) for c in items(item.get("categories"))]
            website = str(item.get("website") or "")
            yield Tracker(name, name, hosts, category_of(categories), website=website, packages=packages)


def _alternatives(item: dict[str, Any]) -> list[str]:
    return str(item.get("network_signature") or "").split("|")


def _host(pattern: str) -> str:
    text = pattern.strip().replace("\\.", ".").removeprefix(".*").strip("^$").lstrip(".")
    return suffix(text) if re.fullmatch(r"[A-Za-z0-9.-]+", text) else ""
