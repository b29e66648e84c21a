"""What cannot be recorded does not pass: the process ends, with one line and without a value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mitmproxy.test import tflow

from leakwatch.capture.http_hooks import HttpHooks
from leakwatch.capture.recorder import Recorder, hooks_of, one_line, recorded
from leakwatch.capture.stream_hooks import StreamHooks
from leakwatch.capture.tls_hooks import TlsHooks
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import CaptureEnded, Event


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('imei 867935037182648')", "a flow could not be recorded (ValueError at "),
        ("from leakwatch.errors import JournalError; raise JournalError('disk full')", "leakwatch: disk full"),
    ],
)
def test_whatever_a_hook_raises_ends_the_process(body: str, words: str) -> None:
    script = (
        "from leakwatch.capture.recorder import recorded\n"
        f"@recorded\ndef request(flow):\n    {body}\n"
        "try:\n    request(1)\nexcept BaseException:\n    pass\nprint('forwarded')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and done.stderr.count("\n") == 1 and "867935037182648" not in done.stderr


def test_each_hook_belongs_to_one_part() -> None:
    recorder = Recorder()
    tls = TlsHooks(recorder)
    hooks = hooks_of(HttpHooks(recorder, tls.worked), tls, StreamHooks(recorder, tls))
    assert {"request", "response", "error", "websocket_message", "tcp_message", "udp_message", "dns_request",
            "next_layer", "tls_failed_client", "client_disconnected"} <= hooks.keys()  # fmt: skip
    assert "tcp_start" not in hooks

    class Twice:
        @recorded
        def request(self, flow: object) -> None: ...

    with pytest.raises(TypeError, match="request"):
        hooks_of(HttpHooks(recorder, tls.worked), Twice())


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.record(CaptureEnded(time=1.0))  # without a journal: nothing, and no error
    with JournalWriter(tmp_path / "j") as writer:
        recorder.open(writer)
        recorder.end()
        hooks = HttpHooks(recorder, lambda client: None)
        flow = tflow.tflow(err=True)
        vars(flow)["leakwatch"] = None
        hooks.websocket_end(flow)
    events: list[Event] = [event for _, _, event in read_journal(tmp_path / "j")]
    assert [type(e) for e in events] == [CaptureEnded]


def test_what_others_wrote_is_shown_on_one_line() -> None:
    assert one_line("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert len(one_line("x" * 10_000)) == 300
    assert one_line("正常的文字") == "正常的文字"
