"""Paths of requests: exact, with `*`, or a regular expression, and the word of them that an index can look up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leakwatch.attribution.globs import Glob

MAX_PATH = 2048
"""Longer paths are matched by their beginning only: no vendor's endpoint is longer."""


@dataclass(frozen=True, slots=True)
class PathRule:
    """A path of a signature, with the literal segments that it must hold."""

    text: str
    pattern: re.Pattern[str] | Glob
    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> PathRule:
        """Read `/a/b` (exact), `/a/*` (`*`: any run, `/` included) or `^/v[12]/x` (a search); raises ValueError."""
        if text.startswith("^"):
            try:
                return cls(text, re.compile(text), ())
            except re.error as error:
                raise ValueError(f"{text[:80]!r} is no regular expression: {error}") from None
        if not text.startswith(("/", "*")) or "?" in text or "#" in text:
            raise ValueError(f"{text[:80]!r}: a path begins with `/`, `*` or `^` and has no query (use `query`)")
        # A segment that no `*` touches stands whole between slashes; where `*` borders it, it may be longer.
        words = tuple(word for word in text.split("/")[1:] if word and "*" not in word)
        return cls(text, Glob.parse(text), words)

    def matches(self, path: str) -> bool:
        """Tell whether the path (without query) matches."""
        if isinstance(self.pattern, Glob):
            return self.pattern.matches(path)
        return self.pattern.match(path) is not None


def split_target(target: str) -> tuple[str, str]:
    """Cut a request target into path and query; an absolute URL loses its scheme and host."""
    if not target.startswith("/"):
        rest = target.partition("://")[2]
        target = rest[len(re.split(r"[/?#]", rest, maxsplit=1)[0]) :] if rest else target
    path, _, query = target.partition("#")[0].partition("?")
    return path[:MAX_PATH] or "/", query[: 8 * MAX_PATH]


def query_pairs(query: str) -> dict[str, str]:
    """Return the keys of a query with their raw values (the first of each key), without decoding them."""
    pairs: dict[str, str] = {}
    for item in query.split("&", 512)[:512]:
        key, _, value = item.partition("=")
        if key:
            pairs.setdefault(key, value)
    return pairs
