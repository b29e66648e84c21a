"""Telephone numbers: the user's own and those in the contacts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, digits
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.model import Boundary


def validate_phone(value: str, region: str = "") -> tuple[str, ...]:
    import phonenumbers

    try:
        number = phonenumbers.parse(value, region or _guess(value))
    except phonenumbers.NumberParseException:
        hint = "" if region else "; set device.region or write it with +country code"
        return (f"not a telephone number{hint}",)
    return () if phonenumbers.is_possible_number(number) else ("a telephone number of that country has another length",)


def _guess(value: str) -> str | None:
    """Take 11 digits that begin with 13 to 19 for a mobile number of China where the profile names no region."""
    return "CN" if re.fullmatch(r"1[3-9][0-9]{9}", re.sub(r"[\s\-]", "", value)) else None


def phone_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a number in E.164, national and international spellings (ITU-T E.123, E.164)."""
    import phonenumbers

    yield digits(value)
    try:
        number = phonenumbers.parse(value, region or _guess(value))
    except phonenumbers.NumberParseException:
        bare = re.sub(r"[^0-9]", "", value)
        if len(bare) >= 5:
            yield digits(bare, "no separators")
        return
    code = str(number.country_code)
    national = phonenumbers.national_significant_number(number)
    yield digits(national, "national")
    yield digits(f"+{code}{national}", "+ and country code")
    yield digits(code + national, "country code")
    yield digits(f"00{code}{national}", "00 and country code")
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    yield digits(formatted, forms.join("national", "spelling"), depth=Depth.BRIEF)
    yield digits(f"+{code} {formatted}", forms.join("+ and country code", "spelling"), depth=Depth.BRIEF)
    yield digits(re.sub(r"[^0-9]", "", formatted), "trunk prefix", depth=Depth.WIDE)
    for name, separator in (("spaces", " "), ("dashes", "-"), ("dots", ".")):
        groups = separator.join(re.findall(r"[0-9]+", formatted))
        yield digits(groups, forms.join("trunk prefix", name), depth=Depth.PLAIN)
    yield from _spelled(
        code, national, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    )
    yield from forms.integers(int(national))
    yield from forms.integers(int(code + national))
    yield from forms.bcd(national)
    yield from forms.bcd(code + national)


def _spelled(code: str, national: str, international: str) -> Iterator[Form]:
    groups = international.removeprefix(f"+{code}").strip().replace("-", " ").split(" ")
    groupings = [groups]
    if len(national) == 11:
        groupings.append([national[:3], national[3:7], national[7:]])
    for group in groupings:
        for name, separator in (("spaces", " "), ("dashes", "-"), ("dots", ".")):
            grouped = separator.join(group)
            yield digits(grouped, name, depth=Depth.BRIEF)
            yield digits(f"+{code}{separator}{grouped}", forms.join("+ and country code", name), depth=Depth.BRIEF)
    for cuts in ((3, 7), (3, 6), (5,)):  # by rule of thumb, whatever the country's own way
        pieces = [national[a:b] for a, b in zip((0, *cuts), (*cuts, len(national)))]
        for name, separator in (("spaces", " "), ("dashes", "-")):
            grouped = separator.join(pieces)
            yield digits(grouped, name, depth=Depth.PLAIN)
            yield digits(f"+{code}{separator}{grouped}", forms.join("+ and country code", name), depth=Depth.PLAIN)
    for prefix, name in (
        (f"+{code} ", "space"),
        (f"+{code}-", "dash"),
        (f"(+{code})", "brackets"),
        (f"{code} ", "space"),
        (f"{code}-", "dash"),
    ):
        sign = "+ and country code" if "+" in prefix else "country code"
        yield digits(prefix + national, forms.join(sign, name), depth=Depth.BRIEF)


_PHONE_KEYS = named(
    "phone phonenumber phoneno mobile mobileno mobilephone msisdn tel telephone cell "
    "cellphone linenumber line1number 手机 手机号 手机号码 电话 电话号码 联系电话"
)
KINDS = (
    Kind(
        "phone",
        "telephone number",
        "手机号码",
        _PHONE_KEYS,
        phone_forms,
        validate_phone,
        Boundary.DIGIT,
        min_length=7,
        ask="The SIM's own number, with country code.",
        why="It says who the user is, in every shop and database.",
    ),
    Kind(
        "contact_phone",
        "number in the contacts",
        "通讯录联系人电话",
        named("contact contacts contactphone number 联系人电话 通讯录") + _PHONE_KEYS,
        phone_forms,
        validate_phone,
        Boundary.DIGIT,
        min_length=7,
        item=True,
    ),
)
