"""Obfuscated payloads of requests: looked for once everything else of a part was searched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from leakwatch.detector.chance import probability
from leakwatch.detector.finds import Find, lineage, settle
from leakwatch.detector.judge import by_chance
from leakwatch.matching.obfuscation import MIRRORED, Disguise, Disguised, Obfuscation
from leakwatch.model import Part, Segment

_BYTES = 8 << 20
"""So many bytes of one part are looked at."""

_TURNED, _MOST_TURNED = 1 << 16, 20
"""So many bytes of a segment are turned round, and of so many segments."""

_PLAIN_HEADERS = frozenset(
    [
        "accept", "accept-charset", "accept-encoding", "accept-language", "access-control-request-headers",
        "cache-control", "connection", "content-disposition", "content-encoding", "content-length", "content-type",
        "date", "etag", "expect", "forwarded", "if-match", "if-modified-since", "if-none-match", "last-modified",
        "origin", "pragma", "range", "referer", "sec-ch-ua", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode",
        "sec-fetch-site", "te", "transfer-encoding", "upgrade", "user-agent", "vary", "via",
    ]
)  # fmt: skip

_WIDE = (("gbk",), ("utf-16le",), ("utf-16be",))
"""Disguised bytes that can also be read as such text are looked at as what they are."""

Inspect = Callable[[Part], list[Find]]


def hidden_finds(
    segments: Collection[Segment], known: Iterable[Find], obfuscation: Obfuscation, inspect: Inspect
) -> list[Find]:
    """Return the obfuscated identifiers in `segments`, parents before their children.

    A segment that is a mere piece of its parent is looked at only where the parent has something: then it names the
    place. What a whole segment undoes to is unfolded in turn by `inspect`. Where an identifier is `known` to stand in
    plain, the same one is not found in disguise, and nothing is where undoing it with a known key led to something.
    """
    undone = {id(one.parent) for find in known for one in lineage(find.segment) if one.chain[-1:] == ("xor",)}
    plain = {(id(find.segment), find.identifier) for find in known}
    finds: list[Find] = []
    disguises: dict[int, Disguise] = {}
    telling: set[int] = set()
    looked = 0
    for segment in segments:
        if (_is_piece(segment) and id(segment.parent) not in telling) or segment.chain[-1:] in _WIDE:
            continue
        if id(segment) in undone:
            continue
        looked += len(segment.data)
        if looked > _BYTES:
            break
        for disguised in obfuscation.search(segment.data):
            telling.add(id(segment))
            find = _find(segment, disguised)
            if (id(segment), find.identifier) in plain:
                continue
            disguises[id(find)] = disguised.disguise
            finds.append(find)
    result: list[Find] = []
    inside: dict[tuple[int, Disguise, str], bool] = {}
    for find in settle(finds):
        key = id(find.segment), disguises[id(find)], find.identifier
        if key not in inside:  # once is enough: it tells of all that the same undoing brings to light
            opened = _opened(find, disguises[id(find)], inspect)
            inside[key] = opened != [find]
            result += opened
        elif not inside[key]:
            result.append(find)
    return result


def opened_finds(finds: Iterable[Find], inspect: Inspect) -> list[Find]:
    """Return `finds`, in place of those of a value that stands there backwards (and the like) what is around it.

    A text that is backwards as a whole is opened: what it holds tells the place.
    """
    result: list[Find] = []
    inside: dict[tuple[int, str, str], list[Find]] = {}
    for find in finds:
        segment = find.segment
        longer = find.end - find.start < len(segment.data) <= _TURNED
        if find.chain[:1] not in MIRRORED or not longer or len(inside) >= _MOST_TURNED:
            result.append(find)
            continue
        key = id(segment), find.chain[0], find.identifier
        if key not in inside:
            inside[key] = _opened(find, Disguise(find.chain[0]), inspect)
            result += inside[key]
    return result


def is_told(find: Find, hidden: Iterable[Find]) -> bool:
    """Say whether a find of a value that stands there backwards (and the like) is told by `hidden` ones with more."""
    if find.chain[:1] not in MIRRORED:
        return False
    start, size = find.run
    return any(
        other.identifier == find.identifier and other.run[0] < start + size and start < sum(other.run)
        for other in hidden
    )


def is_payload(part: Part) -> bool:
    """Say whether `part` is the app's own: not what every client sends."""
    place, _, name = part.location.partition(":")
    return place not in ("host", "dns") and name.lower() not in _PLAIN_HEADERS


def _is_piece(segment: Segment) -> bool:
    parent = segment.parent
    if parent is None or segment.extent != len(segment.data):
        return False
    return parent.data.startswith(segment.data, segment.start)


def _find(segment: Segment, disguised: Disguised) -> Find:
    match, disguise = disguised.match, disguised.disguise
    variant = match.variant
    places = max(1, len(segment.data) - len(variant.needle) + 1)
    # The bytes that fix a guessed key prove nothing.
    fixed = len(disguise.key) if disguised.guessed else 0
    chance = probability(variant.alphabet, len(variant.needle) - fixed, places * 8)
    form = f" ({variant.form})" if variant.form else ""
    what = " of ".join((disguise.name, *variant.chain))
    return Find(
        segment, match.start, match.end, variant.identifier, variant.kind, (disguise.name, *variant.chain),
        variant.form, by_chance(chance), chance, f"{what} of the value{form}{_key(disguise)}; by chance {chance:.0e}",
    )  # fmt: skip


def _opened(find: Find, disguise: Disguise, inspect: Inspect) -> list[Find]:
    """Return what the find's segment holds once the disguise is undone; the find itself where that tells no more."""
    segment = find.segment
    undone = Part(
        segment.location, disguise.undo(segment.data), segment.offset, segment.length, (*segment.chain, disguise.name)
    )
    inner = [other for other in inspect(undone) if other.identifier == find.identifier]
    for other in inner:
        other.context += (segment,)  # it lies where the disguised segment does
        other.reason = f"{disguise.name}{_key(disguise)}, then {other.reason}"
    return inner or [find]


def _key(disguise: Disguise) -> str:
    return f" under the key {disguise.key.hex()}" if disguise.key else ""
