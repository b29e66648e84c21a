"""SOCKS4, 4a and 5: reads where the tunnel leads, then the conversation inside it (RFC 1928, RFC 1929)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import replace

from leakwatch.journal.events import Event
from leakwatch.journal.places.socks import fields
from leakwatch.sources.pcap.conversation import Conversation
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.raw import Raw


class Socks:
    """One connection: hand-shake first, then `inner` with the destination's name."""

    def __init__(self, peers: Peers, inner: Callable[[Peers], Conversation]) -> None:
        self.peers, self._make = peers, inner
        self._buffers = [bytearray(), bytearray()]
        self._inner: Conversation | None = None
        self._greeted = self._replied = False
        self._method = -1
        self._authenticated = False
        self._target: tuple[str, int] | None = None
        self._said = b""
        """The client's user name and password, or the request with its user id, not told yet."""

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        if self._inner is not None:
            yield from self._inner.data(direction, data, time)
            return
        self._buffers[direction] += data
        try:
            self._advance()
        except (IndexError, ValueError):
            self._inner = Raw(self.peers)
        yield from self._credentials(time)
        if self._target is not None and self._replied and self._inner is None:
            host, port = self._target
            self._inner = self._make(replace(self.peers, host=host, port=port))
        if self._inner is not None:
            for side in (0, 1):
                rest, self._buffers[side] = bytes(self._buffers[side]), bytearray()
                if rest:
                    yield from self._inner.data(side, rest, time)

    def _credentials(self, time: float) -> Iterator[Event]:
        said, self._said = self._said, b""
        if fields(said):
            greeting = Raw(self.peers, "socks")
            yield from greeting.data(0, said, time)
            yield from greeting.close(time)

    def _advance(self) -> None:
        """Go as far as the bytes go, both sides; IndexError and ValueError mean that this is no SOCKS."""
        up, down = self._buffers
        if not self._greeted and up:
            if up[0] == 4:
                self._version4(up)
            elif len(up) >= 2 + up[1]:
                del up[: 2 + up[1]]
                self._greeted = True
        if self._greeted and self._method < 0 and len(down) >= 2 and self._target is None:
            self._method = down[1]
            del down[:2]
        if self._method == 2 and not self._authenticated and len(up) > 2 and len(down) >= 2:
            size = 3 + up[1] + up[2 + up[1]]
            self._said = bytes(up[:size])
            del up[:size]
            del down[:2]
            self._authenticated = True
        if self._method in (0, 2) and (self._method == 0 or self._authenticated):
            self._version5(up, down)
        if self._target is not None and self._method < 0 and len(down) >= 8:
            del down[:8]
            self._replied = True

    def _version4(self, up: bytearray) -> None:
        end = up.find(b"\x00", 8)
        if end < 0:
            return
        host, last = str(ipaddress.ip_address(bytes(up[4:8]))), end
        if up[4:7] == b"\x00\x00\x00":
            last = up.find(b"\x00", end + 1)
            if last < 0:
                return
            host = up[end + 1 : last].decode("latin-1")
        self._target = (host, up[2] << 8 | up[3])
        self._said = bytes(up[: end + 1])
        del up[: last + 1]
        self._greeted = True

    def _version5(self, up: bytearray, down: bytearray) -> None:
        if self._target is None:
            size = _address_size(up)
            if size and len(up) >= size:
                self._target = _address(up, size)
                del up[:size]
        elif not self._replied:
            size = _address_size(down)
            if size and len(down) >= size:
                del down[:size]
                self._replied = True

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Bytes are missing."""
        self._inner = self._inner or Raw(self.peers)
        yield from self._inner.gap(direction, size, time)

    def close(self, time: float) -> Iterator[Event]:
        """The connection ended."""
        if self._inner is not None:
            yield from self._inner.close(time)


def _address_size(data: bytearray) -> int:
    """Size of a SOCKS5 request or reply; 0: not known yet."""
    if len(data) < 5:
        return 0
    return {1: 10, 3: 7 + data[4], 4: 22}[data[3]] if data[3] in (1, 3, 4) else len(data)


def _address(data: bytearray, size: int) -> tuple[str, int]:
    port = data[size - 2] << 8 | data[size - 1]
    if data[3] == 3:
        return data[5 : 5 + data[4]].decode("latin-1"), port
    return str(ipaddress.ip_address(bytes(data[4 : size - 2]))), port
