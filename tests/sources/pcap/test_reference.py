"""Every reference capture against TShark: requests, names, SNI, MQTT and WebSocket; hostile ones within bounds."""

from __future__ import annotations

import re
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
Key = tuple[str, str, str]
"""Method, host and path of a request."""
_ESCAPED = re.compile(r"\\([0-7]{3})")
_UNPRINTABLE = re.compile(r"\\x[0-9a-f]{2}|[^ -~]")


def _plain(text: str) -> str:
    """Our text with a question mark for what the two write differently: bytes that cannot be printed."""
    return _UNPRINTABLE.sub("?", text)


def _shown(text: str) -> str:
    """TShark's text as it was: TShark doubles backslashes, writes odd bytes in octal, and an empty name as `<Root>`."""
    text = _ESCAPED.sub(lambda m: chr(int(m[1], 8)), text.replace("\\\\", "\\"))
    return _plain("" if text == "<Root>" else text)


def _path(target: str) -> str:
    """TShark gives a request's target as it stood, and no more than its first word; ours is a path."""
    whole = re.match(r"(?i)https?://[^/]*(/?.*)", target, re.S)
    return ((whole[1] or "/") if whole else target).partition(" ")[0]


def _events(captures: Path, name: str, expected: dict[str, Any]) -> list[Event]:
    keys = [captures / expected["keylog"]] if expected.get("keylog") else []
    return list(pcap.read(captures / name, keys))


def _bare(host: str | None) -> str:
    host = host or ""
    return host[1 : host.index("]")] if host.startswith("[") else host.rpartition(":")[0] or host


def _requests(events: list[Event], *protocols: str) -> Counter[Key]:
    return Counter(
        (e.method, e.host if _names_host(e) else "", _path(_plain(e.target.decode("latin-1"))))
        for e in events
        if isinstance(e, Request) and e.method and e.protocol.startswith(protocols)
    )


def _names_host(request: Request) -> bool:
    """Whether the request says its host itself; without that, we name the server's address and TShark nothing."""
    return request.method == "CONNECT" or any(name.lower() == b"host" for name, _ in request.headers)


def _like(request: Key, other: dict[str, Any]) -> bool:
    """Whether a request may be TShark's `other`, of which the one or the other does not know the host or the path."""
    uri = other["uri"] and _path(_shown(other["uri"]))
    hosts = {request[1], _bare(other["host"])} - {""}
    return request[0] == other["method"] and uri in (None, request[2]) and len(hosts) < 2


def _unlike(found: Counter[Key], expected: list[dict[str, Any]]) -> tuple[list[Key], list[dict[str, Any]]]:
    """What stays of both when equal requests, then those that are alike, are taken out."""
    left, blurred = Counter(found), []
    for request in expected:
        key = (request["method"], _bare(request["host"]), _path(_shown(request["uri"] or "")))
        blurred += [] if left[key] else [request]
        left[key] -= bool(left[key])
    missing = []
    for request in blurred:
        alike = next((key for key in left if left[key] and _like(key, request)), None)
        missing += [request] if alike is None else []
        if alike is not None:
            left[alike] -= 1
    return list(left.elements()), missing


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        folder = Path(__file__).parents[4] / "shared" / "captures"
        kind = "malformed" if "malformed" in metafunc.function.__name__ else "pcap"
        files = sorted(f"{kind}/{f.name}" for f in (folder / kind).glob("*")) if folder.is_dir() else ["absent"]
        metafunc.parametrize("name", [f for f in files if not f.endswith(".har")])


def test_every_http_request_has_its_method_host_and_path(name: str, captures: Path, truth: dict[str, Any]) -> None:
    expected = truth[name]
    events = _events(captures, name, expected)
    assert _unlike(_requests(events, "http/0", "http/1"), expected["http1"]) == ([], [])
    found2 = _requests(events, "http/2")
    assert found2.total() == HTTP2_MORE.get(name, expected["http2_requests"])
    if name not in HTTP2_MORE:
        assert {p for _, _, p in found2} == {_path(_shown(r.get("path") or r.get("uri"))) for r in expected["http2"]}
    assert _requests(events, "http/3").total() == expected["http3_requests"]


def test_every_server_name_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    events = _events(captures, name, truth[name])
    assert {e.sni for e in events if isinstance(e, Opening) and e.sni} == {n.lower() for n in truth[name]["sni"]}


def test_every_name_asked_for_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    asked = [e for e in _events(captures, name, truth[name]) if isinstance(e, DnsMessage) and e.direction == "request"]
    assert _names(asked, mdns=False) == {_shown(n) for n in truth[name]["dns_queries"]}
    assert _names(asked, mdns=True) == {_shown(n) for n in truth[name]["mdns_llmnr_queries"]}


def _names(messages: list[DnsMessage], *, mdns: bool) -> set[str]:
    return {_plain(n) for e in messages if (e.protocol != "dns") == mdns for n in e.names}


def test_every_mqtt_packet_and_websocket_message_is_seen(name: str, captures: Path, truth: dict[str, Any]) -> None:
    messages = Counter(e.protocol for e in _events(captures, name, truth[name]) if isinstance(e, StreamMessage))
    mqtt = truth[name]["mqtt"] or {"types": {}}
    assert messages["mqtt"] == sum(mqtt["types"].values())
    frames = Counter(truth[name]["websocket_opcodes"])
    begun = frames["1"] + frames["2"]  # TShark counts frames, we messages: control frames only where they carry bytes
    assert begun <= messages["websocket"] <= frames.total() - frames["0"]


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
