"""CONNECT requests in lists of exchanges: a tunnel whose inside the list never shows was left shut, and is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from leakwatch.journal.events import LedgerNote

_HOSTS = 20_000


@dataclass
class ShutTunnels:
    """Collects the tunnels of one file, and the hosts that were read inside TLS, by name (lower-case)."""

    tool: str
    _tunnels: dict[str, list[float]] = field(default_factory=dict)
    """When the first came, how many there were, and their bytes, by host."""
    _opened: set[str] = field(default_factory=set)

    def tunnel(self, host: str, time: float, size: int = 0) -> None:
        """Take note of a tunnel to `host` through which `size` bytes went (0: not known)."""
        if host in self._tunnels or len(self._tunnels) < _HOSTS:
            known = self._tunnels.setdefault(host, [time, 0, 0])
            known[1] += 1
            known[2] += max(size, 0)

    def opened(self, host: str) -> None:
        """Take note of a request to `host` that was read inside TLS: its tunnels are open."""
        if len(self._opened) < _HOSTS:
            self._opened.add(host)

    def notes(self) -> Iterator[LedgerNote]:
        """Yield what stayed shut, one note for each host."""
        for host, (time, count, size) in self._tunnels.items():
            if host not in self._opened:
                yield LedgerNote(
                    time=time,
                    kind="tls_closed",
                    host=host,
                    count=int(count),
                    bytes=int(size),
                    detail=f"a tunnel that {self.tool} left shut",
                )
