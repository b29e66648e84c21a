"""Counts of a capture: by event, by phase, and on their way to another process."""

from __future__ import annotations

from pathlib import Path

import pytest

from leakwatch.capture.progress import Progress, load_progress, under
from leakwatch.journal.events import (
    BodyChunk,
    CaptureEnded,
    Event,
    Mark,
    PassThrough,
    Request,
    Response,
    StreamMessage,
    TlsFailure,
)
from leakwatch.journal.message import request_head, response_head
from leakwatch.model import Direction


def request(host: str) -> Request:
    return Request(time=100.0, exchange=host, host=host, tls=True, body=b"12345")


def refused(host: str) -> TlsFailure:
    return TlsFailure(time=100.0, sni=host, refused=True)


def after(*events: Event) -> Progress:
    progress = Progress()
    for event in events:
        progress.observe(event)
    return progress


def test_counts_survive_the_way_to_another_process(tmp_path: Path) -> None:
    gone = PassThrough(time=102, sni="pay.example", sent=10, received=20)
    asked, answer = request("a.example"), Response(time=101, exchange="x", status=200, body=b"123")
    progress = after(asked, answer, gone)
    progress.observe(CaptureEnded(time=103))
    progress.save(tmp_path)
    assert load_progress(tmp_path) == progress
    up, down = len(request_head(asked)) + 5, len(response_head(answer)) + 3
    assert (progress.sent, progress.received, progress.unread, progress.bytes) == (up, down, 30, up + down + 30)
    counted = after(PassThrough(time=102, sni="pay.example", sent=4000, received=2000, content=70))
    assert counted.unread == 70, "what is read is counted without TLS's own bytes, and so is this"
    assert progress.ended
    assert (tmp_path / "status.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[1]", '{"offset"'])
def test_damaged_counts_are_counts_of_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content)
    assert load_progress(tmp_path) == Progress()


def test_host_lists_are_bounded() -> None:
    assert len(after(*(refused(f"h{n}.example") for n in range(500))).failed_hosts) == 200


def test_streams_count_by_their_direction() -> None:
    up = BodyChunk(time=1, exchange="a", direction=Direction.REQUEST, data=b"123")
    down = StreamMessage(time=1, exchange="a", protocol="websocket", direction=Direction.RESPONSE, index=0, data=b"12")
    progress = after(up, down)
    assert (progress.sent, progress.received) == (3, 2)


def test_the_phase_is_the_newest_marks_and_begins_with_the_first_that_led_there() -> None:
    progress = Progress()
    marks = [
        Mark(time=10.0, id="a", axes={"consent": "none"}),
        Mark(time=20.0, id="b", axes={"consent": "given"}),
        Mark(time=30.0, id="c", axes={"consent": "given"}),
    ]
    progress.set_phase(marks)
    assert (progress.phase, progress.phase_since) == ("consented", 20.0)
    progress.set_phase([])
    assert (progress.phase, progress.phase_since) == ("unknown", 0.0)


def test_a_host_is_under_a_domain_at_a_label() -> None:
    assert under("api.example.com", ["example.com"])
    assert under("example.com", ["example.com"])
    assert not under("badexample.com", ["example.com"])
