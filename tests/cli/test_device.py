"""`leakwatch device`: checks a profile as data on stdout and words on stderr, and makes one that is private."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROFILE = """\
device: {label: pixel-8, region: CN}
identifiers:
  - {type: imei, value: "490154203237513"}
  - {type: mac, value: "02:00:00:00:00:00"}
  - {type: phone, value: "13912345678"}
apps:
  - package: com.example.app
    identifiers: [{type: idfv, value: 599F9C00-92DC-4B5C-9464-7971F01F8370}]
"""


def leakwatch(*args: str | Path, answers: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leakwatch", *map(str, args)]
    return subprocess.run(command, input=answers, capture_output=True, text=True, encoding="utf-8", timeout=60)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "phone.yaml"
    path.write_text(PROFILE)
    return path


def test_check_prints_each_identifier_masked_with_its_variants(profile: Path) -> None:
    result = leakwatch("device", "check", profile, "--format", "jsonl")
    assert result.returncode == 0
    rows = {row["identifier"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert rows["imei"]["value"] == "4901********513" and rows["imei"]["verdict"] == "warning"
    assert rows["imei"]["variants"] > 500
    assert (rows["mac"]["verdict"], rows["mac"]["variants"]) == ("ignored", 0)
    assert (rows["phone"]["verdict"], rows["phone"]["finding"]) == ("ok", "")
    assert rows["idfv"]["app"] == "com.example.app"
    assert "13912345678" not in result.stdout + result.stderr


def test_check_says_what_is_doubtful_with_file_and_line(profile: Path) -> None:
    result = leakwatch("device", "check", profile)
    cure = 'imei "4901********513": check digit should be 8, is 3. Correct it, or add "unchecked: true".'
    assert f"leakwatch: {profile}:3: {cure}" in result.stderr
    assert "4 identifiers" in result.stderr
    assert "imei" in result.stdout


@pytest.mark.parametrize("fmt", ["table", "json", "csv"])
def test_check_prints_every_format(profile: Path, fmt: str) -> None:
    result = leakwatch("device", "check", profile, "--format", fmt)
    assert result.returncode == 0
    assert "com.example.app" in result.stdout


def test_check_refuses_in_one_line_with_status_2(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    path.write_text("identifiers:\n  - {type: imie, value: x}\n")
    result = leakwatch("device", "check", path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"leakwatch: {path}:2: ") and result.stderr.count("\n") == 1
    absent = leakwatch("device", "check", tmp_path / "absent.yaml")
    assert absent.returncode == 2 and "device new" in absent.stderr


def answers_for(**given: list[str]) -> str:
    """What a tester types: name of the phone, region, then each kind in its order, blank where nothing is given."""
    from leakwatch.identifiers.kinds import KINDS

    lines = ["my phone", "CN"]
    for kind in KINDS.values():
        if kind.ask:
            lines += given.get(kind.type, [""])
    return "\n".join([*lines, *given.get("app", [""])]) + "\n"


def test_new_asks_checks_and_writes_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    app = ["com.example.app", "Example", "example.com, Example.net"]
    answers = answers_for(
        imei=["490154203237513", "n", "490154203237526", ""],
        mac=["02:00:00:00:00:00", ""],
        phone=["139", "y", ""],
        app=app,
    )
    result = leakwatch("device", "new", path, answers=answers)
    assert result.returncode == 0, result.stderr
    assert "check digit should be 8, is 3" in result.stderr
    assert "placeholder" in result.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    from leakwatch.identifiers.profile import check_profile, load_profile

    profile = load_profile(path)
    assert [(i.type, i.value, i.unchecked) for i in profile.identifiers] == [
        ("imei", "490154203237526", False),
        ("phone", "139", True),
    ]
    assert profile.app("com.example.app").first_party_domains == ("example.com", "example.net")
    assert [f for f in check_profile(path) if f.level == "warning"] == []


def test_new_overwrites_nothing_and_asks_nothing_then(profile: Path) -> None:
    result = leakwatch("device", "new", profile)
    assert result.returncode == 2
    assert "not overwritten" in result.stderr
    assert profile.read_text() == PROFILE


def test_new_writes_nothing_when_nothing_is_given_or_the_answers_end(tmp_path: Path) -> None:
    path = tmp_path / "phone.yaml"
    assert leakwatch("device", "new", path, answers=answers_for()).returncode == 2
    assert leakwatch("device", "new", path, answers="my phone\n").returncode != 0
    assert not path.exists()
