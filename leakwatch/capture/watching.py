"""One run of `leakwatch sniff`: which capture is told, which host is watched, and until when."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from leakwatch.capture.analysing import is_running, journal_in, key_file, recorded
from leakwatch.capture.marking import capture_to_mark
from leakwatch.capture.session import Interrupts
from leakwatch.capture.sniffer import Frame, Sniffer, frames, own_addresses
from leakwatch.errors import LeakwatchError, MarkError, StoreError
from leakwatch.journal import load_key
from leakwatch.sources.pcap.live import LiveCapture
from leakwatch.store import Store, queries

Totals = dict[tuple[str, str], list[int]]
"""Conversations and bytes by host and what was spoken."""


def watch(
    interface: str,
    hosts: Sequence[str],
    capture: str | None,
    db: str | None,
    evidence_dir: Path | None,
    duration: float | None,
    say: Callable[[str], None],
    note: Callable[[str], None],
) -> Totals:
    """Watch an interface, and tell the running capture what passes it; returns what was seen.

    Raises LeakwatchError where the interface cannot be watched, or the capture named does not run.
    """
    phones = [_address(host) for host in hosts]
    folder, key, phone, port = _running(capture, db, evidence_dir)
    if folder is None:
        note("No capture is running in this database: what is seen is printed and not kept.")
    elif not (phones or phone):
        raise LeakwatchError("the capture has not seen its phone yet: say which one with --host ADDRESS")
    live = LiveCapture(phones or [phone][: bool(phone)], without=port, own=own_addresses() if port else ())
    sniffer = Sniffer(live, folder, key, say)
    with Interrupts() as interrupts:
        until = None if duration is None else time.time() + duration
        sniffer.run(_until_told(frames(interface), interrupts), interface, until)
    return sniffer.totals


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise LeakwatchError(f"--host {host}: not an IP address") from None


def _until_told(source: Iterator[Frame | None], interrupts: Interrupts) -> Iterator[Frame | None]:
    for frame in source:
        if interrupts.count:
            return
        yield frame


def _running(
    capture: str | None, db: str | None, evidence_dir: Path | None
) -> tuple[Path | None, bytes | None, str, int]:
    """The running capture's folder, its journal's key, its phone's address if known, and the proxy's port."""
    try:
        with Store.open(db, create=False, evidence_dir=evidence_dir) as store:
            name = capture_to_mark(store, capture)
            folder = store.folder_of(name)
            if not is_running(folder):
                raise LeakwatchError(f"capture {name} has ended: sniff tells running captures only")
            file = key_file(store, name)
            facts = recorded(journal_in(folder), file).facts
            clients = [row["client"] for row in queries.view(store, "v_flows", name) if row["client"]]
    except (MarkError, StoreError):
        if capture:
            raise
        return None, None, "", 0
    return folder, load_key(file) if file else None, clients[0] if clients else "", int(facts.get("listen_port") or 0)
