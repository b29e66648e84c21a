"""Resolver logs: each resolver's own lines, and whatever else a file may hold."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import pytest

from leakwatch.errors import SourceError
from leakwatch.sources.resolver_log import read_resolver_log

DNSMASQ = """\
Nov 21 20:01:02 dnsmasq[811]: query[A] metrics.shop.com from 192.168.1.5
Nov 21 20:01:02 dnsmasq[811]: forwarded metrics.shop.com to 9.9.9.9
Nov 21 20:01:02 dnsmasq[811]: reply metrics.shop.com is <CNAME>
Nov 21 20:01:02 dnsmasq[811]: reply shop.vendor.com is <CNAME>
Nov 21 20:01:02 dnsmasq[811]: reply edge.cdn.net is 192.0.2.7
Nov 21 20:01:02 dnsmasq[811]: reply edge.cdn.net is 2001:db8::7
Nov 21 20:01:03 dnsmasq[811]: 46 192.168.1.5/53412 cached plain.example.org is 192.0.2.8
Nov 21 20:01:04 dnsmasq[811]: reply gone.example.org is NXDOMAIN
Nov 21 20:01:05 dnsmasq[811]: gravity blocked ads.example.org is 0.0.0.0
"""


def read(tmp_path: Path, text: str) -> list[tuple[float, str, str, str]]:
    path = tmp_path / "resolver.log"
    path.write_text(text, encoding="utf-8")
    return list(read_resolver_log(path))


def test_dnsmasq_and_pi_hole(tmp_path: Path) -> None:
    assert read(tmp_path, DNSMASQ) == [
        (0.0, "metrics.shop.com", "CNAME", "shop.vendor.com"),
        (0.0, "shop.vendor.com", "CNAME", "edge.cdn.net"),
        (0.0, "edge.cdn.net", "A", "192.0.2.7"),
        (0.0, "edge.cdn.net", "AAAA", "2001:db8::7"),
        (0.0, "plain.example.org", "A", "192.0.2.8"),
    ]


def wire(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def test_adguard_home(tmp_path: Path) -> None:
    target = wire("x.vendor.com")
    record = b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, len(target)) + target
    message = struct.pack(">6H", 1, 0x8180, 1, 1, 0, 0) + wire("m.shop.com") + struct.pack(">HH", 1, 1) + record
    line = {"T": "2026-11-21T20:01:02.123456789Z", "QH": "m.shop.com", "Answer": base64.b64encode(message).decode()}
    broken = {"T": "x", "Answer": "AAAA"}
    (found,) = read(tmp_path, "\n".join(map(json.dumps, [line, broken, {"QH": "a"}])))
    assert found == (pytest.approx(1795291262.123456), "m.shop.com", "CNAME", "x.vendor.com")


def test_csv_with_a_chain_and_addresses(tmp_path: Path) -> None:
    text = "time,name,answer\n2026-11-21T20:01:02Z,m.shop.com,x.vendor.com e.cdn.net 192.0.2.7\n5,b.org,2001:db8::1\n"
    assert read(tmp_path, text) == [
        (1795291262.0, "m.shop.com", "CNAME", "x.vendor.com"),
        (1795291262.0, "x.vendor.com", "CNAME", "e.cdn.net"),
        (1795291262.0, "e.cdn.net", "A", "192.0.2.7"),
        (5.0, "b.org", "AAAA", "2001:db8::1"),
    ]


@pytest.mark.parametrize("text", ["", "nothing of it\n", '{"a": 1}\n', "1,2\n", "x" * 200_000, '"\n'])
def test_a_file_without_an_answer_is_refused_with_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="no answer in it"):
        read(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_resolver_log(tmp_path / "none"))
