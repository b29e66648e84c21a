"""Identifiers in what is told in the clear around a payload: names in TLS, SOCKS, STUN and DNS."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from leakwatch.analysis import Analysis
from leakwatch.model import Findings, LeakRecord
from leakwatch.sources import open_source
from leakwatch.testing.factories import IMEI, make_profile
from leakwatch.testing.packets import Turn, client_hello, pcap, segments, tcp_packets, udp_packet

VALUE = IMEI.encode()
MAC = "3c:5a:b4:01:9f:e2"
PROFILE = make_profile(imei=IMEI, mac=MAC)
NAME = b"%s.sdk.example" % VALUE
REQUEST = b"GET /t HTTP/1.1\r\nHost: in.example\r\n\r\n"


def _findings(folder: Path, data: bytes) -> list[Findings]:
    (folder / "x.pcap").write_bytes(data)
    analysis = Analysis(PROFILE)
    return [*map(analysis.feed, open_source(folder / "x.pcap").read()), analysis.finish()]


def _records(folder: Path, data: bytes) -> list[LeakRecord]:
    return [record for findings in _findings(folder, data) for record in findings.records]


def _tcp(turns: list[Turn], port: int) -> bytes:
    return pcap(tcp_packets(segments(turns), port=port))


def test_a_name_in_tls_that_stays_closed(tmp_path: Path) -> None:
    findings = _findings(tmp_path, _tcp([(0, client_hello(NAME.decode()))], 443))
    (record,) = [record for each in findings for record in each.records]
    assert (record.location, record.protocol, record.direction) == ("sni", "tls", "request")
    (entry,) = [entry for each in findings for entry in each.ledger]
    assert entry.kind == "tls_closed" and IMEI not in entry.host and "sdk.example" in entry.host
    assert not _records(tmp_path, _tcp([(0, client_hello(f"{IMEI}98765.sdk.example"))], 443))


@pytest.mark.parametrize(
    ("turns", "places"),
    [
        ([(0, b"\5\2\0\2"), (1, b"\5\2"), (0, b"\1\x0f%s\2pw" % VALUE), (1, b"\1\0")], ["socks[0].username"]),
        ([(0, b"\5\1\2"), (1, b"\5\2"), (0, b"\1\2me\x0f%s" % VALUE), (1, b"\1\0")], ["socks[0].password"]),
        ([(0, b"\4\1\0\x50\0\0\0\1%s\0in.example\0" % VALUE), (1, b"\0\x5a" + bytes(6))], ["socks[0].username"]),
        ([(0, b"\5\1\0"), (1, b"\5\0")], []),
    ],
)
def test_what_a_socks_client_says_of_itself(tmp_path: Path, turns: list[Turn], places: list[str]) -> None:
    if turns[0][1][0] == 5:
        turns = [*turns, (0, b"\5\1\0\3\x0ain.example\0\x50"), (1, b"\5\0\0\1" + bytes(6))]
    records = _records(tmp_path, _tcp([*turns, (0, REQUEST)], 1080))
    assert [record.location for record in records] == places
    assert all(record.port == 1080 for record in records)


def test_the_name_that_a_tunnel_leads_to(tmp_path: Path) -> None:
    asked = b"\5\1\0\3" + bytes([len(NAME)]) + NAME + b"\x1f\x90"
    turns = [(0, b"\5\1\0"), (1, b"\5\0"), (0, asked), (1, b"\5\0\0\1" + bytes(6)), (0, b"\0\1binary")]
    (record,) = _records(tmp_path, _tcp(turns, 1080))
    assert (record.location, record.protocol) == ("host", "tcp")


@pytest.mark.parametrize(("kind", "name"), [(6, "username"), (0x14, "realm"), (0x8022, "software")])
@pytest.mark.parametrize("size", [15, 48, 57])
def test_names_in_stun_whatever_their_length(tmp_path: Path, kind: int, name: str, size: int) -> None:
    """A length of 48 to 57 is a digit in ASCII, directly before the value."""
    value = VALUE + b":" * (size - len(VALUE))
    attribute = struct.pack(">HH", kind, size) + value + bytes(-size % 4)
    message = struct.pack(">HHI12s", 1, len(attribute), 0x2112A442, b"abcdefghijkl") + attribute
    (record,) = _records(tmp_path, pcap([udp_packet(0, message, port=19302)]))
    assert (record.protocol, record.location) == ("stun", f"stun[0].{name}")


def _record(kind: int, data: bytes) -> bytes:
    return b"\1x\7example\0" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


@pytest.mark.parametrize(
    ("kind", "data", "found"),
    [
        (16, b"\3a=1\x14imei=" + VALUE, "imei"),
        (16, b"\3a=1\x30" + VALUE + b":" * 33, "imei"),
        (16, b"\xff" + b":" * 248 + VALUE[:7] + b"\x08" + VALUE[7:], "imei"),
        (13, b"\x0f" + VALUE + b"\1L", "imei"),
        (10, VALUE, "imei"),
        (41, struct.pack(">HH", 65001, 6) + bytes.fromhex(MAC.replace(":", "")), "mac"),
        (41, struct.pack(">HH", 10, 8) + b"cookie\0\0" + struct.pack(">HH", 65074, 17) + MAC.encode(), "mac"),
        (41, struct.pack(">HH", 12, 40) + bytes(40), ""),
        (16, b"\x14" + VALUE + b"98765", ""),
    ],
)
def test_records_that_hold_text(tmp_path: Path, kind: int, data: bytes, found: str) -> None:
    message = struct.pack(">6H", 1, 0x8180, 0, 1, 0, 0) + _record(kind, data)
    records = _records(tmp_path, pcap([udp_packet(1, message, port=53)]))
    assert [record.identifier for record in records] == ([found] if found else [])
