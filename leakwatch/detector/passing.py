"""Passing over: which pieces of a part in which something is need not be made segments of."""

from __future__ import annotations

from leakwatch.decoders import Budget, Piece
from leakwatch.detector.skim import ALL, PLAIN, SKIMMED, Node, Skim, Skimmed
from leakwatch.model import Segment

_JSON = ("json",)
_SECONDS = 0.8
"""After so much skimming only pieces that show something as they stand are opened: the way to it is what counts."""


class Passing:
    """Passes over the pieces of one part in which nothing is, and keeps what is left to say of them."""

    def __init__(self, skim: Skim, hiding: bool) -> None:
        self._skim = skim
        self.skimmed = Skimmed(hiding, budget=Budget(max_seconds=_SECONDS))
        self._strings = skim.harmless(hiding, True, False, "json", PLAIN)
        self.parents: set[int] = set()
        """Segments of which a piece was passed over, by identity."""
        self.skimmed.budget.start()

    def __call__(self, segment: Segment, piece: Piece, layers: tuple[str, ...]) -> bool:
        """Say whether `piece` of `segment` may be passed over."""
        run = self.skimmed
        run.count = 0
        if run.budget.late():
            return not self._skim.shows(piece.data) and self._passed(segment, piece)
        if layers == _JSON and piece.whole and (traits := self._strings.get(piece.data)) is not None:
            run.traits |= traits
            return self._passed(segment, piece)
        if len(piece.data) > SKIMMED:
            return False
        parent = layers[-1] if layers else segment.chain[-1] if segment.chain else ""
        same = piece.extent == len(piece.data) and segment.data.startswith(piece.data, piece.start)
        node = Node(
            piece.data, piece.whole, parent == "form", parent, piece.media_type, (), 0, segment.depth + 1,
            PLAIN if same else ALL, False,
        )  # fmt: skip
        return self._skim.is_quiet(run, node) and self._passed(segment, piece)

    def _passed(self, segment: Segment, piece: Piece) -> bool:
        run = self.skimmed
        if run.hiding and piece.path and not segment.path:
            self._skim.note_key(run.keys, piece.path)
        self.parents.add(id(segment))
        return True
