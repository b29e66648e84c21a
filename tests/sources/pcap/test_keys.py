"""TLS and QUIC opened with their keys: real hand-shakes by OpenSSL and aioquic, laid out as packets."""

from __future__ import annotations

import copy
import io
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import trustme
from aioquic.buffer import Buffer
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import encode_quic_retry, pull_quic_header

from leakwatch.errors import SourceError
from leakwatch.journal.events import DnsMessage, Event, LedgerNote, Request, Response, StreamMessage, StreamOpened
from leakwatch.sources import pcap as source
from leakwatch.testing.packets import Segment, pcap, pcapng, segments, tcp_packets, udp_packet

Read = Callable[..., list[Event]]
POST = b"POST /in HTTP/1.1\r\nHost: sdk.example\r\nContent-Length: 15\r\n\r\n867900045123877"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SUITES = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
SUITES += ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM8"]
RSA_SUITES = ["AES128-SHA", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-CCM8", "CAMELLIA256-SHA", "NULL-SHA256"]


class Handshake:
    """An OpenSSL client and server in memory; `turns` is what went over the wire, `keys` the key log."""

    def __init__(
        self,
        folder: Path,
        version: ssl.TLSVersion,
        suite: str = "",
        *,
        rsa: bool = False,
        options: int = 0,
        curve: str = "",
    ) -> None:
        kind = trustme.KeyType.RSA if rsa else trustme.KeyType.ECDSA
        ca = trustme.CA(key_type=kind)
        certificate = ca.issue_cert("sdk.example", key_type=kind)
        serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        certificate.configure_cert(serving)
        ca.configure_trust(asking)
        self.private_key = certificate.private_key_pem.bytes()
        for context in (serving, asking):
            context.minimum_version = context.maximum_version = version
            context.options |= options
            if suite:
                context.set_ciphers(f"{suite}:@SECLEVEL=0")
        if curve:
            serving.set_ecdh_curve(curve)
        self._log = folder / "log.txt"
        asking.keylog_filename = str(self._log)
        self._contexts = serving, asking
        self._connect()

    def _connect(self, session: ssl.SSLSession | None = None) -> None:
        serving, asking = self._contexts
        self.turns: list[tuple[int, bytes]] = []
        wires = [ssl.MemoryBIO() for _ in range(4)]
        self.client = asking.wrap_bio(wires[0], wires[1], server_hostname="sdk.example", session=session)
        self.server = serving.wrap_bio(wires[2], wires[3], server_side=True)
        self._wires = wires

    def resumed(self) -> Handshake:
        """The same client and server once more, resuming the session."""
        other = copy.copy(self)
        other._connect(self.client.session)
        return other

    def _pump(self) -> None:
        for direction, out, into in ((0, self._wires[1], self._wires[2]), (1, self._wires[3], self._wires[0])):
            data = out.read()
            if data:
                self.turns.append((direction, data))
                into.write(data)

    def talk(self, asked: bytes = POST) -> None:
        """Shake hands, ask, answer."""
        done = set()
        for _ in range(20):
            for side in (self.client, self.server):
                try:
                    side.do_handshake()
                    done.add(side)
                except ssl.SSLWantReadError:
                    continue
            self._pump()
        assert len(done) == 2
        for writer, reader, text in ((self.client, self.server, asked), (self.server, self.client, OK)):
            writer.write(text)
            self._pump()
            assert reader.read(4096) == text

    @property
    def keys(self) -> bytes:
        return self._log.read_bytes()


def _check(events: list[Event]) -> None:
    (request,) = [e for e in events if isinstance(e, Request)]
    assert (request.url, request.body) == ("https://sdk.example/in", b"867900045123877")
    assert request.sni == "sdk.example" and request.tls
    assert [e.body for e in events if isinstance(e, Response)] == [b"ok"]


@pytest.mark.parametrize("suite", SUITES)
def test_tls12_opens_with_every_kind_of_suite(read: Read, tmp_path: Path, suite: str) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_2, suite)
    shake.talk()
    _check(read(pcap(tcp_packets(segments(shake.turns))), shake.keys))


def test_tls13_opens(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk()
    _check(read(pcap(tcp_packets(segments(shake.turns, 100))), shake.keys))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_a_clients_certificate_says_is_told(read: Read, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """In the clear up to TLS 1.2, with keys in TLS 1.3."""
    shake = Handshake(tmp_path, version)
    ca = trustme.CA()
    ca.issue_cert("device@a.example", common_name="unit-867900045123877").configure_cert(shake._contexts[1])
    ca.configure_trust(shake._contexts[0])
    shake._contexts[0].verify_mode = ssl.CERT_REQUIRED
    shake._connect()
    shake.talk()
    capture = pcap(tcp_packets(segments(shake.turns)))
    for keys in (shake.keys, b""):
        said = [e for e in read(capture, keys) if isinstance(e, StreamMessage)]
        texts = {text for e in said for text in e.data.split(b"\n")}
        seen = bool(keys) or version == ssl.TLSVersion.TLSv1_2
        assert ({b"unit-867900045123877", b"device@a.example"} <= texts) == seen
        assert all((e.protocol, e.direction) == ("tls", "request") for e in said)
    _check(read(capture, shake.keys))


def test_tls13_opens_after_a_retry(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3, curve="secp521r1")  # not the client's guess (RFC 8446 §4.1.4)
    shake.talk()
    assert sum(direction for direction, _ in shake.turns[:4]) == 2  # each spoke twice before keys were agreed on
    _check(read(pcap(tcp_packets(segments(shake.turns))), shake.keys))


def test_keys_inside_the_capture_open_it(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk()
    _check(read(pcapng(tcp_packets(segments(shake.turns)), keys=shake.keys)))


def test_a_key_log_beside_the_capture_is_found(tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk()
    (tmp_path / "run.pcap").write_bytes(pcap(tcp_packets(segments(shake.turns))))
    (tmp_path / "run.keylog").write_bytes(shake.keys)
    _check(list(source.read(tmp_path / "run.pcap")))


def test_a_file_beside_the_capture_that_nobody_named_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "run.pcap").write_bytes(pcap(tcp_packets(segments([(0, POST)]), port=80)))
    other = tmp_path / "run.keylog"
    other.write_bytes(b"a file of somebody else's, which nobody named\n")
    assert [type(e) for e in source.read(tmp_path / "run.pcap")] == [Request]
    with pytest.raises(SourceError, match="holds no TLS secrets"):
        list(source.read(tmp_path / "run.pcap", [other]))


@pytest.mark.parametrize("suite", RSA_SUITES)
def test_an_rsa_key_opens_old_suites(tmp_path: Path, suite: str) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_2, suite, rsa=True)
    shake.talk()
    capture, key = tmp_path / "x.pcap", tmp_path / "key.pem"
    capture.write_bytes(pcap(tcp_packets(segments(shake.turns))))
    key.write_bytes(shake.private_key)
    _check(list(source.read(capture, [key])))


def test_without_keys_the_name_and_the_bytes_are_counted(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_2, SUITES[0])
    shake.talk()
    events = read(pcap(tcp_packets(segments(shake.turns))))
    assert [e.sni for e in events if isinstance(e, StreamOpened)] == ["sdk.example"]
    (note,) = [e for e in events if isinstance(e, LedgerNote)]
    assert (note.kind, note.host) == ("tls_closed", "sdk.example")
    assert "TLS 1.2" in note.detail and "JA4 t12d" in note.detail and "certificate" in note.detail
    assert note.bytes > len(POST) + len(OK)


def test_another_connections_keys_open_nothing(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    shake, other = (Handshake(tmp_path / d, ssl.TLSVersion.TLSv1_3) for d in ("a", "b"))
    shake.talk()
    other.talk()
    events = read(pcap(tcp_packets(segments(shake.turns))), other.keys)
    assert not [e for e in events if isinstance(e, Request)]


def test_a_lost_record_does_not_close_the_rest(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk()
    shake.client.write(b"GET /lost HTTP/1.1\r\nHost: sdk.example\r\n\r\n")
    shake._pump()
    shake.client.write(b"GET /found HTTP/1.1\r\nHost: sdk.example\r\n\r\n")
    shake._pump()
    pieces: list[Segment] = []
    offsets = [0, 0]
    for number, (direction, data) in enumerate(shake.turns):
        if number != len(shake.turns) - 2:
            pieces.append(Segment(direction, offsets[direction], data))
        offsets[direction] += len(data)
    targets = [e.target for e in read(pcap(tcp_packets(pieces)), shake.keys) if isinstance(e, Request)]
    assert targets == [b"/in", b"/found"]


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"CLIENT_RANDOM zz zz\n"])
def test_a_file_without_secrets_is_refused_in_one_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x.pcap").write_bytes(pcap([]))
    (tmp_path / "k.txt").write_bytes(text or b"hello")
    with pytest.raises(SourceError, match=r"k\.txt: holds no TLS secrets"):
        list(source.read(tmp_path / "x.pcap", [tmp_path / "k.txt"]))


def _http3(folder: Path, *, versions: Sequence[int] = (), retry: bool = False) -> tuple[list[bytes], bytes]:
    """An aioquic client and server in memory; returns the packets and the key log."""
    ca = trustme.CA()
    certificate = ca.issue_cert("sdk.example")
    (folder / "cert.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    log = io.StringIO()
    asking = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name="sdk.example", secrets_log_file=log)
    asking.verify_mode = ssl.CERT_NONE
    serving = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    for configuration in (asking, serving):
        configuration.supported_versions = list(versions) or configuration.supported_versions
    asking.original_version = versions[0] if versions else None
    client = QuicConnection(configuration=asking)
    packets: list[bytes] = []
    now, asked_again = 0.0, b""

    def pump() -> None:
        nonlocal now
        for _ in range(8):
            now += 0.01
            for direction, side, other in ((0, client, server), (1, server, client)):
                for data, _ in side.datagrams_to_send(now):
                    packets.append(udp_packet(direction, data))
                    other.receive_datagram(data, ("203.0.113.7", 443), now)

    client.connect(("203.0.113.7", 443), now)
    if retry:
        ((first, _),) = client.datagrams_to_send(now)
        head = pull_quic_header(Buffer(data=first), host_cid_length=8)
        asked_again, version = b"\x07" * 8, head.version or 1
        answer = encode_quic_retry(version, asked_again, head.source_cid, head.destination_cid, b"a token")
        packets += [udp_packet(0, first), udp_packet(1, answer)]
        client.receive_datagram(answer, ("203.0.113.7", 443), now)
    server = QuicConnection(
        configuration=serving,
        original_destination_connection_id=client.original_destination_connection_id,
        retry_source_connection_id=asked_again or None,
    )
    pump()
    asker, answerer = H3Connection(client), H3Connection(server)
    fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"sdk.example"), (b":path", b"/h3")]
    for number in range(3):
        stream = client.get_next_available_stream_id()
        asker.send_headers(stream, [*fields, (b"x-imei", b"867900045123877")], end_stream=False)
        asker.send_data(stream, b"n" * 3000 * number + b"867900045123877", end_stream=True)
        pump()
        answerer.send_headers(stream, [(b":status", b"200")], end_stream=True)
        pump()
    return packets, log.getvalue().encode()


@pytest.mark.parametrize("retry", [False, True])
@pytest.mark.parametrize("versions", [[1], [0x6B3343CF], [1, 0x6B3343CF], [0x6B3343CF, 1]])
def test_http3_opens_with_a_key_log(read: Read, tmp_path: Path, versions: list[int], retry: bool) -> None:
    packets, keys = _http3(tmp_path, versions=versions, retry=retry)
    events = read(pcap(packets), keys)
    requests = [e for e in events if isinstance(e, Request)]
    assert [(r.protocol, r.url, r.sni) for r in requests] == [("http/3", "https://sdk.example/h3", "sdk.example")] * 3
    assert all(r.body.endswith(b"867900045123877") for r in requests)
    assert [len(r.body) for r in requests] == [15, 3015, 6015]
    assert (b"x-imei", b"867900045123877") in requests[0].headers
    assert [e.status for e in events if isinstance(e, Response)] == [200] * 3


def test_http3_without_keys_shows_its_name_and_is_counted(read: Read, tmp_path: Path) -> None:
    packets, _ = _http3(tmp_path)
    events = read(pcap(packets))
    assert [(e.protocol, e.sni) for e in events if isinstance(e, StreamOpened)] == [("quic", "sdk.example")]
    (note,) = [e for e in events if isinstance(e, LedgerNote)]
    assert (note.kind, note.host) == ("quic", "sdk.example") and "ALPN h3" in note.detail


def test_words_behind_a_secret_do_not_close_it(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk()
    _check(read(pcap(tcp_packets(segments(shake.turns))), shake.keys.replace(b"\n", b"\\ # added\r\n")))


def test_the_session_id_form_of_a_key_log_opens_tls12(read: Read, tmp_path: Path) -> None:
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_2, options=ssl.OP_NO_TICKET)
    shake.talk()
    (line,) = (line.split() for line in shake.keys.splitlines() if line.startswith(b"CLIENT_RANDOM"))
    session = shake.client.session
    assert session is not None
    log = b"RSA Session-ID:" + session.id.hex().upper().encode() + b" Master-Key:" + line[2]
    _check(read(pcap(tcp_packets(segments(shake.turns))), log))


def test_http3_packets_in_another_order_say_the_same(read: Read, tmp_path: Path) -> None:
    packets, keys = _http3(tmp_path)
    swapped = [packet for at in range(0, len(packets), 2) for packet in reversed(packets[at : at + 2])]
    urls = [e.url for e in read(pcap(swapped), keys) if isinstance(e, Request)]
    assert urls == ["https://sdk.example/h3"] * 3


@pytest.mark.parametrize("options", [ssl.OP_NO_TICKET, 0], ids=["session", "ticket"])
def test_a_resumed_session_opens_with_the_keys_of_the_first(read: Read, tmp_path: Path, options: int) -> None:
    first = Handshake(tmp_path, ssl.TLSVersion.TLSv1_2, "AES128-SHA256", rsa=True, options=options)
    first.talk()
    again = first.resumed()
    again.talk()
    assert again.client.session_reused
    packets = tcp_packets(segments(first.turns)) + tcp_packets(segments(again.turns), client_port=40001)
    (tmp_path / "x.pcap").write_bytes(pcap(packets))
    (tmp_path / "key.pem").write_bytes(first.private_key)
    events = list(source.read(tmp_path / "x.pcap", [tmp_path / "key.pem"]))
    assert [e.body for e in events if isinstance(e, Request)] == [b"867900045123877"] * 2


def test_dns_inside_tls_is_told_as_dns(read: Read, tmp_path: Path) -> None:
    query = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7devices\7example\0\0\1\0\1"
    shake = Handshake(tmp_path, ssl.TLSVersion.TLSv1_3)
    shake.talk(len(query).to_bytes(2, "big") + query)
    for port, names in ((853, [("devices.example",)]), (443, [])):
        events = read(pcap(tcp_packets(segments(shake.turns), port=port)), shake.keys)
        assert [e.names for e in events if isinstance(e, DnsMessage)] == names
