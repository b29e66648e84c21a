"""Other names of a host: the DNS aliases and addresses that answers in the capture, or in a resolver's log, told."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable

from leakwatch.journal.events import DnsMessage

Answer = tuple[float, str, str, str]
"""A resolver's answer: time (Unix seconds, 0.0: for any time), the name asked for, record type, value."""

MAX_NAMES = 50_000
MAX_ANSWERS = 16
"""Kept for one name or address; then the oldest goes."""
MAX_CHAIN = 16
_ADDRESSES = frozenset(("A", "AAAA"))


class Names:
    """A bounded map of names and addresses to what DNS said of them, each with its time.

    `imported` are the answers of a resolver's log: they are asked where the capture itself tells nothing.
    """

    def __init__(self, imported: Names | None = None) -> None:
        self._imported = imported
        self._targets: OrderedDict[str, list[tuple[float, str]]] = OrderedDict()
        self._named: OrderedDict[str, list[tuple[float, str]]] = OrderedDict()

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Names:
        """Return the names that these answers tell."""
        names = cls()
        for time, name, kind, value in answers:
            names._add(time, name, kind, value)
        return names

    def learn(self, message: DnsMessage) -> None:
        """Take note of the answers in a DNS message."""
        asked = message.names[0] if message.names else ""
        for name, kind, value in message.answers:
            self._add(message.time, name, kind, value)
            if asked and kind in _ADDRESSES:
                # The name that the app asked for stands at the chain's other end.
                self._add(message.time, asked, kind, value)

    def aliases(self, host: str, time: float) -> tuple[str, ...]:
        """Return the names that `host` was an alias (CNAME) of at `time`, in the order of the chain."""
        if not self._targets and self._imported is None:
            return ()
        chain: list[str] = []
        name = _plain(host)
        while len(chain) < MAX_CHAIN:
            found = self._last(self._targets, name, time)
            if not found or found[-1] in chain:
                break
            name = found[-1]
            chain.append(name)
        if not chain and self._imported is not None:
            return self._imported.aliases(host, time)
        return tuple(chain)

    def resolved(self, address: str, time: float) -> tuple[str, ...]:
        """Return the names that `address` was an answer for up to `time`: several, where it is shared."""
        if not self._named and self._imported is None:
            return ()
        found = tuple(dict.fromkeys(self._last(self._named, address, time)))
        if not found and self._imported is not None:
            return self._imported.resolved(address, time)
        return found

    def _add(self, time: float, name: str, kind: str, value: str) -> None:
        name = _plain(name)
        if kind == "CNAME":
            table, key, told = self._targets, name, _plain(value)
        elif kind in _ADDRESSES:
            table, key, told = self._named, value.strip(), name
        else:
            return
        if not key or not told or key == told or len(key) > 255 or len(told) > 255:
            return
        known = table.setdefault(key, [])
        if known and known[-1][1] == told:
            return
        known.append((time, told))
        known.sort(key=_time)
        del known[:-MAX_ANSWERS]
        if len(table) > MAX_NAMES:
            table.popitem(last=False)

    @staticmethod
    def _last(table: OrderedDict[str, list[tuple[float, str]]], key: str, time: float) -> list[str]:
        """Return what was told up to `time`, latest last; what came only later, where that is all there is."""
        known = table.get(key)
        if not known:
            return []
        before = bisect_right(known, time, key=_time)
        return [told for _, told in (known[:before] or known[:1])]


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower()


def _time(entry: tuple[float, str]) -> float:
    return entry[0]
