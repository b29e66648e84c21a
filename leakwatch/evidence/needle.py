"""From the value to the matched bytes: normal form, then each transform, computed anew."""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from leakwatch.evidence.plain import FUNCTIONS, PLAIN_DIGESTS
from leakwatch.evidence.spelling import spelled
from leakwatch.evidence.undo import repeated_key
from leakwatch.identifiers.digests import DIGESTS
from leakwatch.identifiers.variants import all_forms
from leakwatch.model import Identifier

_SEPARATORS = (b"", b":", b"_", b"-", b"&", b"|", b"#", b".")


@dataclass(frozen=True, slots=True)
class Derived:
    """An intermediate on the way from the value: what was done (`md5`), how in words, by which code, and its bytes.

    `recipe` is what a shell has to do, as (operation, arguments); empty where only bytes can be shown.
    """

    name: str
    detail: str
    how: str
    data: bytes = field(repr=False)
    recipe: tuple[str, ...] = field(default=(), repr=False)


Salts = Iterable[tuple[bytes, str]]
"""Salts and keys with the words for where each is known from."""


def derive(
    identifier: Identifier, region: str, chain: tuple[str, ...], needle: bytes, salts: Salts
) -> list[Derived] | None:
    """Return the steps from the value to `needle` as `chain` (outermost first) says; None where none lead there."""
    salts = list(salts)
    tried: set[bytes] = set()
    for form in all_forms(identifier, region):
        if form.data in tried or chain[len(chain) - len(form.chain) :] != form.chain:
            continue
        if not form.chain:
            tried.add(form.data)
        rest = chain[: len(chain) - len(form.chain)]
        words = form.name or "as it stands in the profile"
        first = Derived(" › ".join(form.chain) or "normal form", words, "", form.data)
        if not rest:
            if form.data == needle:
                return [_spelled(identifier.value, first, form.chain)]
            continue
        for steps in _steps(first, tuple(reversed(rest)), needle, salts):
            return [_spelled(identifier.value, first, form.chain), *steps]
    return None


def _spelled(value: str, form: Derived, chain: tuple[str, ...]) -> Derived:
    """The normal form with the expression that writes it from the value, and by whom it was checked."""
    expression = spelled(value, form.data, chain)
    how = _checked_form(value.encode(), form.data, chain) or ("plain Python" if expression else "")
    return replace(form, how=how, recipe=("spelled", expression) if expression else ())


def _steps(
    first: Derived, names: tuple[str, ...], needle: bytes, salts: list[tuple[bytes, str]]
) -> Iterator[list[Derived]]:
    """Yield the ways through `names`, innermost first, that end in `needle`."""
    waiting: list[tuple[bytes, list[Derived]]] = [(first.data, [])]
    for place, name in enumerate(names):
        last = place == len(names) - 1
        following = []
        for data, done in waiting:
            for step in _apply(name, data, salts, needle if last else None):
                following.append((step.data, [*done, step]))
        waiting = following
    for data, done in waiting:
        if data == needle:
            yield done


def _apply(name: str, data: bytes, salts: list[tuple[bytes, str]], needle: bytes | None) -> Iterator[Derived]:
    """Yield what one transform may make of `data`, in every rendering; `needle` is given to the outermost one."""
    base, bracket, cut = name.partition("[")
    if bracket:
        start, _, end = cut.rstrip("]").partition(":")
        digest, how = _digest(base, data)
        piece = digest.hex()[int(start) : int(end)]
        for text, words in ((piece, "hex"), (piece.upper(), "hex, upper case")):
            yield Derived(name, words, how, text.encode(), ("cut", base, start, end, words))
        yield Derived(name, "raw bytes", how, bytes.fromhex(piece), ("cut", base, start, end, "raw"))
    elif base.startswith("salted-"):
        for (salt, origin), separator in product(salts, _SEPARATORS):
            for place, mixed in (("before", salt + separator + data), ("after", data + separator + salt)):
                sign = f", separator {separator.decode()}" if separator else ""
                digest, how = _digest(base.removeprefix("salted-"), mixed)
                recipe = ("salted", base.removeprefix("salted-"), place, salt.hex(), separator.hex())
                yield from _rendered(name, digest, how, recipe, f"salt {place}{sign} ({origin}), ")
    elif base.startswith("hmac-"):
        algorithm = base.removeprefix("hmac-")
        for salt, origin in salts:
            digest = hmac.new(salt, data, algorithm).digest()
            yield from _rendered(name, digest, "hmac", ("hmac", algorithm, salt.hex()), f"key: {origin}, ")
    elif base in DIGESTS:
        digest, how = _digest(base, data)
        yield from _rendered(name, digest, how, ("digest", base))
    elif base == "base64":
        yield from _base64(data, needle)
    elif needle is not None:
        yield from _disguised(base, data, needle)


def _digest(name: str, data: bytes) -> tuple[bytes, str]:
    """Return the raw digest and whose code made it: the standard library's wherever it can."""
    if name in PLAIN_DIGESTS:
        function, *arguments = PLAIN_DIGESTS[name]
        return bytes.fromhex(FUNCTIONS[function](data, *arguments).decode()), "plain Python"
    if name in hashlib.algorithms_available:
        return hashlib.new(name, data).digest(), "hashlib"
    return DIGESTS[name](data), ""


def _rendered(name: str, digest: bytes, how: str, recipe: tuple[str, ...], words: str = "") -> Iterator[Derived]:
    text, number = digest.hex(), int.from_bytes(digest, "big")
    encoded = base64.b64encode(digest)
    forms = [
        ("hex", text.encode()), ("hex, upper case", text.upper().encode()), ("raw bytes", digest),
        ("base64", encoded), ("base64, unpadded", encoded.rstrip(b"=")),
        ("base64, url-safe", encoded.rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_"))),
    ]  # fmt: skip
    if len(digest) <= 16:
        signed = number - (1 << len(digest) * 8)
        little = int.from_bytes(digest, "little")
        halves = digest[7::-1].hex() + digest[:7:-1].hex() if len(digest) == 16 else ""
        forms += [("decimal", b"%d" % number), ("signed decimal", b"%d" % signed), ("no leading zeros", b"%x" % number)]
        low = "lowest byte first"
        forms += [(f"decimal, {low}", b"%d" % little)]
        forms += [(f"signed decimal, {low}", b"%d" % (little - (1 << len(digest) * 8)))]
        forms += [("number", b"%032x" % little), ("number, upper case", b"%032X" % little)]
        forms += [("halves", halves.encode()), ("halves, upper case", halves.upper().encode())]
        named = uuid.UUID(bytes=digest, version=3) if len(digest) == 16 else None
        for sort, made in (("UUID", uuid.UUID(bytes=digest)), ("UUID version 3", named)) if named else ():
            forms += [(sort, str(made).encode()), (f"{sort}, upper case", str(made).upper().encode())]
        forms += [("UUID version 3 without dashes", named.hex.encode())] if named else []
    for rendering, data in forms:
        yield Derived(name, f"{words}{rendering}", how, data, (*recipe, rendering))


def _base64(data: bytes, needle: bytes | None) -> Iterator[Derived]:
    """Base64 of the value, or (outermost) the symbols of it that neighbours in a longer text cannot change."""
    yield Derived("base64", "standard", "base64", base64.b64encode(data), ("base64",))
    if needle is None:
        return
    for offset in range(3):
        symbols = base64.b64encode(b"\0" * offset + data)
        for words, text in (("", symbols), (", url-safe", symbols.translate(bytes.maketrans(b"+/", b"-_")))):
            if needle in text:
                detail = f"inside a longer text, {offset} bytes into a group{words}"
                at, signs = text.index(needle), "-_" if words else "+/"
                recipe = ("base64_inside", str(offset), str(at), str(at + len(needle)), signs)
                yield Derived("base64", detail, "base64", needle, recipe)
        first = (0, 2, 3)[offset]
        piece = symbols[first : first + len(needle)]
        if len(piece) == len(needle) and _same_pattern(piece, needle):
            words = "under an alphabet of its own: equal symbols stand for equal symbols"
            recipe = ("base64_inside", str(offset), str(first), str(first + len(needle)), "+/")
            yield Derived("base64", words, "counting", needle, ("pattern", *recipe))


def _same_pattern(one: bytes, other: bytes) -> bool:
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def _disguised(name: str, data: bytes, needle: bytes) -> Iterator[Derived]:
    if name == "rot13" and codecs.encode(data.decode("latin-1"), "rot13") == needle.decode("latin-1"):
        yield Derived(name, "", "codecs", needle, ("rot13",))
    elif name == "reverse" and data[::-1] == needle:
        yield Derived(name, "", "slicing", needle, ("backwards",))
    elif name == "byteswap":
        for skip in (0, 1):
            recipe = ("pairs_swapped", str(skip), str(len(needle)))
            if FUNCTIONS["pairs_swapped"](data, *recipe[1:]) == needle:
                yield Derived(name, f"from byte {skip} on", "slicing", needle, recipe)
    elif name == "xor" and (key := repeated_key(needle, data)):
        yield Derived(name, f"key {key.hex()}, as far as it is known", "integer arithmetic", needle, ("xor", key.hex()))
    elif name == "add" and len(needle) == len(data) and len({(a - b) % 256 for a, b in zip(needle, data)}) == 1:
        constant = str((needle[0] - data[0]) % 256)
        yield Derived(name, f"constant {constant}", "integer arithmetic", needle, ("add", constant))


def _checked_form(value: bytes, form: bytes, chain: tuple[str, ...]) -> str:
    """Say by what the form was checked: the same letters and digits in the same order, or the same number or bytes."""
    if form == value:
        return "the same bytes"
    if not chain:
        plain, bare = _bare(value), _bare(form)
        return "the same letters and digits" if bare and (bare in plain or plain in bare) else ""
    digits = "".join(c for c in value.decode("utf-8", "replace") if c in "0123456789abcdefABCDEF")
    if chain == ("raw-bytes",) and len(digits) % 2 == 0:
        raw = binascii.unhexlify(digits)
        return "binascii" if form in (raw, raw[::-1]) else ""
    if chain in (("gbk",), ("utf-16le",), ("utf-16be",)):
        name = "gb18030" if chain == ("gbk",) else chain[0]
        return "codecs" if _bare(form.decode(name, "replace").encode()) == _bare(value) else ""
    if chain in (("uint64",), ("fixed64",)) and digits.isdigit():
        number = int.from_bytes(form if chain == ("uint64",) else form[::-1], "big")
        return "integer arithmetic" if str(number) in digits else ""
    return ""


def _bare(data: bytes) -> bytes:
    return "".join(c for c in data.decode("utf-8", "replace").casefold() if c.isalnum()).encode()
