"""The registry of families and what builders share."""

from __future__ import annotations

from collections.abc import Callable

from bench.detection import encoders as enc
from bench.detection.person import Person
from bench.detection.traffic import Exchange, Family, Label

JSON, FORM, BINARY = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
TEXTS = ("imei", "android_id", "oaid", "gaid", "idfa", "mac", "phone", "email", "serial", "imsi")
HEXES = ("imei", "android_id", "oaid", "idfa", "mac", "email")
FAMILIES: list[Family] = []


def family(
    name: str, tier: str, names: tuple[str, ...] = TEXTS
) -> Callable[[Callable[..., Exchange]], Callable[..., Exchange]]:
    """Register a builder as a family; it gets the person and the identifier's name, and labels what it plants."""

    def register(build: Callable[..., Exchange]) -> Callable[..., Exchange]:
        def labelled(person: Person, identifier: str) -> Exchange:
            exchange: Exchange = build(person, identifier, person.value(identifier))
            exchange.family, exchange.tier = name, tier
            return exchange

        FAMILIES.append(Family(name, tier, labelled, names))
        return build

    return register


def make(*labels: tuple[str, str, str], **fields: object) -> Exchange:
    """An exchange with labels (identifier, chain as words, location)."""
    direction = str(fields.pop("direction", "request"))
    planted = [Label(i, tuple(c.split()), location, direction) for i, c, location in labels]
    return Exchange("", "", planted, **fields)  # type: ignore[arg-type]  # the fields of Exchange


def json_body(value: object) -> dict[str, object]:
    return {"body": enc.compact(value), "media": JSON}


def packed(data: bytes) -> dict[str, object]:
    return {"body": data, "media": BINARY}
