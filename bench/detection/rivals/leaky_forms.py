"""The method of "Leaky Forms" (Senol et al., USENIX Security 2022), after Englehardt et al. (PETS 2018), written anew.

A pool of what a value may look like is computed beforehand: up to two layers of encodings and digests, outermost any
encoding. Every text of a request is searched for the pool's strings, as it stands and URL-decoded. Digests are compared
as the hash functions print them: in lower case.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import html
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import ahocorasick
import base58
import lzstring
import mmh3
import xxhash

from bench.detection.person import Person
from bench.detection.rivals.messages import texts
from bench.detection.traffic import Exchange

NAME = "Leaky Forms method (ours)"
_SHORTEST = 6

Transform = Callable[[str], str]


def _hash(name: str) -> Transform:
    return lambda text: hashlib.new(name, text.encode()).hexdigest()


DIGESTS: dict[str, Transform] = {
    name: _hash(name)
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512",
                 "blake2b", "blake2s", "ripemd160")
    if name in hashlib.algorithms_available
}  # fmt: skip
DIGESTS |= {
    "crc32": lambda text: f"{zlib.crc32(text.encode()):x}",
    "adler32": lambda text: f"{zlib.adler32(text.encode()):x}",
    "mmh3_32": lambda text: str(mmh3.hash(text.encode())),
    "mmh3_128": lambda text: str(mmh3.hash128(text.encode())),
    "xxh64": lambda text: xxhash.xxh64_hexdigest(text.encode()),
}
ENCODINGS: dict[str, Transform] = {
    "hex": lambda text: text.encode().hex(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base58": lambda text: base58.b58encode(text.encode()).decode(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "percent": lambda text: quote(text, safe=""),
    "percent-plus": quote_plus,
    "entity": html.escape,
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "lzstring": lambda text: lzstring.LZString().compressToBase64(text),
    "deflate": lambda text: zlib.compress(text.encode()).decode("latin-1"),
}


def find(exchanges: list[Exchange], person: Person) -> list[dict[str, Any]]:
    """Return a record for each identifier and direction of each exchange."""
    automaton = ahocorasick.Automaton()
    pool: dict[str, set[tuple[str, str]]] = {}
    for name, (kind, value) in person.ids.items():
        for text, chain in _pool(kind, value):
            if len(text) >= _SHORTEST:
                pool.setdefault(text, set()).add((name, chain))
    for text, told in pool.items():
        automaton.add_word(text, told)
    automaton.make_automaton()
    records = []
    for index, exchange in enumerate(exchanges):
        seen: dict[tuple[str, str], str] = {}
        for direction, text in texts(exchange):
            for variant in dict.fromkeys((text, unquote(text), unquote(unquote(text)))):
                for _, told in automaton.iter(variant):
                    for name, chain in told:
                        seen.setdefault((name, direction), chain)
        records += [
            {
                "index": index,
                "identifier": name,
                "direction": direction,
                "chain": chain.split(),
                "location": "",
                "form": "",
            }
            for (name, direction), chain in seen.items()
        ]
    return records


def _pool(kind: str, value: str) -> Iterator[tuple[str, str]]:
    """What a value may look like: it and its usual spellings, one and two layers deep."""
    for text in dict.fromkeys(_spellings(kind, value)):
        raw = text.encode().decode("latin-1")
        yield raw, ""
        for one, first in (DIGESTS | ENCODINGS).items():
            inner = first(text)
            yield inner, one
            for two, second in (DIGESTS | ENCODINGS).items():
                try:
                    yield second(inner), f"{two} {one}"
                except UnicodeEncodeError:
                    continue


def _spellings(kind: str, value: str) -> Iterator[str]:
    yield from (value, value.lower(), value.upper())
    if kind == "email":
        yield value.split("@")[0]
    if kind in ("mac", "bssid", "oaid", "gaid", "idfa", "idfv", "phone"):
        yield value.replace(":", "").replace("-", "").replace("+", "")
