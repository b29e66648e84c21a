"""The closed vocabularies: direction, confidence, party, boundary."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """Which way a message went, seen from the phone."""

    REQUEST = "request"
    RESPONSE = "response"


class Confidence(StrEnum):
    """How sure a leak is; verdicts use `certain` and `strong` only."""

    CERTAIN = "certain"
    STRONG = "strong"
    WEAK = "weak"


class Party(StrEnum):
    """Who runs the host that received a leak, seen from the app under test."""

    FIRST = "first"
    SAME_COMPANY = "same-company"
    THIRD = "third"
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


class Boundary(StrEnum):
    """What may not stand directly beside a needle for it to be a match of its own (DESIGN §4).

    `DIGIT`: no decimal digit. `HEX`: no hexadecimal digit. `WORD`: no letter or digit of ASCII. `NONE`: anything may
    (raw bytes and inner pieces of a bigger encoding, whose own length makes chance negligible).
    """

    DIGIT = "digit"
    HEX = "hex"
    WORD = "word"
    BASE64 = "base64"
    NONE = "none"
