"""Every type of identifier: the one table. A new type is one entry in a module of this folder."""

from __future__ import annotations

from leakwatch.identifiers.kinds import assigned, content, hardware, person
from leakwatch.identifiers.kinds.kind import Kind
from leakwatch.identifiers.kinds.open import KINDS as OPEN

KINDS: dict[str, Kind] = {
    kind.type: kind for kinds in (hardware.KINDS, assigned.KINDS, person.KINDS, content.KINDS, OPEN) for kind in kinds
}

__all__ = ["KINDS", "Kind"]
