"""`prove`: replay a stored leak from the value and from the journal's bytes until they meet, or say where it breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from leakwatch.detector.inspector import Inspector
from leakwatch.detector.masked import Masker
from leakwatch.evidence.needle import Derived, derive
from leakwatch.evidence.position import meet as meet_position
from leakwatch.evidence.proof import Proof, ProofStep, Status
from leakwatch.evidence.sealed import shell
from leakwatch.evidence.trace import Trace, layer_between, trace
from leakwatch.evidence.undo import Layer, check
from leakwatch.identifiers.masking import mask
from leakwatch.journal import read_journal
from leakwatch.journal.events import LedgerNote
from leakwatch.model import DeviceProfile, Segment
from leakwatch.store import Store, queries
from leakwatch.store.messages import StoredMessage, journals, read_message, stored_profile
from leakwatch.store.steps import masked_layer, steps


def prove(store: Store, leak: str, key: bytes | None = None) -> Proof:
    """Return the proof of the leak whose id begins with `leak`; `key` opens an encrypted journal.

    Raises QueryError where there is no such leak, JournalError where the journal cannot be read.
    """
    return Prover(store, key).prove(leak)


class Prover:
    """Proves leaks of one store; what one device profile is searched for is built once."""

    def __init__(self, store: Store, key: bytes | None = None) -> None:
        self._store = store
        self._key = key
        self._profiles: dict[str, DeviceProfile | None] = {}
        self._inspectors: dict[tuple[str, str], Inspector] = {}

    def prove(self, leak: str) -> Proof:
        """Return the proof of the leak whose id begins with `leak`."""
        record = queries.leak(self._store, leak)
        capture = record["capture"]
        message = read_message(self._store, record, self._key)
        profile = self._profile(capture)
        if message is None:
            why = "; ".join((f"no journal of {capture} holds this message any more", *self._damage(capture)))
            return Proof(record, 0, "", (), why)
        digest = hashlib.sha256(message.data).hexdigest()
        if profile is None:
            return Proof(
                record, len(message.data), digest, (), "no profile that can be read is in the capture's folder any more"
            )
        taken, failure = _taken(record, message, profile, self._inspector(profile, record["app"]))
        if failure:
            failure += self._changed(capture, profile)
        return Proof(record, len(message.data), digest, tuple(taken), failure, message.data)

    def _profile(self, capture: str) -> DeviceProfile | None:
        if capture not in self._profiles:
            self._profiles = {capture: stored_profile(self._store, capture)}
        return self._profiles[capture]

    def _damage(self, capture: str) -> Iterator[str]:
        """Say what in the capture's journals cannot be read any more."""
        for journal in journals(self._store, capture):
            for _, _, event in read_journal(journal, 0, self._key):
                if isinstance(event, LedgerNote) and event.kind in ("unreadable", "truncated"):
                    yield event.detail
                    return

    def _changed(self, capture: str, profile: DeviceProfile) -> str:
        """Say that the capture's profile is no more what it was, if so."""
        rows = queries.view(self._store, "v_captures", capture)
        then = next((str(row["profile_digest"] or "") for row in rows), profile.digest)
        if then in ("", profile.digest):
            return ""
        return f"; the profile has been changed since the capture: it was {then[:12]}, it is {profile.digest[:12]}"

    def _inspector(self, profile: DeviceProfile, package: str) -> Inspector:
        known = (profile.digest, package)
        if known not in self._inspectors:
            self._inspectors = {known: Inspector(profile, package, prefilter=False, skim=False)}
        return self._inspectors[known]


def _taken(
    record: Mapping[str, Any], message: StoredMessage, profile: DeviceProfile, inspector: Inspector
) -> tuple[list[ProofStep], str]:
    """Return the steps and, where they do not hold, why."""
    value = next((i for i in profile.identifiers_for(record["app"]) if i.name == record["identifier"]), None)
    if value is None:
        return [], f"the profile has no identifier {record['identifier']!r} any more"
    first = ProofStep(
        "value", "value", value.type, f"profile {profile.digest[:12]} of the capture",
        Status.CHECKED, mask(value.value), value.value.encode(),
    )  # fmt: skip
    found = trace(record, message, profile, inspector)
    if found is None:
        replayed, failure = _as_far_as_it_goes(record, message, profile)
        return [first, *replayed], failure
    inward = list(_inward(message, found, profile))
    broken = next((step for step in inward if step.status is Status.FAILED), None)
    if broken:
        return [first, *inward], f"{broken.name} does not lead from the stored bytes to what was found: {broken.detail}"
    if found.find.kind == "gps" and (meeting := meet_position(found, value)):
        meeting = replace(meeting, ends=tuple(dict.fromkeys((len(found.segments) - 1, len(inward) - 1))))
        return [first, *inward, meeting], "" if meeting.status is not Status.FAILED else meeting.detail
    salts = [(salt, "known from the profile") for salt in (*profile.keys.salts, *profile.keys.hmac_keys)]
    salts += [(salt, "stands in the same message") for salt in found.salts]
    forward = derive(value, profile.region, found.find.chain, found.needle, salts)
    if forward is None:
        return [first, *inward], f"{' of '.join(found.find.chain) or 'no form'} of the value does not give these bytes"
    outward = [_forward(step) for step in forward]
    meeting = ProofStep(
        "meeting", "equal", f"{len(found.needle)} bytes at {found.find.start}", "comparison", Status.CHECKED,
        _shown(found.needle), found.needle, found.find.start, len(found.needle), ends=(len(found.segments) - 1,),
    )  # fmt: skip
    return [first, *outward, *inward, meeting], ""


def _forward(step: Derived) -> ProofStep:
    status = Status.CHECKED if step.how else Status.REPLAYED
    return ProofStep(
        "value", step.name, step.detail, step.how, status, _shown(step.data), step.data, recipe=step.recipe
    )


def _inward(message: StoredMessage, found: Trace, profile: DeviceProfile) -> Iterator[ProofStep]:
    """Yield the stored bytes, then what each layer opened; then the same for the other half of a position."""
    told = _Telling(message, found, profile)
    for way in (found.segments, *found.branches()):
        yield from told.steps(way)


class _Telling:
    """Makes the steps of the ways that lead to a find; segments that two ways share are told once."""

    def __init__(self, message: StoredMessage, found: Trace, profile: DeviceProfile) -> None:
        self._message, self._found, self._profile = message, found, profile
        self._masker = Masker(found.inspector.matcher)
        self._numbers: dict[int, int] = {}

    def steps(self, way: tuple[Segment, ...]) -> Iterator[ProofStep]:
        """Yield the steps of one way, from the part down."""
        above: Segment | None = None
        for segment, child in zip(way, [*way[1:], None], strict=True):
            if id(segment) not in self._numbers:
                yield self._stored(segment, child) if above is None else self._opened(above, segment, child)
                self._numbers[id(segment)] = len(self._numbers)
            above = segment

    def _shown(self, segment: Segment, child: Segment | None) -> str:
        inspector, runs = self._found.inspector, self._found.found_in(segment)
        return masked_layer(segment, child, inspector.matcher, inspector.locator, runs)

    def _stored(self, part: Segment, child: Segment | None) -> ProofStep:
        """The part as it lies in the stored message, compared with the journal's bytes."""
        name, shown = self._masker.text(part.part.location), self._shown(part, child)
        begin, end = part.offset, part.offset + part.length
        if self._message.data[begin:end] != part.data:
            begin = self._message.data.find(part.data)
            end = begin + len(part.data)
        if begin >= 0:
            detail = f"bytes {begin} to {end} of the stored message"
            return ProofStep(
                "bytes", name, detail, "the journal", Status.CHECKED, shown, part.data, begin, len(part.data)
            )  # fmt: skip
        place = (
            "has no place of its own in the stored bytes" if not part.length else "as the message's head declares it"
        )
        return ProofStep("bytes", name, place, "", Status.REPLAYED, shown, part.data, part.offset, part.length)

    def _opened(self, above: Segment, segment: Segment, child: Segment | None) -> ProofStep:
        layer = layer_between(above, segment)
        how = check(layer, self._profile.keys)
        status = Status.FAILED if how is None else Status.CHECKED if how else Status.REPLAYED
        shown = self._shown(segment, child)
        if child is None and len(segment.data) <= 256 and self._found.find.kind != "gps":
            shown = _shown(segment.data)
        where = f"{layer.extent} bytes at {layer.start}"
        path = self._masker.text(layer.path)
        return ProofStep(
            "bytes", " › ".join(layer.names) or "text", f"{path}, {where}" if path else where, how or "", status, shown,
            segment.data, layer.start, layer.extent, self._numbers[id(above)], recipe=_recipe(layer, self._profile),
        )  # fmt: skip


def _recipe(layer: Layer, profile: DeviceProfile) -> tuple[str, ...]:
    hooked = {sealed.algorithm.removesuffix("3") for sealed in profile.keys.hooked}
    if layer.names and layer.names[-1] in {"aes", "des", "rc4"} | hooked:
        before = layer.parent[: layer.start]
        found = shell(layer.names[-1], layer.run, layer.data, profile.keys, before, layer.around)
        return ("sealed", *found) if found else layer.names
    return layer.names


def _as_far_as_it_goes(
    record: Mapping[str, Any], message: StoredMessage, profile: DeviceProfile
) -> tuple[list[ProofStep], str]:
    """The layers that can still be opened, and the first that cannot."""
    walked = steps(record, message, profile)
    opened = [step for step in walked if step.text]
    # What stood there is no value of this profile: masked all the same.
    texts = [step.text for step in opened[:-1]] + [mask(step.text) for step in opened[-1:]]
    replayed = [ProofStep("bytes", step.name, "", "", Status.REPLAYED, text) for step, text in zip(opened, texts)]
    missing = next((step.name for step in walked if not step.text), "")
    if not opened:
        return [], f"{record['location']} is not in the stored message"
    if missing:
        return replayed, f"{missing} was not found again below {opened[-1].name}"
    return replayed, f"{record['identifier']} does not stand in {record['location']}"


def _shown(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return mask(data.hex())
    return mask(text)


def verdict(proof: Proof) -> str:
    """One sentence for people."""
    if not proof.holds:
        return f"not proved: {proof.failure}"
    checked = sum(step.status is Status.CHECKED for step in proof.steps)
    if checked == len(proof.steps):
        return f"proved: all {checked} steps were checked by code that the detector does not use"
    return f"proved: {checked} of {len(proof.steps)} steps were checked by code that the detector does not use (✓)"
