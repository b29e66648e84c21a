"""TLS out of the two byte streams of a connection: opened where there are keys, else counted with what shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from leakwatch.journal.events import Event, LedgerNote, StreamClosed, StreamOpened
from leakwatch.sources.pcap import tls_hello
from leakwatch.sources.pcap.exchange import Peers
from leakwatch.sources.pcap.tcp import Conversation, Lane
from leakwatch.sources.pcap.tls_keys import Keys, expand_label, prf
from leakwatch.sources.pcap.tls_record import SUITES, Protection, protection13, protections12

MAX_RECORD = 16384 + 2048
MAX_HANDSHAKE = 1 << 18
MAX_NAMES = 32
"""Names of one certificate handed on."""
_CHANGE, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_CLIENT_HELLO, _SERVER_HELLO, _ENCRYPTED_EXTENSIONS, _CERTIFICATE = 1, 2, 8, 11
_KEY_EXCHANGE, _FINISHED, _KEY_UPDATE = 16, 20, 24


class Tls:
    """One connection; `inner` makes the conversation inside it once it can be read."""

    def __init__(
        self, peers: Peers, keys: Keys, inner: Callable[[Peers], Conversation], lanes: tuple[Lane, Lane]
    ) -> None:
        self.peers, self.keys, self._make = peers, keys, inner
        self._sides = (_Side(0, lanes[0]), _Side(1, lanes[1]))
        self._client: tls_hello.ClientHello | None = None
        self._server: tls_hello.ServerHello | None = None
        self._names: tuple[str, ...] = ()
        self._alpn = ""
        self._master: bytes | None = None
        self._transcript = bytearray()
        self._inner: Conversation | None = None
        self._alerts = 0
        self._began = 0.0

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        self._began = self._began or time
        side = self._sides[direction]
        side.settle()
        side.total += len(data)
        buffer = side.buffer
        buffer += side.skip(data) if side.skipped else data
        while len(buffer) >= 5:
            length = buffer[3] << 8 | buffer[4]
            if not _CHANGE <= buffer[0] <= _DATA or buffer[1] != 3 or length > MAX_RECORD:
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

    def _stays_closed(self, side: _Side, kind: int) -> bool:
        """Whether a record of data need not be kept: no keys are at hand, and it is not the first that stays closed."""
        if kind != _DATA or not side.encrypted or side.protection is not None or not side.closed:
            return False
        client = self._client
        label = f"{('CLIENT', 'SERVER')[side.direction]}_HANDSHAKE_TRAFFIC_SECRET"
        return client is None or not (client.early_data or self.keys.secret(label, client.random))

    def _record(self, side: _Side, kind: int, version: int, payload: bytes, time: float) -> Iterator[Event]:
        modern = self._server is not None and self._server.version == 0x0304
        if kind == _CHANGE:
            if not modern:
                side.protect(self._protection12(side.direction))
            return
        if side.encrypted or (modern and kind == _DATA) or (kind == _DATA and self._client is not None):
            opener = self._open13 if modern else self._open12
            opened = opener(side, kind, version, payload)
            if opened is None:
                side.closed += len(payload)
                return
            kind, payload = opened
        if kind == _HANDSHAKE:
            for message, body in side.handshakes(payload):
                self._handshake(side, message, body)
        elif kind == _DATA:
            side.opened += len(payload)
            yield from self._plain(side.direction, payload, time)
        elif kind == _ALERT:
            self._alerts += 1

    # -- keys ----------------------------------------------------------------------------------------------------------

    def _open12(self, side: _Side, kind: int, version: int, payload: bytes) -> tuple[int, bytes] | None:
        plain = side.protection.open(kind, version, payload) if side.protection else None
        return None if plain is None else (kind, plain)

    def _open13(self, side: _Side, kind: int, version: int, payload: bytes) -> tuple[int, bytes] | None:
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

    def _early(self, side: _Side) -> Protection | None:
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
        master = self.keys.master(client.random, server.session) or self._master
        if master is None:
            return None
        both = protections12(suite, server.version, master, client.random, server.random, server.encrypt_then_mac)
        return both[direction]

    # -- hand-shake ----------------------------------------------------------------------------------------------------

    def _handshake(self, side: _Side, message: int, body: bytes) -> None:
        if self.keys.has_rsa and len(self._transcript) < MAX_HANDSHAKE and not side.encrypted:
            self._transcript += bytes([message]) + len(body).to_bytes(3, "big") + body
        if message == _CLIENT_HELLO and side.direction == 0:
            self._client = tls_hello.client_hello(body) or self._client
        elif message == _SERVER_HELLO and side.direction == 1:
            hello = tls_hello.server_hello(body)
            if hello is not None and not hello.retry:
                self._server, self._alpn = hello, hello.alpn or self._alpn
        elif message == _ENCRYPTED_EXTENSIONS and side.encrypted:
            self._alpn = tls_hello.encrypted_extensions(body) or self._alpn
        elif message == _CERTIFICATE and side.direction == 1 and not self._names:
            self._names = tls_hello.certificate_names(body, self._server.version if self._server else 0)
        elif message == _KEY_EXCHANGE and side.direction == 0 and len(body) > 2:
            self._exchange_keys(body)
        elif self._server is not None and self._server.version == 0x0304:
            self._modern(side, message)

    def _modern(self, side: _Side, message: int) -> None:
        if message == _FINISHED and not side.finished:
            side.finish(self._protection13(side.direction, "TRAFFIC_SECRET_0"))
        elif message == _KEY_UPDATE and side.secret and self._server:
            suite = SUITES[self._server.cipher]
            size = hashlib.new(suite.digest).digest_size
            side.secret = expand_label(side.secret, "traffic upd", size, suite.digest)
            side.protection = protection13(suite, side.secret)

    def _exchange_keys(self, body: bytes) -> None:
        """Old suites: the premaster secret, opened with the server's RSA key (RFC 5246 §8.1, RFC 7627)."""
        premaster = self.keys.premaster(body[2:]) if self.keys.has_rsa else None
        if premaster is None or self._client is None or self._server is None:
            return
        version = self._server.version
        digest = SUITES[self._server.cipher].digest if self._server.cipher in SUITES else "sha256"
        if self._server.extended_master_secret:
            data = bytes(self._transcript)
            old = hashlib.md5(data).digest() + hashlib.sha1(data).digest()
            seed = hashlib.new(digest, data).digest() if version >= 0x0303 else old
            self._master = prf(version, digest, premaster, b"extended master secret", seed, 48)
        else:
            seed = self._client.random + self._server.random
            self._master = prf(version, digest, premaster, b"master secret", seed, 48)

    # -- what comes out ------------------------------------------------------------------------------------------------

    def _plain(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        if self._inner is None:
            sni = self._client.sni if self._client else ""
            peers = self.peers
            host = peers.host or sni
            inner = replace(peers, host=host, sni=sni, tls=True, alpn=self._alpn, certificates=self._names[:MAX_NAMES])
            self._inner = self._make(inner)
        yield from self._inner.data(direction, data, time)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Records are lost: look for the next one, and for its number."""
        side = self._sides[direction]
        side.settle()
        side.skipped = 0
        side.total += size
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


class _Side:
    """The reading state of one direction."""

    __slots__ = (
        "buffer", "closed", "direction", "early", "encrypted", "finished", "lane", "message", "opened", "protection",
        "record", "secret", "skipped", "total",
    )  # fmt: skip

    def __init__(self, direction: int, lane: Lane) -> None:
        self.direction, self.lane = direction, lane
        self.record = self.skipped = 0
        self.buffer, self.message = bytearray(), bytearray()
        self.protection: Protection | None = None
        self.early: Protection | None = None
        self.secret: bytes | None = None
        self.encrypted = self.finished = False
        self.total = self.closed = self.opened = 0

    def leave(self, length: int) -> None:
        """Do not keep the record that has begun; the rest of it may go by."""
        self.record, self.skipped = length, 5 + length - len(self.buffer)
        self.buffer.clear()
        self.lane.room = self.skipped + 1

    def settle(self) -> None:
        """Take account of the bytes that went by, and let no more do so."""
        if self.lane.room:
            passed = self.skipped + 1 - self.lane.room
            self.lane.room = 0
            self.total += passed
            self._pass(passed)

    def skip(self, data: bytes) -> bytes:
        """Pass over what belongs to a record that is not kept; return the rest."""
        passed = min(self.skipped, len(data))
        self._pass(passed)
        if self.skipped:
            self.lane.room = self.skipped + 1
        return data[passed:]

    def _pass(self, size: int) -> None:
        self.skipped -= size
        if not self.skipped:
            self.closed += self.record
            self.record = 0

    def protect(self, protection: Protection | None) -> None:
        """From now on records are sealed."""
        self.encrypted, self.protection = True, protection
        self.message.clear()

    def finish(self, protection: Protection | None) -> None:
        """The hand-shake of this direction is over (TLS 1.3): the data's keys begin."""
        self.finished = True
        self.protect(protection)

    def handshakes(self, payload: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield every hand-shake message that is whole; they may lie across records (RFC 8446 §5.1)."""
        buffer = self.message
        buffer += payload
        while len(buffer) >= 4:
            size = int.from_bytes(buffer[1:4], "big")
            if size > MAX_HANDSHAKE:
                buffer.clear()
            if len(buffer) < 4 + size:
                return
            kind, body = buffer[0], bytes(buffer[4 : 4 + size])
            del buffer[: 4 + size]
            yield kind, body

    def resync(self) -> bool:
        """Go to the next bytes that look like a record; false where there are none yet."""
        buffer = self.buffer
        for at in range(1, len(buffer) - 4):
            kind, major, minor, length = buffer[at : at + 4]
            if _CHANGE <= kind <= _DATA and major == 3 and minor <= 4 and length <= MAX_RECORD >> 8:
                self.closed += at
                del buffer[:at]
                return True
        keep = min(4, len(buffer))
        self.closed += len(buffer) - keep
        del buffer[: len(buffer) - keep]
        return False
