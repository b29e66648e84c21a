"""From finds to leaks: each with its exchange's facts, masked in every field, given once."""

from __future__ import annotations

from collections.abc import Iterable

from leakwatch.detector.exchange import Exchange
from leakwatch.detector.finds import Find
from leakwatch.detector.masked import Masker
from leakwatch.identifiers.masking import mask
from leakwatch.model import Confidence, DeviceProfile, Direction, Leak


class Leaks:
    """Makes leaks of finds; `package` and `include_weak` as for the detector."""

    def __init__(self, masker: Masker, profile: DeviceProfile, package: str, include_weak: bool) -> None:
        self._masker = masker
        self._values = {i.name: mask(i.value) for i in profile.identifiers_for(package)}
        self._include_weak = include_weak

    def of(self, exchange: Exchange, direction: Direction, time: float, finds: Iterable[Find]) -> list[Leak]:
        """Return the leaks of `finds` that this exchange has not given yet.

        A leak is told by its direction, location, identifier and chain, as its id is.
        """
        leaks = []
        for find in finds:
            if find.confidence is Confidence.WEAK and not self._include_weak:
                continue
            key = (direction, find.segment.location, find.identifier, find.full_chain)
            if key not in exchange.seen:
                exchange.seen.add(key)
                leaks.append(self._leak(exchange, direction, time, find))
        return leaks

    def _leak(self, exchange: Exchange, direction: Direction, time: float, find: Find) -> Leak:
        facts = exchange.facts
        offset, length = find.run
        return Leak(
            exchange=facts.exchange,
            index=facts.index,
            time=time,
            direction=direction,
            protocol=facts.protocol,
            method=facts.method,
            url=facts.url,
            host=facts.host,
            ip=facts.ip,
            port=facts.port,
            location=self._masker.text(find.segment.location),
            identifier=find.identifier,
            kind=find.kind,
            chain=find.full_chain,
            form=find.form,
            offset=offset,
            length=length,
            value=self._values.get(find.identifier, ""),
            confidence=find.confidence,
            chance=find.chance,
            reason=self._masker.text(find.reason),
            app=facts.app,
            app_evidence=facts.app_evidence,
        )
