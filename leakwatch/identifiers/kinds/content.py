"""What is on the phone and where it is: messages, calendar, calls, clipboard, apps, device name, position."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.identifiers.kinds.person import common_name
from leakwatch.identifiers.kinds.phone import phone_forms, validate_phone
from leakwatch.identifiers.pieces import pieces
from leakwatch.model import Boundary


def text_forms(value: str, region: str) -> Iterator[Form]:
    """Yield a text as a whole, with its white space as one blank each, and in pieces."""
    yield Form(value.encode())
    text = value.strip()
    yield Form(text.encode(), "trimmed")
    yield from forms.gbk(text)
    flat = re.sub(r"\s+", " ", text)
    if flat != text:
        yield Form(flat.encode(), "one line", depth=Depth.BRIEF)
    for piece in pieces(text):
        yield Form(piece.encode(), "piece", Boundary.NONE, 26 if piece.isascii() else 64, (), Depth.PLAIN)


def call_forms(value: str, region: str) -> Iterator[Form]:
    """A call is known by the number; a value that is no number is taken as text."""
    yield from (phone_forms if not validate_phone(value, region) else text_forms)(value, region)


def device_name_forms(value: str, region: str) -> Iterator[Form]:
    yield from forms.words(value)
    for name, separator in (("no separators", ""), ("underscores", "_"), ("dashes", "-")):
        if " " in value.strip():
            yield from cases(value.strip().replace(" ", separator), name, depth=Depth.BRIEF)
    for quote, other in (("'", "’"), ("’", "'")):  # iOS writes the curly one
        if quote in value:
            yield Form(value.replace(quote, other).encode(), "other apostrophe", depth=Depth.BRIEF)


def common_device_name(value: str) -> bool:
    """Say whether a device name is only a model's: it stands in every User-Agent."""
    return common_name(value) or _MODEL.fullmatch(value.strip().lower()) is not None


_MODEL = re.compile(
    "(iphone|ipad|ipod|android|pixel|nexus|galaxy|redmi|xiaomi|mi|huawei|honor|oppo|vivo|oneplus|meizu|samsung|sm|poco|"
    "realme|google)([ _-]?[a-z]{0,5}[ _-]?[0-9]{0,4}[a-z+]{0,2}( (pro|max|plus|ultra|lite|se|mini|xl|fold|note)){0,3})"
)


def coordinates(value: str) -> tuple[float, float] | None:
    """Return latitude and longitude of `lat,lon` in decimal degrees, or None where it is neither."""
    match = re.fullmatch(r"\s*([+-]?[0-9]{1,2}(?:\.[0-9]+)?)\s*[,;\s]\s*([+-]?[0-9]{1,3}(?:\.[0-9]+)?)\s*", value)
    if match is None:
        return None
    lat, lon = float(match[1]), float(match[2])
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def validate_gps(value: str, region: str = "") -> tuple[str, ...]:
    place = coordinates(value)
    if place is None:
        return ('should be WGS-84 "latitude,longitude" in decimal degrees, like "30.1123,120.3547"',)
    if place == (0.0, 0.0):
        return ("0,0 is what a phone says that has no position",)
    if min(len(p.partition(".")[2]) for p in re.split(r"[,;\s]+", value.strip())) < 3:
        return ("fewer than 3 decimals are too coarse to be told from other places",)
    return ()


def gps_forms(value: str, region: str) -> Iterator[Form]:
    """Yield what of a position is literal text; decimal coordinates are compared as numbers by `matching`."""
    place = coordinates(value)
    if place is None:
        return
    from leakwatch.identifiers.place import place_forms

    yield from place_forms(value, *place)


_TEXT_KEYS = named("content text message msg body 内容")
KINDS = (
    Kind(
        "gps",
        "position",
        "精确位置（经纬度）",
        named(
            "gps location loc lat lon lng latitude longitude latlng latlon lbs geo geohash gh position "
            "coord coordinate coords ll geopoint 位置 定位 经度 纬度 经纬度"
        ),
        gps_forms,
        validate_gps,
        placeholders=frozenset({"0,0", "0.0,0.0"}),
        ask="Where the phone is during the test, from a map app: latitude,longitude.",
        why="It says where the user is, lives and works.",
    ),
    Kind(
        "device_name",
        "device name",
        "设备名称",
        named("devicename hostname bluetoothname btname phonename name 设备名 设备名称 蓝牙名称"),
        device_name_forms,
        common=common_device_name,
        ask="Settings › About phone › Device name.",
        why="It often holds the owner's name.",
    ),
    Kind(
        "sms",
        "text message",
        "短信内容",
        named("sms smscontent smsbody smslist 短信 短信内容") + _TEXT_KEYS,
        text_forms,
        item=True,
    ),
    Kind(
        "calendar",
        "calendar entry",
        "日历日程",
        named("calendar event events title summary description schedule 日历 日程") + _TEXT_KEYS,
        text_forms,
        item=True,
    ),
    Kind(
        "call_log",
        "call in the call log",
        "通话记录",
        named("calllog calls callrecord number phone phonenumber 通话记录 通话"),
        call_forms,
        item=True,
    ),
    Kind(
        "clipboard",
        "clipboard content",
        "剪贴板内容",
        named("clipboard clip clipcontent cliptext pasteboard paste 剪贴板 剪切板") + _TEXT_KEYS,
        text_forms,
    ),
    Kind(
        "installed_apps",
        "installed app",
        "已安装应用",
        named("apps applist installedapps packages packagelist pkgs packagename pkg 应用列表 已安装应用"),
        lambda value, region: cases(value, depth=Depth.BRIEF),
        item=True,
    ),
)
