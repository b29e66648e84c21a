"""Engine.IO and Socket.IO packets (socket.io protocol v4 and v5): the JSON behind the packet's type and namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "socketio"
RANK = 51
WHOLE = True
TAKES = "any"

_PACKET = re.compile(
    rb"(?:\d{1,7}:)?[0-6][0-6]?(?:\d{1,3}-)?(?:/[^,\[{\x1e]{0,200},)?\d{0,10}(?=[\[{]\s*[\"{\[\]}0-9])"
)
_SEPARATOR = b"\x1e"


def sniff(data: bytes, context: Context) -> bool:
    """Digits of a packet's type, then an array or object."""
    return data[:1].isdigit() and bool(_PACKET.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what follows each packet's type; several packets of one payload are set apart by U+001E."""
    at = 0
    for packet in data.split(_SEPARATOR):
        head = _PACKET.match(packet)
        start = head.end() if head else 0
        if len(packet) > start:
            path = NAME if head else ""
            yield Piece(packet[start:], at + start, len(packet) - start, path, whole=True, chain=())
        at += len(packet) + 1
