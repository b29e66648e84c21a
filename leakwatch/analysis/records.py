"""From leaks to records: the flat row of DESIGN §4 with its stable id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from leakwatch.journal.marks import PhaseAt
from leakwatch.model import Attribution, Leak, LeakRecord


def leak_id(origin: str, exchange: str, direction: str, location: str, identifier: str, chain: Sequence[str]) -> str:
    """Return the stable id of a leak: the first 16 hex digits of SHA-256 over the JSON array of these six.

    `origin` is the source's SHA-256 or the capture. A new analysis of the same bytes keeps the id.
    """
    fields = [origin, exchange, str(direction), location, identifier, list(chain)]
    return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()[:16]


def record_of(
    leak: Leak, attribution: Attribution, phase: PhaseAt, *, capture: str, source: str, origin: str
) -> LeakRecord:
    """Return the record of a leak."""
    return LeakRecord(
        leak=leak_id(origin, leak.exchange, leak.direction, leak.location, leak.identifier, leak.chain),
        capture=capture,
        exchange=leak.exchange,
        source=source,
        index=leak.index,
        time=iso_time(leak.time),
        phase=phase.phase,
        consent=phase.consent or "unknown",
        boundary=phase.boundary,
        app=leak.app,
        app_evidence=leak.app_evidence,
        direction=leak.direction.value,
        protocol=leak.protocol,
        method=leak.method,
        url=leak.url,
        host=leak.host,
        ip=leak.ip,
        port=leak.port,
        location=leak.location,
        identifier=leak.identifier,
        kind=leak.kind,
        chain=leak.chain,
        form=leak.form,
        offset=leak.offset,
        length=leak.length,
        value=leak.value,
        confidence=leak.confidence.value,
        chance=leak.chance,
        party=attribution.party.value,
        sdk=attribution.sdk,
        sdk_name=attribution.sdk_name,
        company=attribution.company,
        parent=attribution.parent,
        country=attribution.country,
        category=attribution.category,
        reason=" · ".join(text for text in (leak.reason, attribution.reason) if text),
    )


def iso_time(time: float) -> str:
    """Return Unix seconds as ISO 8601 in UTC with milliseconds; what no calendar holds becomes the epoch."""
    try:
        moment = datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError):
        moment = datetime.fromtimestamp(0, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
