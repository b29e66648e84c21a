"""The same request under every link layer and inside every tunnel that is read."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from leakwatch.journal.events import Event, Request
from leakwatch.testing.packets import pcap, segments, tcp_packets, udp_packet

Read = Callable[..., list[Event]]
GET = b"GET /ping HTTP/1.1\r\nHost: sdk.example\r\n\r\n"
IP = tcp_packets(segments([(0, GET)]), port=80, shake=False)[0]
MACS = bytes(range(12))
SNAP = b"\xaa\xaa\3\0\0\0\x08\0"
RADIOTAP = struct.pack("<BBHI", 0, 0, 8, 0)
WIFI = b"\x08\1\0\0" + MACS + bytes(8)
LAYERS = {
    "ethernet": (1, MACS + b"\x08\0"),
    "vlan": (1, MACS + b"\x81\0\0\7\x08\0"),
    "qinq": (1, MACS + b"\x88\xa8\0\7\x81\0\0\x08\x08\0"),
    "snap": (1, MACS + struct.pack(">H", len(IP) + 8) + SNAP),
    "mpls": (1, MACS + b"\x88\x47\0\1\1\xff"),
    "pppoe": (1, MACS + b"\x88\x64\x11\0\0\1" + struct.pack(">H", len(IP) + 2) + b"\0\x21"),
    "vn-tag": (1, MACS + b"\x89\x26\0\0\0\0\x08\0"),
    "backbone": (1, MACS + b"\x88\xe7\0\0\0\1" + MACS + b"\x08\0"),
    "fabricpath": (1, MACS + b"\x89\x03\0\x40" + MACS + b"\x08\0"),
    "ppp": (9, b"\xff\3\0\x21"),
    "ppp-direction": (204, b"\0\xff\3\0\x21"),
    "hdlc": (104, b"\x0f\0\x08\0"),
    "null": (0, b"\2\0\0\0"),
    "null-big-endian": (0, b"\0\0\0\2"),
    "raw": (101, b""),
    "ipv4": (228, b""),
    "cooked": (113, bytes(14) + b"\x08\0"),
    "cooked-vlan": (113, bytes(14) + b"\x81\0\0\7\x08\0"),
    "cooked2": (276, b"\x08\0" + bytes(18)),
    "cooked2-vlan": (276, b"\x81\0" + bytes(18) + b"\0\7\x08\0"),
    "wifi": (105, WIFI + SNAP),
    "wifi-qos": (105, b"\x88" + WIFI[1:] + b"\0\0" + SNAP),
    "wifi-between-stations": (105, b"\x08\3" + WIFI[2:] + bytes(6) + SNAP),
    "radiotap": (127, RADIOTAP + WIFI + SNAP),
    "pktap": (258, struct.pack("<III", 108, 1, 1) + bytes(96) + MACS + b"\x08\0"),
    "pktap as a user link type": (149, struct.pack("<III", 108, 1, 1) + bytes(96) + MACS + b"\x08\0"),
}
TUNNELS = {
    "gtp": (2152, struct.pack(">BBHI", 0x30, 0xFF, len(IP), 1)),
    "gtp-sequence": (2152, struct.pack(">BBHIHBB", 0x32, 0xFF, len(IP) + 4, 1, 7, 0, 0)),
    "vxlan": (4789, b"\x08\0\0\0\0\0\1\0" + MACS + b"\x08\0"),
    "geneve": (6081, b"\1\0\x65\x58\0\0\1\0" + b"opts" + MACS + b"\x08\0"),
    "geneve-ip": (6081, b"\0\0\x08\0\0\0\1\0"),
    "l2tp": (1701, b"\0\2\0\1\0\1\xff\3\0\x21"),
    "l2tp-long": (1701, b"\x4a\2\0\0\0\1\0\1\0\1\0\1\0\2zz\0\x21"),
    "ayiya": (5072, b"\x40\x50\0\4" + bytes(4) + bytes(16) + bytes(20)),
}
GRE = {
    "plain": b"\0\0\x08\0",
    "key-and-sequence": b"\x30\0\x08\0" + bytes(8),
    "pptp": b"\x30\x81\x88\x0b\0\0\0\0" + bytes(8) + b"\xff\3\0\x21",
    "mpls": b"\0\0\x88\x47\0\1\1\xff",
    "ethernet": b"\0\0\x65\x58" + MACS + b"\x08\0",
    "erspan1": b"\0\0\x88\xbe" + MACS + b"\x08\0",
    "erspan2": b"\x10\0\x88\xbe\0\0\0\1" + b"\x10\1\0\0\0\0\0\0" + MACS + b"\x08\0",
    "erspan3": b"\x10\0\x22\xeb\0\0\0\1" + b"\x20\1" + bytes(10) + MACS + b"\x08\0",
}


def _paths(events: list[Event]) -> list[bytes]:
    return [e.target for e in events if isinstance(e, Request)]


@pytest.mark.parametrize("name", LAYERS)
def test_a_request_under_every_link_layer(read: Read, name: str) -> None:
    link, head = LAYERS[name]
    assert _paths(read(pcap([head + IP], link=link))) == [b"/ping"]


@pytest.mark.parametrize("name", LAYERS)
def test_a_frame_cut_in_its_headers_is_passed_over(read: Read, name: str) -> None:
    link, head = LAYERS[name]
    whole = head + IP
    assert not _paths(read(pcap([whole[:size] for size in range(len(head) + 24)], link=link)))


@pytest.mark.parametrize("name", TUNNELS)
def test_a_request_inside_every_tunnel(read: Read, name: str) -> None:
    port, head = TUNNELS[name]
    assert _paths(read(pcap([udp_packet(0, head + IP, port=port)]))) == [b"/ping"]
    read(pcap([udp_packet(0, (head + IP)[:size], port=port) for size in range(len(head) + 24)]))  # and no error


def test_encrypted_wifi_is_not_taken_for_open(read: Read) -> None:
    sealed = WIFI[:1] + b"\x41" + WIFI[2:]
    assert not _paths(read(pcap([sealed + SNAP + IP], link=105)))


@pytest.mark.parametrize("origin", [b"", b"\0\0\1\2\3\4\5\6", b"\0\1\0\0" + bytes(9)], ids=["bare", "origin", "auth"])
def test_ipv6_inside_teredo(read: Read, origin: bytes) -> None:
    ipv6 = struct.pack(">IHBB", 0x60000000, len(IP) - 20, 6, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + IP[20:]
    assert _paths(read(pcap([udp_packet(0, origin + ipv6, port=3544)]))) == [b"/ping"]


@pytest.mark.parametrize("name", GRE)
def test_a_request_inside_every_kind_of_gre(read: Read, name: str) -> None:
    inner = GRE[name] + IP
    outer = IP[:2] + struct.pack(">H", 20 + len(inner)) + IP[4:9] + b"\x2f" + IP[10:20]
    assert _paths(read(pcap([outer + inner]))) == [b"/ping"]
    read(pcap([outer + inner[:size] for size in range(len(inner) - len(IP) + 24)]))  # and no error
