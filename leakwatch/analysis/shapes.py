"""Shapes of identifiers that nobody's profile has to name: check digits, issuers' ranges, and keys that name a type."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.placeholders import is_placeholder


class Shape(NamedTuple):
    """What a value looks like, and by which signs."""

    kind: str
    reason: str


_UUID = re.compile(r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_PLAIN_TOKEN = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}", re.IGNORECASE)
_MOBILE = re.compile(r"(?:(\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}")
_ENDINGS = ("md5", "sha1", "sha256", "sm3", "hash", "hashed")

_REPORTING_BODIES = frozenset(
    ["01", "10", "30", "33", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "98", "99"]
)
"""First two digits of an IMEI: the bodies that allocate type codes (GSMA TS.06)."""

_PROVINCES = frozenset(
    [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
        "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
    ]
)  # fmt: skip
"""First two digits of a resident's ID number (GB/T 2260)."""

_ISSUERS = (
    re.compile(r"62\d{14,17}"),  # UnionPay
    re.compile(r"4\d{15}"),  # Visa
    re.compile(r"5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"),  # Mastercard
    re.compile(r"3[47]\d{13}"),  # American Express
    re.compile(r"35(?:2[89]|[3-8]\d)\d{12}"),  # JCB
)

Fits = Callable[[str], bool]


def _is_token(text: str) -> bool:
    return bool(_UUID.fullmatch(text) or _TOKEN.fullmatch(text))


def luhn(digits: str) -> bool:
    """Say whether the last digit is the Luhn check digit (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_id_card(text: str) -> bool:
    """Say whether `text` is a Chinese resident's ID number: province, birth date, check digit (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dXx]", text) or text[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(char) * pow(2, 17 - place, 11) for place, char in enumerate(text[:17]))
    return 1900 <= born.year <= 2100 and "10X98765432"[total % 11] == text[17].upper()


def is_bank_card(text: str) -> bool:
    """Say whether `text` is a card number: Luhn, and in an issuer's range (ISO/IEC 7812)."""
    bare = text.replace(" ", "").replace("-", "")
    return bare.isdigit() and any(issuer.fullmatch(bare) for issuer in _ISSUERS) and luhn(bare)


_BY_KEY: dict[str, Fits] = {
    "imei": lambda text: text.isdigit() and len(text) == 15 and luhn(text),
    "meid": lambda text: bool(re.fullmatch("[0-9A-F]{14}", text, re.IGNORECASE)) and not text.isdigit(),
    "imsi": lambda text: bool(re.fullmatch(r"460\d{12}|[2-7]\d{14}", text)),
    "iccid": lambda text: bool(re.fullmatch(r"89\d{17,18}F?", text, re.IGNORECASE)),
    "android_id": lambda text: bool(re.fullmatch("[0-9a-f]{16}", text, re.IGNORECASE)),
    "idfa": lambda text: bool(_UUID.fullmatch(text)),
    "idfv": lambda text: bool(_UUID.fullmatch(text)),
    "gaid": lambda text: bool(_UUID.fullmatch(text)),
    "oaid": _is_token,
    "vaid": _is_token,
    "aaid": _is_token,
    "caid": _is_token,
    "udid": lambda text: bool(re.fullmatch("[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16}", text, re.IGNORECASE)),
    "widevine_id": _is_token,
    "mac": lambda text: bool(_MAC.fullmatch(text)),
    "bt_mac": lambda text: bool(_MAC.fullmatch(text)),
    "bssid": lambda text: bool(_MAC.fullmatch(text)),
    "email": lambda text: bool(_EMAIL.fullmatch(text)),
    "phone": lambda text: bool(_MOBILE.fullmatch(text)),
    "id_card": is_id_card,
    "bank_card": is_bank_card,
    "custom": lambda text: bool(_UUID.fullmatch(text) or _PLAIN_TOKEN.fullmatch(text)),
}
"""What a value under a key that names the type has to look like; types without a shape are not suspected."""


def shape_of(data: bytes, key: str) -> Shape | None:
    """Return what a whole value under `key` looks like; None where it looks like no identifier."""
    if not 8 <= len(data) <= 128:
        return None
    try:
        text = data.decode("ascii").strip()
    except UnicodeDecodeError:
        return None
    if not _varied(text):
        return None
    for kind in _named(_plain(key)):
        if _BY_KEY[kind](text) and not is_placeholder(kind, text):
            return Shape(kind, "its key names the type, its shape fits")
    named = _plain(key)
    ending = next((ending for ending in _ENDINGS if named.endswith(ending) and named != ending), "")
    if ending and _DIGEST.fullmatch(text):
        for kind in _named(named.removesuffix(ending)):
            return Shape(kind, "a digest; its key names the type")
    return _unnamed(text)


def _unnamed(text: str) -> Shape | None:
    """Shapes that check digits prove, whatever the key is."""
    if is_id_card(text):
        return Shape("id_card", "province, birth date and check digit of a Chinese ID number")
    if (
        text.isdigit()
        and len(text) == 15
        and text[:2] in _REPORTING_BODIES
        and luhn(text)
        and not is_placeholder("imei", text)
    ):
        return Shape("imei", "reporting body and check digit of an IMEI")
    if is_bank_card(text):
        return Shape("bank_card", "issuer's range and check digit of a bank card")
    if (mobile := _MOBILE.fullmatch(text)) and mobile[1]:
        return Shape("phone", "Chinese mobile number with its country code")
    return None


def _varied(text: str) -> bool:
    """One or two symbols over and over are filling."""
    return len(set(text)) > 3


def _plain(key: str) -> str:
    last = re.split(r"[.\[\]/:$]+", key.rstrip("]"))[-1]
    return re.sub(r"[\s_-]+", "", last).lower().removeprefix("x")


@lru_cache(maxsize=4096)
def _named(key: str) -> tuple[str, ...]:
    """The types that `key` names, in the table's order: of `did` or `deviceid` the first that fits counts."""
    return tuple(kind for kind in _BY_KEY if kind in KINDS and key in KINDS[kind].keys)
