"""Every byte string that an identifier may leave the device as: normal forms times one-way transforms."""

from __future__ import annotations

import base64
import codecs
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain as concatenated

from leakwatch.identifiers.digests import BRIEF, COMMON, DIGESTS, NUMBERS, hmac_digest
from leakwatch.identifiers.forms import Depth, Form, join
from leakwatch.identifiers.kinds import KINDS, Kind
from leakwatch.identifiers.kinds.person import ANOTHER_TAG
from leakwatch.identifiers.pieces import width
from leakwatch.identifiers.placeholders import is_placeholder
from leakwatch.model import Boundary, DeviceProfile, Identifier, Keys, Variant

_SEPARATORS = (b"", b":", b"_", b"-", b"&")
_CUTS = {
    "md5": ((0, 8), (0, 10), (0, 16), (0, 20), (8, 24), (16, 32)),
    "sha1": ((0, 8), (0, 10), (0, 16), (0, 20), (0, 32), (24, 40)),
    "sha256": ((0, 8), (0, 10), (0, 16), (0, 20), (0, 32), (48, 64)),
    "sha512": ((0, 16), (0, 20), (0, 32), (112, 128)),
}
"""Truncations in use, as slices of the hex digest; `md5[8:24]` is China's "16-digit MD5"."""

_LONGEST = 2048
"""Bytes of a value that is searched as a whole; a longer text is found by its pieces and its digests."""
_MIRRORED = range(8, 256)
_SHORTEST_SWAPPED = 12
_FEWEST_DIGITS = 9
"""Digits say less than letters: shorter numbers are prices, times and codes."""
_FEWEST_DIGESTED = 6
"""The digest of a shorter value of ASCII is the digest of many people's PIN or nickname."""

Rendered = Iterator[tuple[bytes, str, Boundary, int]]
_Needle = tuple[bytes, tuple[str, ...], str, Boundary, bool, int]


def expand(profile: DeviceProfile, package: str = "") -> tuple[Variant, ...]:
    """Return the variants of every identifier known for `package`, in the profile's order.

    Deterministic. A byte string that two identifiers share is kept for both; one that an identifier reaches in two
    ways is kept with the longer chain. Pieces of text that another identifier holds as well (a bank's boilerplate, the
    long name of a contact) name neither and are left out. Placeholders yield nothing.
    """
    # That the tested app names itself is no leak.
    known = [i for i in profile.identifiers_for(package) if (i.type, i.value) != ("installed_apps", package)]
    found = [variants_of(i, profile.region, profile.keys) for i in known]
    elsewhere = _Elsewhere(known)
    unique: dict[tuple[bytes, str], Variant] = {}
    for variant in concatenated.from_iterable(found):
        if variant.form == "piece" and elsewhere.holds(variant):
            continue
        key = variant.needle, variant.identifier
        other = unique.get(key)
        if other is None or len(other.chain) < len(variant.chain):
            unique[key] = variant
    return tuple(unique.values())


class _Elsewhere:
    """Tells whether a piece of one identifier's text stands in another's value too."""

    def __init__(self, known: Sequence[Identifier]) -> None:
        values = Counter(identifier.value.strip() for identifier in known)
        self._texts: dict[tuple[str, ...], bytes] = {
            chain: b"\0".join(value.encode(coding, "replace") for value in values)
            for chain, coding in (((), "utf-8"), (("gbk",), "gb18030"))
        }
        self._values = values

    def holds(self, piece: Variant) -> bool:
        """Say whether a value besides the piece's own source holds it."""
        text = self._texts.get(piece.chain, b"")
        coding = "gb18030" if piece.chain else "utf-8"
        own = piece.source.encode(coding, "replace").count(piece.needle)
        return self._values[piece.source] > 1 or text.count(piece.needle) > own


def count_variants(profile: DeviceProfile, package: str = "") -> dict[str, int]:
    """Return how many variants each identifier becomes, by its name (0 for a placeholder)."""
    counts = Counter(v.identifier for v in expand(profile, package))
    return {i.name: counts[i.name] for i in profile.identifiers_for(package)}


def variants_of(identifier: Identifier, region: str = "", keys: Keys = Keys()) -> list[Variant]:  # noqa: B008  # frozen
    """Return the variants of one identifier, without repeats."""
    kind = KINDS[identifier.type]
    if is_placeholder(identifier.type, identifier.value):
        return []
    common = kind.common(identifier.value)
    unique: dict[bytes, Variant] = {}
    done: dict[bytes, Depth] = {}
    for form in all_forms(identifier, region):
        # The digest of a rare short value (a Chinese name of two characters) says who it is; that of a PIN does not.
        lone_digest = common or form.whole or (form.data.isascii() and len(form.data) < _FEWEST_DIGESTED)
        lone = common or form.whole or is_short(form, kind)
        depth = min(form.depth, Depth.BRIEF) if kind.item else form.depth
        for needle, chain, name, boundary, weak, alphabet in _needles(
            form._replace(whole=lone, depth=depth), keys, done
        ):
            whole = weak or (lone if chain == form.chain else lone_digest)
            known = unique.get(needle)
            if needle and (known is None or len(known.chain) < len(chain)):
                source = identifier.value.strip() if name.startswith(("piece", ANOTHER_TAG)) else ""
                cut = chain == ("base64",) and boundary is Boundary.NONE
                unique[needle] = Variant(
                    needle, identifier.name, identifier.type, chain, name, boundary, whole, alphabet, source,
                    form.data if cut else b"", form.boundary if cut else Boundary.NONE,
                )  # fmt: skip
    return list(unique.values())


def all_forms(identifier: Identifier, region: str = "") -> Iterator[Form]:
    """Yield an identifier's normal forms: those of its kind, then what any text may be wrapped in to be digested."""
    kind, value = KINDS[identifier.type], identifier.value
    yield from kind.forms(value, region)
    if kind.item or kind.type == "gps":
        return
    wrapped = [("newline", value + "\n"), ("quotes", f'"{value}"')]
    wrapped += [("prefix", f"{word}{sign}{value}") for word in (kind.type, kind.type.upper()) for sign in ":=_-"]
    for name, text in wrapped:
        yield Form(text.encode(), name, depth=Depth.BRIEF, needle=False)
    yield Form(value.encode("utf-16-le"), "", chain=("utf-16le",), depth=Depth.BRIEF, needle=False)


def is_short(form: Form, kind: Kind) -> bool:
    """Say whether a form is too short to mean anything outside a key that names it."""
    if form.chain:
        return len(form.data) < 5
    least = max(kind.min_length, _FEWEST_DIGITS) if form.boundary is Boundary.DIGIT else kind.min_length
    return width(form.data.decode("utf-8", "replace")) < least


def _needles(form: Form, keys: Keys, done: dict[bytes, Depth]) -> Iterator[_Needle]:
    data, chain, name, depth = form.data, form.chain, form.name, form.depth
    if form.needle and len(data) <= _LONGEST:
        yield data, chain, name, form.boundary, False, form.alphabet
    if depth <= done.get(data, Depth.PLAIN):
        return
    done[data] = depth
    if form.needle and not chain and not form.whole and len(data) <= _LONGEST:
        for piece in base64_pieces(data):
            # A piece says no more than the bytes in it: base64 of digits is not drawn from 64 symbols.
            alphabet = max(2, int(form.alphabet ** (len(data) / len(piece))))
            yield piece, ("base64",), name, Boundary.NONE, False, alphabet
    if form.needle and not form.whole and 6 <= len(data) <= 8 and chain in ((), ("raw-bytes",), ("gbk",)):
        # Too short to be told inside a longer text: as a value of its own.
        text = base64.b64encode(data).rstrip(b"=")
        for whole in (text, text.translate(_URL_SAFE)):
            alphabet = max(2, int(form.alphabet ** (len(data) / len(text))))
            yield whole, ("base64", *chain), name, Boundary.BASE64, False, alphabet
    yield from _digested(form, BRIEF if depth is Depth.BRIEF else tuple(DIGESTS))
    if depth is Depth.FULL:
        yield from _mirrored(form)
        yield from _double(form)
        yield from _truncated(form)
        for needle, rendering, boundary, alphabet in _as_uuid(DIGESTS["md5"](data)):
            yield needle, ("md5", *chain), join(name, rendering), boundary, False, alphabet
        for salt in keys.salts:
            yield from _salted(form, salt)
        for key in keys.hmac_keys:
            yield from _keyed(form, key)


def salted_variants(identifier: Identifier, region: str = "", salts: tuple[bytes, ...] = ()) -> Iterator[Variant]:
    """Yield the salted and keyed digests of one identifier under salts that turned up in a flow, and no others."""
    if is_placeholder(identifier.type, identifier.value):
        return
    for form in _salted_forms(identifier, region):
        for salt in salts:
            for made in (_salted(form, salt), _keyed(form, salt)):
                for needle, chain, name, boundary, weak, alphabet in made:
                    yield Variant(needle, identifier.name, identifier.type, chain, name, boundary, weak, alphabet)


@lru_cache(maxsize=4096)  # asked again for every flow that holds something like a salt
def _salted_forms(identifier: Identifier, region: str) -> tuple[Form, ...]:
    found = KINDS[identifier.type].forms(identifier.value, region)
    return tuple({form.data: form for form in found if form.depth is Depth.FULL}.values())


def base64_pieces(data: bytes) -> Iterator[bytes]:
    """Yield what `data` looks like inside a longer base64 text: three alignments, both alphabets (RFC 4648 §4, §5).

    Only the symbols that the neighbours cannot change; pieces under 10 symbols are left out.
    """
    for offset in range(3):
        symbols = base64.b64encode(b"\0" * offset + data)
        piece = symbols[(0, 2, 3)[offset] : (offset + len(data)) * 8 // 6]
        if len(piece) >= 10:
            yield piece
            yield piece.translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _mirrored(form: Form) -> Iterator[_Needle]:
    """Yield a text backwards, under ROT13, and with each pair of bytes swapped, from its first or second one on."""
    data = form.data
    if not form.needle or form.chain or form.whole or len(data) not in _MIRRORED or not data.isascii():
        return
    turned = codecs.encode(data.decode(), "rot13").encode()
    if data != data[::-1]:
        yield data[::-1], ("reverse",), form.name, form.boundary, False, form.alphabet
    if turned != data:
        yield turned, ("rot13",), form.name, Boundary.WORD, False, form.alphabet
    for start in (0, 1):
        whole = data[start : start + (len(data) - start) // 2 * 2]
        swapped = bytes(whole[at ^ 1] for at in range(len(whole)))
        if len(whole) >= _SHORTEST_SWAPPED and swapped != whole:
            yield swapped, ("byteswap",), form.name, Boundary.NONE, False, form.alphabet


def _rendered(digest: bytes) -> Rendered:
    text = digest.hex()
    yield text.encode(), "", Boundary.HEX, 16
    yield text.upper().encode(), "hex upper", Boundary.HEX, 16
    if len(digest) >= 8:
        yield digest, "raw", Boundary.NONE, 256


def _as_uuid(digest: bytes) -> Rendered:
    """Yield 16 bytes as a UUID, and as a name-based one (RFC 9562 §5.3), which Java's `nameUUIDFromBytes` makes."""
    version, kind = digest[6] & 0x0F | 0x30, digest[8] & 0x3F | 0x80
    named = digest[:6] + bytes((version, digest[7], kind)) + digest[9:]
    for data, name in ((digest, "UUID"), (named, "name-based UUID")):
        text = data.hex()
        dashed = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        yield dashed.encode(), name, Boundary.HEX, 16
        yield dashed.upper().encode(), join(name, "upper"), Boundary.HEX, 16
    yield named.hex().encode(), join(name, "no separators"), Boundary.HEX, 16


def _digested(form: Form, names: tuple[str, ...]) -> Iterator[_Needle]:
    for digest_name in names:
        digest = DIGESTS[digest_name](form.data)
        chain = (digest_name, *form.chain)
        weak = len(digest) <= 4
        for needle, rendering, boundary, alphabet in _rendered(digest):
            yield needle, chain, join(form.name, rendering), boundary, weak, alphabet
        if digest_name in NUMBERS:
            for needle, rendering, boundary, alphabet in _numbers(digest):
                yield needle, chain, join(form.name, rendering), boundary, weak, alphabet


def _numbers(digest: bytes) -> Rendered:
    number, bits = int.from_bytes(digest, "big"), len(digest) * 8
    if bits == 128:  # mmh3: as one little-endian number, and as two 64-bit halves
        halves = digest[7::-1].hex() + digest[:7:-1].hex()
        number = int.from_bytes(digest, "little")
        for text, name in ((halves, "halves"), (f"{number:032x}", "number")):
            yield text.encode(), name, Boundary.HEX, 16
            yield text.upper().encode(), join(name, "hex upper"), Boundary.HEX, 16
    elif number >> bits - 4 == 0:
        yield f"{number:x}".encode(), "no leading zeros", Boundary.HEX, 16
    yield str(number).encode(), "decimal", Boundary.DIGIT, 10
    if number >> bits - 1:
        yield str(number - (1 << bits)).encode(), "signed decimal", Boundary.DIGIT, 10


def _double(form: Form) -> Iterator[_Needle]:
    for inner in COMMON:
        first = DIGESTS[inner](form.data)
        text = first.hex()
        for data, inside in ((text.encode(), ""), (text.upper().encode(), "inner hex upper"), (first, "inner raw")):
            for outer in COMMON:
                for needle, rendering, boundary, alphabet in _rendered(DIGESTS[outer](data)):
                    chain = (outer, inner, *form.chain)
                    yield needle, chain, join(form.name, inside, rendering), boundary, False, alphabet
    encoded = base64.b64encode(form.data)
    for outer in COMMON:
        for needle, rendering, boundary, alphabet in _rendered(DIGESTS[outer](encoded)):
            yield needle, (outer, "base64", *form.chain), join(form.name, rendering), boundary, False, alphabet


def _truncated(form: Form) -> Iterator[_Needle]:
    for name, cuts in _CUTS.items():
        text = DIGESTS[name](form.data).hex()
        for start, end in cuts:
            chain = (f"{name}[{start}:{end}]", *form.chain)
            piece, weak = text[start:end], end - start <= 8
            yield piece.encode(), chain, form.name, Boundary.HEX, weak, 16
            yield piece.upper().encode(), chain, join(form.name, "hex upper"), Boundary.HEX, weak, 16
            if end - start >= 16:
                yield bytes.fromhex(piece), chain, join(form.name, "raw"), Boundary.NONE, False, 256


def _salted(form: Form, salt: bytes) -> Iterator[_Needle]:
    for separator in _SEPARATORS:
        sign = f"separator {separator.decode()}" if separator else ""
        for place, data in (
            ("salt before", salt + separator + form.data),
            ("salt after", form.data + separator + salt),
        ):
            yield from _salted_digests(data, form.chain, join(form.name, place, sign))
    inner = DIGESTS["md5"](form.data).hex().encode()  # md5(md5(x) + salt): what many a forum's software stored
    for place, data in (("salt before", salt + inner), ("salt after", inner + salt)):
        yield from _salted_digests(data, ("md5", *form.chain), join(form.name, place))


def _salted_digests(data: bytes, chain: tuple[str, ...], form: str) -> Iterator[_Needle]:
    for name in BRIEF:
        for needle, rendering, boundary, alphabet in _rendered(DIGESTS[name](data)):
            yield needle, (f"salted-{name}", *chain), join(form, rendering), boundary, False, alphabet


def _keyed(form: Form, key: bytes) -> Iterator[_Needle]:
    for name in COMMON:
        for needle, rendering, boundary, alphabet in _rendered(hmac_digest(name, key, form.data)):
            yield needle, (f"hmac-{name}", *form.chain), join(form.name, rendering), boundary, False, alphabet
