"""Drafts of signatures for hosts that none names yet: what is known of them, as YAML to complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from leakwatch.attribution.hosts import registrable
from leakwatch.attribution.importers.tracker import slug

Row = dict[str, Any]
MAX_SEEN = 12


@dataclass(slots=True)
class Unknown:
    """A registrable domain without a signature: how much leaked to it, from where, in what shape."""

    domain: str
    leaks: int = 0
    identifiers: set[str] = field(default_factory=set)
    apps: set[str] = field(default_factory=set)
    captures: set[str] = field(default_factory=set)
    hosts: dict[str, int] = field(default_factory=dict)
    paths: dict[str, int] = field(default_factory=dict)
    protocols: set[str] = field(default_factory=set)

    def row(self) -> Row:
        """Return it as a row of the listing."""
        return {
            "domain": self.domain,
            "leaks": self.leaks,
            "identifiers": sorted(self.identifiers),
            "hosts": list(self.hosts)[:MAX_SEEN],
            "paths": list(self.paths)[:MAX_SEEN],
            "apps": sorted(self.apps),
            "captures": len(self.captures),
            "protocol": ", ".join(sorted(self.protocols)),
        }


def unknowns(leaks: Iterable[Mapping[str, Any]]) -> list[Unknown]:
    """Group leaks of unattributed hosts by registrable domain (or address), the most leaks first."""
    found: dict[str, Unknown] = {}
    for leak in leaks:
        host = str(leak.get("host") or leak.get("ip") or "")
        if not host:
            continue
        entry = found.setdefault(registrable(host) or host, Unknown(registrable(host) or host))
        entry.leaks += 1
        entry.identifiers.add(str(leak.get("kind") or ""))
        entry.apps.add(str(leak.get("app") or ""))
        entry.captures.add(str(leak.get("capture") or ""))
        entry.hosts[host] = entry.hosts.get(host, 0) + 1
        path = path_shape(str(leak.get("url") or ""))
        entry.paths[path] = entry.paths.get(path, 0) + 1
        if leak.get("sdk"):
            entry.protocols.add(str(leak["sdk"]))
        entry.apps.discard("")
    return sorted(found.values(), key=lambda u: (-u.leaks, -len(u.captures), u.domain))


def path_shape(url: str) -> str:
    """Return a URL's path with what varies (numbers, long hex, masked values) as `*`, without the query."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    shaped = [("*" if _varies(piece) else piece) for piece in path.split("/")[:12]]
    return "/" + "/".join(shaped)


def _varies(piece: str) -> bool:
    digits = sum(c.isdigit() for c in piece)
    return "*" in piece or digits >= 5 or len(piece) > 40


def draft(unknown: Unknown) -> str:
    """Return a signature file to complete; what nobody knows yet is left for the author in capital letters."""
    name = slug(unknown.domain.rpartition(".")[0] or unknown.domain)
    hosts = list(unknown.hosts)[:MAX_SEEN]
    content: Row = {
        "version": 1,
        "company": {"id": name, "name": name.capitalize(), "domains": []},
        "sdks": [
            {
                "id": f"{name}-sdk",
                "name": f"{name.capitalize()} SDK",
                "category": "other",
                "endpoints": [{"hosts": hosts, "reasoning": "SAY WHY: what does the vendor document?"}],
            }
        ],
        "examples": [{"url": f"https://{hosts[0]}{next(iter(unknown.paths), '/')}", "sdk": f"{name}-sdk"}],
    }
    head = (
        "# yaml-language-server: $schema=schema.json\n"
        f"# {unknown.leaks} leaks of {', '.join(sorted(unknown.identifiers))} in {len(unknown.captures)} captures\n"
        f"# paths: {' '.join(list(unknown.paths)[:MAX_SEEN])}\n"
        f"# speaks the protocol of: {', '.join(sorted(unknown.protocols)) or 'nobody known'}\n"
    )
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
