"""`leakwatch signatures`: one answer a line, unknown is an answer, errors are one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leakwatch.cli import cli

COLUMNS = ["input", "sdk", "sdk_name", "company", "parent", "country", "category", "party", "reason"]


def run(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["signatures", *arguments], input=input)


def rows(result: Result) -> list[dict[str, str]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_match_reads_arguments() -> None:
    result = run("match", "https://ulogs.umeng.com/unify_logs", "nobody.example", "--format", "jsonl")
    assert result.exit_code == 0
    one, other = rows(result)
    assert list(one) == COLUMNS
    assert (one["sdk"], one["company"], one["country"], one["party"]) == ("umeng-analytics", "Umeng", "CN", "third")
    assert (other["sdk"], other["party"]) == ("", "unknown") and other["reason"]


def test_match_reads_standard_input_one_answer_a_line() -> None:
    lines = ["app.adjust.com", "", "\x1b[31m", "https://graph.facebook.com/v1/1/activities", "é", "x" * 100_000]
    result = run("match", "--format", "jsonl", input="\n".join(lines) + "\n")
    assert result.exit_code == 0 and len(rows(result)) == len(lines)
    assert [r["sdk"] for r in rows(result)] == ["adjust", "", "", "facebook-app-events", "", ""]


def test_match_from_an_app(tmp_path: Path) -> None:
    (one,) = rows(run("match", "api.shop.com", "--app", "com.shop.app", "--format", "jsonl"))
    assert one["party"] == "first"
    profile = tmp_path / "phone.yaml"
    profile.write_text(
        "device: {label: x, region: CN}\nidentifiers: [{type: imei, name: imei, value: '867905021234568'}]\n"
        "apps: [{package: com.other.app, first_party_domains: [shop.com], company: Shop}]\n"
    )
    (two,) = rows(run("match", "api.shop.com", "--device", str(profile), "--format", "jsonl"))
    assert two["party"] == "first" and two["company"] == "Shop"


def test_a_table_for_people() -> None:
    result = run("match", "app.adjust.com")
    assert result.exit_code == 0 and "Adjust" in result.stdout


def test_own_signatures_win(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "version: 1\ncompany: {id: own, name: Own}\nsdks:\n  - {id: own-sdk, name: Own, category: other,\n"
        "     endpoints: [{hosts: [app.adjust.com], reasoning: our own finding}]}\n"
    )
    (one,) = rows(run("match", "app.adjust.com", "--signatures", str(tmp_path), "--format", "jsonl"))
    assert one["sdk"] == "own-sdk"


def test_list_show_stats_and_diff(tmp_path: Path) -> None:
    listed = rows(run("list", "--category", "push", "--format", "jsonl"))
    assert listed and {r["category"] for r in listed} == {"push"}
    assert "友盟" in run("show", "umeng-analytics").stdout
    assert json.loads(run("show", "umeng", "--format", "json").stdout)["company"]["id"] == "umeng"
    counts = {r["figure"]: r for r in rows(run("stats", "--format", "jsonl"))}
    assert counts["SDKs"]["count"] > 100 and counts["references recalled"]["share"]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.yaml").write_text("version: 1\ncompany: {id: x, name: X}\n")
    assert rows(run("diff", str(tmp_path / "a"), str(tmp_path / "b"), "--format", "jsonl")) == [
        {"change": "added", "kind": "company", "id": "x", "fields": ""}
    ]


def test_lint_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("version: 1\ncompany: {id: y, name: Y, country: CN}\n")
    result = run("lint", str(tmp_path / "x.yaml"), "--format", "jsonl")
    assert result.exit_code == 1
    assert [(r["file"], r["rule"]) for r in rows(result)] == [("x.yaml", "name")]
    (tmp_path / "x.yaml").rename(tmp_path / "y.yaml")
    assert run("lint", str(tmp_path / "y.yaml")).exit_code == 0


def test_import_writes_signatures_that_match_uses(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("0.0.0.0 ads.shop.example.com\n")
    result = run("import", "hosts", str(tmp_path / "l.txt"), "-o", str(tmp_path / "out"), "--licence", "CC0-1.0")
    assert result.exit_code == 0 and result.stdout == ""
    (one,) = rows(run("match", "ads.shop.example.com", "--signatures", str(tmp_path / "out"), "--format", "jsonl"))
    assert one["sdk"] == "l-listed-hosts"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("show", "nobody"), 2),
        (("import", "nosuch", __file__, "-o", "out"), 2),
        (("import", "exodus", __file__, "-o", "out"), 2),
        (("match", "a.com", "--signatures", "/nonexistent"), 2),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], status: int, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == status and result.stdout == ""
    assert "Traceback" not in result.stderr and result.stderr.strip()


def test_todo_of_an_empty_database(tmp_path: Path) -> None:
    result = run("todo", "--db", str(tmp_path / "x.db"), "--draft", str(tmp_path / "drafts"), "--format", "jsonl")
    assert result.exit_code == 0 and result.stdout == ""


def test_match_is_quick_to_start() -> None:
    code = (
        "import sys; from leakwatch.attribution import Attributor; Attributor.load().attribute('a.com');"
        "print([m for m in ('sqlalchemy', 'mitmproxy', 'scapy', 'pydantic', 'click') if m in sys.modules])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)  # fills the cache
    seen = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert seen.strip() == "[]"
