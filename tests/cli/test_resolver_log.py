"""`--resolver-log`: a host that is another's under an alias is named by scan, and by analyse long after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli

AAID = "3b241101-e2bb-4255-8caf-4136c566a962"
PROFILE = f"""\
device: {{label: test-phone, region: CN}}
identifiers:
  - {{type: aaid, name: aaid, value: "{AAID}"}}
apps:
  - {{package: com.example.app, first_party_domains: [example.com], company: Example}}
"""
LOG = """\
Nov 21 20:01:02 dnsmasq[811]: query[A] metrics.example.com from 192.168.1.5
Nov 21 20:01:02 dnsmasq[811]: reply metrics.example.com is <CNAME>
Nov 21 20:01:02 dnsmasq[811]: reply ulogs.umeng.com is 192.0.2.7
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    request = {"method": "GET", "url": f"https://metrics.example.com/p?id={AAID}", "headers": []}
    response = {"status": 204, "headers": [], "content": {"size": 0}}
    entry = {"startedDateTime": "2026-01-02T03:04:05Z", "time": 1, "request": request, "response": response}
    (tmp_path / "a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    (tmp_path / "phone.yaml").write_text(PROFILE, "utf-8")
    (tmp_path / "dns.log").write_text(LOG)
    return tmp_path


def run(*words: str) -> tuple[int, list[dict[str, str]], str]:
    result = CliRunner().invoke(cli, [*words, "--format", "jsonl"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


SCAN = ("scan", "a.har", "--device", "phone.yaml", "--app", "com.example.app")


def test_scan_names_the_vendor_behind_the_apps_own_name(folder: Path) -> None:
    _, (plain,), _ = run(*SCAN)
    assert plain["party"] == "first"
    _, (cloaked,), _ = run(*SCAN, "--resolver-log", "dns.log")
    assert (cloaked["party"], cloaked["company"], cloaked["parent"]) == ("third", "Umeng", "Alibaba")
    assert "DNS alias (CNAME) of ulogs.umeng.com" in cloaked["reason"]


def test_analyse_takes_the_log_and_keeps_it(folder: Path) -> None:
    run(*SCAN, "--db", "lab.db")
    run("analyse", "--db", "lab.db", "--resolver-log", "dns.log")
    _, (leak,), _ = run("leaks", "--db", "lab.db")
    assert leak["company"] == "Umeng"
    (kept,) = folder.rglob("resolver.log")
    assert kept.stat().st_mode & 0o777 == 0o600
    run("analyse", "--db", "lab.db")
    _, (again,), _ = run("leaks", "--db", "lab.db")
    assert again["company"] == "Umeng"


def test_scan_keeps_the_log_beside_the_journal(folder: Path) -> None:
    run(*SCAN, "--db", "lab.db", "--resolver-log", "dns.log")
    run("analyse", "--db", "lab.db")
    _, (leak,), _ = run("leaks", "--db", "lab.db")
    assert leak["company"] == "Umeng"


def test_a_file_that_is_no_resolvers_log_is_one_line(folder: Path) -> None:
    (folder / "no.log").write_text("nothing\n")
    code, rows, said = run(*SCAN, "--resolver-log", "no.log")
    assert code == 2 and rows == [] and "no answer in it" in said and len(said.splitlines()) == 1
