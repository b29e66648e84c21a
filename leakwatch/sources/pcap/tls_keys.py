"""The secrets that open TLS and QUIC: NSS key logs, RSA keys of old suites, and what is derived from them."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

from leakwatch.errors import SourceError

_MAX_LOG = 256 << 20
_MAX_SESSIONS = 1 << 20
_SESSION = "RSA Session-ID"
_LOG_LINE = re.compile(
    rb"^[ \t]*([A-Z][A-Z0-9_]*(?: Session-ID)?)[ \t:]+([0-9A-Fa-f]+)[ \t]+(?:Master-Key:)?([0-9A-Fa-f]{2,})", re.M
)
"""Label, client random and secret; what stands behind them on the line is passed over. `RSA Session-ID:` is what
`openssl s_client` prints, told apart by the session instead of the random."""


class Keys:
    """Secrets by (label, client random), as NSS key logs hold them (draft-ietf-tls-keylogfile); never shown."""

    def __init__(self) -> None:
        self._secrets: dict[tuple[str, bytes], bytes] = {}
        self._rsa: list[Any] = []

    def __len__(self) -> int:
        return len(self._secrets) + len(self._rsa)

    def add_file(self, path: Path) -> None:
        """Read a key log or a PEM file with RSA keys. Raises SourceError where it is neither."""
        try:
            if path.stat().st_size > _MAX_LOG:
                raise SourceError(f"{path}: larger than 256 MiB, which no key log is")
            data = path.read_bytes()
        except OSError as error:
            raise SourceError(f"{path}: cannot be read: {error.strerror}; give --keylog a key log file") from None
        before = len(self)
        if b"PRIVATE KEY-----" in data:
            self._add_rsa(path, data)
        else:
            self.add_log(data)
        if len(self) == before and data.strip():
            raise SourceError(f"{path}: holds no TLS secrets: expected lines such as CLIENT_RANDOM <hex> <hex>")

    def add_log(self, data: bytes) -> None:
        """Add the lines of a key log; comments and lines of other kinds are passed over."""
        for label, name, secret in _LOG_LINE.findall(data):
            if not (len(name) | len(secret)) & 1:
                self._secrets[label.decode("ascii"), bytes.fromhex(name.decode("ascii"))] = bytes.fromhex(
                    secret.decode("ascii")
                )

    def _add_rsa(self, path: Path, data: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(data, None)
        except (ValueError, TypeError) as error:
            raise SourceError(f"{path}: not a usable RSA key (is it encrypted?): {error}") from None
        if isinstance(key, RSAPrivateKey):
            self._rsa.append(key)

    def secret(self, label: str, client_random: bytes) -> bytes | None:
        """The secret with this label for the connection of this client random."""
        return self._secrets.get((label, client_random))

    def master(self, client_random: bytes, session: bytes, ticket: bytes = b"") -> bytes | None:
        """The master secret of a connection up to TLS 1.2, by its client random, session id or session ticket."""
        names = (("CLIENT_RANDOM", client_random), (_SESSION, session), (_SESSION, ticket))
        return next((self._secrets[name] for name in names if name[1] and name in self._secrets), None)

    def remember(self, session: bytes, master: bytes) -> None:
        """Keep the master secret of a session, id or ticket, that may be resumed (RFC 5246 §7.3, RFC 5077)."""
        if session and len(self._secrets) < _MAX_SESSIONS:
            self._secrets[_SESSION, session] = master

    @property
    def has_rsa(self) -> bool:
        """Whether there are RSA keys, so that hand-shakes are worth keeping."""
        return bool(self._rsa) or any(label == "RSA" for label, _ in self._secrets)

    def premaster(self, encrypted: bytes) -> bytes | None:
        """The premaster secret of a ClientKeyExchange, where one of the RSA keys opens it (RFC 5246 §7.4.7.1)."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        premaster_log = self._secrets.get(("RSA", encrypted[:8]))
        if premaster_log:
            return premaster_log
        for key in self._rsa:
            try:
                opened: bytes = key.decrypt(encrypted, PKCS1v15())
            except ValueError:
                continue
            if len(opened) == 48:
                return opened
        return None


def prf(version: int, digest: str, secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    """The pseudo-random function of TLS 1.2 (RFC 5246 §5), 1.0 and 1.1 (RFC 2246 §5), SSL 3.0 (RFC 6101 §6.1)."""
    if version == 0x0300:
        salts = (hashlib.sha1(bytes([65 + n]) * (n + 1) + secret + seed).digest() for n in range(-(-size // 16)))
        return b"".join(hashlib.md5(secret + salt).digest() for salt in salts)[:size]
    seed = label + seed
    if version >= 0x0303:
        return _p_hash(digest, secret, seed, size)
    half = (len(secret) + 1) // 2
    first, second = _p_hash("md5", secret[:half], seed, size), _p_hash("sha1", secret[-half:], seed, size)
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def _p_hash(digest: str, secret: bytes, seed: bytes, size: int) -> bytes:
    out, chained = b"", seed
    while len(out) < size:
        chained = hmac.digest(secret, chained, digest)
        out += hmac.digest(secret, chained + seed, digest)
    return out[:size]


def expand_label(secret: bytes, label: str, size: int, digest: str, context: bytes = b"") -> bytes:
    """HKDF-Expand-Label of TLS 1.3 (RFC 8446 §7.1), used by QUIC too (RFC 9001 §5.1)."""
    name = b"tls13 " + label.encode()
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + bytes([len(context)]) + context
    out = block = b""
    for counter in range(1, -(-size // hashlib.new(digest).digest_size) + 1):
        block = hmac.digest(secret, block + info + bytes([counter]), digest)
        out += block
    return out[:size]
