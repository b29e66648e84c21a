"""Where an address is registered: the registries' lists, or an MMDB file of the user's; always worded as a hint."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.attribution import Attributor
from leakwatch.attribution.places import Places
from leakwatch.cli import cli
from leakwatch.errors import SignatureError

LOW, HIGH, CHINA = map(ipaddress.ip_address, ("8.8.8.8", "203.0.112.1", "1.2.4.8"))


def packed(value: object) -> bytes:
    """A value in MMDB's data format (maxmind.github.io/MaxMind-DB): short maps, strings, 16-bit numbers."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        return bytes([0xE0 | len(value)]) + b"".join(packed(k) + packed(v) for k, v in value.items())
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(packed, value))
    if isinstance(value, int):
        return bytes([0xA0 | 2]) + value.to_bytes(2, "big")
    text = str(value).encode()
    return bytes([0x40 | len(text)]) + text


def mmdb(path: Path, row: dict[str, object]) -> Path:
    """A database of one node: the lower half of IPv4 is `row`, the upper half is unknown."""
    tree = (1 + 16).to_bytes(3, "big") + (1).to_bytes(3, "big")
    facts = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": b"\x01\x02\x01",
        "database_type": "t", "description": {}, "ip_version": 4, "languages": [], "node_count": b"\xc1\x01",
        "record_size": 24,
    }  # fmt: skip
    path.write_bytes(tree + bytes(16) + packed(row) + b"\xab\xcd\xefMaxMind.com" + packed(facts))
    return path


def test_the_registries_lists_answer_without_a_file() -> None:
    places = Places()
    assert places.registered_in(ipaddress.ip_address("192.168.1.1")) == ""
    assert "registered in CN (a hint, not where the server stands)" in places.registered_in(CHINA)
    assert "registered in" in places.registered_in(ipaddress.ip_address("2400:3200::1"))


@pytest.mark.parametrize(
    "row",
    [
        {"country": {"iso_code": "DE"}},
        {"registered_country": {"iso_code": "DE"}, "country": {"iso_code": "FR"}},
        {"country": "DE"},
        {"country_code": "de"},
    ],
)
def test_an_own_file_answers_in_its_own_name(tmp_path: Path, row: dict[str, object]) -> None:
    places = Places(mmdb(tmp_path / "own.mmdb", row))
    said = places.registered_in(LOW)
    assert said == "8.8.8.8 lies in a block registered in DE, says own.mmdb (a hint, not where the server stands)"
    assert places.registered_in(HIGH) == "", "the file does not know it, and nobody else is asked"
    assert places.registered_in(ipaddress.ip_address("2400:3200::1")) == ""


@pytest.mark.parametrize("row", [{}, {"country": {"iso_code": 7}}, {"country": "Germany"}, {"country_code": ["de"]}])
def test_rows_of_other_layouts_say_nothing(tmp_path: Path, row: dict[str, object]) -> None:
    assert Places(mmdb(tmp_path / "own.mmdb", row)).registered_in(LOW) == ""


def test_what_is_no_mmdb_or_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.mmdb"
    for content in (b"", b"no database", b"\xab\xcd\xefMaxMind.com\xff\xff"):
        wrong.write_bytes(content)
        with pytest.raises(SignatureError, match="is no MMDB file"):
            Places(wrong)
    with pytest.raises(SignatureError, match="cannot be read"):
        Places(tmp_path / "none.mmdb")


def test_a_missing_library_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    with pytest.raises(SignatureError, match=r"pip install 'leakwatch\[geo\]'"):
        Places(tmp_path / "own.mmdb")
    assert "registered in CN" in Places().registered_in(CHINA)


def test_the_attributor_and_the_command_take_it(tmp_path: Path) -> None:
    path = mmdb(tmp_path / "own.mmdb", {"country": {"iso_code": "DE"}})
    attributor = Attributor.load(mmdb=path)
    assert "registered in DE, says own.mmdb" in attributor.attribute("x.example.org", ip="8.8.8.8").reason
    assert "says own.mmdb" in attributor.for_app(None).attribute("x.example.org", ip="8.8.8.8").reason
    done = CliRunner().invoke(cli, ["signatures", "match", "8.8.8.8", "--mmdb", str(path), "--format", "jsonl"])
    assert done.exit_code == 0 and "registered in DE" in done.stdout
