"""Recording in the proxy process: every event is in the journal before its hook returns, or the process ends."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

from mitmproxy.connection import Client

from leakwatch.errors import JournalError, LeakwatchError
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import (
    BodyChunk,
    CaptureEnded,
    DnsMessage,
    Event,
    LedgerNote,
    Request,
    Response,
    StreamMessage,
    StreamOpened,
)
from leakwatch.sources.mitmproxy_events import address_of

FAILED = 2
"""The exit status of a proxy that could not record."""
IN_THREAD = (1 << 20) + 1
"""Bodies from this many bytes on are written by a thread, which the hook awaits, so that other connections are served
meanwhile. Below it a thread costs more than it saves: proxy CPU against bare mitmdump, with a thread and in line, was
1.69 and 1.15 for 100 kB, 1.77 and 1.61 for 1 MB. With the default `stream_over` such bodies come in chunks anyway."""

_CARRIERS = (Request, Response, BodyChunk, StreamOpened, StreamMessage, DnsMessage)
"""Events by which something moves on."""

P = ParamSpec("P")
T = TypeVar("T")


def stop(error: BaseException) -> NoReturn:
    """End the process at once, with one line: mitmproxy would log a hook's exception and forward the flow.

    Nothing is left to tidy up: the journal is on the file system up to its last whole record.
    """
    if isinstance(error, LeakwatchError):
        reason = str(error)
    else:
        # Never the exception's own text: it may hold what was on the wire.
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        line = f"{os.path.basename(where.tb_frame.f_code.co_filename)}:{where.tb_lineno}" if where else "?"  # noqa: PTH119 - a name to print
        reason = f"a flow could not be recorded ({type(error).__name__} at {line}), so the proxy stops"
    try:
        os.write(sys.stderr.fileno(), f"leakwatch: {reason}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(FAILED)


def recorded(hook: Callable[P, T]) -> Callable[P, T]:
    """Mark a hook of mitmproxy's: whatever it raises ends the process, so that nothing passes unrecorded."""

    @functools.wraps(hook)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return hook(*args, **kwargs)
        except Exception as error:  # any failure at all means that something would pass unrecorded
            stop(error)

    run.is_hook = True  # type: ignore[attr-defined]  # read by `hooks_of`
    return run


def hooks_of(*parts: object) -> dict[str, Callable[..., Any]]:
    """Return the hooks of several objects by name; no two may have the same.

    mitmproxy asks every addon at every event whether it has a hook: one addon with all of them costs a fraction.
    """
    hooks: dict[str, Callable[..., Any]] = {}
    for part in parts:
        for name in dir(type(part)):
            if getattr(getattr(type(part), name), "is_hook", False):
                if name in hooks:
                    raise TypeError(f"two parts have the hook {name}")
                hooks[name] = getattr(part, name)
    return hooks


class Recorder:
    """The journal as the hooks see it; also hands out the flows' numbers and knows the phone by its address."""

    def __init__(self) -> None:
        self._writer: JournalWriter | None = None
        self._numbers = itertools.count()
        self._phone = ""
        self._clients: set[str] = set()
        self._ended = False

    @property
    def active(self) -> bool:
        """Whether there is a journal: a script of ours that was given no device records nothing."""
        return self._writer is not None

    def open(self, writer: JournalWriter) -> None:
        self._writer = writer

    def record(self, event: Event) -> None:
        """Append an event; ends the process where that fails."""
        if self._writer is None:
            return
        if self._ended:
            if isinstance(event, _CARRIERS):
                os._exit(0)  # the capture has ended in good order, and its journal: nothing may pass any more
            return
        try:
            self._writer.append(event)
        except JournalError as error:
            stop(error)

    def record_large(self, event: Event, size: int) -> Awaitable[None] | None:
        """Append an event that carries `size` bytes; what is returned is to be awaited before the flow moves on."""
        if size < IN_THREAD:
            self.record(event)
            return None
        return asyncio.to_thread(self.record, event)

    def end(self) -> None:
        """Record the capture's end: the journal's last event."""
        self.record(CaptureEnded(time=time.time()))
        self._ended = True
        if self._writer is not None:
            try:
                self._writer.sync()
            except JournalError as error:
                stop(error)

    def number(self) -> int:
        """Return the next flow's place in the capture, from 0."""
        return next(self._numbers)

    def saw(self, client: Client) -> None:
        """Note a client's connection: a capture belongs to one phone, the first address that sends anything.

        Another address gets a ledger note for each connection, its address as the detail. What it sends is recorded
        all the same, with the address, and left to the analysis not to attribute.
        """
        if client.id in self._clients:
            return
        self._clients.add(client.id)
        address = address_of(client)[0]
        self._phone = self._phone or address
        if address != self._phone:
            self.record(LedgerNote(time=time.time(), kind="second_client", detail=address))

    def gone(self, client: Client) -> None:
        self._clients.discard(client.id)


def one_line(text: Any, limit: int = 300) -> str:
    """Return what a client or server wrote, short and without control characters: it ends up on terminals."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text)[:limit])
