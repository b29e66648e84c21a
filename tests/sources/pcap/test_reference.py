"""Every reference capture against TShark: requests, names, SNI, MQTT and WebSocket; hostile ones within bounds."""

from __future__ import annotations

import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leakwatch.errors import SourceError
from leakwatch.journal.events import DnsMessage, Event, Opening, Request, StreamMessage, StreamOpened
from leakwatch.sources import pcap

# Where we differ from TShark, and why.
HTTP2_MORE = {
    # TShark takes this connection for TLS and looks no further; the requests stand in it in clear text.
    "pcap/suri__http2-compression-bug__input.pcap": 5,
}
NO_HOST_FIELD = {
    # Requests without a Host field: we name the server's address, TShark leaves the host empty.
    "pcap/zeek__mixed-vlan-mpls.pcap",
}
WEBSOCKET_MESSAGES = {
    # TShark counts frames. We count messages: fragments joined, control frames only where they carry bytes.
    "pcap/suri__websocket-control-frag__input.pcap": 3,
    "pcap/zeek__websocket__jupyter-websocket.pcap": 12,
    "pcap/zeek__websocket__two-binary-fragments.pcap": 6,
}


def _events(captures: Path, name: str, expected: dict[str, Any]) -> list[Event]:
    keys = [captures / expected["keylog"]] if expected.get("keylog") else []
    return list(pcap.read(captures / name, keys))


def _bare(host: str | None) -> str:
    host = host or ""
    return host[1 : host.index("]")] if host.startswith("[") else host.rpartition(":")[0] or host


def _requests(events: list[Event], *protocols: str) -> Counter[tuple[str, str, str]]:
    return Counter(
        (e.method, e.host, e.target.decode("latin-1"))
        for e in events
        if isinstance(e, Request) and e.method and e.protocol.startswith(protocols)
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        folder = Path(__file__).parents[4] / "shared" / "captures"
        kind = "malformed" if "malformed" in metafunc.function.__name__ else "pcap"
        files = sorted(f"{kind}/{f.name}" for f in (folder / kind).glob("*")) if folder.is_dir() else ["absent"]
        metafunc.parametrize("name", [f for f in files if not f.endswith(".har")])


def test_every_http_request_has_its_method_host_and_path(name: str, captures: Path, truth: dict[str, Any]) -> None:
    expected = truth[name]
    events = _events(captures, name, expected)
    http1 = Counter((r["method"], _bare(r["host"]), r["uri"]) for r in expected["http1"])
    found1 = _requests(events, "http/0", "http/1")
    if name in NO_HOST_FIELD:
        assert Counter((m, p) for m, _, p in found1.elements()) == Counter((m, p) for m, _, p in http1.elements())
    else:
        assert found1 == http1
    found2 = _requests(events, "http/2")
    assert found2.total() == HTTP2_MORE.get(name, expected["http2_requests"])
    if name not in HTTP2_MORE:
        assert {p for _, _, p in found2} == {r.get("path") or r.get("uri") for r in expected["http2"]}
    assert _requests(events, "http/3").total() == expected["http3_requests"]


def test_every_server_name_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    events = _events(captures, name, truth[name])
    assert {e.sni for e in events if isinstance(e, Opening) and e.sni} == set(truth[name]["sni"])


def test_every_name_asked_for_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    asked = [e for e in _events(captures, name, truth[name]) if isinstance(e, DnsMessage) and e.direction == "request"]
    assert {n for e in asked if e.protocol == "dns" for n in e.names} == set(truth[name]["dns_queries"])
    assert {n for e in asked if e.protocol != "dns" for n in e.names} == set(truth[name]["mdns_llmnr_queries"])


def test_every_mqtt_packet_and_websocket_message_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    messages = Counter(e.protocol for e in _events(captures, name, truth[name]) if isinstance(e, StreamMessage))
    mqtt = truth[name]["mqtt"] or {"types": {}}
    assert messages["mqtt"] == sum(mqtt["types"].values())
    frames = sum(truth[name]["websocket_opcodes"].values())
    assert messages["websocket"] == WEBSOCKET_MESSAGES.get(name, frames)


def test_every_flow_has_its_own_place(name: str, captures: Path, truth: dict[str, Any]) -> None:
    openings = [e for e in _events(captures, name, truth[name]) if isinstance(e, Opening)]
    assert len({e.exchange for e in openings}) == len(openings)
    assert sorted(e.index for e in openings) == list(range(len(openings)))


def test_decrypted_requests(captures: Path, truth: dict[str, Any]) -> None:
    with_keys = [name for name, expected in truth.items() if expected["decrypted_requests"]]
    assert with_keys
    for name in with_keys:
        events = _events(captures, name, truth[name])
        opened = [e for e in events if isinstance(e, Request) and e.tls]
        assert len(opened) == truth[name]["decrypted_requests"]


@pytest.mark.parametrize("stem", ["ill12", "ill13"])
def test_the_illustrated_handshakes_open(stem: str, captures: Path, truth: dict[str, Any]) -> None:
    name = f"pcap/{stem}__capture.pcap"
    events = _events(captures, name, truth[name])
    spoken = b"".join(e.data for e in events if isinstance(e, StreamMessage))
    assert b"ping" in spoken and b"pong" in spoken
    assert all(e.tls for e in events if isinstance(e, StreamOpened))


def test_no_malformed_capture_crashes_or_hangs(name: str, captures: Path) -> None:
    began = time.monotonic()
    try:
        list(pcap.read(captures / name))
    except SourceError as error:
        assert name.rpartition("/")[2] in str(error)
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1 << 20  # KiB
