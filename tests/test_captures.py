"""Real captures, recorded by others: every HAR and flow file is read with its true counts, or refused with a reason."""

from __future__ import annotations

import collections
import hashlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, Request, Response, StreamMessage
from leakwatch.model import Direction
from leakwatch.sources import open_source

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = ROOT.parent / "shared" / "captures"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the real captures are not here (../shared/captures)")


def truth(section: str) -> dict[str, Any]:
    path = CAPTURES / "truth.json"
    known: dict[str, Any] = json.loads(path.read_text("utf-8"))[section] if path.is_file() else {}
    return known


def files(kind: str) -> list[str]:
    return [name for name in truth("har_mitm") if name.startswith(f"{kind}/")]


def events_of(name: str) -> list[Event]:
    return list(open_source(CAPTURES / name).read())


def counted(values: Any) -> dict[str, int]:
    return dict(collections.Counter(values))


def test_every_file_is_known_to_the_truth() -> None:
    there = {f"{kind}/{path.name}" for kind in ("har", "mitm") for path in (CAPTURES / kind).iterdir()}
    assert there == {*files("har"), *files("mitm")}


@pytest.mark.parametrize("name", files("har"))
def test_hars(name: str) -> None:
    known = truth("har_mitm")[name]
    if known["entries"] is None:
        with pytest.raises(SourceError, match=r"no log\.entries"):
            events_of(name)
        return
    events = events_of(name)
    requests = [e for e in events if isinstance(e, Request)]
    assert len(requests) == known["entries"]
    assert [r.index for r in requests] == list(range(len(requests)))
    assert len({r.exchange for r in requests}) == len(requests)
    # The truth's `null` host is a URL without a scheme that anybody knows: the event keeps it whole as the target.
    assert counted(r.host or "null" for r in requests) == known["hosts"]
    assert counted(r.method for r in requests) == known["methods"]
    assert counted(r.scheme for r in requests) == known["schemes"]
    assert sum(bool(r.body) for r in requests) == known["post_bodies"] + known["post_params_only"]
    answered = [e for e in events if isinstance(e, Response) and e.status]
    assert len(answered) == known["entries"] - known["status_zero_or_missing"]
    assert sum(isinstance(e, StreamMessage) for e in events) == known["websocket_messages"]


def test_hars_that_mitmproxy_refuses_are_read() -> None:
    refused = [n for n in files("har") if "error" in str(truth("har_mitm")[n]["mitmproxy_flowreader"])]
    read = [n for n in refused if truth("har_mitm")[n]["entries"]]
    assert len(read) >= 15
    for name in read:
        assert events_of(name), name


@pytest.mark.parametrize("name", files("mitm"))
def test_flow_files(name: str) -> None:
    known = truth("har_mitm")[name]
    if "error" in known:
        with pytest.raises(SourceError, match="version"):
            events_of(name)
        return
    events = events_of(name)
    requests = [e for e in events if isinstance(e, Request)]
    assert len(requests) == known["flows"]
    assert counted(r.host for r in requests) == known["hosts"]
    assert counted(r.method for r in requests) == known["methods"]
    assert sum(isinstance(e, StreamMessage) for e in events) == known["websocket_messages"]
    status = {e.exchange: e.status for e in events if isinstance(e, Response)}
    for request, flow in zip(requests, known["http"], strict=True):
        assert (request.method, request.url, len(request.body)) == (flow["method"], flow["url"], flow["body_len"])
        if flow["body_sha256"]:
            assert hashlib.sha256(request.body).hexdigest() == flow["body_sha256"]
        assert (status.get(request.exchange) or None) == flow["status"]


# -- identifiers -------------------------------------------------------------------------------------------------------

TYPES = {"aaid": "aaid", "local_ip": "ip"}
"""The types of the identifiers that the truth names; the others are values of SDKs' own."""


def scan(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leakwatch", "scan", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def profile(identifiers: dict[str, str], folder: Path) -> Path:
    lines = [
        f"  - {{type: {TYPES.get(name, 'custom')}, name: {name}, value: {json.dumps(value)}}}"
        for name, value in identifiers.items()
    ]
    path = folder / "phone.yaml"
    path.write_text("\n".join(["device: {label: emulator, region: DE}", "identifiers:", *lines]) + "\n", "utf-8")
    return path


def test_identifiers_are_found_where_the_truth_says(tmp_path: Path) -> None:
    known = json.loads((CAPTURES / "identifier_truth.json").read_text("utf-8"))["captures"]
    for capture in known:
        if not capture["file"].startswith(("har/", "mitm/")):
            continue
        device = profile(capture["identifiers"], tmp_path)
        done = scan(CAPTURES / capture["file"], "--device", device, "--format", "jsonl")
        assert done.returncode == 0, done.stderr
        records = [json.loads(line) for line in done.stdout.splitlines()]
        found = {
            (r["index"], r["host"], r["identifier"], "body" if r["location"].startswith("body") else "uri")
            for r in records
            if r["direction"] == Direction.REQUEST
        }
        wanted = {
            (int(hit["at"].removeprefix("entry ")), hit["host"], hit["identifier"], hit["place"])
            for hit in capture["hits"]
        }
        assert wanted <= found, wanted - found
        # Nothing was sent that the truth, which searched these values in every form, did not see.
        assert {(at, who) for at, _, who, _ in found} == {(at, who) for at, _, who, _ in wanted}
        assert not any(value in done.stdout for value in capture["identifiers"].values()), "values are masked"


# -- hostile files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", files("malformed"))
def test_malformed_files_neither_crash_nor_hang_nor_eat_memory(name: str, tmp_path: Path) -> None:
    device = profile({"imei_like": "867931020000005"}, tmp_path)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (10, 10))

    command = [sys.executable, "-m", "leakwatch", "scan", str(CAPTURES / name), "--device", str(device)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False, preexec_fn=limit)
    assert done.returncode in {0, 2}
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform != "darwin" else 1 / 1024)
    assert peak < 1 << 20, "kilobytes: 1 GB"
