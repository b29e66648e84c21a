"""TrackerControl: its company list (`xray-blacklist.json`: owner, domains, country) or its hosts file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers import disconnect, hosts, tracker_radar
from leakwatch.attribution.importers.tracker import Tracker, items, suffix

LICENCE = "TrackerControl's lists: each under the terms of its source (X-Ray, Disconnect, DuckDuckGo, hosts)"


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker for each owner; the app's other files are read as what they are."""
    if isinstance(data, str):
        yield from hosts.read(data)
    elif isinstance(data, dict):
        yield from disconnect.read(data) if "categories" in data else tracker_radar.read(data)
    else:
        for item in items(data):
            if isinstance(item, dict) and item.get("owner_name"):
                domains = tuple(dict.fromkeys(h for h in map(suffix, items(item.get("doms"))) if h))
                owner, category = str(item["owner_name"])[:200], "infrastructure" if item.get("necessary") else "other"
                if domains:
                    # The list writes `uk`; ISO 3166 writes GB.
                    country = str(item.get("country") or "").replace("uk", "gb")
                    yield Tracker(owner, owner, domains, category, country=country)
