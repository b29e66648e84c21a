"""What attribution looks at in a request, parsed only as far as some rule asks, and the conditions on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from leakwatch.attribution.globs import Glob
from leakwatch.attribution.paths import PathRule, query_pairs, split_target

HeaderPairs = Sequence[tuple[bytes | str, bytes | str]]
MAX_VALUE = 1024
"""Header and query values are compared by their first characters only."""


class Request:
    """A request's path, query keys, header names and body keys, each parsed at first use."""

    __slots__ = ("_head", "_headers", "_query", "_target", "body", "method", "path")

    def __init__(
        self, target: str = "", headers: HeaderPairs = (), method: str = "", body: Collection[str] | None = None
    ) -> None:
        self.path, self._target = split_target(target)
        self._query: dict[str, str] | None = None
        self._head = headers
        self._headers: dict[str, str] | None = None
        self.body = body or ()
        self.method = method.upper()

    @property
    def query(self) -> dict[str, str]:
        """Keys and raw values of the query."""
        if self._query is None:
            self._query = query_pairs(self._target) if self._target else {}
        return self._query

    @property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name (the first of each)."""
        if self._headers is None:
            self._headers = {}
            for name, value in list(self._head)[:256]:
                self._headers.setdefault(_text(name).lower(), _text(value[:MAX_VALUE]))
        return self._headers


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


Wanted = tuple[tuple[str, Glob | None], ...]


def wanted(texts: Sequence[str], separator: str, lower: bool = False) -> Wanted:
    """Read `key`, or `key=value` with `*` in the value, into keys and value patterns (None: any value)."""
    found = []
    for text in texts:
        key, given, value = text.partition(separator)
        key = key.strip().lower() if lower else key.strip()
        found.append((key, Glob.parse(value.strip()) if given else None))
    return tuple(found)


def _hold(conditions: Wanted, values: Mapping[str, str] | Collection[str]) -> bool:
    for key, pattern in conditions:
        if key not in values:
            return False
        if pattern is not None and not (isinstance(values, Mapping) and pattern.matches(str(values[key])[:MAX_VALUE])):
            return False
    return True


class Conditions:
    """The compiled conditions of an endpoint or a protocol (`leakwatch.attribution.format.Conditions`)."""

    __slots__ = ("body", "headers", "methods", "paths", "query")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.paths = tuple(PathRule.parse(text) for text in data.get("paths", ()))
        self.query = wanted(data.get("query", ()), "=")
        self.headers = wanted(data.get("headers", ()), ":", lower=True)
        self.body = wanted(data.get("body", ()), "=")
        self.methods = frozenset(m.upper() for m in data.get("methods", ()))

    def hold(self, request: Request) -> bool:
        """Tell whether the request satisfies all of them."""
        if self.paths and not any(p.matches(request.path) for p in self.paths):
            return False
        if self.query and not _hold(self.query, request.query):
            return False
        if self.headers and not _hold(self.headers, request.headers):
            return False
        if self.body and not _hold(self.body, request.body):
            return False
        return not self.methods or request.method in self.methods
