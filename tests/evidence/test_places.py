"""Leaks outside of HTTP are proved from the stored bytes too: names in TLS, SOCKS, STUN, DNS, MQTT in a WebSocket."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

from leakwatch.evidence import prove
from leakwatch.offline.jobs import Job
from leakwatch.offline.scan import Scanner
from leakwatch.store import Store, queries
from leakwatch.testing.factories import IMEI
from leakwatch.testing.packets import (
    Turn,
    client_hello,
    mqtt_packet,
    mqtt_text,
    pcap,
    segments,
    tcp_packets,
    udp_packet,
)

VALUE = IMEI.encode()
PROFILE = f"""
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
"""


def _websocket() -> list[Turn]:
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    asked = b"GET /w HTTP/1.1\r\nHost: w.example\r\n%sSec-WebSocket-Key: %s\r\n\r\n" % (
        upgrade,
        base64.b64encode(bytes(16)),
    )
    connect = mqtt_packet(0x10, mqtt_text(b"MQTT") + b"\4\2\0\x3c" + mqtt_text(VALUE))
    frame = b"\x82" + bytes([0x80 | len(connect)]) + bytes(4) + connect
    return [(0, asked), (1, b"HTTP/1.1 101 S\r\n%s\r\n" % upgrade), (0, frame)]


def _capture() -> bytes:
    reply = b"\5\0\0\1" + bytes(6)
    name = b"%s.example" % VALUE
    socks = [(0, b"\5\1\2"), (1, b"\5\2"), (0, b"\1\x0f%s\1x" % VALUE), (1, b"\1\0")]
    socks += [(0, b"\5\1\0\3" + bytes([len(name)]) + name + b"\0\x50"), (1, reply), (0, b"\0\1binary")]
    stun = struct.pack(">HHI12s", 1, 20, 0x2112A442, bytes(12)) + b"\0\6\0\x0f" + VALUE + b"\0"
    hinfo = struct.pack(">6H", 1, 0x8180, 0, 1, 0, 0) + b"\1x\0\0\x0d\0\1\0\0\0\5\0\x12\x0f" + VALUE + b"\1L"
    turns: dict[int, list[Turn]] = {443: [(0, client_hello(name.decode()))], 1080: socks, 80: _websocket()}
    packets = [p for port, said in turns.items() for p in tcp_packets(segments(said), port=port)]
    return pcap([*packets, udp_packet(0, stun, port=3478), udp_packet(1, hinfo, port=53)])


def test_every_place_is_read_again_in_the_journal(tmp_path: Path) -> None:
    (tmp_path / "x.pcap").write_bytes(_capture())
    (tmp_path / "phone.yaml").write_text(PROFILE)
    with Store.open(str(tmp_path / "lab.db")) as store:
        told: list[str] = []
        scanner = Scanner((), store, report=told.append)
        list(scanner.scan([Job(tmp_path / "x.pcap", tmp_path / "phone.yaml")], lambda job, event: None))
        leaks = {leak["location"]: leak["leak"] for leak in queries.leaks(store)}
        assert not told
        assert set(leaks) == {"sni", "host", "socks[0].username", "stun[0].username", "mqtt[0].client_id", "dns"}
        for location, leak in leaks.items():
            proof = prove(store, leak)
            assert proof.holds, (location, proof.failure)
