"""Watching an interface for what goes past the proxy: names, sizes and plain payloads, into the running capture."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from leakwatch.capture.control import request_events
from leakwatch.errors import LeakwatchError
from leakwatch.journal.events import (
    BodyChunk,
    DnsMessage,
    Event,
    LedgerNote,
    Opening,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.sources.pcap.live import LiveCapture

PAST = "past-"
"""How the exchanges begin that never reached the proxy; `v_coverage` leaves them out of what did."""
TELL_SECONDS = 1.0
"""How often the proxy is told what was seen."""
_LINKS = {"Ether": 1, "CookedLinux": 113, "CookedLinuxV2": 276, "IP": 101, "IPv6": 101, "Loopback": 0}
"""LINKTYPE numbers of scapy's classes for frames."""
_CLOSED = {"tls_closed": "TLS", "quic": "QUIC"}

Frame = tuple[float, int, bytes]


def frames(interface: str) -> Iterator[Frame | None]:
    """Yield (time, LINKTYPE, bytes) of every frame, and None when nothing came for a while.

    Raises LeakwatchError where the interface is not there or may not be watched.
    """
    import scapy.arch  # tells conf which kind of socket this system has
    import scapy.layers.l2  # noqa: F401  # and this the classes that name a frame's link layer
    from scapy.config import conf

    try:
        socket: Any = conf.L2listen(iface=interface)
    except PermissionError:
        raise LeakwatchError("sniff needs root (or CAP_NET_RAW): run it again with sudo") from None
    except (OSError, ValueError) as error:
        raise LeakwatchError(f"-i {interface}: cannot be watched: {error}") from None
    try:
        while True:
            if not select.select([socket], [], [], TELL_SECONDS / 4)[0]:
                yield None
                continue
            kind, data, at = socket.recv_raw()
            if data:
                yield at or time.time(), _LINKS.get(getattr(kind, "__name__", ""), 1), data
    finally:
        socket.close()


def own_addresses() -> tuple[str, ...]:
    """Every IP address of this computer, as far as the system tells."""
    import scapy.arch  # noqa: F401  # fills conf.ifaces
    from scapy.config import conf

    interfaces: Any = conf.ifaces
    found = (address.partition("%")[0] for each in interfaces.values() for ips in each.ips.values() for address in ips)
    return tuple(dict.fromkeys(found))


class Sniffer:
    """Turns frames into events of the capture in `folder` (None: nobody is told), and into lines by `say`."""

    def __init__(
        self,
        live: LiveCapture,
        folder: Path | None,
        key: bytes | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._live, self._folder, self._key, self._say = live, folder, key, say
        self._prefix = f"{PAST}{time.time_ns():x}-"
        self._events: list[Event] = []
        self._seen: dict[tuple[str, str], list[int]] = {}
        """Conversations and bytes since the proxy was told, by host and what it spoke."""
        self._who: dict[str, tuple[str, str]] = {}
        self.totals: dict[tuple[str, str], list[int]] = {}
        """The same since the beginning."""

    def run(self, frames: Iterable[Frame | None], interface: str, until: float | None = None) -> None:
        """Watch until `until` (Unix seconds), or Ctrl-C; what was seen is told all the same."""
        began = told = time.time()
        try:
            for frame in frames:
                if frame is not None:
                    self.take(self._live.frame(*frame))
                now = time.time()
                if now - told >= TELL_SECONDS:
                    told = now
                    self.take(self._live.ended(now))
                    self.tell(now)
                if until is not None and now >= until:
                    break
        finally:
            now = time.time()
            self.take(self._live.close(now))
            detail = f"watched {interface} for {now - began:.0f} s"
            self._events.append(LedgerNote(time=now, kind="bypassed", count=0, detail=detail))
            self.tell(now)

    def take(self, events: Iterable[Event]) -> None:
        """Take what the readers tell: plain conversations go on as they are, closed ones as names and sizes."""
        for event in events:
            if isinstance(event, LedgerNote):
                self._note(event)
                continue
            if isinstance(event, StreamOpened) and event.protocol in ("tls", "quic"):
                if event.sni:  # a name is all that can be searched; the note, at its end, says the rest
                    self._events.append(replace(event, exchange=self._prefix + event.exchange))
                continue
            if isinstance(event, Opening):
                self._open(event)
            elif event.exchange not in self._who:
                continue
            self._count(event)
            self._events.append(replace(event, exchange=self._prefix + event.exchange))
            if isinstance(event, StreamClosed):
                del self._who[event.exchange]

    def tell(self, now: float) -> None:
        """Hand everything new to the proxy's journal."""
        notes = [
            LedgerNote(time=now, kind="bypassed", host=host, count=count, bytes=size, detail=what)
            for (host, what), (count, size) in self._seen.items()
        ]
        events, self._events = self._events, []
        self._seen.clear()
        if self._folder is not None and (events or notes):
            request_events(self._folder, [*events, *notes], self._key)

    def _open(self, event: Opening) -> None:
        protocol = str(getattr(event, "protocol", ""))
        host = event.names[0] if isinstance(event, DnsMessage) and event.names else event.host or event.server[0]
        what = protocol if isinstance(event, DnsMessage) else f"{protocol}, port {event.port or event.server[1]}"
        first = event.exchange not in self._who
        self._who[event.exchange] = (host, what)
        self._add(host, what, 1 if first else 0, 0)

    def _count(self, event: Event) -> None:
        if isinstance(event, Request | Response):
            size = len(event.body)
        elif isinstance(event, StreamMessage | BodyChunk):
            size = len(event.data)
        else:
            return
        self._add(*self._who[event.exchange], 0, size)

    def _note(self, note: LedgerNote) -> None:
        if note.kind in _CLOSED:
            self._add(note.host, f"{_CLOSED[note.kind]}: {note.detail.partition(';')[0]}", 1, note.bytes)
        else:
            self._events.append(replace(note, exchange=""))

    def _add(self, host: str, what: str, count: int, size: int) -> None:
        if (host, what) not in self.totals:
            self._say(f"past the proxy: {host} ({what})")
        for table in (self._seen, self.totals):
            counted = table.setdefault((host, what), [0, 0])
            counted[0] += count
            counted[1] += size
