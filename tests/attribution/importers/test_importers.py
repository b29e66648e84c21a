"""Importers: each format becomes signatures that load, keep their licence and attribute; junk is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leakwatch.attribution import Attributor
from leakwatch.attribution.importers import IMPORTERS, import_file
from leakwatch.attribution.index import compile_index
from leakwatch.attribution.lint import lint
from leakwatch.attribution.load import read_folders
from leakwatch.errors import SignatureError

EXODUS = {
    "trackers": {
        "1": {
            "name": "Acme Ads", "website": "https://acme.com", "categories": ["Advertisement"],
            "code_signature": "com.acme.ads.|com.acme.sdk",
            "network_signature": r"ads\.acme\.com|.*acme[0-9]\.net|acme\.io",
        },
        "2": {"name": "Nothing", "code_signature": "", "network_signature": ""},
        "3": "junk",
    }
}  # fmt: skip
RADAR = [
    {
        "domain": "acme.io",
        "owner": {"name": "Acme Inc", "displayName": "Acme"},
        "categories": ["Ad Motivated Tracking"],
    },
    {"domain": "com", "owner": {}},
]
TDS = {"trackers": {"acme.io": {"domain": "acme.io", "owner": {"displayName": "Acme"}, "categories": ["Analytics"]}}}
ENTITIES = {"Acme": {"displayName": "Acme", "properties": ["acme.io", "acme.net"]}}
DISCONNECT = {
    "license": "x",
    "categories": {"Advertising": [{"Acme": {"http://acme.com/": ["acme.io"], "dnt": "eff"}}, "junk"], "Social": []},
}
GHOSTERY = {
    "organizations": {"acme": {"name": "Acme", "country": "DE", "website_url": "https://acme.com"}},
    "patterns": {
        "acme_ads": {"name": "Acme Ads", "category": "advertising", "organization": "acme", "domains": ["acme.io"]}
    },
    "domains": {"acme.net": "acme_ads"},
}
XRAY = [{"owner_name": "Acme", "country": "uk", "doms": ["acme.io", "124.17.1.253"], "necessary": True}, {"doms": []}]
HOSTS = """# list
127.0.0.1 localhost
0.0.0.0 acme.io # ads
plain.acme.net
address=/dns.acme.org/
::1 ip6-localhost
<html>
"""
ADBLOCK = """! list
||acme.io^
||acme.net^$third-party
||acme.org/path
||ok.com^
@@||ok.com^
##.ad
||a*b.com^
||x.com^$domain=y.com
"""


@pytest.mark.parametrize(
    ("form", "data", "hosts", "company"),
    [
        ("exodus", EXODUS, 2, "Acme Ads"),
        ("tracker-radar", RADAR, 1, "Acme"),
        ("tracker-radar", TDS, 1, "Acme"),
        ("tracker-radar", ENTITIES, 2, "Acme"),
        ("disconnect", DISCONNECT, 1, "Acme"),
        ("ghostery", GHOSTERY, 2, "Acme"),
        ("trackercontrol", XRAY, 1, "Acme"),
        ("trackercontrol", HOSTS, 3, "owner unknown (listed)"),
        ("hosts", HOSTS, 3, "owner unknown (listed)"),
        ("adblock", ADBLOCK, 2, "owner unknown (listed)"),
    ],
)
def test_each_format(tmp_path: Path, form: str, data: Any, hosts: int, company: str) -> None:
    file, out = tmp_path / "list.txt", tmp_path / "out"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8-sig")
    assert import_file(form, file, out)[1] == hosts
    signatures = read_folders([out])
    verdict = Attributor(compile_index(signatures)).attribute("acme.io")
    assert verdict.company == company and verdict.sdk and "not checked" in verdict.reason
    for path in out.iterdir():
        assert "licence:" in path.read_text(encoding="utf-8")
    assert {f.rule for f in lint([out]) if f.level == "error"} <= {"reference", "example"}


def test_the_licence_can_be_stated(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("acme.io")
    import_file("hosts", tmp_path / "l.txt", tmp_path / "out", "CC0-1.0")
    assert all("CC0-1.0" in p.read_text() for p in (tmp_path / "out").iterdir())


def test_a_folder_of_domain_files(tmp_path: Path) -> None:
    (tmp_path / "domains" / "US").mkdir(parents=True)
    (tmp_path / "domains" / "US" / "acme.io.json").write_text(json.dumps(RADAR[0]))
    assert import_file("tracker-radar", tmp_path / "domains", tmp_path / "out") == (1, 1)


@pytest.mark.parametrize("form", IMPORTERS)
@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[1, null, {}]", '{"trackers": 7, "patterns": 1}', "{", "\x00\ufffd", "[" * 100_000]
)
def test_junk_is_one_clear_line(tmp_path: Path, form: str, text: str) -> None:
    (tmp_path / "junk").write_text(text, encoding="utf-8")
    with pytest.raises(SignatureError, match="junk"):
        import_file(form, tmp_path / "junk", tmp_path / "out")


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="exodus"):
        import_file("nosuch", tmp_path, tmp_path)
