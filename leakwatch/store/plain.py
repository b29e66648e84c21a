"""Values as every database takes them: captured text may hold NUL, lone surrogates, and numbers of any size."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**63 - 1


def row(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make every value of a row storable: text without NUL and surrogates, integers of 64 bits, finite numbers."""
    return {name: storable(value) for name, value in values.items()}


def storable(value: Any) -> Any:
    """Make one value storable; what cannot be kept as it is becomes its visible escape, or the nearest number."""
    if isinstance(value, str):
        text = str(value)
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()
        return text.replace("\0", "\\x00") if "\0" in text else text
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return max(-_LARGEST, min(value, _LARGEST))
    if isinstance(value, float):
        return value if math.isfinite(value) else 0.0
    return value


def iso(moment: float | None) -> str:
    """Unix seconds as ISO 8601 in UTC with milliseconds; empty for no moment and for one outside the calendar."""
    if moment is None:
        return ""
    try:
        stamp = datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float:
    """Unix seconds of an ISO 8601 time, taken as UTC where it names no zone; 0.0 where it is none."""
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def dumps(value: Any) -> str:
    """Compact JSON with text as it is, members in order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def loads(text: str) -> dict[str, Any]:
    """Read what `dumps` wrote of a mapping; an empty one where the text is something else."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
