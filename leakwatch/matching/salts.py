"""Digests under a salt or key that stands elsewhere in the same flow: tried on every digest-like value, in bounds."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from leakwatch.identifiers.forms import Depth
from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.placeholders import is_placeholder
from leakwatch.model import Identifier

KEYS = frozenset(
    [
        "salt", "nonce", "noncestr", "key", "appkey", "apikey", "secret", "appsecret", "ts", "timestamp", "time", "t",
        "rand", "random", "seed", "iv", "token", "sid", "sessionid", "appid", "requestid", "challenge", "pepper",
        "cakey", "accesskey", "clientkey", "publickey", "saltkey", "rnd", "ak",
    ]
)  # fmt: skip
"""Names of fields whose value apps mix into digests, in lower case without separators."""

_ALGORITHMS = {16: hashlib.md5, 20: hashlib.sha1, 32: hashlib.sha256, 64: hashlib.sha512}
_NAMES: dict[Callable[[bytes], hashlib._Hash], str] = {
    algorithm: algorithm(b"").name for algorithm in _ALGORITHMS.values()
}
_SEPARATORS = (b"", b":", b"_", b"-", b"&", b"|", b"#", b".")
_HEX = re.compile(rb"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})\Z", re.IGNORECASE)
_BASE64 = re.compile(
    rb"(?:[A-Za-z0-9+/_-]{22}(?:==)?|[A-Za-z0-9+/_-]{27}=?|[A-Za-z0-9+/_-]{43}=?|[A-Za-z0-9+/_-]{86}(?:==)?)\Z"
)
_STANDARD = bytes.maketrans(b"-_", b"+/")
_TRIALS = 40_000
"""Digests computed for one message at most."""
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Salted:
    """An identifier that a digest was made of: `chain` is `salted-md5` or `hmac-md5`, then the form's own."""

    identifier: str
    kind: str
    digest: bytes
    salt: bytes
    chain: tuple[str, ...]
    form: str
    trials: int
    """How many digests were computed before."""


def digest_of(value: bytes) -> bytes | None:
    """Return the raw digest that a value spells in hex or base64 (or is), None where it is none."""
    if _HEX.match(value):
        return bytes.fromhex(value.decode())
    if _BASE64.match(value):
        text = value.rstrip(b"=").translate(_STANDARD)
        try:
            return base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            return None
    return value if len(value) in _ALGORITHMS and not value.isascii() else None


class Salts:
    """Tries the normal forms of a profile's identifiers with salts found in traffic."""

    def __init__(self, identifiers: Iterable[Identifier], region: str = "") -> None:
        self._forms = [
            (identifier, form.data, _Joined.of(form.data), form.name, form.chain)
            for identifier in identifiers
            if not is_placeholder(identifier.type, identifier.value) and not KINDS[identifier.type].item
            for form in KINDS[identifier.type].forms(identifier.value, region)
            if form.depth is Depth.FULL and not form.chain
        ]
        for identifier in {form[0].name: form[0] for form in self._forms}.values():  # md5(md5(x) + salt)
            inner = hashlib.md5(identifier.value.strip().encode()).hexdigest().encode()
            self._forms.append((identifier, inner, _Joined.of(inner), "", ("md5",)))
        self._barren: set[tuple[bytes, frozenset[bytes]]] = set()

    def search(self, digests: Iterable[bytes], salts: Iterable[bytes]) -> Iterator[Salted]:
        """Yield the identifiers that `digests` (raw) were made of with one of `salts`."""
        wanted = frozenset(digests)
        sizes = sorted({len(digest) for digest in wanted} & _ALGORITHMS.keys())
        trials = 0
        for salt in salts:
            before, trials = trials, trials + len(self._forms) * len(sizes) * (2 * len(_SEPARATORS) + 1)
            if (salt, wanted) not in self._barren:
                yield from self._made(salt, wanted, sizes, before)
            if trials > _TRIALS:
                return

    def _made(self, salt: bytes, wanted: frozenset[bytes], sizes: list[int], trials: int) -> Iterator[Salted]:
        """Yield what one salt makes of the wanted digests; remember where that is nothing."""
        fertile = False
        for identifier, data, joined, form, chain in self._forms:
            for size in sizes:
                trials += 2 * len(_SEPARATORS) + 1
                if not joined.gives(_ALGORITHMS[size], data, salt, wanted):
                    continue
                fertile = True
                for digest, layer, how in _hits(_ALGORITHMS[size], data, salt, wanted):
                    note = ", ".join(text for text in (form, how) if text)
                    yield Salted(identifier.name, identifier.type, digest, salt, (layer, *chain), note, trials)
        if not fertile:
            if len(self._barren) > _REMEMBERED:
                self._barren.clear()
            self._barren.add((salt, wanted))


class _Joined(NamedTuple):
    """A form with every separator after it and before it: what a salt has only to be put to."""

    before: tuple[bytes, ...]
    after: tuple[bytes, ...]

    @classmethod
    def of(cls, data: bytes) -> _Joined:
        return cls(tuple(data + sign for sign in _SEPARATORS), tuple(sign + data for sign in _SEPARATORS))

    def gives(
        self, algorithm: Callable[[bytes], hashlib._Hash], data: bytes, salt: bytes, wanted: frozenset[bytes]
    ) -> bool:
        """Say whether any digest with this salt is wanted: most are not, and this is asked most."""
        return (
            not wanted.isdisjoint([algorithm(salt + after).digest() for after in self.after])
            or not wanted.isdisjoint([algorithm(before + salt).digest() for before in self.before])
            or hmac.digest(salt, data, _NAMES[algorithm]) in wanted
        )


def _hits(
    algorithm: Callable[[bytes], hashlib._Hash], data: bytes, salt: bytes, wanted: Collection[bytes]
) -> Iterator[tuple[bytes, str, str]]:
    """Yield each wanted digest of data and salt, with its layer and how they were put together."""
    name = _NAMES[algorithm]
    for separator in _SEPARATORS:
        if (digest := algorithm(salt + separator + data).digest()) in wanted:
            yield digest, f"salted-{name}", "salt before" + _sign(separator)
        if (digest := algorithm(data + separator + salt).digest()) in wanted:
            yield digest, f"salted-{name}", "salt after" + _sign(separator)
    if (digest := hmac.digest(salt, data, name)) in wanted:
        yield digest, f"hmac-{name}", ""


def _sign(separator: bytes) -> str:
    return f", separator {separator.decode()}" if separator else ""
