"""Real peers through the addon: everything they say is in the journal, and the leak is found where it is."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import websockets
from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from amqtt.broker import Broker
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from leakwatch.analysis import Analysis
from leakwatch.journal.events import Event, Request, StreamClosed, StreamMessage
from leakwatch.testing.factories import IMEI, make_profile

BODY = json.dumps({"imei": IMEI}).encode()


def leaks(events: list[Event]) -> list[tuple[str, str]]:
    """(protocol, location) of every leak that left the phone."""
    analysis = Analysis(make_profile(imei=IMEI))
    records = [record for event in events for record in analysis.feed(event).records]
    records += analysis.finish().records
    return [(r.protocol, r.location) for r in records if r.direction == "request"]


@pytest.fixture
def background() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run a coroutine on a loop of its own, in a thread; returns what it returns."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    async def end() -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


class _Http3Server(QuicConnectionProtocol):
    def quic_event_received(self, event: Any) -> None:
        self.http = getattr(self, "http", None) or H3Connection(self._quic)
        for happened in self.http.handle_event(event):
            if isinstance(happened, DataReceived) and happened.stream_ended:
                self.http.send_headers(happened.stream_id, [(b":status", b"200")])
                self.http.send_data(happened.stream_id, b"ok", end_stream=True)
                self.transmit()


class _Http3Client(QuicConnectionProtocol):
    async def post(self, host: str, body: bytes) -> bytes:
        self.http, self.answer, self.done = H3Connection(self._quic), b"", asyncio.Event()
        stream = self._quic.get_next_available_stream_id()
        fields = [(":method", "POST"), (":scheme", "https"), (":authority", host), (":path", "/h3")]
        fields.append(("content-type", "application/json"))
        self.http.send_headers(stream, [(n.encode(), v.encode()) for n, v in fields])
        self.http.send_data(stream, body, end_stream=True)
        self.transmit()
        await asyncio.wait_for(self.done.wait(), 20)
        return self.answer

    def quic_event_received(self, event: Any) -> None:
        for happened in self.http.handle_event(event) if hasattr(self, "http") else ():
            if isinstance(happened, DataReceived):
                self.answer += happened.data
            if isinstance(happened, DataReceived | HeadersReceived) and happened.stream_ended:
                self.done.set()


def test_http3_with_aioquic(start_proxy: Any, authority: Any, background: Any) -> None:
    async def talk() -> bytes:
        ours = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
        ours.load_cert_chain(authority[1], authority[1])
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = await serve("127.0.0.1", port, configuration=ours, create_protocol=_Http3Server)
        proxy = await asyncio.to_thread(start_proxy, mode=f"reverse:http3://localhost:{port}")
        proxies.append(proxy)
        theirs = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="localhost")
        theirs.load_verify_locations(str(proxy.ca))
        async with connect("127.0.0.1", proxy.port, configuration=theirs, create_protocol=_Http3Client) as client:
            answer: bytes = await client.post("localhost", BODY)  # type: ignore[attr-defined]  # our own protocol
        server.close()
        return answer

    proxies: list[Any] = []
    assert background(talk()) == b"ok"
    assert leaks(proxies[0].events()) == [("http/3", "body.json:$.imei")]


def test_grpc_with_grpcio(proxy: Any, authority: Any) -> None:
    def echo(request: bytes, _: Any) -> bytes:
        return b"\x0a\x02ok"

    handler = grpc.method_handlers_generic_handler("t.T", {"Send": grpc.unary_unary_rpc_method_handler(echo)})
    server = grpc.server(ThreadPoolExecutor(2), handlers=[handler])
    leaf = authority[1].read_bytes()
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(leaf, leaf)]))
    server.start()
    try:
        credentials = grpc.ssl_channel_credentials(proxy.ca.read_bytes())
        options = [("grpc.http_proxy", proxy.url), ("grpc.enable_http_proxy", 1)]
        with grpc.secure_channel(f"localhost:{port}", credentials, options) as channel:
            send = channel.unary_unary("/t.T/Send")
            assert send(b"\x0a\x0f" + IMEI.encode(), timeout=20) == b"\x0a\x02ok"
    finally:
        server.stop(None).wait()
    events = proxy.wait_for(lambda events: any(isinstance(e, Request) and e.method == "POST" for e in events))
    assert leaks(events) == [("http/2", "body.grpc[0].protobuf:1")]


@pytest.mark.parametrize("version", [mqtt.MQTTv311, mqtt.MQTTv5])
def test_mqtt_with_paho_and_amqtt(start_proxy: Any, background: Any, version: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    async def begin() -> Broker:
        broker = Broker(config)
        await broker.start()
        return broker

    broker = background(begin())
    proxy = start_proxy(mode=f"reverse:tcp://127.0.0.1:{port}")
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="phone-1", protocol=version)
    client.username_pw_set("mei", "pass-1234")
    client.connect("127.0.0.1", proxy.port)
    client.loop_start()
    deadline = time.monotonic() + 3
    while not client.is_connected() and time.monotonic() < deadline:
        time.sleep(0.05)
    client.publish("push/t", BODY)
    time.sleep(1.0)
    client.disconnect()
    client.loop_stop()
    background(broker.shutdown())
    events = proxy.wait_for(lambda events: [e for e in events if isinstance(e, StreamMessage)])
    if version == mqtt.MQTTv311:  # amqtt refuses version 5; that client's CONNECT is recorded all the same
        assert leaks(events) == [("mqtt", "mqtt[2].payload.json:$.imei")]
    first = next(e for e in events if isinstance(e, StreamMessage))
    assert b"phone-1" in first.data and first.data[:1] == b"\x10"


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_websockets_fragmented_and_compressed(proxy: Any, authority: Any, background: Any, compression: Any) -> None:
    got: list[Any] = []

    async def echo(connection: Any) -> None:
        async for message in connection:
            got.append(message)
            await connection.send("ok")

    async def talk() -> None:
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain(authority[1])
        async with websockets.serve(echo, "127.0.0.1", 0, ssl=server_context, compression=compression) as server:
            port = server.sockets[0].getsockname()[1]
            context = ssl.create_default_context(cafile=str(proxy.ca))
            url = f"wss://localhost:{port}/ws"
            async with websockets.connect(url, ssl=context, proxy=proxy.url, compression=compression) as ours:
                await ours.send([BODY.decode()[at : at + 3] for at in range(0, len(BODY), 3)])
                assert await ours.recv() == "ok"

    background(talk())
    assert got == [BODY.decode()]
    assert leaks(proxy.events()) == [("websocket", "ws[0].json:$.imei")]


def test_one_byte_per_segment_and_then_half_open(start_proxy: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = start_proxy(mode=f"reverse:tcp://127.0.0.1:{server.getsockname()[1]}")
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as phone:
            phone.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            behind, _ = server.accept()
            behind.settimeout(5)
            for byte in b"id=" + IMEI.encode() + b";":
                phone.sendall(bytes([byte]))
                assert behind.recv(10) == bytes([byte])
            phone.shutdown(socket.SHUT_WR)  # half open: the phone listens on
            assert behind.recv(10) == b""
            behind.sendall(b"late answer")
            assert phone.recv(100) == b"late answer"
            behind.close()
        events = proxy.wait_for(lambda events: any(isinstance(e, StreamClosed) for e in events))
    assert leaks(events) == [("tcp", "tcp[3]")]
    assert sum(isinstance(e, StreamMessage) for e in events) == 3 + len(IMEI) + 1 + 1
