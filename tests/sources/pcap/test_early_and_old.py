"""Early data of TLS 1.3 and the long dead SSL 3.0, sealed by hand: no peer at hand speaks them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from leakwatch.journal.events import Event, LedgerNote, Request
from leakwatch.sources import pcap as source
from leakwatch.testing.packets import pcap, segments, tcp_packets

Read = Callable[..., list[Event]]
GET = b"GET /early?id=867900045123877 HTTP/1.1\r\nHost: sdk.example\r\n\r\n"
RANDOM, SECRET = bytes(range(32)), bytes(range(32, 64))


def _record(kind: int, version: int, body: bytes) -> bytes:
    return struct.pack(">BHH", kind, version, len(body)) + body


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _expand(label: bytes, size: int) -> bytes:
    info = struct.pack(">HB", size, 6 + len(label)) + b"tls13 " + label + b"\0"
    return HKDFExpand(hashes.SHA256(), size, info).derive(SECRET)


def _early_talk() -> list[tuple[int, bytes]]:
    extensions = b"\0\x2a\0\0"
    hello = b"\3\3" + RANDOM + b"\0\0\2\x13\1\1\0" + struct.pack(">H", len(extensions)) + extensions
    sealed_size = len(GET) + 1 + 16
    head = struct.pack(">BHH", 23, 0x0303, sealed_size)
    sealed = AESGCM(_expand(b"key", 16)).encrypt(_expand(b"iv", 12), GET + b"\x17", head)
    version = b"\0\x2b\0\2\3\4"
    answer = b"\3\3" + bytes(32) + b"\0\x13\1\0" + struct.pack(">H", len(version)) + version
    return [
        (0, _record(22, 0x0301, _message(1, hello)) + head + sealed),
        (1, _record(22, 0x0303, _message(2, answer))),
    ]


@pytest.mark.parametrize("size", [1460, 50])
def test_early_data_opens_once_the_server_has_named_the_suite(read: Read, size: int) -> None:
    keys = b"CLIENT_EARLY_TRAFFIC_SECRET %s %s\n" % (RANDOM.hex().encode(), SECRET.hex().encode())
    (request,) = [e for e in read(pcap(tcp_packets(segments(_early_talk(), size))), keys) if isinstance(e, Request)]
    assert (request.host, request.target) == ("sdk.example", b"/early?id=867900045123877")


def test_early_data_without_its_secret_is_counted(read: Read) -> None:
    for turns in (_early_talk(), _early_talk()[:1]):
        events = read(pcap(tcp_packets(segments(turns))), b"CLIENT_RANDOM 00 00\n")
        assert not [e for e in events if isinstance(e, Request)]
        (note,) = [e for e in events if isinstance(e, LedgerNote)]
        assert (note.kind, note.bytes) == ("tls_closed", len(GET) + 17)


def _ssl3(secret: bytes, seed: bytes, size: int) -> bytes:
    """Keying material as RFC 6101 §6.1 and §6.2.2 have it."""
    out = b""
    for letters in (b"A", b"BB", b"CCC", b"DDDD", b"EEEEE", b"FFFFFF", b"GGGGGGG"):
        out += hashlib.md5(secret + hashlib.sha1(letters + secret + seed).digest()).digest()
    return out[:size]


def test_ssl3_with_a_hello_of_ssl2_opens_with_the_server_s_key(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    challenge, server_random, premaster = bytes(range(16)), bytes(range(100, 132)), b"\3\0" + bytes(46)
    client_random = bytes(16) + challenge
    master = _ssl3(premaster, client_random + server_random, 48)
    block = _ssl3(master, server_random + client_random, 2 * (20 + 16 + 16))
    plain = GET + bytes(20)
    plain += b"?" * (15 - len(plain) % 16) + bytes([15 - len(plain) % 16])
    encryptor = Cipher(algorithms.AES(block[40:56]), modes.CBC(block[72:88])).encryptor()
    old = b"\1\3\0" + struct.pack(">HHH", 3, 0, 16) + b"\0\0\x2f" + challenge
    exchange = key.public_key().encrypt(premaster, padding.PKCS1v15())
    answer = b"\3\0" + server_random + b"\0\0\x2f\0"
    turns = [
        (0, struct.pack(">H", 0x8000 | len(old)) + old),
        (1, _record(22, 0x0300, _message(2, answer) + _message(14, b""))),
        (0, _record(22, 0x0300, _message(16, exchange)) + _record(20, 0x0300, b"\1")),
        (0, _record(23, 0x0300, encryptor.update(plain))),
    ]
    (tmp_path / "x.pcap").write_bytes(pcap(tcp_packets(segments(turns))))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    events = list(source.read(tmp_path / "x.pcap", [tmp_path / "key.pem"]))
    assert [e.target for e in events if isinstance(e, Request)] == [b"/early?id=867900045123877"]
