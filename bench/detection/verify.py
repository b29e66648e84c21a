"""Checks the labels by independent code: undoes each planted chain with other means than it was made by.

Each layer of a label's chain is undone by the standard library (or the other of two packages, or arithmetic); a digest
is computed anew from the value's spellings. A layer that cannot be undone independently is named, never assumed.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
import zlib
from collections.abc import Iterator

from bench.detection.person import Person
from bench.detection.recomputing import silently
from bench.detection.traffic import Exchange, Label
from bench.detection.undoing import LAYERS

_SEPARATORS = ("", ":", "_", "-", "&")
_LIMIT = 3_000


def problems(exchanges: list[Exchange], person: Person) -> list[str]:
    """Say where a label cannot be right; an empty list means that every checkable label holds."""
    found = []
    for number, exchange in enumerate(exchanges):
        for label in exchange.labels:
            if label.identifier not in person.ids:
                found.append(f"{number} {exchange.family}: no identifier {label.identifier}")
            elif not _holds(exchange, label, person):
                found.append(f"{number} {exchange.family}: {label.identifier} does not follow by {label.chain}")
        if not exchange.labels and (hit := _leaks_plain(exchange, person)):
            found.append(f"{number} {exchange.family}: a negative holds {hit}")
    return found


def unchecked(exchanges: list[Exchange]) -> list[str]:
    """Return the layers that no independent code undoes here."""
    names = {name for exchange in exchanges for label in exchange.labels for name in label.chain}
    return sorted(name for name in names if name not in LAYERS and not _is_end(name))


def _is_end(name: str) -> bool:
    return bool(_ENDS.match(name))


_ENDS = re.compile(
    r"(?:(?:salted-|hmac-)?(?:md[45]|sha\d+|sha3_\d+|blake2[bs]|ripemd160|sm3|crc32|adler32|mmh3_\d+|xxh64|fnv1a64)(?:\[.*)?"
    r"|gcj02|bd09|e6|e7|dms|geohash|raw-bytes|bcd|base36-int|base16-int)\Z"
)


def _raw(exchange: Exchange, direction: str) -> list[bytes]:
    if direction == "response":
        return [exchange.response, *(value.encode() for _, value in exchange.response_headers)]
    target = exchange.target.encode()
    raw = [exchange.body, exchange.host.encode(), target, *(data for _, data, _ in exchange.messages)]
    raw += [pair.partition(b"=")[2] for pair in target.partition(b"?")[2].split(b"&")]
    for _, value in exchange.headers:
        raw += [value.encode(), value.partition(" ")[2].encode()]
        raw += [piece.strip().partition("=")[2].encode() for piece in value.split(";")]
    return [data for data in raw if data]


def _holds(exchange: Exchange, label: Label, person: Person) -> bool:
    names = list(label.chain)
    ends = []
    while names and _is_end(names[-1]):
        ends.insert(0, names.pop())
    candidates = _raw(exchange, label.direction)
    for name in names:
        if name not in LAYERS:
            return True  # counted by `unchecked`
        candidates = [inner for data in _all(candidates) for inner in LAYERS[name](data, person)][:_LIMIT]
    if ends and ends[-1] in ("base64",):
        ends.pop()
    found = _all(candidates)
    if label.identifier == "gps" and not (set(ends) & {"geohash"}):
        return _near(found, ends, person)
    return any(_is_value(data, wanted) for wanted in _wanted(ends, exchange, label, person) for data in found)


def _all(candidates: list[bytes]) -> list[bytes]:
    """The candidates and what they are without their silent layers, twice over."""
    out = dict.fromkeys(candidates)
    for _ in range(2):
        out |= dict.fromkeys(inner for data in list(out)[:_LIMIT] for inner in silently(data))
    return list(out)


def _is_value(data: bytes, wanted: bytes) -> bool:
    if wanted in data:
        return True
    plain, bare = _bare(data), _bare(wanted)
    return len(bare) >= 4 and bare in plain


def _bare(data: bytes) -> str:
    return "".join(c for c in data.decode("utf-8", "ignore").casefold() if c.isalnum())


def _spellings(value: str, kind: str) -> Iterator[str]:
    yield value
    bare = re.sub(r"[-:+ ]", "", value)
    yield from (value.upper(), value.lower(), bare, bare.lower(), bare.upper())
    if kind in ("phone", "contact_phone"):
        yield from (bare[-11:], "86" + bare[-11:])
    if kind == "imei":
        yield from (value[:14], value[:14] + "07")
    if kind in ("mac", "bssid"):
        yield "".join(reversed(value.split(":")))
        yield str(int(bare, 16))
    if kind == "meid":
        yield f"{int(value[:8], 16):010}{int(value[8:], 16):08}"
    if kind == "android_id":
        yield str(int(value, 16))
    if kind == "email":
        local, _, domain = value.partition("@")
        stem = local.split("+")[0]
        yield from (local, f"{stem}@{domain}", f"{stem.replace('.', '')}@{domain}", f"{stem}@googlemail.com")
    if kind.endswith("name"):
        yield from (f"{value[2:]}{value[:2]}", f"{value[2:]} {value[:2]}")
    if kind == "sms":
        yield from (value[4:], value[-24:])


def _wanted(ends: list[str], exchange: Exchange, label: Label, person: Person) -> list[bytes]:
    """The bytes that must stand where the chain ends: the value's spellings after its one-way transforms."""
    kind, value = person.ids[label.identifier]
    if "geohash" in ends:
        from bench.detection.encoders import geohash, plus_code

        return [geohash(person.lat, person.lon, 6).encode(), plus_code(person.lat, person.lon).encode()]
    if label.identifier == "gps":
        return []
    texts = [text.encode() for text in _spellings(value, kind)]
    for name in reversed(ends):
        texts = list(dict.fromkeys(out for text in texts for out in _transformed(name, text, exchange, person)))[
            :_LIMIT
        ]
    return texts


def _transformed(name: str, text: bytes, exchange: Exchange, person: Person) -> Iterator[bytes]:
    base, _, cut = name.partition("[")
    if base in ("raw-bytes", "bcd"):
        digits = text.decode("ascii", "ignore")
        if re.fullmatch("[0-9a-fA-F]+", digits):
            yield bytes.fromhex("0" * (len(digits) % 2) + digits)
        return
    if base in ("base36-int", "base16-int"):
        if text.isdigit():
            yield _in_base(int(text), 36 if base == "base36-int" else 16).encode()
        return
    mixed = [text]
    keys = [person.salt, person.hmac_key, *(value for _, value in exchange.headers)]
    keys += re.findall(r"[0-9a-f]{10,16}", exchange.body.decode("latin-1") + exchange.target)
    if base.startswith("salted-"):
        pairs = list(itertools.product(keys, _SEPARATORS))
        mixed = [k.encode() + s.encode() + text for k, s in pairs] + [text + s.encode() + k.encode() for k, s in pairs]
    for data in mixed:
        plain = base.removeprefix("salted-")
        if base.startswith("hmac-"):
            digests = [hmac.new(k.encode(), data, base.removeprefix("hmac-")).digest() for k in keys]
        else:
            digests = [_digest(plain, data)]
        for digest in digests:
            whole = digest.hex()
            start, _, end = cut.rstrip("]").partition(":")
            shown = whole[int(start) : int(end)] if cut else whole
            yield from (shown.encode(), shown.upper().encode())
            if not cut:
                yield from (digest, str(int.from_bytes(digest, "big")).encode())


def _in_base(number: int, base: int) -> str:
    out = ""
    while number:
        number, digit = divmod(number, base)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + out
    return out


def _digest(name: str, data: bytes) -> bytes:
    """By `hashlib` where it has it, by `zlib`, else by the package that the corpus was not made with or by arithmetic."""
    if name in hashlib.algorithms_available:
        return hashlib.new(name, data).digest()
    if name in ("crc32", "adler32"):
        return getattr(zlib, name)(data).to_bytes(4, "big")
    from bench.detection import recomputing

    return recomputing.DIGESTS[name](data)


def _near(candidates: list[bytes], ends: list[str], person: Person) -> bool:
    """A position: two numbers near the person's coordinates once notation and datum are undone."""
    from bench.detection.recomputing import positions_of

    return any(
        abs(lat - person.lat) < 0.0015 and abs(lon - person.lon) < 0.0015
        for lat, lon in positions_of(candidates, ends, person)
    )


def _leaks_plain(exchange: Exchange, person: Person) -> str:
    """The name of an identifier whose value stands free in a negative (a longer run of digits is no such thing)."""
    texts = [data.decode("utf-8", "ignore") for d in ("request", "response") for data in _all(_raw(exchange, d))]
    for name, (kind, value) in person.ids.items():
        if kind in ("gps", "imei", "sms", "phone") or len(value) < 6:
            continue
        free = re.compile(rf"(?<![\w.]){re.escape(value)}(?![\w.])")
        if any(free.search(text) for text in texts):
            return name
    return ""
