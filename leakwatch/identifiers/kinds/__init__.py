"""Every type of identifier: the one table. A new type is one entry in a module of this folder."""

from __future__ import annotations

from leakwatch.identifiers.kinds import assigned, cards, content, network, person, phone, radio
from leakwatch.identifiers.kinds.kind import Kind
from leakwatch.identifiers.kinds.open import KINDS as OPEN

_TABLES = (radio.KINDS, network.KINDS, assigned.KINDS, phone.KINDS, person.KINDS, cards.KINDS, content.KINDS, OPEN)
KINDS: dict[str, Kind] = {kind.type: kind for kinds in _TABLES for kind in kinds}

__all__ = ["KINDS", "Kind"]
