"""Marks and phases: what the tester said was happening, and the one word for it at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leakwatch.errors import MarkError
from leakwatch.journal.events import Event, Mark, MarkCorrected

CONSENT = ("none", "refused", "given", "withdrawn")
APP = ("in_use", "idle", "background", "closed")
SWITCHES = ("personalisation_off", "permission_denied", "logged_out", "after_update")
UNCERTAINTY = 3.0
"""Seconds by which a hand-made mark may be late or early (DESIGN §5)."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "before_consent": {"consent": "none"},
    "agreed": {"consent": "given"},
    "consented": {"consent": "given"},
    "refused": {"consent": "refused"},
    "withdrawn": {"consent": "withdrawn"},
    **{word: {"app": word} for word in APP},
    **{word: {"switches": word} for word in SWITCHES},
    "同意": {"consent": "given"},
    "拒绝": {"consent": "refused"},
    "撤回": {"consent": "withdrawn"},
    "后台": {"app": "background"},
}
"""What a tester may type instead of `axis=value`."""


@dataclass(frozen=True, slots=True)
class PhaseAt:
    """The state of every axis at one moment; `phase` is the derived word, `switches` are in the table's order.

    `boundary`: the moment lies within a mark's uncertainty of a change of consent, so that it proves nothing about it.
    """

    phase: str = "unknown"
    consent: str = ""
    app: str = ""
    function: str = ""
    switches: tuple[str, ...] = ()
    boundary: bool = False


def parse_mark(text: str) -> dict[str, str]:
    """Return the axes that `text` sets: a word of `WORDS`, `in_use:FUNCTION`, or `axis=value` pairs split by spaces.

    `switches` takes several words joined by commas, or `none`. Raises MarkError for an unknown axis or word.
    """
    axes: dict[str, str] = {}
    for item in text.split():
        name, equals, value = item.partition("=")
        if equals:
            axes[name] = value
            continue
        word, colon, function = item.partition(":")
        if word not in WORDS or (colon and word != "in_use"):
            raise MarkError(f"mark {item!r} is unknown; use one of {', '.join(WORDS)}, in_use:FUNCTION or axis=value")
        axes.update(WORDS[word])
        if colon:
            axes["function"] = function
    return check_axes(axes)


def check_axes(axes: Mapping[str, str]) -> dict[str, str]:
    """Return `axes` in their normal form; raises MarkError for an unknown axis or word, or where none is set."""
    words = {"consent": CONSENT, "app": APP}
    result = {}
    for name, value in axes.items():
        if name in words and value not in words[name]:
            raise MarkError(f"mark: {name} cannot be {value!r}; use one of {', '.join(words[name])}")
        if name == "switches":
            value = ",".join(_switches(value))
        elif name not in words and name != "function":
            raise MarkError(f"mark: there is no axis {name!r}; use consent, app, switches or function")
        result[name] = value
    if not result:
        raise MarkError("a mark sets at least one axis: consent, app, switches or function")
    return result


def phase_at(marks: Iterable[Mark], time: float) -> PhaseAt:
    """Return the state at `time` (Unix seconds) as the marks tell it; without a mark before it, `unknown`.

    Boundaries err in the app's favour (DESIGN §5): the consent key is pressed before the tap, so what happens up to
    `uncertainty` seconds *before* a mark that ends `none` already counts as the new state; and what happens that long
    *after* a mark that takes a consent back may still have been sent under it. Both carry `boundary`.
    """
    axes: dict[str, str] = {}
    boundary = False
    for mark in sorted(marks, key=lambda mark: mark.time):
        old, new = axes.get("consent", ""), mark.axes.get("consent", "")
        changes = bool(old and new and old != new)
        if mark.time <= time:
            axes.update(mark.axes)
            boundary = boundary or (changes and old == "given" and time < mark.time + mark.uncertainty)
        elif changes and old == "none" and time >= mark.time - mark.uncertainty:
            axes["consent"] = new
            boundary = True
    return _state(axes, boundary)


def phase_intervals(marks: Iterable[Mark], start: float, end: float) -> Iterator[tuple[float, float, PhaseAt]]:
    """Yield (from, to, state) for all of `start` up to `end`, adjoining, each different from the one before."""
    marks = sorted(marks, key=lambda mark: mark.time)
    edges = {edge for m in marks for edge in (m.time, m.time - m.uncertainty, m.time + m.uncertainty)}
    begin, state = start, phase_at(marks, start)
    for edge in sorted(edge for edge in edges if start < edge < end):
        following = phase_at(marks, edge)
        if following != state:
            yield begin, edge, state
            begin, state = edge, following
    if begin < end:
        yield begin, end, state


def apply_corrections(events: Iterable[Event]) -> list[Mark]:
    """Return the marks among `events` as corrected: the last correction of each holds, an empty `new` takes it back."""
    marks: dict[str, Mark] = {}
    for event in events:
        if isinstance(event, Mark):
            marks[event.id] = event
        elif isinstance(event, MarkCorrected) and event.mark in marks:
            if not event.new:
                del marks[event.mark]
                continue
            mark = marks[event.mark]
            new = event.new
            marks[event.mark] = replace(
                mark, time=float(new.get("time", mark.time)), axes=dict(new.get("axes", mark.axes))
            )
    return sorted(marks.values(), key=lambda mark: mark.time)


def _switches(value: str) -> tuple[str, ...]:
    """Return the switches that `value` names, in the table's order; raises MarkError for an unknown one."""
    words = {word for word in value.split(",") if word and word != "none"}
    if unknown := words - set(SWITCHES):
        raise MarkError(f"mark: there is no switch {min(unknown)!r}; use {', '.join(SWITCHES)} or none")
    return tuple(word for word in SWITCHES if word in words)


def _state(axes: Mapping[str, str], boundary: bool) -> PhaseAt:
    consent, app = axes.get("consent", ""), axes.get("app", "")
    switches = tuple(word for word in axes.get("switches", "").split(",") if word)
    if consent in ("none", "refused", "withdrawn"):
        phase = "before_consent" if consent == "none" else consent
    elif switches or app:
        phase = switches[0] if switches else app
    else:
        phase = "consented" if consent else "unknown"
    return PhaseAt(phase, consent, app, axes.get("function", ""), switches, boundary)
