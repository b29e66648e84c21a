"""Identifiers of network interfaces and of the networks around the phone: MAC, BSSID, SSID, IP."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from leakwatch.identifiers import forms
from leakwatch.identifiers.forms import Depth, Form, cases, digits, raw
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.model import Boundary


def _mac_hex(value: str) -> str:
    return re.sub(r"[\s:\-.]", "", value).lower()


def validate_mac(value: str, region: str = "") -> tuple[str, ...]:
    text = _mac_hex(value)
    if not re.fullmatch(r"[0-9a-f]{12}", text):
        return ("a MAC address has 12 hexadecimal digits, like a4:77:33:01:02:03",)
    if int(text[:2], 16) & 1:
        return ("the first byte says multicast: no interface has such an address",)
    return ()


def mac_forms(value: str, region: str) -> Iterator[Form]:
    yield from cases(value, boundary=Boundary.HEX, alphabet=16)
    text = _mac_hex(value)
    if not re.fullmatch(r"[0-9a-f]{12}", text):
        return
    octets = [text[i : i + 2] for i in range(0, 12, 2)]
    for name, string, depth in (
        ("colons", ":".join(octets), Depth.FULL),
        ("no separators", text, Depth.FULL),
        ("dashes", "-".join(octets), Depth.WIDE),
        ("dots", ".".join(text[i : i + 4] for i in (0, 4, 8)), Depth.BRIEF),
        ("dots", ".".join(octets), Depth.BRIEF),
        ("spaces", " ".join(octets), Depth.BRIEF),
        ("no leading zeros", ":".join(o.lstrip("0") or "0" for o in octets), Depth.BRIEF),
        ("bytes reversed, colons", ":".join(octets[::-1]), Depth.WIDE),
        ("bytes reversed, no separators", "".join(octets[::-1]), Depth.WIDE),
        ("bytes reversed, dashes", "-".join(octets[::-1]), Depth.BRIEF),
    ):
        for form in cases(string, name, boundary=Boundary.HEX, alphabet=16, depth=depth):
            if not form.name.endswith("lower"):
                yield form
    # 24 bits are shared by one device in 16 million: only under a key that names the type.
    for string in (":".join(octets[3:]), "".join(octets[3:])):
        yield from cases(string, "last 3 bytes", boundary=Boundary.HEX, alphabet=16, depth=Depth.PLAIN, whole=True)
    yield from _mac_numbers(bytes.fromhex(text))


def _mac_numbers(data: bytes) -> Iterator[Form]:
    number = int.from_bytes(data, "big")
    yield raw(data, depth=Depth.WIDE)
    yield raw(data[::-1], name="bytes reversed")
    yield digits(str(number), "decimal", depth=Depth.BRIEF)
    yield from forms.integers(number, text=False)
    host = bytes((data[0] ^ 2,)) + data[1:3] + b"\xff\xfe" + data[3:]
    groups = ":".join(f"{host[i] << 8 | host[i + 1]:x}" for i in range(0, 8, 2))
    yield Form(groups.encode(), "eui-64", Boundary.HEX, 16, (), Depth.PLAIN)  # RFC 4291 appendix A: the end of an IPv6


def ssid_forms(value: str, region: str) -> Iterator[Form]:
    yield from forms.words(value)
    yield Form(f'"{value}"'.encode(), "quotes", depth=Depth.WIDE, needle=False)  # as Android's WifiInfo gives it


def validate_ip(value: str, region: str = "") -> tuple[str, ...]:
    try:
        ipaddress.ip_address(value.strip())
    except ValueError:
        return ("should be an IPv4 or IPv6 address",)
    return ()


def common_ip(value: str) -> bool:
    """Say whether an address is private, shared or reserved: millions of devices have the same."""
    try:
        return not ipaddress.ip_address(value.strip()).is_global
    except ValueError:
        return False


def ip_forms(value: str, region: str) -> Iterator[Form]:
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        yield from cases(value)
        return
    if address.version == 4:
        yield digits(value)
        yield digits(str(int(address)), "decimal", depth=Depth.PLAIN, whole=True)
        yield from cases(
            f"{int(address):08x}", "hex", boundary=Boundary.HEX, alphabet=16, depth=Depth.PLAIN, whole=True
        )
        return
    groups = ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))
    for text, name in (
        (value, ""),
        (address.compressed, "compressed"),
        (address.exploded, "exploded"),
        (groups, "no leading zeros"),
    ):
        yield from cases(text, name, boundary=Boundary.HEX, alphabet=16)
    yield raw(address.packed)


_MAC_PLACEHOLDERS = frozenset({"020000000000", "000000000000", "ffffffffffff"})
_COMMON_SSID = frozenset(
    {
        "home",
        "wifi",
        "guest",
        "default",
        "linksys",
        "netgear",
        "androidwifi",
        "android",
        "office",
        "xiaomi",
        "huawei",
        "tp-link",
        "chinanet",
        "cmcc",
        "starbucks",
        "iphone",
        "dlink",
        "internet",
    }
)
KINDS = (
    Kind(
        "mac",
        "Wi-Fi MAC address",
        "MAC地址",
        named("mac mc macaddress macaddr wifimac wlanmac wlan0 mac1 devicemac hwaddr 无线mac地址 mac地址 物理地址"),
        mac_forms,
        validate_mac,
        Boundary.HEX,
        min_length=12,
        permanent=True,
        placeholders=_MAC_PLACEHOLDERS,
        ask="Settings › About phone › Status. Some phones show a random one per network.",
        why="It stays with the phone, and every network that it joins or passes sees it too.",
    ),
    Kind(
        "bt_mac",
        "Bluetooth MAC address",
        "蓝牙MAC地址",
        named("btmac bluetoothmac bluetoothaddress btaddr btaddress blemac bluetooth 蓝牙地址 蓝牙mac"),
        mac_forms,
        validate_mac,
        Boundary.HEX,
        min_length=12,
        permanent=True,
        placeholders=_MAC_PLACEHOLDERS,
        ask="Settings › About phone › Status › Bluetooth address.",
        why="It stays with the phone, and every network that it joins or passes sees it too.",
    ),
    Kind(
        "bssid",
        "BSSID",
        "BSSID（路由器MAC地址）",
        named("bssid wifibssid apmac routermac gatewaymac wifimac wifiid connectedwifimac 路由器mac"),
        mac_forms,
        validate_mac,
        Boundary.HEX,
        min_length=12,
        placeholders=_MAC_PLACEHOLDERS,
        ask="The access point's MAC address: on the router's label, or in the Wi-Fi details.",
        why="It says where the phone is, down to the building: maps of access points are for sale.",
    ),
    Kind(
        "ssid",
        "SSID",
        "SSID（Wi-Fi名称）",
        named("ssid wifissid wifiname wifi networkname apname connectedwifi wifi名称 热点名称"),
        ssid_forms,
        common=lambda v: v.lower() in _COMMON_SSID,
        ask="The name of the Wi-Fi network.",
        why="It says where the phone is, down to the building: maps of access points are for sale.",
    ),
    Kind(
        "ip",
        "network address",
        "IP地址",
        named("ip ipaddr ipaddress clientip localip lanip wifiip publicip remoteip ipv4 ipv6 ip地址"),
        ip_forms,
        validate_ip,
        Boundary.HEX,
        min_length=7,
        common=common_ip,
        placeholders=frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"}),  # noqa: S104  # values, nothing binds to them
    ),
)
