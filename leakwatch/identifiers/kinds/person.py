"""Identifiers of the user: e-mail, names, accounts and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.model import Boundary

ANOTHER_TAG = "another tag"
"""The form of an address with a plus-tag that the profile's own has not."""
_SHORTEST_TAGGED = 5
_GMAIL = ("gmail.com", "googlemail.com")


# -- e-mail ------------------------------------------------------------------------------------------------------------


def validate_email(value: str, region: str = "") -> tuple[str, ...]:
    return () if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value) else ("should look like name@example.com",)


def email_forms(value: str, region: str) -> Iterator[Form]:
    yield from cases(value)
    trimmed = value.strip()
    local, at, domain = trimmed.rpartition("@")
    if not at or not local:
        return
    yield from cases(trimmed, "" if trimmed == value else "trimmed")
    for other in (trimmed.capitalize(), trimmed.title()):  # as keyboards and spreadsheets write it
        yield Form(other.encode(), "capitals", depth=Depth.BRIEF)
    bare = local.partition("+")[0]
    if bare != local:
        yield from cases(f"{bare}@{domain}", "no tag", depth=Depth.WIDE)
    # What stands behind the sign is anybody's choice; that the domain follows it is for the detector to see.
    for text in (bare, bare.lower(), bare.upper(), bare.capitalize(), bare.title()):
        short = len(bare) < _SHORTEST_TAGGED
        yield Form(f"{text}+".encode(), ANOTHER_TAG, Boundary.NONE, depth=Depth.PLAIN, whole=short)
    if domain.lower() in _GMAIL:  # Google ignores dots and knows both domains
        for host in _GMAIL:
            yield from cases(f"{bare.replace('.', '')}@{host}", "no dots", depth=Depth.BRIEF)
            yield from cases(f"{bare}@{host}", "other domain", depth=Depth.BRIEF)
    for part in dict.fromkeys((local, bare)):
        yield from cases(part, "local part", depth=Depth.WIDE, needle=False)


# -- names -------------------------------------------------------------------------------------------------------------


def name_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a name in its cases and spellings: joined, separated, family name first or last."""
    yield from forms.words(value)
    text = value.strip()
    pieces = [p for p in re.split(r"[\s·・,，]+", text) if p]
    if len(pieces) > 1:
        yield from _arranged(pieces, "")
        yield from _arranged([pieces[-1], *pieces[:-1]], "swapped")
        yield from cases(f"{pieces[-1]}, {' '.join(pieces[:-1])}", "swapped, comma", depth=Depth.BRIEF)
        given, family = " ".join(pieces[:-1]), pieces[-1].upper()  # as civil registers write it
        yield Form(f"{family} {given}".encode(), "swapped, upper", depth=Depth.BRIEF)
        yield Form(f"{given} {family}".encode(), "upper", depth=Depth.BRIEF)
        if len(pieces) > 2:
            yield from _arranged([*pieces[1:], pieces[0]], "rotated")
    elif not text.isascii() and 2 <= len(text) <= 6:
        cut = 2 if len(text) >= 4 else 1  # family names of two characters stand before given names of two
        yield from forms_of(f"{text[:cut]} {text[cut:]}", "spaces")
        yield from forms_of(f"{text[:cut]}\u3000{text[cut:]}", "spaces")
        if len(text) > 2:
            yield from forms_of(" ".join(text), "spaces")
        yield from forms_of(f"{text[cut:]}{text[:cut]}", "swapped")
        yield from forms_of(f"{text[cut:]} {text[:cut]}", "swapped, spaces")
        yield from forms_of(f"{text[:cut]},{text[cut:]}", "comma")


def forms_of(text: str, name: str) -> Iterator[Form]:
    """Yield one spelling in UTF-8 and GB18030."""
    yield Form(text.encode(), name, depth=Depth.BRIEF)
    yield from forms.gbk(text, name)


def _arranged(pieces: list[str], order: str) -> Iterator[Form]:
    for name, separator in (
        ("spaces", " "),
        ("no separators", ""),
        ("underscores", "_"),
        ("dots", "."),
        ("dashes", "-"),
        ("commas", ","),
    ):
        depth = Depth.WIDE if separator == " " or (not separator and not order) else Depth.BRIEF
        yield from cases(separator.join(pieces), forms.join(order, name), depth=depth)
        if separator in (" ", ""):
            yield from forms.gbk(separator.join(pieces), forms.join(order, name))


# -- accounts and secrets ----------------------------------------------------------------------------------------------


def exact_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a secret: a changed one would be another secret, so only its own bytes and trimmed ones."""
    boundary = Boundary.DIGIT if value.isascii() and value.isdigit() else Boundary.WORD
    yield Form(value.encode(), "", boundary, 10 if boundary is Boundary.DIGIT else 36)
    yield from forms.gbk(value)


def account_forms(value: str, region: str) -> Iterator[Form]:
    if value.isascii() and value.isdigit():
        yield digits(value)
        yield from forms.integers(int(value) if len(value) <= 19 else 0, text=False)
    else:
        yield from forms.words(value)


_COMMON_NAMES = frozenset(
    {
        "test",
        "tester",
        "testing",
        "user",
        "admin",
        "root",
        "guest",
        "demo",
        "example",
        "name",
        "android",
        "iphone",
        "li",
        "wang",
        "zhang",
        "liu",
        "chen",
        "yang",
        "huang",
        "zhao",
        "john",
        "smith",
        "test user",
        "john doe",
        "测试",
        "用户",
        "张三",
        "李四",
    }
)
_COMMON_SECRETS = frozenset(
    {
        "password",
        "passwd",
        "123456",
        "12345678",
        "123456789",
        "qwerty",
        "abc123",
        "111111",
        "000000",
        "admin",
        "test",
        "secret",
        "654321",
        "888888",
        "666666",
        "password1",
        "test123",
        "admin123",
        "1234567890",
    }
)


def common_name(value: str) -> bool:
    return value.strip().lower() in _COMMON_NAMES


def common_secret(value: str) -> bool:
    return value.lower() in _COMMON_SECRETS or value.lower() in _COMMON_NAMES


_NAME_KEYS = named(
    "name username realname fullname truename nickname firstname lastname displayname 姓名 真实姓名 名字 用户名"
)
KINDS = (
    Kind(
        "email",
        "e-mail address",
        "电子邮箱",
        named("email mail emailaddress useremail account login 邮箱 电子邮箱 邮件地址"),
        email_forms,
        validate_email,
        ask="The address signed in on the phone or in the app.",
        why="It says who the user is, in every shop and database.",
    ),
    Kind(
        "person_name",
        "name of the user",
        "用户姓名",
        _NAME_KEYS,
        name_forms,
        common=common_name,
        ask="The name typed into the app or the account.",
        why="It says who the user is.",
    ),
    Kind(
        "contact_name",
        "name in the contacts",
        "通讯录联系人姓名",
        named("contact contactname contacts 联系人 联系人姓名 通讯录") + _NAME_KEYS,
        name_forms,
        item=True,
        common=common_name,
    ),
    Kind(
        "account",
        "account",
        "账号",
        named("account accountid accountname login loginname user userid uid username openid 账号 帐号 用户名 用户id"),
        account_forms,
        common=common_name,
        ask="The login name used in the app.",
        why="It says who the user is.",
    ),
    Kind(
        "password",
        "password",
        "密码",
        named("password passwd pwd pass passcode userpwd 密码 口令 登录密码"),
        exact_forms,
        common=common_secret,
    ),
    Kind(
        "pin",
        "PIN",
        "PIN码（支付密码）",
        named("pin pincode paypwd paypassword code passcode 支付密码 交易密码 验证码"),
        exact_forms,
        boundary=Boundary.DIGIT,
        common=common_secret,
    ),
)
