"""Opaque payloads: what a request carries at high entropy and no decoder opened; encrypted is not clean."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from leakwatch.matching.automaton import is_text
from leakwatch.model import Segment

_LEAST = 64
"""Shorter fields are digests, nonces and tokens."""

_SAMPLE = 1 << 16
_DENSE = 0.9
"""The share of the highest possible entropy from which on bytes count as encrypted or compressed beyond reach."""

_MOST = 20
_KNOWN = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"%PDF", b"OggS", b"ID3", b"wOF", b"MZ", b"\x7fELF")
"""Formats that are dense and no secret: pictures, sound, fonts, programs."""


def opaque_segments(segments: Iterable[Segment]) -> Iterator[tuple[Segment, float]]:
    """Yield the leaves among `segments` that are opaque, with their entropy in bits per byte."""
    segments = list(segments)
    opened = {id(segment.parent) for segment in segments if segment.parent is not None}
    count = 0
    for segment in segments:
        if id(segment) not in opened and count < _MOST and (bits := opacity(segment.data)):
            count += 1
            yield segment, bits


def opacity(data: bytes) -> float:
    """Return the entropy of `data` in bits per byte if it is opaque, else 0."""
    if len(data) < _LEAST or data.startswith(_KNOWN):
        return 0.0
    sample = data[:_SAMPLE]
    if is_text(sample):
        return 0.0
    bits = entropy(sample)
    return bits if bits >= _DENSE * math.log2(min(256, len(sample))) else 0.0


def entropy(data: bytes) -> float:
    """Return Shannon's entropy of the byte frequencies, in bits per byte."""
    total = len(data)
    return -sum(count / total * math.log2(count / total) for count in Counter(data).values())
