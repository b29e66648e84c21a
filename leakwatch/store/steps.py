"""A leak's chain, step by step: what each layer held, with everything masked that must not be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leakwatch.decoders import CHAIN_NAMES, Budget, unfold
from leakwatch.decoders.text import is_text
from leakwatch.identifiers.masking import mask
from leakwatch.identifiers.variants import expand
from leakwatch.journal.events import DnsMessage, Request, Response, StreamMessage, StreamOpened
from leakwatch.journal.message import request_head, response_head
from leakwatch.matching import Matcher
from leakwatch.matching.coordinates import Locator
from leakwatch.model import DeviceProfile, Part, Segment
from leakwatch.parts import dns_parts, message_parts, opening_parts, request_parts, response_parts
from leakwatch.store.concealing import giveaways
from leakwatch.store.messages import STARS, Span, StoredMessage, credentials, merged

_SHOWN = 4096
"""Bytes of a layer that are shown at most."""
_BEYOND = 4096
"""Bytes searched behind them, so that no value is shown because its end is cut off."""


@dataclass(frozen=True, slots=True)
class Step:
    """One element of the chain (or the part itself, first): its name, its family, and the layer it opened, masked."""

    name: str
    family: str = ""
    text: str = ""


def steps(leak: Mapping[str, Any], message: StoredMessage | None, profile: DeviceProfile | None) -> list[Step]:
    """The part, then every element of the chain, outermost first.

    Layers are shown where message and profile are still there and the message can be unfolded as it was; what the
    detector undid by variants (digests) has no layer of its own: the value that it was made of ends the chain.
    """
    path = list(_path(leak, message, profile)) if message and profile else []
    texts: dict[int, str] = {}
    if path and profile:
        matcher = Matcher(expand(profile, leak["app"]), prefilter=False)
        locator = Locator(profile.identifiers_for(leak["app"]))
        following: list[Segment | None] = [*path[1:], None]
        for segment, child in zip(path, following, strict=True):
            texts[len(segment.chain)] = masked_layer(segment, child, matcher, locator)
            texts.setdefault(0, texts[len(segment.chain)])  # a WebSocket's message is the stream's and its own
    place = leak["location"].split(".")[0]
    named = [Step(place, "", texts.get(0, ""))]
    return named + [Step(name, family(name), texts.get(n, "")) for n, name in enumerate(leak["chain"], 1)]


def family(name: str) -> str:
    """The family of a chain's element, also of derived ones such as `salted-md5` and `md5[8:24]`."""
    plain = name.partition("[")[0]
    entry = CHAIN_NAMES.get(plain) or CHAIN_NAMES.get(plain.rpartition("-")[2])
    return entry.family if entry else ""


def _path(leak: Mapping[str, Any], message: StoredMessage, profile: DeviceProfile) -> Iterator[Segment]:
    """The segments from the part down to the one in which the variant was found; none if it is not found again."""
    wanted = tuple(leak["chain"])
    best: Segment | None = None
    for part in parts_of(message):
        if not f"{leak['location']}.".startswith(f"{part.location}."):
            continue
        for segment in unfold(part, Budget(), profile.keys):
            deeper = best is None or segment.depth > best.depth
            if deeper and segment.location == leak["location"] and segment.chain == wanted[: len(segment.chain)]:
                best = segment
    path: list[Segment] = []
    while best is not None:
        path.append(best)
        best = best.parent
    yield from reversed(path)


def parts_of(message: StoredMessage) -> Iterable[Part]:
    """The parts of a stored message, as the analysis cut it."""
    event = message.event
    if isinstance(event, Request):
        return request_parts(event, message.data[len(request_head(event)) :])
    if isinstance(event, Response):
        return response_parts(event, message.data[len(response_head(event)) :])
    if isinstance(event, StreamMessage):
        return message_parts(event)
    if isinstance(event, StreamOpened):
        return opening_parts(event)
    return dns_parts(event) if isinstance(event, DnsMessage) else ()


def masked_layer(
    segment: Segment, child: Segment | None, matcher: Matcher, locator: Locator | None, known: Iterable[Span] = ()
) -> str:
    """The layer as text: identifiers in any form, and the run that the next layer came from, masked; no credentials.

    `locator` finds the coordinates; None only where there is no profile to know them from. `known` are further runs to
    mask: digests under a salt of the same message, which no matcher finds.
    """
    data = segment.data[: _SHOWN + _BEYOND]
    if not is_text(data):
        return f"{len(segment.data)} bytes"
    spans: list[Span] = [*giveaways(data, matcher, locator), *((a, min(b, len(data))) for a, b in known)]
    if child is not None:
        end = len(data) if child.extent < 0 else child.start + child.extent
        spans.append((child.start, min(end, len(data))))
    hidden = merged(spans)
    secret = [run for run in merged(credentials(data)) if not any(a < run[1] and run[0] < b for a, b in hidden)]
    out, done = [], 0
    for start, end in sorted([*hidden, *secret]):
        if start >= _SHOWN:
            break
        shown = STARS if (start, end) in secret else mask(data[start:end].decode("utf-8", "replace"))
        out += [data[done:start].decode("utf-8", "backslashreplace"), shown]
        done = end
    return "".join([*out, data[done:_SHOWN].decode("utf-8", "backslashreplace")])
