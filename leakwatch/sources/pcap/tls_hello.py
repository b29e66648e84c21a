"""TLS hand-shake messages: ClientHello with SNI, ALPN and JA4, ServerHello, certificate names (RFC 8446 §4)."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_GREASE = frozenset(n << 8 | n for n in range(0x0A, 0x100, 0x10))
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}
VERSION_NAMES = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0", 0x0300: "SSL 3.0"}


@dataclass(frozen=True)
class ClientHello:
    """What a client says first."""

    random: bytes
    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[tuple[int, bytes], ...]

    def extension(self, number: int) -> bytes | None:
        """The body of an extension, None where it is absent."""
        return next((body for kind, body in self.extensions if kind == number), None)

    @property
    def sni(self) -> str:
        """The server name asked for (RFC 6066 §3), empty where there is none."""
        body = self.extension(0)
        if not body or len(body) < 5 or body[2] != 0:
            return ""
        size = int.from_bytes(body[3:5], "big")
        return body[5 : 5 + size].decode("utf-8", "backslashreplace").lower()

    @property
    def alpn(self) -> tuple[str, ...]:
        """The protocols offered (RFC 7301)."""
        return tuple(_strings(self.extension(16) or b""))

    @property
    def early_data(self) -> bool:
        """Whether early data may follow."""
        return self.extension(42) is not None

    def ja4(self, transport: str = "t") -> str:
        """The JA4 fingerprint of the client (FoxIO's specification, BSD part)."""
        ciphers = [c for c in self.ciphers if c not in _GREASE]
        kinds = [k for k, _ in self.extensions if k not in _GREASE]
        versions = _pairs((self.extension(43) or b"")[1:])
        version = max((v for v in versions if v not in _GREASE), default=self.version)
        ends = _ends(self.alpn[0]) if self.alpn else "00"
        name = "d" if self.extension(0) is not None else "i"
        counts = f"{min(len(ciphers), 99):02}{min(len(kinds), 99):02}"
        first = f"{transport}{_VERSIONS.get(version, '00')}{name}{counts}{ends}"
        signatures = _pairs((self.extension(13) or b"")[2:])
        listed = ",".join(f"{k:04x}" for k in sorted(k for k in kinds if k not in (0, 16)))
        if signatures:
            listed += "_" + ",".join(f"{s:04x}" for s in signatures)
        return f"{first}_{_short(','.join(f'{c:04x}' for c in sorted(ciphers)))}_{_short(listed)}"


@dataclass(frozen=True)
class ServerHello:
    """What a server answers; `retry` is true for a HelloRetryRequest."""

    random: bytes
    version: int
    cipher: int
    alpn: str
    encrypt_then_mac: bool
    extended_master_secret: bool
    session: bytes = b""

    @property
    def retry(self) -> bool:
        """Whether it only asks for another ClientHello (RFC 8446 §4.1.4)."""
        return self.random == _RETRY


def is_client_hello(data: bytes) -> bool:
    """Whether bytes begin with a TLS record that begins a ClientHello."""
    return data[:2] == b"\x16\x03" and data[5:7] == b"\x01\x00" and data[9:10] == b"\x03" and data[3:5] > b"\x00\x28"


def client_hello(body: bytes) -> ClientHello | None:
    """Read the body of a ClientHello message; None where it is broken."""
    try:
        version, random = int.from_bytes(body[:2], "big"), body[2:34]
        at = 35 + body[34]
        size = int.from_bytes(body[at : at + 2], "big")
        ciphers = tuple(_pairs(body[at + 2 : at + 2 + size]))
        at += 2 + size
        at += 1 + body[at]
        return ClientHello(random, version, ciphers, tuple(_extensions(body, at)))
    except IndexError:
        return None


def old_hello(data: bytes | bytearray) -> tuple[ClientHello | None, int]:
    """Read a ClientHello of SSL 2.0's form (RFC 5246 appendix E.2) at the start of a stream; also its size, or 0."""
    if len(data) < 11 or not data[0] & 0x80 or data[2:4] != b"\x01\x03":
        return None, 0
    size = ((data[0] & 0x7F) << 8 | data[1]) + 2
    suites, session, challenge = (data[at] << 8 | data[at + 1] for at in (5, 7, 9))
    if size != 11 + suites + session + challenge or suites % 3 or not 16 <= challenge <= 32 or len(data) < size:
        return None, 0
    listed = bytes(data[11 : 11 + suites])
    ciphers = tuple(int.from_bytes(listed[at : at + 3], "big") for at in range(0, suites, 3))
    random = bytes(data[size - challenge : size]).rjust(32, b"\0")
    return ClientHello(random, data[3] << 8 | data[4], tuple(c for c in ciphers if c < 1 << 16), ()), size


def server_hello(body: bytes) -> ServerHello | None:
    """Read the body of a ServerHello message; None where it is broken."""
    try:
        version, random = int.from_bytes(body[:2], "big"), body[2:34]
        at = 35 + body[34]
        session = body[35:at]
        cipher = int.from_bytes(body[at : at + 2], "big")
        extensions = dict(_extensions(body, at + 3))
    except IndexError:
        return None
    if 43 in extensions:
        version = int.from_bytes(extensions[43], "big")
    return ServerHello(random, version, cipher, alpn_of(extensions), 22 in extensions, 23 in extensions, session)


def encrypted_extensions(body: bytes) -> str:
    """The ALPN protocol that TLS 1.3 hides in its EncryptedExtensions."""
    return alpn_of(dict(_extensions(body, 0)))


def alpn_of(extensions: dict[int, bytes]) -> str:
    """The protocol chosen, empty where none was."""
    return next(iter(_strings(extensions.get(16, b""))), "")


def certificate_names(body: bytes, version: int) -> tuple[str, ...]:
    """Subject and alternative names of the server's own certificate, of a Certificate message."""
    found = _certificate(body, version)
    return tuple(dict.fromkeys([*found.get("common", ()), *found.get("dns", ())]))[:100]


def certificate_texts(body: bytes, version: int) -> tuple[str, ...]:
    """Everything that the certificate of a Certificate message says in words: its subject and alternative names."""
    return tuple(dict.fromkeys(text for texts in _certificate(body, version).values() for text in texts))[:100]


def _certificate(body: bytes, version: int) -> dict[str, list[str]]:
    from cryptography import x509

    at = 1 + body[0] if version == 0x0304 and body else 0
    der = body[at + 6 : at + 6 + int.from_bytes(body[at + 3 : at + 6], "big")]
    found: dict[str, list[str]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd certificates are what a capture is full of
            certificate = x509.load_der_x509_certificate(der)
            found["common"] = [
                str(a.value) for a in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            ]
            found["subject"] = [str(a.value) for a in certificate.subject]
            extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            found["dns"] = list(extension.get_values_for_type(x509.DNSName))
            found["other"] = [*extension.get_values_for_type(x509.RFC822Name)]
            found["other"] += extension.get_values_for_type(x509.UniformResourceIdentifier)
    except x509.ExtensionNotFound:
        return found
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension):
        return {}
    return found


def _extensions(body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    end = min(len(body), at + 2 + int.from_bytes(body[at : at + 2], "big"))
    at += 2
    while at + 4 <= end:
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        if at + 4 + size > len(body):
            return
        yield int.from_bytes(body[at : at + 2], "big"), body[at + 4 : at + 4 + size]
        at += 4 + size


def _strings(data: bytes) -> Iterator[str]:
    at = 2
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]].decode("latin-1")
        at += 1 + data[at]


def _ends(alpn: str) -> str:
    """First and last character of a protocol's name as JA4 writes them: of its hex where one is no letter or digit."""
    if not alpn:
        return "00"
    shown = alpn if alpn.isascii() and alpn[0].isalnum() and alpn[-1].isalnum() else alpn.encode("latin-1").hex()
    return shown[0] + shown[-1]


def _pairs(data: bytes) -> list[int]:
    return [data[at] << 8 | data[at + 1] for at in range(0, len(data) - 1, 2)]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12
