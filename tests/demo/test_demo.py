"""The demo as its user runs it: one capture, exactly the planted leaks, both phases, a summary, within 40 seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leakwatch.demo import payloads, world
from leakwatch.demo.story import STEPS

UMENG = [
    ("imei", "gzip json md5", "body.json:$.header.imei_md5"),
    ("android_id", "gzip json", "body.json:$.header.android_id"),
    ("oaid", "gzip json", "body.json:$.header.oaid"),
    ("wifi_mac", "gzip json", "body.json:$.header.mac"),
]
BEFORE = [
    (world.API, "android_id", "", "header:X-Device-Id"),
    *[(world.UMENG, *leak) for leak in UMENG],
    (world.JIGUANG, "imei", "base64 zlib json", "body.json:$.imei"),
    (world.JIGUANG, "android_id", "base64 zlib json", "body.json:$.android_id"),
    (world.BAIDU_ADS, "imei", "form md5", "body.form:imei_md5"),
    (world.BAIDU_ADS, "oaid", "form", "body.form:oaid"),
    (world.TENCENT_ADS, "imei", "md5", "query:muid"),
    (world.AMAP, "gps", "gcj02", "query:location"),
    (world.FIREBASE, "gaid", "protobuf", "body.protobuf:1.19"),
]
AFTER = [
    (world.SENSORS, "android_id", "form percent base64 gzip json", "body.form:data_list.json:$[0].distinct_id"),
    (world.OCEAN_ENGINE, "imei", "json md5", "body.json:$.context.device.imei"),
    (world.OCEAN_ENGINE, "oaid", "json", "body.json:$.context.device.oaid"),
    (world.SEGMENT, "gaid", "json", "body.json:$.batch[0].context.device.advertisingId"),
    (world.SEGMENT, "email", "json", "body.json:$.batch[0].context.traits.email"),
    (world.SENTRY, "android_id", "gzip ndjson", "body.ndjson[2]:$.user.id"),
    *[
        (world.API, f"contact_{n + 1}_{kind}", "json", f"body.json:$.contacts[{n}].{key}")
        for n in (0, 1)
        for kind, key in (("name", "name"), ("phone", "mobile"))
    ],
    (world.PUSH, "phone", "websocket json", "ws[0].json:$.phone"),
    (world.API, "phone", "json", "body.json:$.phone"),
    (world.AMAP, "gps", "gcj02", "query:location"),
    (world.AMAP, "gps", "gcj02", "query:location"),
    *[(world.UMENG, *leak) for leak in UMENG],
]
"""The planted leaks, by hand: host, identifier, chain, location."""

SDKS_AT_LEAST = 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("demo")
    database = folder / "leaks.db"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "leakwatch", "demo", "--db", str(database)],
        capture_output=True, text=True, timeout=60, env=_environment(folder), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return {"done": done, "seconds": time.monotonic() - began, "db": database, "folder": folder}


def _environment(folder: Path) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if k != "LEAKWATCH_DB"}
    return environment | {"XDG_DATA_HOME": str(folder), "PYTHONWARNINGS": "default"}


def _rows(run: dict[str, Any], *command: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "leakwatch", *command, "--db", str(run["db"]), "--format", "jsonl"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_ends_well_and_in_time(run: dict[str, Any]) -> None:
    assert run["done"].returncode == 0, run["done"].stderr
    assert run["seconds"] < 40
    assert "Traceback" not in run["done"].stdout + run["done"].stderr


def test_a_newcomer_is_told_what_runs_and_not_to_connect_a_phone(run: dict[str, Any]) -> None:
    said = run["done"].stderr
    assert "A simulated phone runs com.lvxing.trip" in said
    assert not any(word in said for word in ("Wi-Fi", "mitm.it", "set its proxy"))


def test_exactly_the_planted_leaks_are_found(run: dict[str, Any]) -> None:
    rows = _rows(run, "leaks", "--confidence", "weak")
    for phase, planted in (("before_consent", BEFORE), ("consented", AFTER)):
        found = [(r["host"], r["identifier"], " ".join(r["chain"]), r["location"]) for r in rows if r["phase"] == phase]
        assert Counter(found) == Counter(planted)
    assert len(rows) == len(BEFORE) + len(AFTER)


def test_sdks_parties_and_directions(run: dict[str, Any]) -> None:
    rows = _rows(run, "leaks")
    assert len({r["sdk"] for r in rows if r["sdk"]}) >= SDKS_AT_LEAST
    assert len({tuple(r["chain"]) for r in rows}) >= 6
    party = {r["host"]: r["party"] for r in rows}
    assert party[world.API] == party[world.PUSH] == party[world.SENSORS] == "first"
    third = (world.UMENG, world.JIGUANG, world.TENCENT_ADS, world.AMAP, world.FIREBASE, world.SEGMENT, world.SENTRY)
    assert {host: party[host] for host in third} == dict.fromkeys(third, "third")
    assert {r["sdk"] for r in rows if r["host"] == world.SENSORS} != {""}
    assert [r["host"] for r in rows if r["direction"] == "response"] == [world.API]


def test_one_capture_and_what_could_not_be_seen(run: dict[str, Any]) -> None:
    (capture,) = _rows(run, "captures")
    ledger = _rows(run, "coverage", capture["capture"])
    assert any(world.PAY in json.dumps(row) for row in ledger)


def test_the_summary_says_the_worst_first_and_what_to_do_next(run: dict[str, Any]) -> None:
    text = run["done"].stdout
    summary = text[text.index("identifiers went to") :]
    assert summary.index("before consent") < summary.index("Recipients") < summary.index("Not seen")
    assert summary.count("\n  leakwatch ") == 3
    assert str(run["db"]) in summary


def test_values_stay_masked_on_the_screen(run: dict[str, Any]) -> None:
    screen = run["done"].stdout + run["done"].stderr
    values = (world.IMEI, world.ANDROID_ID, world.OAID, world.GAID, world.MAC, world.PHONE, world.EMAIL)
    assert not [value for value in values if value in screen]


def test_interrupted_it_still_sums_up(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "leakwatch", "demo", "--db", str(tmp_path / "x.db")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment(tmp_path), start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    seen = next((line for line in process.stdout if "→" in line), "")
    os.killpg(process.pid, signal.SIGINT)
    text = seen + process.communicate(timeout=25)[0]
    assert process.returncode == 0, text
    assert "went to" in text and "Try next" in text and "Traceback" not in text


def test_the_builders_share_no_code_with_the_detector() -> None:
    source = Path(payloads.__file__).read_text(encoding="utf-8") + Path(world.__file__).read_text(encoding="utf-8")
    lines = (line for line in source.splitlines() if line.startswith(("import leakwatch", "from leakwatch")))
    imports = {line.split()[1] for line in lines}
    assert imports == {"leakwatch.demo"}


def test_the_story_has_both_sides_of_consent() -> None:
    agree = [number for number, step in enumerate(STEPS) if step.agree]
    assert len(agree) == 1 and 0 < agree[0] < len(STEPS) - 1
