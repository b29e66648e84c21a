"""Numbers on cards: identity card, bank card."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.identifiers.kinds.radio import luhn_problem
from leakwatch.model import Boundary


def validate_id_card(value: str, region: str = "") -> tuple[str, ...]:
    """Check a resident identity card of the PRC (GB 11643-1999); those of other regions are taken as they are."""
    if region and region.upper() != "CN":
        return ()
    from stdnum.cn import ric

    text = value.strip().upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]|[0-9]{15}", text):
        return ("an identity card number has 18 characters (17 digits and a digit or X), or 15 digits before 1999",)
    if len(text) == 18 and (expected := ric.calc_check_digit(text)) != text[-1]:
        return (f"check digit should be {expected}, is {text[-1]}",)
    return ()


def id_card_forms(value: str, region: str) -> Iterator[Form]:
    yield from cases(value, alphabet=10)
    text = re.sub(r"[\s\-]", "", value)
    yield from cases(text, "" if text == value else "no separators", alphabet=10)
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", text):
        yield from cases(f"{text[:6]} {text[6:14]} {text[14:]}", "spaces", alphabet=10, depth=Depth.BRIEF)
        yield from cases(f"{text[:6]}-{text[6:14]}-{text[14:]}", "dashes", alphabet=10, depth=Depth.BRIEF)
    if text.isascii() and text.isdigit():
        yield from forms.integers(int(text), text=False)
        yield from forms.bcd(text)


def validate_bank_card(value: str, region: str = "") -> tuple[str, ...]:
    text = re.sub(r"[\s\-]", "", value)
    if not re.fullmatch(r"[0-9]{12,19}", text):
        return ("a bank card number has 12 to 19 digits",)
    return luhn_problem(text)


def bank_card_forms(value: str, region: str) -> Iterator[Form]:
    yield digits(value)
    text = re.sub(r"[\s\-]", "", value)
    if not (text.isascii() and text.isdigit()):
        return
    yield digits(text, "" if text == value else "no separators")
    for name, separator in (("spaces", " "), ("dashes", "-")):
        yield digits(separator.join(text[i : i + 4] for i in range(0, len(text), 4)), name, depth=Depth.WIDE)
    yield from forms.integers(int(text), text=False)
    yield from forms.bcd(text)


KINDS = (
    Kind(
        "id_card",
        "identity card number",
        "居民身份证号码",
        named(
            "idcard idcardno idno idnumber identityno identity certno sfz cardno 身份证 身份证号 身份证号码 证件号 "
            "证件号码"
        ),
        id_card_forms,
        validate_id_card,
        min_length=15,
        permanent=True,
    ),
    Kind(
        "bank_card",
        "bank card number",
        "银行卡号",
        named("bankcard bankcardno cardno cardnumber pan bankno 银行卡 银行卡号 卡号"),
        bank_card_forms,
        validate_bank_card,
        Boundary.DIGIT,
        min_length=12,
    ),
)
