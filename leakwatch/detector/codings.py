"""Content codings undone piece by piece, for bodies that are too long to be decoded at once (RFC 9110 §8.4)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotlicffi
import zstandard

from leakwatch.decoders import canonical

_PIECE = 1 << 20
"""At most so many bytes come out at a time."""

_FREE = 64 << 20
_RATIO = 50
"""What may come out in all: `_FREE` bytes and `_RATIO` times what went in. Beyond that it is a bomb."""

Step = Callable[[bytes], Iterator[bytes]]


class Undo:
    """Undoes the codings of one body, outermost (last in the header) first.

    Never raises: `broken` says that the bytes are not what was announced (what follows is passed over), `bomb` that
    more came out than may. `names` is its share of the chain, outermost first. `taken` counts the coded bytes so far;
    `plain`: there is nothing to undo.
    """

    def __init__(self, encodings: tuple[str, ...]) -> None:
        self._steps: list[Step] = []
        self.names: tuple[str, ...] = ()
        self.broken = False
        self.bomb = False
        self.taken = self._given = 0
        for name in reversed(encodings):
            if name in ("", "identity"):
                continue
            make = _CODINGS.get(name)
            if make is None:
                self.broken = True
                continue
            self._steps.append(make())
            self.names += (canonical(name),)

    @property
    def plain(self) -> bool:
        """True where the bytes come out as they went in."""
        return not self._steps

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next coded bytes and yield what they decode to."""
        self.taken += len(data)
        if self.bomb or (self.broken and self._steps):
            return
        try:
            for piece in self._through(data, 0):
                self._given += len(piece)
                if self._steps and self._given > _FREE + _RATIO * self.taken:
                    self.bomb = True
                    return
                yield piece
        except (zlib.error, brotlicffi.error, zstandard.ZstdError):
            self.broken = True

    def _through(self, data: bytes, step: int) -> Iterator[bytes]:
        if step == len(self._steps):
            yield data
            return
        for piece in self._steps[step](data):
            yield from self._through(piece, step + 1)


def _zlib(wbits: int) -> Step:
    state: list[Any] = [zlib.decompressobj(wbits)]

    def step(data: bytes) -> Iterator[bytes]:
        while data:
            piece = state[0].decompress(data, _PIECE)
            data = state[0].unconsumed_tail
            if state[0].eof:  # a gzip file may be several members (RFC 1952 §2.2)
                data = state[0].unused_data
                state[0] = zlib.decompressobj(wbits)
                if not data.strip(b"\0"):
                    data = b""
            if piece:
                yield piece

    return step


def _deflate() -> Step:
    """Undo `deflate`, which is zlib's format by the RFC and raw deflate from many a sender: the first byte tells."""
    chosen: list[Step] = []

    def step(data: bytes) -> Iterator[bytes]:
        if not chosen and data:
            chosen.append(_zlib(15 if data[0] & 0x0F == 8 else -15))
        if chosen:
            yield from chosen[0](data)

    return step


def _brotli() -> Step:
    decoder = brotlicffi.Decompressor()

    def step(data: bytes) -> Iterator[bytes]:
        piece = decoder.decompress(data, output_buffer_limit=_PIECE)
        while piece:
            yield piece
            piece = decoder.decompress(b"", output_buffer_limit=_PIECE) if not decoder.is_finished() else b""

    return step


def _zstd() -> Step:
    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(read_across_frames=True)

    def step(data: bytes) -> Iterator[bytes]:
        # No limit on output can be given, but 512 bytes hold so few blocks that they stay under some 16 MB.
        for at in range(0, len(data), 512):
            if piece := decoder.decompress(data[at : at + 512]):
                yield piece

    return step


_CODINGS: dict[str, Callable[[], Step]] = {
    "gzip": lambda: _zlib(31),
    "x-gzip": lambda: _zlib(31),
    "deflate": _deflate,
    "br": _brotli,
    "brotli": _brotli,
    "zstd": _zstd,
}
