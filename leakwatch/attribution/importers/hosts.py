"""Plain lists of hosts: hosts files (`0.0.0.0 name`), dnsmasq lines, or one name a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from leakwatch.attribution.hosts import as_address, normal_host, registrable
from leakwatch.attribution.importers.tracker import Tracker

LICENCE = "the list's own licence (state it with --licence)"
OWNER = "owner unknown (listed)"
_LOCAL = {"localhost", "localhost.localdomain", "broadcasthost", "local", "ip6-localhost", "ip6-loopback"}


def read(data: Any) -> Iterator[Tracker]:
    """Yield one tracker with all hosts of the list, whose owner the list does not know."""
    names = dict.fromkeys(h for h in map(_host, str(data).splitlines()) if h)
    if names:
        yield Tracker("listed hosts", OWNER, tuple(names))


def _host(line: str) -> str:
    line = line.partition("#")[0].strip()
    match = re.match(r"(?:address|server|local)=/\.?([^/]+)/", line)
    if match:
        name = normal_host(match[1])
        return "." + name if registrable(name) else ""
    fields = line.split()
    if len(fields) > 1 and as_address(normal_host(fields[0])) is None:
        return ""
    name = normal_host(fields[-1]) if fields else ""
    return name if name not in _LOCAL and registrable(name) else ""
