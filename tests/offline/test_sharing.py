"""Detection shared among processes: the answers of one detector, in its order, whatever helps; nothing is left over."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from leakwatch.analysis import Analysis
from leakwatch.errors import SourceError
from leakwatch.identifiers.profile import load_profile
from leakwatch.journal.events import Event
from leakwatch.model import DeviceProfile, Findings
from leakwatch.offline import sharing
from leakwatch.offline.jobs import Job
from leakwatch.offline.scan import Scanner
from leakwatch.sources import open_source
from leakwatch.testing.packets import mqtt_packet, mqtt_text, pcap, segments, tcp_packets, udp_packet

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only"),
    # Threads that other tests left behind; a scan of its own accord forks only where there are none.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
AAID = b"3b241101-e2bb-4255-8caf-4136c566a962"
CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
Helped = Callable[[int], None]


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "phone.yaml"
    path.write_text(
        f'device: {{label: p, region: CN}}\nidentifiers:\n  - {{type: aaid, name: aaid, value: "{AAID.decode()}"}}\n'
        '  - {type: email, name: email, value: "tester@example.org"}\n'
    )
    return path


@pytest.fixture
def profile(device: Path) -> DeviceProfile:
    return load_profile(device)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> Helped:
    """Set how many processes search, however small a file is."""
    return lambda hands: monkeypatch.setattr(sharing, "hands_for", lambda source: hands)


def findings(path: Path, profile: DeviceProfile) -> list[Findings]:
    """Return what each event of a file makes known, and its end."""
    with sharing.detecting(profile, "", open_source(path)) as (detector, events):
        analysis = Analysis(profile, detector=detector)
        return [*(analysis.feed(event) for event in events), analysis.finish()]


def har(path: Path, count: int = 120) -> Path:
    """Write a HAR to a dozen hosts: plain and salted leaks, WebSockets, unanswered requests, unreadable entries."""
    rng = random.Random(5)
    entries: list[object] = []
    for number in range(count):
        salt = f"{rng.getrandbits(64):016x}"
        digest = hashlib.md5(salt.encode() + AAID).hexdigest()
        body = {"nonce": salt, "sign": digest} if number % 5 == 0 else {"id": AAID.decode() if number % 3 == 0 else "x"}
        url = f"https://h{rng.randrange(12)}.example/a/{number}?mail=tester%40example.org"
        posted = {"mimeType": "application/json", "text": json.dumps(body)}
        entry = {
            "request": {"method": "POST", "url": url, "postData": posted},
            "startedDateTime": "2026-01-02T03:04:05Z",
        }
        if number % 7:
            entry["response"] = {"status": 200, "content": {"text": f"seen {AAID.decode()}" * (number % 2)}}
        if number % 11 == 0:
            message = {"type": "send", "time": 1.7e9, "opcode": 1, "data": f'{{"did":"{AAID.decode()}"}}'}
            entry |= {"response": {"status": 101}, "_webSocketMessages": [message]}
        entries.append(entry if number % 17 else number)
    path.write_text(json.dumps({"log": {"entries": entries}}))
    return path


def packets(path: Path) -> Path:
    """Write a capture of conversations that never end: unknown protocols, MQTT, DNS, HTTP, a body that is cut short."""
    said: list[bytes] = []
    connect = mqtt_packet(0x10, mqtt_text(b"MQTT") + b"\4\2\0\x3c" + mqtt_text(b"c"))
    for number in range(12):
        port = 41_000 + number
        kinds = (
            [(0, b"\x99\x01hello " + AAID), (1, b"ok"), (0, b"again tester@example.org")],
            [(0, connect + mqtt_packet(0x30, mqtt_text(b"t") + AAID))],
            [(0, b"POST /p HTTP/1.1\r\nHost: h%d.example\r\nContent-Length: 500\r\n\r\nid=%s" % (number, AAID))],
        )
        pieces = segments(kinds[number % 3], 30)
        said += tcp_packets(pieces, port=(9000, 1883, 80)[number % 3], client_port=port, shake=False)
        name = b"\x24" + AAID + b"\7example\0"
        said.append(udp_packet(0, b"\0\1\1\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1", port=53, client_port=port))
    path.write_bytes(pcap(said))
    return path


@pytest.mark.parametrize("hands", [2, 3])
@pytest.mark.parametrize("write", [har, packets])
def test_the_answers_are_those_of_one(
    write: Callable[[Path], Path], hands: int, tmp_path: Path, profile: DeviceProfile, helped: Helped
) -> None:
    path = write(tmp_path / "file")
    helped(1)
    alone = findings(path, profile)
    assert sum(len(each.records) for each in alone) > 20
    helped(hands)
    assert findings(path, profile) == alone


@pytest.mark.parametrize("ahead", [0, 2000])
def test_how_far_it_goes_ahead_changes_nothing(
    ahead: int, tmp_path: Path, profile: DeviceProfile, helped: Helped, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = har(tmp_path / "x.har", 60)
    helped(1)
    alone = findings(path, profile)
    helped(2)
    monkeypatch.setattr(sharing, "_AHEAD", ahead)
    assert findings(path, profile) == alone


def test_reference_captures_tell_the_same(profile: DeviceProfile, helped: Helped) -> None:
    if not CAPTURES.is_dir():
        pytest.skip("the reference captures (../shared/captures) are not beside this checkout")
    files = sorted((CAPTURES / "pcap").iterdir(), key=lambda path: -path.stat().st_size)[:6]
    for path in [*files, *sorted((CAPTURES / "har").iterdir())[:2]]:
        helped(1)
        alone = findings(path, profile)
        helped(2)
        assert findings(path, profile) == alone, path.name


def ignore(job: Job, event: Event | None) -> None:
    """Take no note of progress."""


def test_a_scan_with_helpers_prints_what_one_without_prints(tmp_path: Path, device: Path, helped: Helped) -> None:
    job = Job(har(tmp_path / "x.har"), device)
    helped(1)
    alone = list(Scanner(report=str).scan([job], ignore))
    helped(2)
    assert list(Scanner(report=str).scan([job], ignore)) == alone


def test_a_file_that_cannot_be_read_is_one_line_all_the_same(tmp_path: Path, device: Path, helped: Helped) -> None:
    bad = tmp_path / "x.har"
    bad.write_text('{"log": {"version": "1.2", "entries"')
    helped(2)
    said: list[str] = []
    scanner = Scanner(report=said.append)
    assert list(scanner.scan([Job(bad, device)], ignore)) == []
    assert scanner.failed == 1
    assert len(said) == 1


def without_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_nothing_is_left_over_when_nobody_wants_the_rest(tmp_path: Path, device: Path, helped: Helped) -> None:
    helped(3)
    scan = Scanner(report=str).scan([Job(har(tmp_path / "x.har"), device)], ignore)
    next(scan)
    scan.close()  # type: ignore[attr-defined]  # it is a generator
    assert without_children()


def test_a_helper_that_is_ended_is_said(
    tmp_path: Path, profile: DeviceProfile, helped: Helped, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = har(tmp_path / "x.har")
    helped(2)

    monkeypatch.setattr(sharing, "_search", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(SourceError, match="a process that helped to search it was ended"):
        findings(path, profile)
    assert without_children()


def test_where_no_process_is_to_be_had_none_helps(
    tmp_path: Path, profile: DeviceProfile, helped: Helped, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = har(tmp_path / "x.har")
    helped(1)
    alone = findings(path, profile)
    helped(3)
    fork, left = os.fork, [1]

    def refuse() -> int:
        if not left:
            raise OSError("no more processes")
        left.pop()
        return fork()

    monkeypatch.setattr(os, "fork", refuse)
    assert findings(path, profile) == alone
    assert without_children()


def test_small_files_are_not_shared(tmp_path: Path) -> None:
    assert sharing.hands_for(open_source(har(tmp_path / "x.har"))) == 1


def test_a_process_with_threads_is_not_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_source(har(tmp_path / "x.har"))
    monkeypatch.setattr(sharing, "WORTH", 0)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert sharing.hands_for(source) == 1
    finally:
        done.set()
        thread.join()
