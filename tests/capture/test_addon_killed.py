"""kill -9 of the proxy at random moments: what reached a server or a client is in the journal, and it reads cleanly."""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import BodyChunk, LedgerNote, Request, Response
from leakwatch.model import Direction


def load(proxy: Any, upstream: Any, worker: int, received: list[str]) -> None:
    """Send numbered requests until the proxy dies, some of them in chunks; note whose answer arrived."""
    context = ssl.create_default_context(cafile=str(proxy.ca))
    with httpx.Client(proxy=proxy.url, verify=context, timeout=10) as http:
        for number in range(10_000):
            name = f"w{worker}n{number}"
            body: Any = name.encode() * 200
            try:
                content = iter([body[:500], body[500:]]) if number % 3 == 0 else body
                reply = http.post(upstream.url(f"/{name}"), content=content)
            except httpx.HTTPError:
                return
            if reply.status_code == 200:
                received.append(name)


def round_of_killing(proxy: Any, upstream: Any, seconds: float) -> None:
    received: list[str] = []
    workers = [threading.Thread(target=load, args=(proxy, upstream, n, received)) for n in range(6)]
    for worker in workers:
        worker.start()
    time.sleep(seconds)
    proxy.process.kill()
    for worker in workers:
        worker.join()
    time.sleep(0.2)  # what is still in the server's sockets
    events = [event for _, _, event in read_journal(proxy.journal)]
    assert not [e for e in events if isinstance(e, LedgerNote)]
    requests = {e.target[1:].decode(): e for e in events if isinstance(e, Request)}
    answered = {e.exchange: e for e in events if isinstance(e, Response)}
    chunks: dict[str, bytes] = {}
    for e in events:
        if isinstance(e, BodyChunk) and e.direction is Direction.REQUEST:
            chunks[e.exchange] = chunks.get(e.exchange, b"") + e.data
    assert received, "the round was too short to mean anything"
    for line, body in upstream.seen:
        request = requests[line.split()[1][1:]]
        assert (chunks.get(request.exchange, b"") + request.body).startswith(body)
    for name in received:
        assert answered[requests[name].exchange].body == f"ok /{name}".encode()
    with JournalWriter(proxy.journal):
        pass  # the next `proxy` or `analyse` finishes it: the lock is free, and a torn tail is cut
    assert [event for _, _, event in read_journal(proxy.journal)][: len(events)] == events


def test_kill_9_of_the_proxy_loses_nothing_that_moved_on(start_proxy: Callable[..., Any], upstream: Any) -> None:
    round_of_killing(start_proxy(), upstream, 1.5)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_kill_9_at_twenty_random_moments(start_proxy: Callable[..., Any], upstream: Any, number: int) -> None:
    round_of_killing(start_proxy(), upstream, random.Random(number).uniform(0.3, 3.0))
