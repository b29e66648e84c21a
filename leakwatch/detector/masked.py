"""Masking what a leak's own fields would give away: its URL, host, location and reason (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Iterable

from leakwatch.detector.finds import Find
from leakwatch.identifiers.masking import mask, mask_credentials
from leakwatch.journal.events import Request
from leakwatch.matching import Matcher

_IN_TARGET = ("path", "query", "fragment")

Span = tuple[int, int]


class Masker:
    """Stars out identifiers in texts that are stored and shown."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def text(self, text: str) -> str:
        """Return `text` with every identifier in it masked."""
        data = text.encode("utf-8", "surrogateescape")
        spans = [(match.start, match.end) for match in self._matcher.search(data) if not match.variant.whole]
        return _star(data, spans) if spans else text

    def host(self, host: str, finds: Iterable[Find]) -> str:
        """Return `host` masked: the runs found in it, or all of it where an encoded form of it led to a leak."""
        runs: list[Span] = []
        for find in finds:
            if find.segment.part.location != "host":
                continue
            found = find.segment.data[find.start : find.end].decode("latin-1")
            at = host.find(found) if found else -1
            runs.append((at, at + len(found)) if at >= 0 else (0, len(host)))
        return self.text(_star(host.encode("utf-8", "surrogateescape"), runs) if runs else host)

    def url(self, request: Request, finds: Iterable[Find]) -> str:
        """Return the request's URL masked: matched runs, encoded values that led to a leak, and what a tester typed."""
        finds = list(finds)
        start = len(request.method.encode("ascii", "replace")) + 1
        end = start + len(request.target)
        runs = [
            (offset - start, min(offset + length, end) - start)
            for find in finds
            for location, offset, length in find.runs
            if location.startswith(_IN_TARGET) and start <= offset < end
        ]
        target = _star(request.target, runs)
        origin = request.url[: len(request.url) - len(request.target.decode("utf-8", "backslashreplace"))]
        if request.host:
            origin = origin.replace(request.host, self.host(request.host, finds), 1)
        return mask_credentials(self.text(origin + target))


def _star(data: bytes, spans: Iterable[Span]) -> str:
    """Return `data` as text, each span (spans that overlap as one) masked."""
    out, done = [], 0
    for start, end in _merged(spans):
        out.append(_decoded(data[done:start]))
        out.append(mask(_decoded(data[start:end])))
        done = end
    out.append(_decoded(data[done:]))
    return "".join(out)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
