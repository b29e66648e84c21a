"""The scanner: one file after another, each on its own; what fails is said and stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leakwatch.errors import ProfileError
from leakwatch.journal.events import Event
from leakwatch.offline.jobs import Job
from leakwatch.offline.scan import Scanner

AAID = "3b241101-e2bb-4255-8caf-4136c566a962"
HAR = {"log": {"entries": [{"request": {"method": "GET", "url": f"https://h.example/?id={AAID}"}}]}}


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "phone.yaml"
    path.write_text(f'device: {{label: p, region: CN}}\nidentifiers: [{{type: aaid, name: aaid, value: "{AAID}"}}]\n')
    return path


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "a.har"
    path.write_text(json.dumps(HAR))
    return path


def ignore(job: Job, event: Event | None) -> None:
    """Take no note of progress."""


def test_failures_stop_nothing_and_are_counted(tmp_path: Path, device: Path, capture: Path) -> None:
    said: list[str] = []
    bad_device = tmp_path / "bad.yaml"
    bad_device.write_text("device: 5\n")
    empty = tmp_path / "empty"
    empty.touch()
    marks = tmp_path / "marks.csv"
    marks.write_text("time,mark\nnever,agreed\n")
    torn = tmp_path / "torn.har"
    torn.write_text(json.dumps(HAR)[:-60])
    jobs = [
        Job(tmp_path / "none", device),
        Job(empty, device),
        Job(empty, device, found=True),
        Job(capture, None),
        Job(capture, bad_device),
        Job(capture, device, marks=marks),
        Job(torn, device),
        Job(capture, device),
    ]
    scanner = Scanner(report=said.append)
    records = list(scanner.scan(jobs, ignore))
    assert (scanner.failed, scanner.skipped) == (5, 1)
    assert [r.source for r in records] == [str(capture)]
    assert [t.source for t in scanner.tallies] == [str(torn), str(capture)]
    assert scanner.tallies[0].torn
    assert len(said) == 6
    assert not any("\n" in line for line in said)


def test_a_file_in_a_folder_that_is_named_like_a_capture_must_be_one(tmp_path: Path, device: Path) -> None:
    path = tmp_path / "x.har.gz"
    path.write_bytes(b"no gzip")
    scanner = Scanner(report=lambda line: None)
    assert list(scanner.scan([Job(path, device, found=True)], ignore)) == []
    assert (scanner.failed, scanner.skipped) == (1, 0)


def test_progress_sees_each_event_and_the_end(device: Path, capture: Path) -> None:
    seen: list[Event | None] = []
    list(Scanner(report=str).scan([Job(capture, device)], lambda job, event: seen.append(event)))
    assert [type(e).__name__ for e in seen] == ["Request", "ExchangeFailed", "NoneType"]


def test_profiles_are_read_once_and_refused_in_one_line(tmp_path: Path, device: Path) -> None:
    scanner = Scanner(report=str)
    assert scanner.profile(device) is scanner.profile(device)
    with pytest.raises(ProfileError):
        scanner.profile(tmp_path / "none.yaml")


def test_leak_ids_depend_on_the_bytes_and_not_on_the_name(tmp_path: Path, device: Path, capture: Path) -> None:
    copy = tmp_path / "copy.har"
    copy.write_bytes(capture.read_bytes())
    first, second = Scanner(report=str).scan([Job(capture, device), Job(copy, device)], ignore)
    assert first.leak == second.leak
    assert first.source != second.source


def test_what_came_by_standard_input_is_called_so(tmp_path: Path, device: Path) -> None:
    spooled = tmp_path / "leakwatch-x1"
    spooled.touch()
    said: list[str] = []
    list(Scanner(report=said.append).scan([Job(spooled, device, name="stdin")], ignore))
    assert said == ["stdin: empty"]
