"""The skim: tells of most parts that nothing is in them, at any depth, without making a single segment.

It goes the way that `unfold` goes and asks of every piece the cheap question only: does any needle stand here? It looks
at no less than `unfold` would, for it leaves out the rules by which one decoder hides a run from another. So a part in
which the skim sees nothing need not be unfolded; any doubt, and any limit that is met, means that it must be. What was
harmless once is remembered: most of the values of an app's traffic come again and again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from leakwatch.decoders import DECODERS, SILENT, Budget, Context, Decoder, Piece, canonical
from leakwatch.decoders.jsontext import unescape
from leakwatch.decoders.text import is_text
from leakwatch.decoders.unfolding import is_leaf, is_run
from leakwatch.detector.jsonskim import JsonText, read_json
from leakwatch.detector.opaque import opacity
from leakwatch.matching.salts import digest_of
from leakwatch.model import Keys, Part

T = TypeVar("T")
_REMEMBERED = 50_000
_REMEMBERED_BYTES = 512
"""So many harmless values are remembered, of at most so many bytes each."""
_SECONDS = 0.1
_MOST = 5_000
"""So many pieces that are no plain leaves are looked at; beyond that it takes `unfold` and its budget."""
SKIMMED = 1 << 18
"""Longer bytes are not skimmed, unless they are JSON."""
_LEAST_HIDDEN = 8
_DIGEST = range(16, 129)
_DEEPEST = 24
_KEYS = 64
_DIGESTS, _OPENED = 1, 2
NOT, PLAIN, ALL = 0, 1, 2
"""How bytes are searched: not at all, being a run of others in which nothing was; as they stand; obfuscated too."""
_ESCAPED = "json, escaped"
_BETWEEN = b"\n\0\n"

_BY_RANK = sorted(DECODERS, key=lambda decoder: (-decoder.RANK, decoder.NAME))
_FOR_TEXT = [decoder for decoder in _BY_RANK if decoder.TAKES != "bytes"]
_FOR_BYTES = [decoder for decoder in _BY_RANK if decoder.TAKES != "text"]
_BY_NAME = {decoder.NAME: decoder for decoder in DECODERS}
_JSON_RANK = _BY_NAME["json"].RANK
_BEFORE_JSON = [decoder for decoder in _FOR_TEXT if decoder.RANK > _JSON_RANK]


@dataclass(frozen=True, slots=True)
class Sight:
    """What the skim asks of one profile's searches, each of some bytes.

    `shows`: a needle or a coordinate stands there; `hides`: one stands there obfuscated; `substituted`: they are
    base64 of an unknown alphabet; `opens`: the gate would open them. `values` are the needles that count only as whole
    values.
    """

    shows: Callable[[bytes], bool]
    hides: Callable[[bytes], bool]
    substituted: Callable[[bytes], bool]
    opens: Callable[[bytes], bool]
    values: Collection[bytes]
    keys: Keys


@dataclass(slots=True)
class Skimmed:
    """What is left to say of a part in which nothing is: whether digests are, and its top-level names."""

    hiding: bool
    keys: list[str] = field(default_factory=list)
    traits: int = 0
    budget: Budget = field(default_factory=lambda: Budget(max_seconds=_SECONDS))
    count: int = 0

    @property
    def digests(self) -> bool:
        """True where a value looks like a digest."""
        return bool(self.traits & _DIGESTS)

    @property
    def opened(self) -> bool:
        """True where a decoder opened anything."""
        return bool(self.traits & _OPENED)


_KNOWN = [Skimmed(False, traits=traits) for traits in range(4)]
"""What is left to say of parts that were seen before."""


class Node(NamedTuple):
    """Some bytes and what a decoder may know of them; `search`: how they are to be searched."""

    data: bytes
    whole: bool
    form: bool = False
    parent: str = ""
    media_type: str = ""
    codings: tuple[str, ...] = ()
    layers: int = 0
    depth: int = 0
    search: int = 2
    top: bool = True
    body: bool = False


class Skim:
    """Skims parts for one profile; `gated` is the length from which on the gate decides on bytes of responses."""

    def __init__(self, sight: Sight, note_key: Callable[[list[str], str], None], gated: int) -> None:
        self._sight = sight
        self.note_key = note_key
        self._gated = gated
        self._longest_value = max(map(len, sight.values), default=0) + 8
        self._numbers = {value for value in sight.values if not value.strip(b"-+.0123456789")}
        self._seen: set[bytes] = set()
        self._glimpsed: set[int] = set()
        self._known: dict[tuple[bool, bool, bool, str, bool], dict[bytes, int]] = {}

    def part(self, part: Part, hiding: bool) -> Skimmed | None:
        """Return what is left to say of a part in which nothing is, None where it must be unfolded to be sure."""
        if part.location != "body" and not ((part.chain and not part.framed) or part.media_type or part.encodings):
            known = self.harmless(hiding, not is_run(part.data), part.location.startswith("query"), "", ALL)
            if (traits := known.get(part.data)) is not None:
                return _KNOWN[traits]
        if not hiding and len(part.data) >= self._gated:
            return self._again(part)
        return self._looked_into(part, hiding)

    def _again(self, part: Part) -> Skimmed | None:
        """Skim a long part of a response, unless the same bytes were skimmed before: many bodies are sent again.

        Digests of all bytes are made only of what looks like an earlier one: most do not, and they cost as much as the
        search.
        """
        glimpse = hash(
            (part.data[:64], part.data[len(part.data) // 2 : len(part.data) // 2 + 64], part.data[-64:], len(part.data))
        )
        if glimpse not in self._glimpsed:
            _keep(self._glimpsed, glimpse)
            return self._looked_into(part, hiding=False)
        digest = hashlib.sha256(part.data)
        digest.update(repr((part.location, part.chain, part.media_type, part.encodings)).encode())
        mark = digest.digest()
        if mark in self._seen:
            return _KNOWN[0]
        skimmed = self._looked_into(part, hiding=False)
        if skimmed is not None:
            _keep(self._seen, mark)
        return skimmed

    def _looked_into(self, part: Part, hiding: bool) -> Skimmed | None:
        run = Skimmed(hiding)
        run.budget.start()
        codings = tuple(canonical(coding) for coding in part.encodings)
        whole = not is_run(part.data)
        parent = part.chain[-1] if part.chain and not part.framed else ""
        form = parent == "form" or part.location.startswith("query")
        body = part.location == "body"
        node = Node(part.data, whole, form, parent, part.media_type, codings, body=body)
        return run if self.is_quiet(run, node) else None

    def shows(self, data: bytes) -> bool:
        """Say whether a needle or a coordinate stands in `data` as it is."""
        return self._sight.shows(data)

    def is_quiet(self, run: Skimmed, node: Node, searched: bool = False) -> bool:
        """Say whether nothing is in `node`; `searched`: nothing is in its bytes as they stand."""
        data = node.data
        known = None
        if len(data) <= _REMEMBERED_BYTES and not (node.media_type or node.codings or node.body):
            known = self.harmless(run.hiding, node.whole, node.form, node.parent, node.search)
            if (traits := known.get(data)) is not None:
                run.traits |= traits
                return True
        if len(data) <= self._longest_value and data.strip() in self._sight.values:
            return False
        before, run.traits = run.traits, 0
        quiet = self._holds_nothing(run, node, searched)
        if quiet and known is not None:
            _remember(known, data, run.traits)
        run.traits |= before
        return quiet

    def _holds_nothing(self, run: Skimmed, node: Node, searched: bool) -> bool:
        data, sight = node.data, self._sight
        if node.search and not searched and sight.shows(data):
            return False
        if run.hiding:
            if node.search == ALL and not searched and len(data) >= _LEAST_HIDDEN and sight.hides(data):
                return False
            if (node.whole or not node.depth) and sight.substituted(data):
                return False
            if len(data) in _DIGEST and digest_of(data.strip()):
                run.traits |= _DIGESTS
        if not node.codings:
            if not run.hiding and len(data) >= self._gated:
                return _is_media(node.media_type) or not sight.opens(data)
            if is_leaf(data):
                return True
        run.count += 1
        if run.count > _MOST or (run.count % 256 == 0 and run.budget.late()):
            return False
        return self._opened(run, node)

    def harmless(self, hiding: bool, whole: bool, form: bool, parent: str, search: int) -> dict[bytes, int]:
        """Return the harmless values of one kind, with their traits."""
        return self._known.setdefault((hiding, whole, form, parent, search == ALL), {})

    # -- what is inside ------------------------------------------------------------------------------------------------

    def _opened(self, run: Skimmed, node: Node) -> bool:
        """Say whether nothing is in what the decoders make of `node`."""
        data = node.data
        announced = node.codings[-1] if node.codings else ""
        context = Context(
            run.budget, self._sight.keys, node.media_type, announced, node.whole, is_text(data), node.form, node.parent
        )
        text = read_json(data) if context.text and not announced else None
        if text and not any(decoder.sniff(data, context) for decoder in _BEFORE_JSON):
            return self._json(run, node, text)
        if len(data) > SKIMMED and not announced:
            return False
        opened = False
        for decoder in _choice(context):
            if not decoder.sniff(data, context):
                continue
            if getattr(decoder, "LOOKS_AROUND", False):
                return False
            children = [self._child(run, node, decoder, p, announced) for p in decoder.decode(data, context)]
            if run.budget.exceeded or not self._all_quiet(run, children):
                return False
            opened = opened or bool(children)
            if children and decoder.WHOLE:
                break
        run.traits |= _OPENED * opened
        if run.budget.exceeded or (announced and not opened):
            return False
        return opened or not run.hiding or not opacity(data)

    def _all_quiet(self, run: Skimmed, children: list[Node]) -> bool:
        """Say whether nothing is in any of `children`; those that are short are searched in one go."""
        if len(children) > 1:
            children = self._unknown(run, children)
            short = [child.data for child in children if child.search == ALL and len(child.data) <= _REMEMBERED_BYTES]
            together = _BETWEEN.join(short)
            if short and (self._sight.shows(together) or (run.hiding and self._sight.hides(together))):
                return False
            return all(self.is_quiet(run, child, len(child.data) <= _REMEMBERED_BYTES) for child in children)
        return all(self.is_quiet(run, child) for child in children)

    def _unknown(self, run: Skimmed, children: list[Node]) -> list[Node]:
        """Return those of `children` that are not known to be harmless."""
        unknown = []
        for child in children:
            known = self.harmless(run.hiding, child.whole, child.form, child.parent, child.search)
            traits = None if child.media_type or child.codings else known.get(child.data)
            if traits is None:
                unknown.append(child)
            else:
                run.traits |= traits
        return unknown

    def _child(self, run: Skimmed, node: Node, decoder: Decoder, piece: Piece, announced: str) -> Node:
        layers = (decoder.NAME,) if piece.chain is None else piece.chain
        count = node.layers + sum(name not in SILENT for name in layers)
        if count > run.budget.max_depth or node.depth >= _DEEPEST:
            run.budget.over("depth", len(piece.data))
        media_type = piece.media_type
        codings: tuple[str, ...] = ()
        if announced and announced in layers:
            media_type, codings = node.media_type, node.codings[:-1]
        if run.hiding and node.top and piece.path:
            self.note_key(run.keys, piece.path)
        parent = layers[-1] if layers else node.parent
        top = node.top and not piece.path
        return Node(
            piece.data, piece.whole, parent == "form", parent, media_type, codings, count, node.depth + 1, top=top
        )

    def _json(self, run: Skimmed, node: Node, text: JsonText) -> bool:
        """Say whether nothing is in the strings and numbers of a JSON text."""
        if node.layers >= run.budget.max_depth or node.depth >= _DEEPEST:
            return False
        run.traits |= _OPENED
        known = self.harmless(run.hiding, True, False, "json", NOT)
        if run.hiding and node.top:
            run.keys += [name for name in text.names() if name not in run.keys][: _KEYS - len(run.keys)]
        layers, depth = node.layers + 1, node.depth + 1
        for value in text.plain(self._numbers):
            if (traits := known.get(value)) is not None:
                run.traits |= traits
            elif not self.is_quiet(run, Node(value, True, False, "json", "", (), layers, depth, NOT, False)):
                return False
        known = self.harmless(run.hiding, True, False, _ESCAPED, ALL)
        for value in text.escaped():
            if (traits := known.get(value)) is not None:
                run.traits |= traits
            elif not self._escaped(run, value, known, layers, depth):
                return False
        return True

    def _escaped(self, run: Skimmed, value: bytes, known: dict[bytes, int], layers: int, depth: int) -> bool:
        """Say whether nothing is in a string with escapes; where so, it is `known` as it stands."""
        before, run.traits = run.traits, 0
        plain = unescape(value)
        quiet = self.is_quiet(run, Node(plain, True, False, "json", "", (), layers, depth, ALL, False))
        if quiet and len(value) <= _REMEMBERED_BYTES:
            _remember(known, value, run.traits)
        run.traits |= before
        return quiet


def _remember(known: dict[bytes, int], data: bytes, traits: int) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[data] = traits


def _keep(seen: set[T], one: T) -> None:
    if len(seen) >= _REMEMBERED:
        seen.clear()
    seen.add(one)


def _choice(context: Context) -> list[Decoder]:
    """Return the decoders that `unfold` would ask."""
    if context.announced:
        return sorted(_BY_RANK, key=lambda decoder: context.announced != decoder.NAME)
    if context.media_type or context.parent == "grpc":
        return _BY_RANK
    return _FOR_TEXT if context.text else _FOR_BYTES


def _is_media(media_type: str) -> bool:
    return media_type.startswith(("image/", "video/", "audio/", "font/")) and not media_type.endswith("xml")
