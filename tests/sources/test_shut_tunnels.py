"""Tunnels in lists of exchanges: what was left shut is counted, once for each host."""

from __future__ import annotations

import json
from pathlib import Path

from leakwatch.journal.events import LedgerNote, Request
from leakwatch.sources import har
from leakwatch.sources.shut_tunnels import ShutTunnels


def test_only_hosts_that_were_never_read_inside_are_told() -> None:
    tunnels = ShutTunnels("Charles")
    for size in (10, 5):
        tunnels.tunnel("pay.example", 3.0, size)
    tunnels.tunnel("sdk.example", 4.0)
    tunnels.opened("sdk.example")
    assert [(n.kind, n.host, n.count, n.bytes, n.time) for n in tunnels.notes()] == [
        ("tls_closed", "pay.example", 2, 15, 3.0)
    ]


def test_a_har_that_lists_tunnels(tmp_path: Path) -> None:
    def entry(method: str, url: str, status: int) -> dict[str, object]:
        return {"request": {"method": method, "url": url}, "response": {"status": status, "bodySize": 40}}

    entries = [
        entry("CONNECT", "https://pay.example:443", 200),
        entry("CONNECT", "other.example:8443", 200),
        entry("CONNECT", "sdk.example:443", 200),
        entry("CONNECT", "refused.example:443", 403),
        entry("GET", "https://sdk.example/", 200),
    ]
    (tmp_path / "x.har").write_text(json.dumps({"log": {"entries": entries}}))
    events = list(har.read(tmp_path / "x.har"))
    assert [(n.kind, n.host, n.bytes) for n in events if isinstance(n, LedgerNote) and n.kind != "not_kept"] == [
        ("tls_closed", "pay.example", 40),
        ("tls_closed", "other.example", 40),
    ]
    asked = [e for e in events if isinstance(e, Request)]
    assert [(e.method, e.host, e.port, e.tls) for e in asked][1] == ("CONNECT", "other.example", 8443, False)
