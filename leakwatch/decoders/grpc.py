"""gRPC and gRPC-Web frames (gRPC over HTTP/2, "Length-Prefixed-Message"): each message and trailer block."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece

NAME = "grpc"
RANK = 75
WHOLE = True
TAKES = "bytes"

_FLAGS = frozenset({0x00, 0x01, 0x80, 0x81})
_HEAD = 5
_MAX_FRAMES = 20_000


def sniff(data: bytes, context: Context) -> bool:
    """A flag byte and a length that fits; without announcement all frames together must fill the bytes."""
    if len(data) < _HEAD + 2 or data[0] not in _FLAGS:
        return False
    if "grpc" in context.media_type:
        return True
    length = int.from_bytes(data[1:_HEAD], "big")
    return 2 <= length <= len(data) - _HEAD and bool(_frames(data))


def _frames(data: bytes) -> list[tuple[int, int]]:
    """Return where each frame's message lies, or nothing where the frames do not fill the bytes."""
    frames: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        if len(data) - at < _HEAD or data[at] not in _FLAGS or len(frames) > _MAX_FRAMES:
            return []
        end = at + _HEAD + int.from_bytes(data[at + 1 : at + _HEAD], "big")
        if end > len(data):
            return []
        frames.append((at + _HEAD, end))
        at = end
    return frames


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each message; of a torn stream the last one as far as it goes."""
    at = count = 0
    while len(data) - at > _HEAD and count < _MAX_FRAMES and data[at] in _FLAGS:
        end = min(len(data), at + _HEAD + int.from_bytes(data[at + 1 : at + _HEAD], "big"))
        if end > at + _HEAD:
            yield Piece(data[at + _HEAD : end], at + _HEAD, end - at - _HEAD, f"grpc[{count}]", whole=True)
        at, count = end, count + 1
    if 0 < at < len(data):
        yield Piece(data[at:], at, len(data) - at, chain=())
