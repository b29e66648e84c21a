"""TLS out of the two byte streams of a connection: opened where there are keys, else counted with what shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from leakwatch.journal.events import Event, LedgerNote, StreamClosed, StreamOpened
from leakwatch.sources.pcap import tls_hello
from leakwatch.sources.pcap.conversation import Conversation, Lane
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.raw import Raw
from leakwatch.sources.pcap.tls_keys import Keys, expand_label, prf
from leakwatch.sources.pcap.tls_record import SUITES, Protection, protection13, protections12
from leakwatch.sources.pcap.tls_side import ALERT, CHANGE, DATA, HANDSHAKE, MAX_HANDSHAKE, MAX_RECORD, Side

MAX_EARLY = 1 << 15
"""Bytes of early data that wait for the server's word on the suite."""
MAX_NAMES = 32
"""Names of one certificate handed on."""
_CLIENT_HELLO, _SERVER_HELLO, _ENCRYPTED_EXTENSIONS, _CERTIFICATE = 1, 2, 8, 11
_TICKET, _KEY_EXCHANGE, _FINISHED, _KEY_UPDATE = 4, 16, 20, 24


class Tls:
    """One connection; `inner` makes the conversation inside it once it can be read."""

    def __init__(
        self, peers: Peers, keys: Keys, inner: Callable[[Peers], Conversation], lanes: tuple[Lane, Lane]
    ) -> None:
        self.peers, self.keys, self._make = peers, keys, inner
        self._sides = (Side(0, lanes[0]), Side(1, lanes[1]))
        self._client: tls_hello.ClientHello | None = None
        self._server: tls_hello.ServerHello | None = None
        self._names: tuple[str, ...] = ()
        self._shown = b""
        """The client's Certificate message, not told yet."""
        self._alpn = ""
        self._master: bytes | None = None
        self._transcript = bytearray()
        self._inner: Conversation | None = None
        self._alerts = 0
        self._retried = False
        self._early_records: list[tuple[int, bytes]] = []
        self._began = 0.0

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        self._began = self._began or time
        side = self._sides[direction]
        side.settle()
        side.total += len(data)
        buffer = side.buffer
        buffer += side.skip(data) if side.skipped else data
        if direction == 0 and self._client is None and buffer[:1] >= b"\x80":
            self._client, size = tls_hello.old_hello(buffer)
            del buffer[:size]
        while len(buffer) >= 5:
            length = buffer[3] << 8 | buffer[4]
            if not CHANGE <= buffer[0] <= DATA or buffer[1] != 3 or length > MAX_RECORD:
                if not side.resync():
                    return
                continue
            if len(buffer) < 5 + length:
                if self._stays_closed(side, buffer[0]):
                    side.leave(length)
                return
            kind, version = buffer[0], buffer[1] << 8 | buffer[2]
            payload = bytes(buffer[5 : 5 + length])
            del buffer[: 5 + length]
            yield from self._record(side, kind, version, payload, time)

    def _stays_closed(self, side: Side, kind: int) -> bool:
        """Whether a record of data need not be kept: no keys are at hand, and it is not the first that stays closed."""
        if kind != DATA or not side.encrypted or side.protection is not None or not side.closed:
            return False
        client = self._client
        label = f"{('CLIENT', 'SERVER')[side.direction]}_HANDSHAKE_TRAFFIC_SECRET"
        return client is None or not (client.early_data or self.keys.secret(label, client.random))

    def _record(self, side: Side, kind: int, version: int, payload: bytes, time: float) -> Iterator[Event]:
        modern = self._retried or (self._server is not None and self._server.version == 0x0304)
        if kind == CHANGE:
            if not modern:
                side.protect(self._protection12(side.direction))
            return
        if kind == DATA and self._waits_for_suite(side):
            if side.total <= MAX_EARLY:
                self._early_records.append((version, payload))
            else:
                side.closed += len(payload)
            return
        if side.encrypted or (modern and kind == DATA) or (kind == DATA and self._client is not None):
            opener = self._open13 if modern else self._open12
            opened = opener(side, kind, version, payload)
            if opened is None:
                side.closed += len(payload)
                return
            kind, payload = opened
        yield from self._content(side, kind, payload, time)

    def _content(self, side: Side, kind: int, payload: bytes, time: float) -> Iterator[Event]:
        """Take what a record holds, in clear or opened."""
        if kind == HANDSHAKE:
            for message, body in side.handshakes(payload):
                self._handshake(side, message, body)
            if self._shown:
                yield from self._client_certificate(time)
            if self._early_records and self._server is not None:
                records, self._early_records = self._early_records, []
                for version, early in records:
                    yield from self._record(self._sides[0], DATA, version, early, time)
        elif kind == DATA:
            side.opened += len(payload)
            yield from self._plain(side.direction, payload, time)
        elif kind == ALERT:
            self._alerts += 1

    def _waits_for_suite(self, side: Side) -> bool:
        """Whether this is early data: its suite is the server's word, which comes later."""
        return side.direction == 0 and self._server is None and self._client is not None and self._client.early_data

    # -- keys ----------------------------------------------------------------------------------------------------------

    def _open12(self, side: Side, kind: int, version: int, payload: bytes) -> tuple[int, bytes] | None:
        plain = side.protection.open(kind, version, payload) if side.protection else None
        return None if plain is None else (kind, plain)

    def _open13(self, side: Side, kind: int, version: int, payload: bytes) -> tuple[int, bytes] | None:
        """Open a record and take its true type off its end (RFC 8446 §5.2)."""
        if side.protection is None:
            side.protect(self._protection13(side.direction, "HANDSHAKE_TRAFFIC_SECRET"))
        for protection in (side.protection, self._early(side)):
            plain = protection.open(kind, version, payload) if protection else None
            if plain is not None:
                plain = plain.rstrip(b"\x00")
                return (plain[-1], plain[:-1]) if plain else None
        if side.protection is not None and not side.finished and side.direction == 1:
            # A capture whose log holds no hand-shake secrets may still hold the ones for the data.
            side.finish(self._protection13(1, "TRAFFIC_SECRET_0"))
        return None

    def _early(self, side: Side) -> Protection | None:
        if side.direction or side.finished or not self._client or not self._client.early_data or not self._server:
            return None
        if side.early is None:
            secret = self.keys.secret("CLIENT_EARLY_TRAFFIC_SECRET", self._client.random)
            suite = SUITES.get(self._server.cipher)
            side.early = protection13(suite, secret) if secret and suite else None
        return side.early

    def _protection13(self, direction: int, label: str) -> Protection | None:
        if self._client is None or self._server is None:
            return None
        side = self._sides[direction]
        side.secret = self.keys.secret(f"{('CLIENT', 'SERVER')[direction]}_{label}", self._client.random)
        suite = SUITES.get(self._server.cipher)
        return protection13(suite, side.secret) if side.secret and suite else None

    def _protection12(self, direction: int) -> Protection | None:
        client, server = self._client, self._server
        if client is None or server is None or server.cipher not in SUITES:
            return None
        suite = SUITES[server.cipher]
        master = self._master or self.keys.master(client.random, server.session, client.extension(35) or b"")
        if master is None:
            return None
        both = protections12(suite, server.version, master, client.random, server.random, server.encrypt_then_mac)
        return both[direction]

    # -- hand-shake ----------------------------------------------------------------------------------------------------

    def _handshake(self, side: Side, message: int, body: bytes) -> None:
        if self.keys.has_rsa and len(self._transcript) < MAX_HANDSHAKE and not side.encrypted:
            self._transcript += bytes([message]) + len(body).to_bytes(3, "big") + body
        if message == _CLIENT_HELLO and side.direction == 0:
            self._client = tls_hello.client_hello(body) or self._client
        elif message == _SERVER_HELLO and side.direction == 1:
            hello = tls_hello.server_hello(body)
            self._retried = self._retried or (hello is not None and hello.retry)
            if hello is not None and not hello.retry:
                self._server, self._alpn = hello, hello.alpn or self._alpn
        elif message == _ENCRYPTED_EXTENSIONS and side.encrypted:
            self._alpn = tls_hello.encrypted_extensions(body) or self._alpn
        elif message == _CERTIFICATE and side.direction == 1 and not self._names:
            self._names = tls_hello.certificate_names(body, self._server.version if self._server else 0)
        elif message == _CERTIFICATE and side.direction == 0:
            self._shown = body
        elif message == _TICKET and self._master and not side.encrypted:
            self.keys.remember(body[6:], self._master)
        elif message == _KEY_EXCHANGE and side.direction == 0 and len(body) > 2:
            self._exchange_keys(body)
        elif self._server is not None and self._server.version == 0x0304:
            self._modern(side, message)

    def _modern(self, side: Side, message: int) -> None:
        if message == _FINISHED and not side.finished:
            side.finish(self._protection13(side.direction, "TRAFFIC_SECRET_0"))
        elif message == _KEY_UPDATE and side.secret and self._server:
            suite = SUITES[self._server.cipher]
            size = hashlib.new(suite.digest).digest_size
            side.secret = expand_label(side.secret, "traffic upd", size, suite.digest)
            side.protection = protection13(suite, side.secret)

    def _exchange_keys(self, body: bytes) -> None:
        """Old suites: the premaster secret, opened with the server's RSA key (RFC 5246 §8.1, RFC 7627)."""
        if not self.keys.has_rsa or self._client is None or self._server is None:
            return
        version = self._server.version
        premaster = self.keys.premaster(body if version == 0x0300 else body[2:])  # SSL 3.0 writes no length
        if premaster is None:
            return
        digest = SUITES[self._server.cipher].digest if self._server.cipher in SUITES else "sha256"
        if self._server.extended_master_secret:
            data = bytes(self._transcript)
            old = hashlib.md5(data).digest() + hashlib.sha1(data).digest()
            seed = hashlib.new(digest, data).digest() if version >= 0x0303 else old
            self._master = prf(version, digest, premaster, b"extended master secret", seed, 48)
        else:
            seed = self._client.random + self._server.random
            self._master = prf(version, digest, premaster, b"master secret", seed, 48)
        self.keys.remember(self._server.session, self._master)

    # -- what comes out ------------------------------------------------------------------------------------------------

    def _plain(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        if self._inner is None:
            sni = self._client.sni if self._client else ""
            peers = self.peers
            host = peers.host or sni
            inner = replace(peers, host=host, sni=sni, tls=True, alpn=self._alpn, certificates=self._names[:MAX_NAMES])
            self._inner = self._make(inner)
        yield from self._inner.data(direction, data, time)

    def _client_certificate(self, time: float) -> Iterator[Event]:
        """What a client's certificate says of it: some devices have one with their own number in it."""
        body, self._shown = self._shown, b""
        version = self._server.version if self._server else 0
        said = "\n".join(tls_hello.certificate_texts(body, version))
        if said:
            sni = self._client.sni if self._client else ""
            peers = replace(self.peers, host=self.peers.host or sni, sni=sni, tls=version == 0x0304)
            certificate = Raw(peers, "tls")
            yield from certificate.data(0, said.encode("utf-8", "replace"), time)
            yield from certificate.close(time)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Records are lost: look for the next one, and for its number."""
        side = self._sides[direction]
        side.settle()
        side.skipped = 0
        side.total += size
        if self._client is None and direction == 0 and side.buffer[:1] == b"\x16":
            begun = bytes(side.message + side.buffer[5:])
            if begun[:1] == b"\x01":  # a ClientHello that was cut: its name may stand in what there is
                self._client = tls_hello.client_hello(begun[4:])
        side.buffer.clear()
        if side.protection is not None:
            side.protection.lost = True
        yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")
        if self._inner is not None:
            yield from self._inner.gap(direction, size, time)

    def close(self, time: float) -> Iterator[Event]:
        """Say what stayed closed, then end what was open."""
        for side in self._sides:
            side.settle()
        closed = sum(side.closed for side in self._sides)
        if self._inner is None:
            yield from self._flow(time)
        closed += sum(len(payload) for _, payload in self._early_records)
        if closed or self._inner is None:
            yield self._closed_note(time, closed)
        if self._inner is not None:
            yield from self._inner.close(time)

    def _flow(self, time: float) -> Iterator[Event]:
        sni = self._client.sni if self._client else ""
        host, names = self.peers.host or sni, self._names[:MAX_NAMES]
        opening = replace(self.peers, sni=sni, host=host, tls=True, certificates=names).opening()
        yield StreamOpened(time=self._began or time, protocol="tls", **opening)  # type: ignore[arg-type]  # shared
        yield StreamClosed(time=time, exchange=str(opening["exchange"]))

    def _closed_note(self, time: float, closed: int) -> LedgerNote:
        seen = [tls_hello.VERSION_NAMES.get(self._server.version, "TLS")] if self._server else ["TLS"]
        if self._client is not None:
            seen.append(f"JA4 {self._client.ja4()}")
            offered = ",".join(self._client.alpn)
            seen.append(f"ALPN {self._alpn or offered}" if self._alpn or offered else "no ALPN")
        if self._names:
            seen.append(f"certificate {', '.join(self._names[:4])}")
        seen.append(f"{self._sides[0].total} bytes up, {self._sides[1].total} down")
        sni = self._client.sni if self._client else ""
        host = sni or self.peers.host or self.peers.server[0]
        size = closed or sum(side.total for side in self._sides)
        return LedgerNote(time=time, kind="tls_closed", host=host, bytes=size, detail="; ".join(seen))
