"""Preparing a capture: everything is checked first, and what the package says meets what the tester says."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leakwatch.capture.plan import Plan, addon_options, check_mode, prepare
from leakwatch.capture.supervisor import CaptureError
from leakwatch.errors import LeakwatchError
from leakwatch.store import Store, queries

IMEI = "867900045123877"
PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
"""


def plan(folder: Path, **options: Any) -> Plan:
    (folder / "phone.yaml").write_text(PROFILE)
    known: dict[str, Any] = {"device": folder / "phone.yaml", "db": str(folder / "leakwatch.db"), "listen_port": 0}
    return Plan(**(known | options))


def test_the_capture_is_begun_with_its_facts_and_a_private_profile_copy(tmp_path: Path) -> None:
    facts = {"examiner": "王芳", "case": "7", "note": "", "fresh_install": True}
    ready = prepare(plan(tmp_path, app="com.example.app", facts=facts, baseline=True))
    with ready.store:
        (row,) = queries.captures(ready.store)
    assert (row["capture"], row["examiner"], row["case_no"]) == (ready.capture, "王芳", "7")
    assert (row["baseline"], row["fresh_install"], row["device"]) == (True, True, "pixel-8")
    assert ready.profile_copy.read_text() == PROFILE
    assert ready.profile_copy.stat().st_mode & 0o777 == 0o600
    assert ready.folder.stat().st_mode & 0o777 == 0o700
    assert not ready.journal.exists()


def test_the_addon_gets_everything_by_its_own_options(tmp_path: Path) -> None:
    ready = prepare(plan(tmp_path, app="com.example.app", on_pinned="fail", stream_over="500k", phase="idle"))
    ready.store.close()
    options = dict(option.split("=", 1) for option in addon_options(ready))
    assert options["leakwatch_journal"] == str(ready.journal)
    assert (options["leakwatch_on_pinned"], options["leakwatch_stream_over"]) == ("fail", "500k")
    assert (options["leakwatch_phase"], options["leakwatch_key"]) == ("idle", "")
    facts = json.loads(options["leakwatch_facts"])
    assert (facts["capture"], facts["device"], facts["mode"]) == (ready.capture, "pixel-8", "regular")
    assert IMEI not in options["leakwatch_facts"]
    declared = {name for name, *_ in _addon_options()}
    assert set(options) <= declared


def _addon_options() -> Any:
    from leakwatch.capture import addon

    return addon._OPTIONS


@pytest.mark.parametrize(
    ("mode", "port"),
    [("regular", 8080), ("socks5", 1080), ("wireguard", 51820), ("upstream:http://p:3128", 8080), ("regular@9", 9)],
)
def test_each_mode_has_its_port(tmp_path: Path, mode: str, port: int) -> None:
    assert check_mode(plan(tmp_path, mode=mode, listen_port=None)) == port


def test_the_testers_port_wins(tmp_path: Path) -> None:
    assert check_mode(plan(tmp_path, mode="wireguard", listen_port=5000)) == 5000


@pytest.mark.parametrize(
    "mode", ["", "web", "reverse:https://x", "upstream:", "regular:x", "regular@x", "local", "dns"]
)
def test_another_mode_is_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(CaptureError, match=r"--mode .*; use regular"):
        check_mode(plan(tmp_path, mode=mode))


def test_nothing_is_begun_where_something_is_wrong(tmp_path: Path) -> None:
    for wrong in ({"stream_over": "x"}, {"phase": "x"}, {"mode": "x"}, {"device": tmp_path / "none.yaml"}):
        with pytest.raises(LeakwatchError):
            prepare(plan(tmp_path, **wrong))
    assert not (tmp_path / "leakwatch.db").exists()


def test_what_the_package_says_is_stored_and_contradictions_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leakwatch.capture import plan as module
    from leakwatch.capture.apk import Apk

    apk = Apk("ab" * 32, "com.other.app", "4.2.1", "421", "cd" * 32, "v2")
    monkeypatch.setattr(module, "read_apk", lambda path: apk)
    ready = prepare(plan(tmp_path, app="com.example.app", apk=Path("x.apk"), facts={"app_version": "4.2.0"}))
    with Store.open(str(tmp_path / "leakwatch.db")) as store:
        (row,) = queries.captures(store)
    ready.store.close()
    assert (row["app_sha256"], row["signer"], row["app_version"]) == ("ab" * 32, "cd" * 32, "4.2.0")
    assert ready.warnings == (
        "x.apk is version 4.2.1, --app-version says 4.2.0",
        "x.apk is com.other.app, --app says com.example.app",
    )


def test_a_package_without_a_readable_manifest_still_gives_its_digest(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("classes.dex", b"dex")
    (tmp_path / "x.apk").write_bytes(buffer.getvalue())
    ready = prepare(plan(tmp_path, apk=tmp_path / "x.apk"))
    ready.store.close()
    assert len(ready.facts["app_sha256"]) == 64
    assert ready.warnings == ("x.apk: its manifest cannot be unpacked", "x.apk: no signer's certificate can be read")
