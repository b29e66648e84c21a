"""The inspector: parts of one message in, finds out; what a part holds does not depend on who sent it when."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from leakwatch.decoders import Budget, unfold
from leakwatch.detector.chance import Odds
from leakwatch.detector.finds import Find, settle
from leakwatch.detector.gate import Gate
from leakwatch.detector.hidden import hidden_finds, is_payload, is_told, opened_finds
from leakwatch.detector.judge import is_whole, judge
from leakwatch.detector.located import Located
from leakwatch.detector.opaque import opaque_segments
from leakwatch.detector.passing import Passing
from leakwatch.detector.salted import Ingredients
from leakwatch.detector.skim import SKIMMED, Sight, Skim, Skimmed
from leakwatch.detector.substituted import is_substitutable, substituted_finds
from leakwatch.identifiers.variants import expand
from leakwatch.matching import Matcher
from leakwatch.matching.alphabet import Substitution
from leakwatch.matching.coordinates import Locator
from leakwatch.matching.obfuscation import MIRRORED, Obfuscation
from leakwatch.matching.tokens import SignFinder
from leakwatch.model import DeviceProfile, Direction, Match, Part, Segment, Variant

_REMEMBERED_FROM = 4_096
_REMEMBERED = 256
"""The same body is often sent or fetched again: so many results are kept, of parts from so many bytes on."""

_KEPT_SEGMENTS = 4_000
_SHORTEST_HIDDEN = 8
_SHORTEST_HINT = 4
_OPENED = 4_096
"""Shorter bodies of responses are always looked into; longer ones if the gate opens."""
_KEYS = 64
_TOP = re.compile(r"(?:json:\$\.|form:|multipart:)([^.\[]{1,64})")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a message that goes to the coverage ledger: a kind of `LEDGER_KINDS` and its detail."""

    kind: str
    detail: str
    bytes: int = 0


@dataclass(slots=True)
class Inspection:
    """What one message held."""

    finds: list[Find] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """The top-level names of the body, each once."""
    ingredients: Ingredients = field(default_factory=Ingredients)


class Inspector:
    """Unfolds parts, matches every segment, judges and settles what was found.

    `skim=False` unfolds every part to its end: what the skim leaves closed holds nothing, so the answers are the same.
    """

    def __init__(self, profile: DeviceProfile, package: str = "", *, prefilter: bool = True, skim: bool = True) -> None:
        variants = expand(profile, package)
        self.keys = profile.keys
        self.odds = Odds(variants)
        self.locator = Locator(profile.identifiers_for(package))
        searched = [v for v in variants if not v.whole or len(v.needle) >= _SHORTEST_HINT]
        self.matcher = Matcher(searched, hints=self.locator.hints, prefilter=prefilter)
        self._gate = Gate(self._shows, SignFinder(prefilter=prefilter), self.locator.doubles)
        self._obfuscation = Obfuscation(variants, self.matcher, profile.keys.xor_keys, prefilter=prefilter)
        self._substitution = Substitution(variants)
        self._whole: dict[bytes, list[Variant]] = {}
        for variant in variants:
            if variant.whole:
                self._whole.setdefault(variant.needle, []).append(variant)
        self._longest_whole = max(map(len, self._whole), default=0) + 8
        sight = Sight(
            self._shows,
            self._obfuscation.shows,
            lambda data: is_substitutable(data) and bool(self._substitution.search(data)),
            self._gate.opens,
            self._whole.keys(),
            profile.keys,
        )
        self._skim = Skim(sight, _note_key, _OPENED) if skim else None
        self._remembered: OrderedDict[bytes, tuple[int, Inspection]] = OrderedDict()

    def inspect(self, parts: Iterable[Part], direction: Direction = Direction.RESPONSE) -> Inspection:
        """Return what the parts of one message hold, settled; each part has its own budget.

        In requests obfuscated payloads are looked for too.
        """
        result = Inspection()
        self.odds.forget()
        head = Located(self.locator)
        for part in parts:
            hiding = direction is Direction.REQUEST and is_payload(part)
            if skimmed := self._skimmed(part, hiding):
                if hiding:
                    _leave(part, skimmed, result)
                continue
            inspection = self._inspect_part(part, head, hiding)
            result.finds += inspection.finds
            result.notes += inspection.notes
            result.keys += inspection.keys
            result.ingredients.join(inspection.ingredients)
        if pairs := head.finish():
            result.finds = settle(result.finds + pairs)
        return result

    def _skimmed(self, part: Part, hiding: bool) -> Skimmed | None:
        try:
            return self._skim.part(part, hiding) if self._skim else None
        except Exception:
            return None  # whatever it tripped over, unfolding will tell

    def _inspect_part(self, part: Part, head: Located, hiding: bool) -> Inspection:
        located = None if part.location.startswith("body") else head
        if self._skim is None:
            return self._unfold(part, located, hiding)
        if len(part.data) < _REMEMBERED_FROM:
            return self._unfold(part, located, hiding, Passing(self._skim, hiding) if located is None else None)
        if hiding and self._is_closed(part):
            root = Segment(part, part.data, offset=part.offset, length=part.length)
            return Inspection(notes=list(_opaque_notes((root,), [])))
        key = _fingerprint(part, hiding)
        if key in self._remembered:
            self._remembered.move_to_end(key)
            offset, inspection = self._remembered[key]
            return _moved(inspection, part.offset - offset)
        inspection = self._unfold(part, None, hiding, Passing(self._skim, hiding))
        self._remembered[key] = (part.offset, _light(inspection))
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return inspection

    def _unfold(
        self,
        part: Part,
        head: Located | None = None,
        hiding: bool = False,
        passing: Passing | None = None,
        inside: bool = False,
    ) -> Inspection:
        """Return what one part holds. Coordinates may stand in two parts of a head, which then share `head`.

        Where obfuscated data turns up nothing is passed over: a mere piece of it may name the place.
        """
        result = Inspection()
        budget = Budget()
        located = head or Located(self.locator)
        segments: list[Segment] = []
        try:
            for segment in unfold(part, budget, self.keys, passes=passing):
                if segment.path and part.location == "body":
                    _note_key(result.keys, segment.path)
                self._search(segment, result.finds, located)
                if hiding and len(segments) < _KEPT_SEGMENTS:
                    segments.append(segment)
                    result.ingredients.take(segment)
            if len(part.data) >= _SHORTEST_HIDDEN:
                plain = [find for find in result.finds if find.chain[:1] not in MIRRORED]
                hidden = hidden_finds(segments, plain, self._obfuscation, self._inside)
                if hidden and passing and passing.parents:
                    return self._unfold(part, head, hiding)
                result.finds = [find for find in result.finds if not is_told(find, hidden)] + hidden
                result.finds += substituted_finds(segments, result.finds, self._substitution, self._inside)
                result.notes += _opaque_notes(segments, result.finds, passing.parents if passing else ())
            if head is None:
                result.finds += located.finish()
            result.finds = settle(result.finds)
            if not inside:
                result.finds = opened_finds(result.finds, self._inside)
        except Exception as error:
            result.notes.append(Note("undecodable", f"{part.location}: {type(error).__name__}", len(part.data)))
        result.notes += _budget_notes(part, budget)
        if passing and hiding and passing.parents:
            result.keys += [key for key in passing.skimmed.keys if key not in result.keys]
            result.ingredients.leave(part, passing.skimmed.digests)
        if self.matcher.crowded:
            self.matcher.crowded = False
            result.notes.append(Note("over_budget", f"{part.location}: too many candidates", len(part.data)))
        return result

    def segments(self, part: Part) -> Iterator[Segment]:
        """Yield everything that is inside a part."""
        return unfold(part, Budget(), self.keys)

    def _is_closed(self, part: Part) -> bool:
        """Say whether a request's body that is too long for the skim shows nothing and hides nothing."""
        if len(part.data) <= SKIMMED or part.encodings or part.location != "body" or self._shows(part.data):
            return False
        return not (self._gate.opens(part.data, request=True) or self._obfuscation.search(part.data))

    def _shows(self, data: bytes) -> bool:
        """Say whether a search of `data` as it stands gives anything that is worth a closer look."""
        shows, hints = self.matcher.shows(data)
        return shows or bool(hints and self.locator.tells(data, hints))

    def _inside(self, part: Part) -> list[Find]:
        return self._unfold(part, inside=True).finds

    def _search(self, segment: Segment, finds: list[Find], located: Located) -> None:
        matches, hints = self.matcher.scan(segment.data)
        for match in matches:
            if match.variant.whole:
                continue
            if find := judge(match, segment, self.odds):
                finds.append(find)
        if hints:
            finds += located.take(segment, hints)
        if len(segment.data) <= self._longest_whole and is_whole(segment):
            finds += self._whole_values(segment)

    def _whole_values(self, segment: Segment) -> Iterator[Find]:
        value = segment.data.strip()
        start = segment.data.find(value)
        for variant in self._whole.get(value, ()):
            if find := judge(Match(variant, start, start + len(value)), segment, self.odds):
                yield find


def _leave(part: Part, skimmed: Skimmed, result: Inspection) -> None:
    """Keep what is left to say of a request's part in which nothing is."""
    if part.location == "body":
        result.keys += skimmed.keys
    if skimmed.opened:
        result.ingredients.leave(part, skimmed.digests)
    else:
        result.ingredients.take(Segment(part, part.data, offset=part.offset, length=part.length))


def _is_media(media_type: str) -> bool:
    return media_type.startswith(("image/", "video/", "audio/", "font/")) and not media_type.endswith("xml")


def _note_key(keys: list[str], path: str) -> None:
    top = _TOP.match(path)
    if top and top[1] not in keys and len(keys) < _KEYS:
        keys.append(top[1])


def _budget_notes(part: Part, budget: Budget) -> Iterator[Note]:
    for limit, size in budget.exceeded:
        yield Note("over_budget", f"{part.location}: limit on {limit}", size)
    for coding, size in budget.undecodable:
        yield Note("undecodable", f"{part.location}: not {coding}, as announced", size)


def _opaque_notes(segments: Iterable[Segment], finds: Iterable[Find], passed: Collection[int] = ()) -> Iterator[Note]:
    """Yield what is opaque; `passed` are segments, by identity, of which pieces were passed over."""
    telling = {id(find.segment) for find in finds} | {id(s) for find in finds for s in find.context}
    for segment, bits in opaque_segments(segments):
        if id(segment) not in telling and id(segment) not in passed and not _is_media(segment.part.media_type):
            size = len(segment.data)
            yield Note("opaque", f"{segment.location}: {size} bytes, entropy {bits:.1f} bits per byte", size)


def _fingerprint(part: Part, hiding: bool) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    facts = (part.location, part.chain, part.media_type, part.encodings, part.length, hiding)
    digest.update(repr(facts).encode())
    digest.update(part.data)
    return digest.digest()


def _light(inspection: Inspection) -> Inspection:
    """Return the same inspection without the bytes that it was made from, so that remembering it costs little."""
    finds = []
    for find in inspection.finds:
        part = replace(find.segment.part, data=b"")
        finds.append(replace(find, segment=replace(find.segment, part=part, data=b"", parent=None)))
    return Inspection(finds, inspection.notes, inspection.keys, inspection.ingredients.light())


def _moved(inspection: Inspection, by: int) -> Inspection:
    """Return the same inspection of a part that lies `by` bytes further on in its message."""
    if not by:
        return inspection
    finds = [replace(find, segment=replace(find.segment, offset=find.segment.offset + by)) for find in inspection.finds]
    return Inspection(finds, inspection.notes, inspection.keys, inspection.ingredients)
