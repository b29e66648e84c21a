"""Identifiers of the user: telephone, e-mail, names, numbers on cards, accounts and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits
from leakwatch.identifiers.kinds.hardware import luhn_problem
from leakwatch.identifiers.kinds.kind import Kind
from leakwatch.model import Boundary

_GMAIL = ("gmail.com", "googlemail.com")


# -- telephone ---------------------------------------------------------------------------------------------------------


def validate_phone(value: str, region: str = "") -> tuple[str, ...]:
    import phonenumbers

    try:
        number = phonenumbers.parse(value, region or None)
    except phonenumbers.NumberParseException:
        hint = "" if region else "; set device.region or write it with +country code"
        return (f"not a telephone number{hint}",)
    return () if phonenumbers.is_possible_number(number) else ("a telephone number of that country has another length",)


def phone_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a number in E.164, national and international spellings (ITU-T E.123, E.164)."""
    import phonenumbers

    yield digits(value)
    try:
        number = phonenumbers.parse(value, region or None)
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
    trunk = re.sub(r"[^0-9]", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    yield digits(trunk, "trunk prefix", depth=Depth.WIDE)
    yield from _spelled(code, national, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    yield from forms.integers(int(national))
    yield from forms.integers(int(code + national))
    yield from forms.bcd(national)
    yield from forms.bcd(code + national)


def _spelled(code: str, national: str, international: str) -> Iterator[Form]:
    groups = international.removeprefix(f"+{code}").strip().replace("-", " ").split(" ")
    if len(national) == 11:
        groups = [national[:3], national[3:7], national[7:]]
    for name, separator in (("spaces", " "), ("dashes", "-")):
        grouped = separator.join(groups)
        yield digits(grouped, name, depth=Depth.BRIEF)
        yield digits(f"+{code}{separator}{grouped}", forms.join("+ and country code", name), depth=Depth.BRIEF)
    for prefix, name in ((f"+{code} ", "space"), (f"+{code}-", "dash"), (f"(+{code})", "brackets"), (f"{code} ", "space"), (f"{code}-", "dash")):
        sign = "+ and country code" if "+" in prefix else "country code"
        yield digits(prefix + national, forms.join(sign, name), depth=Depth.BRIEF)


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
    bare = local.partition("+")[0]
    if bare != local:
        yield from cases(f"{bare}@{domain}", "no tag")
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
        if len(pieces) > 2:
            yield from _arranged([*pieces[1:], pieces[0]], "rotated")
    elif not text.isascii() and 2 <= len(text) <= 4:
        cut = 2 if len(text) == 4 else 1  # family names of two characters stand before given names of two
        yield from forms_of(f"{text[:cut]} {text[cut:]}", "spaces")
        yield from forms_of(f"{text[cut:]}{text[:cut]}", "swapped")
        yield from forms_of(f"{text[cut:]} {text[:cut]}", "swapped, spaces")
        yield from forms_of(f"{text[:cut]},{text[cut:]}", "comma")


def forms_of(text: str, name: str) -> Iterator[Form]:
    """Yield one spelling in UTF-8 and GB18030."""
    yield Form(text.encode(), name, depth=Depth.BRIEF)
    yield from forms.gbk(text, name)


def _arranged(pieces: list[str], order: str) -> Iterator[Form]:
    for name, separator in (("spaces", " "), ("no separators", ""), ("underscores", "_"), ("dots", "."), ("dashes", "-"), ("commas", ",")):
        depth = Depth.WIDE if separator in (" ", "") else Depth.BRIEF
        yield from cases(separator.join(pieces), forms.join(order, name), depth=depth)
        if separator in (" ", ""):
            yield from forms.gbk(separator.join(pieces), forms.join(order, name))


# -- cards -------------------------------------------------------------------------------------------------------------


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


_COMMON_NAMES = frozenset({"test", "tester", "testing", "user", "admin", "root", "guest", "demo", "example", "name", "android", "iphone", "li", "wang",
                           "zhang", "liu", "chen", "yang", "huang", "zhao", "john", "smith", "test user", "john doe", "测试", "用户", "张三", "李四"})
_COMMON_SECRETS = frozenset({"password", "passwd", "123456", "12345678", "123456789", "qwerty", "abc123", "111111", "000000", "admin", "test", "secret",
                             "654321", "888888", "666666", "password1", "test123", "admin123", "1234567890"})


def common_name(value: str) -> bool:
    return value.strip().lower() in _COMMON_NAMES


def common_secret(value: str) -> bool:
    return value.lower() in _COMMON_SECRETS or value.lower() in _COMMON_NAMES


_PHONE_KEYS = ("phone", "phonenumber", "phoneno", "mobile", "mobileno", "mobilephone", "msisdn", "tel", "telephone", "cell", "cellphone", "linenumber",
               "line1number", "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话")
_NAME_KEYS = ("name", "username", "realname", "fullname", "truename", "nickname", "firstname", "lastname", "displayname", "姓名", "真实姓名", "名字", "用户名")
KINDS = (
    Kind("phone", "telephone number", "手机号码", _PHONE_KEYS, phone_forms, validate_phone, Boundary.DIGIT, 7, ask="The SIM's own number, with country code."),
    Kind("email", "e-mail address", "电子邮箱", ("email", "mail", "emailaddress", "useremail", "account", "login", "邮箱", "电子邮箱", "邮件地址"),
         email_forms, validate_email, ask="The address signed in on the phone or in the app."),
    Kind("person_name", "name of the user", "用户姓名", _NAME_KEYS, name_forms, common=common_name, ask="The name typed into the app or the account."),
    Kind("contact_name", "name in the contacts", "通讯录联系人姓名", (*_NAME_KEYS, "contact", "contactname", "contacts", "联系人", "联系人姓名", "通讯录"),
         name_forms, item=True, common=common_name),
    Kind("contact_phone", "number in the contacts", "通讯录联系人电话", (*_PHONE_KEYS, "contact", "contacts", "contactphone", "number", "联系人电话", "通讯录"),
         phone_forms, validate_phone, Boundary.DIGIT, 7, item=True),
    Kind("id_card", "identity card number", "居民身份证号码", ("idcard", "idcardno", "idno", "idnumber", "identityno", "identity", "certno", "sfz", "cardno",
         "身份证", "身份证号", "身份证号码", "证件号", "证件号码"), id_card_forms, validate_id_card, min_length=15, permanent=True),
    Kind("bank_card", "bank card number", "银行卡号", ("bankcard", "bankcardno", "cardno", "cardnumber", "pan", "bankno", "银行卡", "银行卡号", "卡号"),
         bank_card_forms, validate_bank_card, Boundary.DIGIT, 12),
    Kind("account", "account", "账号", ("account", "accountid", "accountname", "login", "loginname", "user", "userid", "uid", "username", "openid", "账号", "帐号",
         "用户名", "用户id"), account_forms, common=common_name, ask="The login name used in the app."),
    Kind("password", "password", "密码", ("password", "passwd", "pwd", "pass", "passcode", "userpwd", "密码", "口令", "登录密码"), exact_forms, common=common_secret),
    Kind("pin", "PIN", "PIN码（支付密码）", ("pin", "pincode", "paypwd", "paypassword", "code", "passcode", "支付密码", "交易密码", "验证码"), exact_forms,
         boundary=Boundary.DIGIT, common=common_secret),
)
