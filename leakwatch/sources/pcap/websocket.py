"""WebSocket messages out of frames: masking, fragments, permessage-deflate (RFC 6455, RFC 7692)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from leakwatch.journal.events import Event, LedgerNote, StreamClosed, StreamMessage
from leakwatch.sources.pcap.peers import DIRECTIONS

MAX_MESSAGE = 16 << 20
_CONTINUATION, _TEXT, _BINARY, _CLOSE = 0, 1, 2, 8


class WebSocket:
    """The frames after an upgrade; messages belong to the exchange of its request."""

    def __init__(self, exchange: str, extensions: bytes) -> None:
        self.exchange = exchange
        lowered = extensions.lower()
        deflate = b"permessage-deflate" in lowered
        takeover = (b"client_no_context_takeover" not in lowered, b"server_no_context_takeover" not in lowered)
        self._sides = tuple(_Frames(deflate, takeover[d]) for d in (0, 1))
        self._index = 0

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction; yield each message that they complete."""
        side = self._sides[direction]
        side.buffer += data
        for opcode, payload in side.messages():
            if opcode in (_TEXT, _BINARY) or payload:
                yield StreamMessage(
                    time=time,
                    exchange=self.exchange,
                    protocol="websocket",
                    direction=DIRECTIONS[direction],
                    index=self._index,
                    data=payload,
                    text=opcode == _TEXT,
                )
                self._index += 1
        if side.broken:
            side.buffer.clear()
            if not side.told:
                side.told = True
                yield self._note(time, side.broken, direction)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Frames have no marks to find the next one by: this direction cannot be read on."""
        self._sides[direction].broken = f"{size} bytes missing from the capture"
        self._sides[direction].told = True
        yield self._note(time, f"{size} bytes missing from the capture", direction)

    def _note(self, time: float, detail: str, direction: int) -> LedgerNote:
        return LedgerNote(
            time=time,
            exchange=self.exchange,
            kind="undecodable",
            direction=DIRECTIONS[direction].value,
            detail=f"WebSocket: {detail}",
        )

    def close(self, time: float) -> Iterator[Event]:
        """The connection ended."""
        yield StreamClosed(time=time, exchange=self.exchange)


class _Frames:
    """One direction: frames to messages."""

    __slots__ = ("_compressed", "_inflate", "_opcode", "_parts", "_takeover", "broken", "buffer", "told")

    def __init__(self, deflate: bool, takeover: bool) -> None:
        self.buffer = bytearray()
        self.broken = ""
        self.told = False
        self._inflate = zlib.decompressobj(-15) if deflate else None
        self._takeover = takeover
        self._parts = bytearray()
        self._opcode = 0
        self._compressed = False

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Yield (opcode, payload) of every whole message; control frames come as they stand."""
        while not self.broken and (frame := self._frame()) is not None:
            first, payload = frame
            opcode = first & 0x0F
            if opcode >= _CLOSE:
                yield opcode, payload
                continue
            if opcode != _CONTINUATION:
                self._opcode, self._compressed = opcode, bool(first & 0x40)
                self._parts.clear()
            self._parts += payload
            if len(self._parts) > MAX_MESSAGE:
                self.broken = "a message of more than 16 MiB"
            elif first & 0x80:
                yield self._opcode, self._whole()

    def _whole(self) -> bytes:
        data = bytes(self._parts)
        self._parts.clear()
        if not self._compressed or self._inflate is None:
            return data
        try:
            plain = self._inflate.decompress(data + b"\x00\x00\xff\xff", MAX_MESSAGE)
        except zlib.error:
            self.broken = "its compression cannot be undone"
            return data
        if not self._takeover:
            self._inflate = zlib.decompressobj(-15)
        return plain

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        length, at = second & 0x7F, 2
        if length == 126:
            length, at = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, at = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < at or length > MAX_MESSAGE:
            if len(buffer) >= at:
                self.broken = f"a frame of {length} bytes"
            return None
        mask = b""
        if second & 0x80:
            mask, at = bytes(buffer[at : at + 4]), at + 4
        if len(buffer) < at + length or (second & 0x80 and len(mask) < 4):
            return None
        payload = bytes(buffer[at : at + length])
        del buffer[: at + length]
        return first, _unmask(payload, mask) if mask else payload


def _unmask(payload: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, as one big integer (RFC 6455 §5.3)."""
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
