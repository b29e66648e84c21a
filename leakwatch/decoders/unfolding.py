"""`unfold`: everything inside a part, breadth first, each piece with its chain, path and place in the message."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from leakwatch.decoders.budget import Budget
from leakwatch.decoders.listing import DECODERS
from leakwatch.decoders.names import SILENT, canonical
from leakwatch.decoders.piece import NO_KEYS, Context, Decoder, Piece
from leakwatch.decoders.text import is_text
from leakwatch.model import Keys, Part, Segment

_INERT = re.compile(
    rb"(?:[\x20-\x24\x27-\x5b\x5d-\x7e]{0,7}|-?[0-9]{1,11}|-?[0-9]{1,3}\.[0-9]{1,20}"
    rb"|(?=[0-9]*[0189])(?!(?:3[0-9])+\Z)[0-9]{12,20}"
    rb"|(?:[A-Za-z][A-Za-z.,'-]{0,8}(?: |\Z))+)\Z"
)
"""Too short to hold anything encoded (and without `%`, `&` and `\\`), a number (unless it could be base32 or the hex of
digits), or short words: a leaf for sure."""

_DULL = re.compile(
    rb"(?!(?:0x)?[0-9a-fA-F]{2}[ :,-] ?(?:0x)?[0-9a-fA-F]{2}[ :,-])(?=[^ .:,;()'@]*[ .:,;()'@])"
    rb"(?:[A-Za-z0-9_/-]{0,15}+[ .:,;()'@]++)*+[A-Za-z0-9_/-]{0,15}\Z"
)
"""Words, names, addresses and dates: nothing in it is long or odd enough to be encoded. Bytes in pairs are not dull.

Possessive throughout: with plain quantifiers thirty separators and one odd byte took longer than anybody waits."""

_SPACED = re.compile(rb"\s|\A<(?!~)")
"""A part with white space or tags is a run of text, not one whole value."""

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")

_LONGEST_LEAF = 1 << 16
"""Longer data is not asked whether it is dull."""

_STREAMING = 70
"""Decoders of this rank and above jump from head to head or write with a limit: they see more than the window."""

_COMPARED = 16
"""How many earlier segments with the same bytes a new one is compared with."""


def is_leaf(data: bytes) -> bool:
    """Tell whether `data` is too short or too dull to hold anything encoded."""
    return len(data) <= _LONGEST_LEAF and bool(_INERT.match(data) or _DULL.match(data))


def is_run(data: bytes) -> bool:
    """Tell whether a part's data is a run of text and not one whole value; binary data is no text."""
    head = data[:256].rstrip()
    return _SPACED.search(head) is not None and not _BINARY.search(head)


@dataclass(slots=True)
class _Node:
    """A segment and where it lies: in which space of decoded bytes, from `low` up to `high`."""

    segment: Segment
    space: int
    low: int
    high: int
    media_type: str = ""
    codings: tuple[str, ...] = ()
    layers: int = 0


Passes = Callable[[Segment, Piece, tuple[str, ...]], bool]
"""Says of a piece of a segment, and the layers that it adds, whether it may be passed over: nothing is in it."""


def unfold(
    part: Part,
    budget: Budget | None = None,
    keys: Keys = NO_KEYS,
    decoders: Sequence[Decoder] = DECODERS,
    passes: Passes | None = None,
) -> Iterator[Segment]:
    """Yield the part itself, then everything that the decoders find in it, breadth first.

    Nothing is edited in place and every depth is yielded, so a caller that searches each segment misses nothing. The
    order of `decoders` does not matter. Pieces that `passes` passes over are left out, with all that is in them. What
    does not fit into `budget` is noted there; nothing is ever raised.
    """
    return _Unfolding(part, budget or Budget(), keys, decoders, passes).run()


class _Unfolding:
    """One part being unfolded: the queue of segments still to open, and what was seen before."""

    def __init__(
        self, part: Part, budget: Budget, keys: Keys, decoders: Sequence[Decoder], passes: Passes | None
    ) -> None:
        self.passes = passes
        self.part = part
        self.budget = budget
        self.keys = keys
        self.decoders, self.for_text, self.for_bytes = _ranked(tuple(decoders))
        self.spaces: list[tuple[int, int, int]] = [(-1, 0, 0)]
        self.seen: dict[bytes, list[_Node]] = {}

    def run(self) -> Iterator[Segment]:
        part, budget = self.part, self.budget
        length = part.length or len(part.data)
        exact = length == len(part.data) and (not part.chain or part.framed)
        root = Segment(part, part.data, part.chain, offset=part.offset, length=length, exact=exact)
        yield root
        node = _Node(root, 0, 0, len(part.data), part.media_type, tuple(canonical(c) for c in part.encodings))
        self.seen[part.data] = [node]
        queue = deque([node])
        budget.start()
        while queue:
            for child in self._open(queue.popleft()):
                broken = budget.spend(0 if child.space == 0 else len(child.segment.data))
                if broken:
                    budget.over(broken, len(child.segment.data) + sum(len(n.segment.data) for n in queue))
                    budget.stop()
                    return
                budget.stop()
                yield child.segment
                budget.start()
                if child.codings or not is_leaf(child.segment.data):
                    queue.append(child)
        budget.stop()

    def _open(self, node: _Node) -> Iterator[_Node]:
        """Yield the children of one segment that were not seen before."""
        segment, data = node.segment, node.segment.data
        if len(data) > self.budget.max_window:
            self.budget.over("window", len(data) - self.budget.max_window)
            data = data[: self.budget.max_window]
        claimed: list[tuple[int, int]] = []  # by decoders of higher rank
        own: list[tuple[int, int]] = []
        rank = 0
        announced = node.codings[-1] if node.codings else ""
        for decoder, pieces in self._pieces(node, data, announced):
            if rank != decoder.RANK:
                claimed, own, rank = _merged(claimed + own), [], decoder.RANK
            for piece in pieces:
                low, high = piece.start, piece.start + (piece.extent if piece.extent >= 0 else len(data))
                if _overlaps(claimed, low, high):
                    continue
                layers = (decoder.NAME,) if piece.chain is None else piece.chain
                if self.passes and announced not in layers and self.passes(segment, piece, layers):
                    if rank > 0 and piece.claims:
                        own.append((low, high))
                    continue
                child = self._child(node, piece, layers, announced)
                if child is None:
                    continue
                if child.layers > self.budget.max_depth or segment.depth >= 4 * self.budget.max_depth:
                    self.budget.over("depth", len(piece.data))
                    return
                yield child
                if rank > 0 and piece.claims:
                    own.append((low, high))

    def _pieces(self, node: _Node, data: bytes, announced: str) -> Iterator[tuple[Decoder, Iterator[Piece]]]:
        """Yield each decoder that takes an interest with what it finds; a whole container ends the round."""
        segment = node.segment
        chain = segment.chain
        context = Context(
            self.budget, self.keys, node.media_type, announced,
            whole=segment.whole or (segment.depth == 0 and not is_run(data)),
            text=is_text(data),
            form=(chain[-1:] == ("form",)) or (segment.depth == 0 and segment.part.location.startswith("query")),
            parent=chain[-1] if chain else "",
            around=partial(_around, segment),
        )  # fmt: skip
        opened = not announced
        for decoder in self._choice(context):
            seen = segment.data if decoder.RANK >= _STREAMING else data
            if not decoder.sniff(seen, context):
                continue
            pieces = iter(decoder.decode(seen, context))
            first = next(pieces, None)
            if first is None:
                continue
            opened = opened or announced == decoder.NAME or first.chain == (announced,)
            yield decoder, _with(first, pieces)
            if decoder.WHOLE:
                break
        if not opened:
            self.budget.undecodable.append((announced, len(data)))

    def _choice(self, context: Context) -> list[Decoder]:
        """Return the decoders to ask: those for text or for bytes, or all of them, the announced one first."""
        if context.announced:
            return sorted(self.decoders, key=lambda decoder: context.announced != decoder.NAME)
        if context.media_type or context.parent == "grpc":
            return self.decoders
        return self.for_text if context.text else self.for_bytes

    def _child(self, node: _Node, piece: Piece, layers: tuple[str, ...], announced: str) -> _Node | None:
        """Make the segment of a piece, or return None where the same bytes of the same run were seen before."""
        parent = node.segment
        data, start = piece.data, piece.start
        extent = piece.extent if piece.extent >= 0 else len(parent.data) - start
        same = extent == len(data) and parent.data[start : start + extent] == data
        if same:
            space, low, high = node.space, node.low + start, node.low + start + extent
        else:
            space, low, high = len(self.spaces), 0, len(data)
            self.spaces.append((node.space, node.low + start, node.low + start + extent))
        child = _Node(
            self._segment(parent, piece, layers, extent, same), space, low, high, piece.media_type,
            layers=node.layers + sum(name not in SILENT for name in layers),
        )  # fmt: skip
        if announced and announced in layers:
            child.codings, child.media_type = node.codings[:-1], node.media_type
        elif not layers:
            child.media_type = piece.media_type
        known = self.seen.get(data)
        if known is None:
            self.seen[data] = [child]
            return child
        for other in known[-_COMPARED:]:
            if self._same_run(child, other):
                return None
        known.append(child)
        return child

    def _segment(self, parent: Segment, piece: Piece, layers: tuple[str, ...], extent: int, same: bool) -> Segment:
        path = piece.path
        if parent.path:
            path = f"{parent.path}.{path}" if path else parent.path
        if parent.exact:
            offset, length = parent.offset + piece.start, extent
        else:
            offset, length = parent.offset, parent.length
        return Segment(
            parent.part, piece.data, parent.chain + layers, path, piece.key or parent.key, parent.depth + 1,
            piece.whole, offset, length, same and parent.exact, parent, piece.start, extent,
        )  # fmt: skip

    def _same_run(self, one: _Node, other: _Node) -> bool:
        """Tell whether two segments come from overlapping runs of the deepest bytes that they have in common."""
        if one.space == other.space:
            return one.low < other.high and other.low < one.high
        runs = {space: (low, high) for space, low, high in self._lineage(one)}
        for space, low, high in self._lineage(other):
            if space in runs:
                return low < runs[space][1] and runs[space][0] < high
        return True

    def _lineage(self, node: _Node) -> Iterator[tuple[int, int, int]]:
        space, low, high = node.space, node.low, node.high
        while space >= 0:
            yield space, low, high
            space, low, high = self.spaces[space]


@lru_cache(maxsize=8)
def _ranked(decoders: tuple[Decoder, ...]) -> tuple[list[Decoder], list[Decoder], list[Decoder]]:
    """Return all decoders by rank, those for text, and those for bytes."""
    ranked = sorted(decoders, key=lambda decoder: (-decoder.RANK, decoder.NAME))
    return ranked, [d for d in ranked if d.TAKES != "bytes"], [d for d in ranked if d.TAKES != "text"]


def _around(segment: Segment) -> Iterator[bytes]:
    while (parent := segment.parent) is not None:
        yield parent.data
        segment = parent


def _with(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from rest


def _merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the runs sorted, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(runs):
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _overlaps(claimed: list[tuple[int, int]], low: int, high: int) -> bool:
    """Tell whether [low, high) shares a byte with one of the disjoint, sorted runs."""
    at = bisect_left(claimed, (low, low))
    return (at < len(claimed) and claimed[at][0] < high) or (at > 0 and claimed[at - 1][1] > low)
