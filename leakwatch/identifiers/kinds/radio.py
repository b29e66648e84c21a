"""Identifiers of the radio and the SIM: IMEI, MEID, IMSI, ICCID."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits, raw
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.model import Boundary


def luhn_digit(text: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1 annex B) that belongs after `text`."""
    total = 0
    for place, char in enumerate(reversed(text)):
        digit = int(char) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def luhn_problem(text: str) -> tuple[str, ...]:
    """Return the problem with the last digit of `text` as a Luhn check digit, if there is one."""
    expected = luhn_digit(text[:-1])
    return () if expected == text[-1] else (f"check digit should be {expected}, is {text[-1]}",)


# -- IMEI (3GPP TS 23.003 §6.2) ----------------------------------------------------------------------------------------


def _imei_digits(value: str) -> str:
    return re.sub(r"[\s\-/.]", "", value)


def validate_imei(value: str, region: str = "") -> tuple[str, ...]:
    text = _imei_digits(value)
    if not (text.isascii() and text.isdigit()):
        return ("an IMEI has digits only",)
    if len(text) == 15:
        return luhn_problem(text)
    return (
        ()
        if len(text) in (14, 16)
        else (f"an IMEI has 15 digits (14 without check digit, 16 as IMEISV), this has {len(text)}",)
    )


def imei_forms(value: str, region: str) -> Iterator[Form]:
    text = _imei_digits(value)
    yield digits(value)
    if not (text.isdigit() and 14 <= len(text) <= 16):
        return
    body = text[:14]
    # A doubtful check digit is searched as typed: the phone may well report it.
    full = text if len(text) == 15 else body + luhn_digit(body)
    yield digits(full, "" if full == value else "15 digits")
    yield digits(body, "no check digit")
    if full.startswith("0"):  # North America's: as a number it has no zero before it
        yield digits(full.lstrip("0"), "no leading zeros", depth=Depth.BRIEF)
    for cuts in ((2, 8, 14), (6, 8, 14), (8, 14)):  # the last: TAC, serial number, check digit (3GPP TS 23.003 §6.2)
        pieces = [full[a:b] for a, b in zip((0, *cuts), (*cuts, 15))]
        yield digits("-".join(pieces), "dashes", depth=Depth.WIDE)
        yield digits(" ".join(pieces), "spaces", depth=Depth.PLAIN)
    if len(text) == 16:
        yield digits(text, "imeisv")
    for version in range(100):
        yield digits(f"{body}{version:02}", "imeisv", depth=Depth.PLAIN)
    yield from forms.integers(int(full))
    yield from forms.bcd(full)
    yield from forms.integers(int(body), text=False)


# -- MEID (3GPP2 S.R0048-A) --------------------------------------------------------------------------------------------


def validate_meid(value: str, region: str = "") -> tuple[str, ...]:
    text = re.sub(r"[\s\-]", "", value)
    if re.fullmatch(r"[0-9A-Fa-f]{14,15}", text) or re.fullmatch(r"[0-9]{18,19}", text):
        return ()
    return ("a MEID has 14 hexadecimal or 18 decimal digits",)


def meid_forms(value: str, region: str) -> Iterator[Form]:
    text = re.sub(r"[\s\-]", "", value)
    yield from cases(value, boundary=Boundary.HEX, alphabet=16)
    if re.fullmatch(r"[0-9]{18,19}", text):
        text = f"{int(text[:10]):08x}{int(text[10:18]):06x}"
    if not re.fullmatch(r"[0-9A-Fa-f]{14,15}", text):
        return
    text = text[:14]
    decimal = f"{int(text[:8], 16):010}{int(text[8:], 16):08}"
    yield from cases(text, "" if text == value else "no separators", boundary=Boundary.HEX, alphabet=16)
    yield digits(decimal, "decimal")
    yield raw(bytes.fromhex(text))


# -- SIM ---------------------------------------------------------------------------------------------------------------


def validate_imsi(value: str, region: str = "") -> tuple[str, ...]:
    if not re.fullmatch(r"[0-9]{14,15}", value):
        return (f"an IMSI has 15 digits, this has {len(value)} characters",)
    return ()


def imsi_forms(value: str, region: str) -> Iterator[Form]:
    yield digits(value)
    if value.isascii() and value.isdigit():
        yield digits(f"{value[:3]}-{value[3:5]}-{value[5:]}", "dashes", depth=Depth.WIDE)
        yield digits(f"{value[:3]} {value[3:5]} {value[5:]}", "spaces", depth=Depth.PLAIN)
        yield from forms.integers(int(value))
        yield from forms.bcd(value)


def validate_iccid(value: str, region: str = "") -> tuple[str, ...]:
    text = re.sub(r"[\s\-]", "", value).rstrip("Ff")
    if not re.fullmatch(r"89[0-9A-Za-z]{16,18}", text):
        return ("an ICCID begins with 89 and has 19 or 20 digits",)
    return luhn_problem(text) if len(text) == 19 and text.isdigit() else ()


def iccid_forms(value: str, region: str) -> Iterator[Form]:
    bare = re.sub(r"[\s\-]", "", value)
    text = bare.rstrip("Ff")
    yield from cases(value, boundary=Boundary.HEX, alphabet=10)
    yield from cases(text, "" if text == value else "no trailing F", boundary=Boundary.HEX, alphabet=10)
    yield from cases(text + "F", "trailing F", boundary=Boundary.HEX, alphabet=10, depth=Depth.WIDE)
    if not text.isdigit():
        return
    if len(text) == 20 or (len(text) == 19 and luhn_digit(text[:-1]) == text[-1]):
        yield Form(text[:-1].encode(), "no check digit", Boundary.HEX, 10, (), Depth.WIDE)
        if len(text) == 20:  # the card's 19 digits and its filler
            yield Form(f"{text[:-1]}F".encode(), "no check digit, trailing F", Boundary.HEX, 10, (), Depth.WIDE)
    if len(text) == 19 and luhn_digit(text[:-1]) != text[-1]:
        yield Form((text + luhn_digit(text)).encode(), "check digit", Boundary.HEX, 10, (), Depth.WIDE)
    for name, separator in (("spaces", " "), ("dashes", "-")):  # as it is printed on the card
        fours = separator.join(text[at : at + 4] for at in range(0, len(text), 4))
        yield Form(fours.encode(), name, Boundary.HEX, 10, (), Depth.PLAIN)
    even = text if len(text) % 2 == 0 else text + "F"
    yield from cases(
        "".join(even[i + 1] + even[i] for i in range(0, len(even), 2)),
        "nibbles swapped",
        boundary=Boundary.HEX,
        alphabet=10,
        depth=Depth.BRIEF,
    )  # as EF_ICCID is read out: ETSI TS 102 221 §13.2
    yield from forms.bcd(text)
    yield from forms.integers(int(text))


_DIALLER = "Dial *#06#, or Settings › About phone. Phones with two SIMs have two: add both."
_SIM = "Settings › About phone › SIM status."
KINDS = (
    Kind(
        "imei",
        "IMEI",
        "IMEI（国际移动设备识别码）",
        named(
            "imei imei1 imei2 imeis imsv imeisv deviceid did devid deviceimei phoneimei meidimei 设备号 "
            "设备识别码 手机串号"
        ),
        imei_forms,
        validate_imei,
        Boundary.DIGIT,
        min_length=14,
        permanent=True,
        placeholders=frozenset({"004999010640000", "012345678912345", "358240051111110", "490154203237518"}),
        ask=_DIALLER,
        why="It stays for good: whoever has it knows this phone until it is scrapped.",
    ),
    Kind(
        "meid",
        "MEID",
        "MEID（移动设备识别码）",
        named("meid meid1 meid2 deviceid did esn"),
        meid_forms,
        validate_meid,
        Boundary.HEX,
        min_length=14,
        permanent=True,
        ask=_DIALLER,
        why="It stays for good: whoever has it knows this phone until it is scrapped.",
    ),
    Kind(
        "imsi",
        "IMSI",
        "IMSI（国际移动用户识别码）",
        named("imsi imsi1 imsi2 subscriberid simimsi simoperator 用户识别码"),
        imsi_forms,
        validate_imsi,
        Boundary.DIGIT,
        min_length=14,
        placeholders=frozenset({"310260000000000", "460000000000000"}),
        ask=_SIM,
        why="It names the SIM card, and to the operator the person who bought it.",
    ),
    Kind(
        "iccid",
        "ICCID",
        "ICCID（SIM卡序列号）",
        named("iccid iccid1 iccid2 simserial simserialnumber simsn simno ccid sim卡号"),
        iccid_forms,
        validate_iccid,
        Boundary.HEX,
        min_length=18,
        placeholders=frozenset({"89014103211118510720"}),
        ask=_SIM,
        why="It names the SIM card, and to the operator the person who bought it.",
    ),
)
