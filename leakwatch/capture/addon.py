"""The mitmproxy addon: its options, the journal that it opens, marks of other processes, and the hooks that record."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import mitmproxy
from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.hooks import UpdateHook
from mitmproxy.utils import human

from leakwatch import __version__
from leakwatch.capture import control
from leakwatch.capture.http_hooks import HttpHooks
from leakwatch.capture.keeping import Keeping
from leakwatch.capture.own_setup import OwnSetup
from leakwatch.capture.recorder import Recorder, hooks_of, one_line, recorded, stop
from leakwatch.capture.stream_hooks import StreamHooks
from leakwatch.capture.tls_hooks import TlsHooks
from leakwatch.errors import LeakwatchError
from leakwatch.journal import JournalWriter, load_key
from leakwatch.journal.events import CaptureStarted, Event, Mark, Opening
from leakwatch.journal.marks import parse_mark

POLL_SECONDS = 0.1
_OPTIONS: tuple[tuple[str, type, Any, str], ...] = (
    ("leakwatch_device", str, "", "The device profile of the phone; starts recording and analysis."),
    ("leakwatch_db", str, "", "The database, a path or URL; without it LEAKWATCH_DB or the user's data folder."),
    ("leakwatch_app", str, "", "The package (or bundle id) of the app under test."),
    ("leakwatch_phase", str, "before_consent", "The mark that the capture begins with; empty for none."),
    ("leakwatch_on_pinned", str, "pass", "What becomes of hosts that refuse our certificate: pass (unread) or fail."),
    ("leakwatch_quic", str, "block", "What becomes of QUIC: block (apps then use TCP) or pass (unread, counted)."),
    ("leakwatch_stream_over", str, "1m", "Bodies longer than this go through in chunks, each recorded first."),
    ("leakwatch_keep_media", str, "64k", "How much of each image, video, sound or font is recorded."),
    ("leakwatch_keep_response", str, "256m", "How much of any other response's body is recorded."),
    ("leakwatch_journal", str, "", "The journal to write; set by `leakwatch proxy`, which then does the analysis."),
    ("leakwatch_facts", str, "", "More facts of the capture, as a JSON object."),
    ("leakwatch_key", str, "", "The key file of an encrypted journal; made where there is none."),
)
"""Every option: name, type, default, help; the one list."""


class LeakwatchCapture:
    """Records everything that passes through mitmproxy, before it moves on; does nothing until it is given a device."""

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._tls = TlsHooks(self._recorder)
        self._http = HttpHooks(self._recorder, self._tls.worked)
        self._folder: Path | None = None
        self._key: bytes | None = None
        self._own_setup: OwnSetup | None = None
        self._poller: asyncio.Task[None] | None = None
        for name, hook in hooks_of(self._http, self._tls, StreamHooks(self._recorder, self._tls)).items():
            setattr(self, name, hook)

    def load(self, loader: Loader) -> None:
        for name, kind, default, text in _OPTIONS:
            loader.add_option(name, kind, default, text)

    @recorded
    def configure(self, updated: set[str]) -> None:
        wanted = bool(ctx.options.leakwatch_device or ctx.options.leakwatch_journal)
        if not wanted:
            return
        if ctx.options.stream_large_bodies:
            reason = "stream_large_bodies would let bodies pass unrecorded; use leakwatch_stream_over instead"
            if self._recorder.active:
                stop(LeakwatchError(reason))
            raise LeakwatchError(f"{reason}, and unset it")
        if any(name.startswith("leakwatch_") for name in updated):
            self._http.keeping = Keeping(*(_size(name) for name in ("stream_over", "keep_media", "keep_response")))
            self._tls.fail_open = _choice("on_pinned", ("pass", "fail")) == "pass"
            self._tls.quic.passing = _choice("quic", ("block", "pass")) == "pass"
        if not self._recorder.active:
            self._start()

    def running(self) -> None:
        if self._recorder.active:
            self._poller = asyncio.get_running_loop().create_task(self._poll())

    @recorded
    def done(self) -> None:
        if not self._recorder.active:
            return
        if self._poller is not None:
            self._poller.cancel()
        self._take_control()
        self._tls.end_all()
        self._tls.quic.end_all()
        self._recorder.end()
        if self._own_setup is not None:
            self._own_setup.finish()

    def _start(self) -> None:
        """Open the journal and write its first records; where none is named, set up a capture of our own."""
        options = ctx.options
        facts = _facts(options.leakwatch_facts)
        key = self._key = load_key(options.leakwatch_key, create=True) if options.leakwatch_key else None
        if options.leakwatch_journal:
            journal = Path(options.leakwatch_journal)
        else:
            self._own_setup = OwnSetup(Path(options.leakwatch_device), options.leakwatch_db, options.leakwatch_key)
            journal = self._own_setup.prepare()
        self._folder = journal.parent
        now = time.time()
        facts = {
            "capture": self._folder.name,
            "app": options.leakwatch_app,
            "mode": " ".join(options.mode),
            "started": now,
            "tool_versions": {"leakwatch": __version__, "mitmproxy": mitmproxy.version.VERSION},
            **(self._own_setup.facts if self._own_setup else {}),
            **facts,
        }
        begin = parse_mark(options.leakwatch_phase) if options.leakwatch_phase else {}
        self._recorder.open(JournalWriter(journal, key))
        self._recorder.record(CaptureStarted(time=now, facts=facts))
        if begin:
            self._recorder.record(Mark(time=now, id="m-start", axes=begin, by="default", uncertainty=0.0))
        if self._own_setup is not None:
            self._own_setup.start_follower(journal)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self._take_control()
            if self._own_setup is not None:
                self._own_setup.watch()

    @recorded
    def _take_control(self) -> None:
        assert self._folder is not None
        leaking: list[tuple[str, str]] = []
        for asked in control.take(self._folder, self._key):
            if isinstance(asked, Opening) and asked.index >= 0:
                self._recorder.record(replace(asked, index=self._recorder.number()))
            elif isinstance(asked, Event):
                self._recorder.record(asked)
            else:
                leaking.append(asked)
        if leaking:
            self._mark_leaking(leaking)

    def _mark_leaking(self, leaking: list[tuple[str, str]]) -> None:
        """Mark the flows that a UI of mitmproxy's still shows (mitmdump keeps none); a second leak adds its words."""
        view = ctx.master.addons.get("view")  # type: ignore[no-untyped-call]  # mitmproxy has not typed it
        for exchange, text in leaking if view is not None else ():
            flow, words = view.get_by_id(exchange), one_line(text, 500)
            if flow is not None and words not in flow.comment:
                flow.marked = ":warning:"
                flow.comment = f"{flow.comment}; {words}" if flow.comment else words
                ctx.master.addons.trigger(UpdateHook([flow]))


def _size(name: str) -> int:
    text = getattr(ctx.options, f"leakwatch_{name}")
    try:
        size = human.parse_size(text)
    except ValueError:
        size = None
    if size is None or size < 0:
        raise LeakwatchError(f"leakwatch_{name}: {text!r} is no size; write for example 500k or 1m")
    return size


def _choice(name: str, choices: tuple[str, ...]) -> str:
    value: str = getattr(ctx.options, f"leakwatch_{name}")
    if value not in choices:
        raise LeakwatchError(f"leakwatch_{name}: {value!r} is neither {' nor '.join(choices)}")
    return value


def _facts(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text) if text else {}
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise LeakwatchError("leakwatch_facts: not a JSON object")
    return facts
