"""EasyPrivacy, AdGuard and their kind: the rules that name a whole host (`||example.com^`) and no page or path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.importers.hosts import OWNER
from leakwatch.attribution.importers.tracker import Tracker, suffix

LICENCE = "the filter list's own licence (EasyPrivacy: GPL-3.0 or CC BY-SA 3.0; AdGuard: GPL-3.0)"
_RULE = re.compile(r"\|\|([a-z0-9.-]+)\^(?:\$([a-z0-9~,_-]+))?$", re.IGNORECASE)
_EXCEPTION = re.compile(r"@@\|\|([a-z0-9.-]+)\^(?:\$important)?$", re.IGNORECASE)


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker with the hosts that the rules name.

    Rules with a path, a page they are limited to (`domain=`) or a wildcard tell nothing about a host as such; hosts
    with an exception for the whole host are left out.
    """
    found: dict[str, None] = {}
    excepted: set[str] = set()
    for line in str(data).splitlines():
        line = line.strip()
        exception = _EXCEPTION.match(line)
        if exception:
            excepted.add(suffix(exception[1]))
            continue
        rule = _RULE.match(line)
        host = suffix(rule[1]) if rule else ""
        if host:
            found[host] = None
    hosts = tuple(h for h in found if h not in excepted)
    if hosts:
        yield Tracker("listed hosts", OWNER, hosts)
