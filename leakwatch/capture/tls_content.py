"""How much an app said inside TLS that is passed on unread: the records after the handshake, counted by their heads.

What is read is counted as messages. To compare with it, a pinned connection's certificates and keys must not count:
they alone are several kB, more than most apps then say.
"""

from __future__ import annotations

_HEAD = 5
_HANDSHAKE, _CONTENT = 22, 23
_CLIENT_HELLO = 1
# RFC 8446 §5.2: tag and type; RFC 5288 §3: explicit nonce and tag.
_OVERHEAD_13, _OVERHEAD_12 = 17, 24


class TlsContent:
    """Counts one connection's content in bytes, about: TLS 1.3 session tickets are counted, early data is not all."""

    def __init__(self) -> None:
        self.bytes = [0, 0]
        """Sent by the client, and received by it."""
        self._records = (_Records(), _Records())
        self._old = False
        """TLS 1.2: it is told by a client's handshake that goes on after its hello."""
        self._finished = False
        """TLS 1.3: the client's first encrypted record, which ends the handshake, was there."""
        self._hello = False

    def take(self, direction: int, data: bytes) -> None:
        """Take the next bytes; 0 is the client."""
        for kind, first, size in self._records[direction].feed(data):
            if kind == _HANDSHAKE and direction == 0:
                self._old = self._old or (self._hello and first != _CLIENT_HELLO)
                self._hello = True
            elif kind == _CONTENT and self._old:
                self.bytes[direction] += max(size - _OVERHEAD_12, 0)
            elif kind == _CONTENT and self._finished:
                self.bytes[direction] += max(size - _OVERHEAD_13, 0)
            elif kind == _CONTENT and direction == 0:
                self._finished = True


class _Records:
    """The records of one direction: (type, first byte, size) of each, once that much of it has come."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    def feed(self, data: bytes) -> list[tuple[int, int, int]]:
        found, at = [], 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            need = _HEAD + 1 - len(self._head)
            self._head += data[at : at + need]
            at += need
            if len(self._head) > _HEAD:
                size = self._head[3] << 8 | self._head[4]
                found.append((self._head[0], self._head[5], size))
                self._left = max(size - 1, 0)
                self._head.clear()
        return found
