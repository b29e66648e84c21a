"""What the tests of decoders share: unfold some bytes, ask where a value was found, run one decoder alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakwatch.decoders import SILENT, Budget, Context, Decoder, Piece, unfold
from leakwatch.model import Keys, Part, Segment


@pytest.fixture
def unfolded() -> Callable[..., list[Segment]]:
    """Unfold a body (or another part) into all its segments."""

    def run(data: bytes, location: str = "body", budget: Budget | None = None, **fields: Any) -> list[Segment]:
        keys = fields.pop("keys", Keys())
        return list(unfold(Part(location, data, 0, len(data), **fields), budget, keys))

    return run


@pytest.fixture
def where(unfolded: Callable[..., list[Segment]]) -> Callable[..., tuple[str, tuple[str, ...]]]:
    """Return location and chain (silent layers left out) of the deepest segment that is, or else holds, a value."""

    def run(data: bytes, value: bytes, location: str = "body", **fields: Any) -> tuple[str, tuple[str, ...]]:
        hits = [s for s in unfolded(data, location, **fields) if value in s.data]
        assert hits, "the value was not found at all"
        deepest = max(hits, key=lambda s: (s.depth, s.data == value))
        return deepest.location, tuple(name for name in deepest.chain if name not in SILENT)

    return run


@pytest.fixture
def alone() -> Callable[..., list[Piece]]:
    """Run one decoder on bytes as `unfold` would: nothing where its gate is shut."""

    def run(decoder: Decoder, data: bytes, **fields: Any) -> list[Piece]:
        from leakwatch.decoders.text import is_text

        context = Context(Budget(), **{"text": is_text(data), "whole": True, **fields})
        if ("bytes" if context.text else "text") == decoder.TAKES:
            return []
        return list(decoder.decode(data, context)) if decoder.sniff(data, context) else []

    return run
