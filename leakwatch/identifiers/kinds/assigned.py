"""Identifiers that software gave the device, an app's vendor or an advertising service: all random, many resettable."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits, raw
from leakwatch.identifiers.kinds.kind import Forms, Kind, Validate, named
from leakwatch.model import Boundary

_UUID = re.compile(r"\{?[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{4}\1[0-9a-fA-F]{12}\}?")
_HEX = re.compile(r"[0-9a-fA-F]+")


def token_forms(value: str, region: str) -> Iterator[Form]:
    """Yield the forms of an opaque token by its shape: UUID, hex string, decimal number or free text.

    OAID, VAID and AAID have no one shape: a UUID at Huawei, 16 hex digits at Xiaomi, 32 or 64 elsewhere.
    """
    if _UUID.fullmatch(value):
        yield from forms.uuid(value)
    elif value.isascii() and value.isdigit():
        yield digits(value)
        if len(value) <= 20:
            yield from forms.integers(int(value))
    elif _HEX.fullmatch(value) and len(value) >= 8:
        yield from forms.hexadecimal(value, numbers=len(value) == 16)
    else:
        yield from forms.words(value)


def _shape(pattern: str, wanted: str) -> Validate:
    compiled = re.compile(pattern)

    def validate(value: str, region: str = "") -> tuple[str, ...]:
        return () if compiled.fullmatch(value) else (wanted,)

    return validate


def validate_uuid(value: str, region: str = "") -> tuple[str, ...]:
    return () if _UUID.fullmatch(value) else ("should be a UUID: 32 hexadecimal digits in groups of 8-4-4-4-12",)


def validate_token(value: str, region: str = "") -> tuple[str, ...]:
    return () if len(value) >= 16 else (f"has only {len(value)} characters; such identifiers have at least 16",)


def android_id_forms(value: str, region: str) -> Iterator[Form]:
    if _HEX.fullmatch(value):
        yield from forms.hexadecimal(value, numbers=True)
        if len(value) < 16:
            yield from cases(value.zfill(16), "16 digits", boundary=Boundary.HEX, alphabet=16)
    else:
        yield from token_forms(value, region)


def number_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a 64-bit number in decimal and hex, from either (ECID, GSF ID); 16 plain digits may be both."""
    text = value.lower().removeprefix("0x")
    decimal = value.isascii() and value.isdigit() and int(value) < 1 << 64
    yield Form(value.encode(), "", Boundary.DIGIT if decimal else Boundary.WORD, 10 if decimal else 16)
    if decimal:
        yield from _number(int(value))
    if _HEX.fullmatch(text) and len(text) <= 16 and (not decimal or len(text) == 16):
        yield from _number(int(text, 16))
    elif not decimal:
        yield from token_forms(value, region)


def _number(number: int) -> Iterator[Form]:
    yield digits(str(number), "decimal")
    for width in (f"{number:x}", f"{number:016x}"):
        yield from cases(width, "hex", boundary=Boundary.HEX, alphabet=16, depth=Depth.WIDE)
    yield from cases(f"0x{number:x}", "0x prefix", depth=Depth.BRIEF, needle=False)
    yield from forms.integers(number, text=False)


def udid_forms(value: str, region: str) -> Iterator[Form]:
    yield from cases(value, boundary=Boundary.HEX, alphabet=16)
    bare = value.replace("-", "")
    if bare != value:
        yield from cases(bare, "no separators", boundary=Boundary.HEX, alphabet=16)
    if _HEX.fullmatch(bare) and len(bare) % 2 == 0:
        yield raw(bytes.fromhex(bare), depth=Depth.BRIEF)


def caid_forms(value: str, region: str) -> Iterator[Form]:
    """CAA's ID is 32 hex digits, often behind the version that made it: `20220111_9e2d…`."""
    yield from token_forms(value, region)
    version, _, rest = value.rpartition("_")
    if version and len(rest) >= 16:
        for form in token_forms(rest, region):
            yield form._replace(name=forms.join("no version", form.name))


def widevine_forms(value: str, region: str) -> Iterator[Form]:
    """The Widevine device id is 16 or 32 raw bytes; testers have it as hex or base64, apps send either."""
    data = _bytes_of(value)
    if data is None:
        yield from token_forms(value, region)
        return
    yield Form(value.encode(), "", Boundary.WORD, 16 if _HEX.fullmatch(value) else 64)
    yield from cases(data.hex(), "hex", boundary=Boundary.HEX, alphabet=16)
    yield raw(data, depth=Depth.WIDE)
    for name, text in (("", base64.b64encode(data)), ("url-safe", base64.urlsafe_b64encode(data))):
        yield Form(text, name, Boundary.NONE, 64, ("base64",), Depth.BRIEF)
        yield Form(text.rstrip(b"="), forms.join(name, "unpadded"), Boundary.NONE, 64, ("base64",), Depth.BRIEF)
    if len(data) == 16:
        yield from forms.uuid(data.hex())


def _bytes_of(value: str) -> bytes | None:
    bare = value.replace("-", "")
    if _HEX.fullmatch(bare) and len(bare) in (32, 64):
        return bytes.fromhex(bare)
    try:
        data = base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if set("-_") & set(value) else None, validate=True
        )
    except (binascii.Error, ValueError):
        return None
    return data if len(data) in (16, 32) else None


def serial_forms(value: str, region: str) -> Iterator[Form]:
    yield from forms.words(value)


def validate_serial(value: str, region: str = "") -> tuple[str, ...]:
    return () if len(value) >= 6 else ("a serial number under 6 characters is found only under a key that names it",)


_ZERO = frozenset({"0" * 32})


def _random(
    type_: str,
    en: str,
    zh: str,
    keys: tuple[str, ...],
    ask: str,
    validate: Validate = validate_uuid,
    make: Forms = token_forms,
    why: str = "Advertising networks join by it what the user does in different apps.",
) -> Kind:
    return Kind(type_, en, zh, keys, make, validate, Boundary.HEX, 8, placeholders=_ZERO, ask=ask, why=why)


_MIIT = "An OAID viewer app, or the maker's advertising settings."
KINDS = (
    Kind(
        "android_id",
        "Android ID",
        "Android ID（安卓设备标识）",
        named("androidid aid andid ssaid anid androiddeviceid secureid deviceid did udid uniqueid 安卓id 安卓标识"),
        android_id_forms,
        _shape("[0-9a-fA-F]{16}", "an Android ID has 16 hexadecimal digits"),
        Boundary.HEX,
        min_length=8,
        placeholders=frozenset({"9774d56d682e549c", "dead00beef", "0123456789abcdef"}),
        ask="adb shell settings get secure android_id; since Android 8 each app has its own (put it under apps).",
        why="It outlives the app: put on again, the app knows the phone.",
    ),
    _random(
        "gaid",
        "Google advertising ID",
        "Google广告标识符（GAID）",
        named(
            "gaid adid aaid gpsadid googleadid advertisingid advertiserid googleadvertisingid ifa "
            "rdid idfa aifa 谷歌广告id 广告标识符"
        ),
        "Settings › Google › Ads.",
    ),
    _random(
        "oaid",
        "OAID",
        "OAID（匿名设备标识符）",
        named("oaid openanonymousid msaoaid hwoaid 匿名设备标识符"),
        _MIIT,
        validate_token,
    ),
    _random(
        "vaid",
        "VAID",
        "VAID（开发者匿名设备标识符）",
        named("vaid msavaid 开发者匿名设备标识符"),
        _MIIT,
        validate_token,
    ),
    _random(
        "aaid",
        "AAID",
        "AAID（应用匿名设备标识符）",
        named("aaid msaaaid hwaaid 应用匿名设备标识符"),
        _MIIT,
        validate_token,
    ),
    _random(
        "idfa",
        "IDFA",
        "IDFA（苹果广告标识符）",
        named("idfa ifa advertisingid advertiserid adid iosifa 苹果广告标识符"),
        "An IDFA viewer app, after tracking was allowed.",
    ),
    _random(
        "idfv",
        "IDFV",
        "IDFV（应用开发商标识符）",
        named("idfv vendorid identifierforvendor ifv vendoridentifier deviceid"),
        "Read from the app's own traffic or log; it differs per developer (put it under apps).",
        why="All apps of one developer know the phone by it.",
    ),
    _random(
        "caid",
        "CAID",
        "CAID（中国广告协会互联网广告标识）",
        named("caid caid1 caid2 caids caaid"),
        "An app's log.",
        validate_token,
        caid_forms,
    ),
    Kind(
        "udid",
        "UDID",
        "UDID（苹果设备标识符）",
        named("udid deviceudid uniqueidentifier uniquedeviceid"),
        udid_forms,
        _shape(
            "[0-9a-fA-F]{40}|[0-9a-fA-F]{8}-[0-9a-fA-F]{16}",
            "a UDID has 40 hexadecimal digits, or 8 and 16 with a dash",
        ),
        Boundary.HEX,
        min_length=24,
        permanent=True,
        ask="Finder or iTunes: click the serial number.",
        why="It stays for good, and Apple forbids apps to read it.",
    ),
    Kind(
        "ecid",
        "ECID",
        "ECID（苹果芯片标识）",
        named("ecid uniquechipid chipid"),
        number_forms,
        _shape("(0x)?[0-9a-fA-F]{9,20}", "an ECID is a 64-bit number"),
        Boundary.HEX,
        min_length=9,
        permanent=True,
        ask="Finder or Apple Configurator: click the serial number.",
        why="It stays for good, and Apple forbids apps to read it.",
    ),
    Kind(
        "gsf_id",
        "Google services framework ID",
        "GSF ID（谷歌服务框架标识）",
        named("gsfid gsf gsfandroidid checkinid androidgsfid"),
        number_forms,
        _shape("[0-9a-fA-F]{16}|[0-9]{18,20}", "a GSF ID has 16 hexadecimal or 18 to 20 decimal digits"),
        Boundary.HEX,
        min_length=12,
        ask="A device-ID viewer app.",
        why="It outlives the app: put on again, the app knows the phone.",
    ),
    Kind(
        "widevine_id",
        "Widevine device ID",
        "Widevine ID（DRM设备标识）",
        named("widevineid drmid mediadrmid wvid deviceuniqueid mediadrm drmdeviceid"),
        widevine_forms,
        validate_token,
        permanent=True,
        min_length=16,
        ask='A DRM-info app: "device unique id", in hex or base64.',
        why="It outlives the app: put on again, the app knows the phone.",
    ),
    Kind(
        "push_token",
        "push token",
        "推送令牌",
        named("pushtoken devicetoken regid registrationid clientid cid fcmtoken apnstoken 推送令牌"),
        token_forms,
        validate_token,
        min_length=12,
    ),
    Kind(
        "serial",
        "serial number",
        "设备序列号",
        named("serial serialno serialnumber sn deviceserial buildserial deviceserialno hwserial 序列号 设备序列号"),
        serial_forms,
        validate_serial,
        permanent=True,
        placeholders=frozenset({"0123456789abcdef", "1234567890abcdef"}),
        ask="Settings › About phone › Status › Serial number.",
        why="It stays for good: whoever has it knows this phone until it is scrapped.",
    ),
)
