"""Salts and digests of one request, collected while its parts come, and what they turn out to be together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from leakwatch.detector.chance import probability
from leakwatch.detector.finds import Find
from leakwatch.detector.judge import by_chance, is_whole, key_of
from leakwatch.matching.salts import KEYS, Salted, Salts, digest_of
from leakwatch.model import Part, Segment

_MOST_SALTS = 12
_MOST_DIGESTS = 100
_MOST_UNOPENED, _MOST_TELLING = 8, 24
"""So many of the last parts are kept closed; of those that hold a digest or are named as a salt, more."""
_SHORT = 1 << 14
_SALTED = re.compile(
    rb"[\"'&?](?:x-?)?(?:salt|nonce|nonce_?str|rand(?:om)?|seed|app_?key|secret|challenge|pepper)[\"']?\s*[:=]",
    re.IGNORECASE,
)
_LONGEST_DIGEST = 128
_SHORT_PART = 1024
_REMEMBERED = 10_000
_FRUITLESS = 30
_SELDOM = 20
"""After so many requests of one shape to one place without a find, only every twentieth is tried: most signatures are
no leak. The shape is the names that the request has: one that names other fields is another call."""

_PATIENCE = 8
"""So often a digest is tried at one place. One that comes again and again is a session's name more often than not: made
with a salt that changes, it would change as well, and with one that stays it would have been found."""

_NAMES = re.compile(rb"([A-Za-z_][\w-]{0,30})[\"']?\s*[:=]")
_NAMED_WITHIN = 2_048
_INDEX = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Ingredients:
    """Values under keys that name salts, by value, and digest-like values, by raw digest; each with its segment."""

    salts: dict[bytes, Segment] = field(default_factory=dict)
    digests: dict[bytes, Segment] = field(default_factory=dict)
    unopened: list[tuple[Part, bool]] = field(default_factory=list)
    """Parts in which nothing was seen, so that they were not unfolded, and whether digests are among their values."""

    def join(self, other: Ingredients) -> None:
        """Take up what another part of the same request gave."""
        self.salts |= other.salts
        self.digests |= other.digests
        self.unopened = _latest(self.unopened, other.unopened)

    def leave(self, part: Part, digests: bool) -> None:
        """Keep a part that was not unfolded; a long one only if it has digests and names a salt."""
        if len(part.data) <= _SHORT or (digests and _SALTED.search(part.data)):
            self.unopened.append((part, digests))

    def take(self, segment: Segment) -> None:
        """Keep the segment if it is a salt or a digest."""
        size = len(segment.data)
        if not 0 < size <= _LONGEST_DIGEST or not is_whole(segment):
            if segment.parent is None and segment.part.location == "path":
                self._path(segment)
            return
        value = segment.data.strip()
        if len(self.salts) < _MOST_SALTS and _names_salt(key_of(segment)):
            self.salts.setdefault(value, segment)
        elif size >= 16 and len(self.digests) < _MOST_DIGESTS and (digest := digest_of(value)):
            self.digests.setdefault(digest, segment)

    def _path(self, segment: Segment) -> None:
        for piece in segment.data.split(b"/"):
            if 4 <= len(piece) <= 64 and len(self.salts) < _MOST_SALTS // 2:
                self.salts.setdefault(piece, segment)

    def light(self) -> Ingredients:
        """Return the same without the bytes around them."""
        return Ingredients(
            {value: replace(s, parent=None, part=replace(s.part, data=b"")) for value, s in self.salts.items()},
            {value: replace(s, parent=None, part=replace(s.part, data=b"")) for value, s in self.digests.items()},
        )


class Seasoning:
    """Tries salts on digests for a whole capture, and gives a place up where that never led to anything."""

    def __init__(self, salts: Salts, unfold: Callable[[Part], Iterable[Segment]]) -> None:
        self._salts = salts
        self._unfold = unfold
        self._fruitless: dict[str, int] = {}
        self._tried: dict[tuple[str, bytes], int] = {}
        self._digests: dict[tuple[str, bytes], tuple[bytes, ...]] = {}
        self._empty: set[tuple[str, bytes]] = set()

    def finds(self, host: str, old: Ingredients, new: Ingredients) -> list[Find]:
        """Return the finds that `new` ingredients of a request to `host` make with the `old` ones and each other.

        `old` takes up `new`.
        """
        old.unopened, new.unopened = _latest(old.unopened, new.unopened), []
        tells = any(self._may_tell(host, *one) for one in old.unopened)
        tells = tells or bool(old.unopened and self._open(host, old, new))
        if not (new.salts or new.digests or tells):
            return []
        place = f"{host} {_shape(old, new)}"
        tries = self._fruitless.get(place, 0)
        if tells:
            if tries >= _FRUITLESS and tries % _SELDOM:
                self._fruitless[place] = tries + 1
                return []
            for part, _ in old.unopened:
                self._unfolded(part, new)
            old.unopened = []
        salts = [salt for salt in new.salts if salt not in old.salts]
        fresh, known = self._open(host, new, known=old.digests), self._open(host, old)
        old.salts |= new.salts
        old.digests |= new.digests
        if not ((fresh and old.salts) or (known and salts)):
            return []
        if tries >= _FRUITLESS and tries % _SELDOM:
            self._fruitless[place] = tries + 1
            return []
        hits = [*self._salts.search(fresh, old.salts), *self._salts.search(known, salts)]
        self._fruitless[place] = 0 if hits else tries + 1
        if len(self._fruitless) > _REMEMBERED:
            self._fruitless.clear()
        self._count(host, fresh + known, {hit.digest for hit in hits})
        return [_find(salted, old) for salted in hits]

    def _unfolded(self, part: Part, into: Ingredients) -> None:
        """Take what a closed part holds, unless the same bytes were seen to hold nothing."""
        key = part.location, part.data
        if key in self._empty:
            return
        inside = Ingredients()
        for segment in self._unfold(part):
            inside.take(segment)
        for segment in (*inside.salts.values(), *inside.digests.values()):
            into.take(segment)
        if len(part.data) > _SHORT_PART:
            return
        if len(self._digests) + len(self._empty) > _REMEMBERED:
            self._digests.clear()
            self._empty.clear()
        if inside.digests:
            self._digests[key] = tuple(inside.digests)
        elif not inside.salts:
            self._empty.add(key)

    def _may_tell(self, host: str, part: Part, holds: bool) -> bool:
        """Say whether a closed part holds digests that were not all tried often enough."""
        known = self._digests.get((part.location, part.data), ()) if holds else ()
        return holds and (not known or any(self._tried.get((host, one), 0) < _PATIENCE for one in known))

    def _open(self, host: str, *ingredients: Ingredients, known: Collection[bytes] = ()) -> list[bytes]:
        """Return the digests that are still worth trying at a host, without those that are `known`."""
        digests = [digest for one in ingredients for digest in one.digests if digest not in known]
        return [digest for digest in digests if self._tried.get((host, digest), 0) < _PATIENCE]

    def _count(self, host: str, digests: Iterable[bytes], found: Collection[bytes]) -> None:
        if len(self._tried) > _REMEMBERED:
            self._tried.clear()
        for digest in digests:
            self._tried[host, digest] = 0 if digest in found else self._tried.get((host, digest), 0) + 1


def _latest(old: list[tuple[Part, bool]], new: list[tuple[Part, bool]]) -> list[tuple[Part, bool]]:
    """Return the last of the closed parts, those apart that are likely to hold a digest or to be a salt."""
    parts = [*old, *new]
    if len(parts) <= _MOST_UNOPENED:
        return parts
    telling = [holds or _names_salt(part.location.partition(":")[2]) for part, holds in parts]
    others = [part for part, tells in zip(parts, telling) if not tells][-_MOST_UNOPENED:]
    return others + [part for part, tells in zip(parts, telling) if tells][-_MOST_TELLING:]


def _shape(*ingredients: Ingredients) -> int:
    """Return a number that tells requests with other names apart; values do not count."""
    names: set[str | bytes] = set()
    for one in ingredients:
        for part, _ in one.unopened:
            names |= {part.location, *_NAMES.findall(part.data[:_NAMED_WITHIN])}
        names |= {_INDEX.sub("[]", segment.location) for segment in (*one.digests.values(), *one.salts.values())}
    return hash(frozenset(names))


def _find(salted: Salted, known: Ingredients) -> Find:
    segment, salt = known.digests[salted.digest], known.salts[salted.salt]
    chance = probability(256, len(salted.digest), salted.trials * len(known.digests))
    where = key_of(salt) or salt.location
    form = f" ({salted.form})" if salted.form else ""
    reason = f"{salted.chain[0]} of the value{form} with what stands in {where}; by chance {chance:.0e}"
    return Find(
        segment, 0, len(segment.data), salted.identifier, salted.kind, salted.chain, salted.form, by_chance(chance),
        chance, reason,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _names_salt(key: str) -> bool:
    last = re.split(r"[.\[\]/:$]+", key.rstrip("]"))[-1]
    return re.sub(r"[\s_-]+", "", last).lower().removeprefix("x") in KEYS
