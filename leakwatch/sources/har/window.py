"""A sliding window of text over a file of JSON: plain or gzip'd, in any Unicode encoding, bounded in memory."""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

CHUNK = 1 << 20
"""Bytes read at a time."""
FREE_EXPANSION = 256 << 20
MAX_RATIO = 300
"""A gzip file may expand to `FREE_EXPANSION` bytes, or to `MAX_RATIO` times its size if that is more: real HARs stay
far below (deflate's own limit is 1032, RFC 1951), a bomb does not."""

GZIP_MAGIC = b"\x1f\x8b"


class Window:
    """The part of a text that is being looked at: `text` from `at` on; `more()` slides it."""

    def __init__(self, path: Path) -> None:
        self.text = ""
        self.at = 0
        self.torn = ""
        """Why the bytes ended early; empty where the file simply ended."""
        self._bytes = self._open(path)
        head = next(self._bytes, b"")
        # RFC 8259 asks for UTF-8; the other encodings of Unicode are told by their zero bytes, as RFC 4627 §3 did.
        encoding = json.detect_encoding(head)
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._ended = False
        self.text = self._decoder.decode(head)

    def more(self) -> bool:
        """Forget what lies before `at` and read on, at least doubling what is left; False at the end."""
        if self._ended:
            return False
        rest = self.text[self.at :]
        pieces, want = [rest], max(CHUNK, len(rest))
        while want > 0:
            data = next(self._bytes, None)
            if data is None:
                self._ended = True
                pieces.append(self._decoder.decode(b"", final=True))
                break
            pieces.append(self._decoder.decode(data))
            want -= len(pieces[-1])
        self.text, self.at = "".join(pieces), 0
        return len(self.text) > len(rest)

    def _open(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            data = file.read(CHUNK)
            plain = iter(lambda: file.read(CHUNK), b"")
            if data[:2] != GZIP_MAGIC:
                yield data
                yield from plain
            else:
                limit = max(FREE_EXPANSION, MAX_RATIO * path.stat().st_size)
                yield from self._gunzip(data, plain, limit)

    def _gunzip(self, data: bytes, rest: Iterator[bytes], limit: int) -> Iterator[bytes]:
        inflate, budget = zlib.decompressobj(31), limit
        while data and budget > 0:
            try:
                out = inflate.decompress(data, CHUNK)
            except zlib.error:
                self.torn = "the gzip data is damaged"
                return
            budget -= len(out)
            if out:
                yield out
            data = inflate.unconsumed_tail
            if inflate.eof:  # another member may follow (RFC 1952 §2.2)
                data, inflate = inflate.unused_data, zlib.decompressobj(31)
                data = data if data[:2] == GZIP_MAGIC else b""
            elif not data:
                data = next(rest, b"")
                if not data:
                    self.torn = "the gzip data ends early"
        if budget <= 0:
            self.torn = f"the gzip data expands to more than {limit >> 20} MiB"


def gunzip_head(head: bytes) -> bytes:
    """Return the beginning of what `head` holds, decompressed where it is gzip."""
    if head[:2] != GZIP_MAGIC:
        return head
    try:
        return zlib.decompressobj(31).decompress(head, 1 << 16)
    except zlib.error:
        return b""
