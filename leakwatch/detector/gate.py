"""The gate: whether a long body can hold anything that a plain search of it does not show; costs next to nothing.

Structure is parsed only where it can matter; short bodies are always opened. A long text is opened if an identifier
stands in it, in it without its escapes, or behind a run of base64 or hex that means something; binary data if something
compressed or encoded begins in it.
"""

from __future__ import annotations

import binascii
import html
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from urllib.parse import unquote_to_bytes

from leakwatch.matching import Matcher
from leakwatch.matching.tokens import SignFinder, Signs
from leakwatch.model import Variant

Found = Callable[[bytes], bool]

_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_HEX = re.compile(rb"[0-9a-fA-F-]+\Z")
_SPACES = {b"n": b"\n", b"r": b"\r"}
_HEX_RUN = re.compile(rb"[0-9a-fA-F]{40,}")
_GLUED = 40
_UPPER, _LOWER, _DIGIT = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]"), re.compile(rb"[0-9]")
_DIGEST = re.compile(rb"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})\Z")
_SALTED = re.compile(
    rb"[\"'&?](?:x-?)?(?:salt|nonce|nonce_?str|rand(?:om)?|seed|app_?key|secret|challenge|pepper)[\"']?\s*[:=]",
    re.IGNORECASE,
)
_LONG = 64
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"
_KNOWN = 20_000
_BETWEEN = b"\n\0\n"
_ESCAPED = 4
"""So often may a text be escaped on top of escapes."""
_LEVELS = 2
"""So often may binary data hold encoded binary data."""
_MAGICS = (
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"bplist0",
    b"\x04\x22\x4d\x18",
    b"\xff\x06\x00\x00sNaPpY",
)
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


class Gate:
    """Decides for one profile; `found(data)` says whether a search of bytes as they stand shows anything."""

    def __init__(self, found: Found, signs: SignFinder, doubles: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._found = found
        self._signs = signs
        self._doubles = doubles
        coordinates = sorted({coordinate for pair in doubles for coordinate in pair})
        self._coordinates = Matcher([Variant(one, "", "") for one in coordinates], cache=False) if doubles else None
        self._harmless: dict[bool, set[bytes]] = {False: set(), True: set()}

    def opens(self, data: bytes, *, request: bool = False, binary: bool = False) -> bool:
        """Say whether `data`, in which nothing was found as it stands, should be unfolded.

        `request`: be strict, so that whatever could be an encoding is looked at. `binary`: open all binary data.
        """
        signs = self._signs.find(data)
        if signs.binary or not (data.isascii() or _is_utf8(data)):
            return binary or self._opens_binary(data, signs)
        if self._tell(signs.tokens, request):
            return True
        if request and _SALTED.search(data) and any(_DIGEST.match(token) for token in signs.tokens):
            return True
        for _ in range(_ESCAPED):
            if signs.percent and b"+" in data and self._opens_form(data):
                return True
            plain = _without_escapes(data, signs)
            if plain == data:
                return False
            data, signs = plain, self._signs.find(plain)
            if signs.binary and self._opens_binary(data, signs):
                return True
            if self._found(data) or self._tell(signs.tokens, request):
                return True
        return False

    def _opens_form(self, data: bytes) -> bool:
        """Say whether a form's value, in which a plus sign is a space, is binary data worth opening."""
        plain = unquote_to_bytes(data.replace(b"+", b" "))
        return _any_inflates(plain) or self._found(plain) or self._tell(self._signs.find(plain).tokens)

    def _opens_binary(self, data: bytes, signs: Signs) -> bool:
        """Say whether binary data holds compressed data, wide characters, encoded text, or coordinates as doubles."""
        if signs.compressed or data.count(0) * 4 > len(data):
            return True
        if self._coordinates is not None:
            found = {match.variant.needle for match in self._coordinates.search(data)}
            if found and any(one in found and other in found for one, other in self._doubles):
                return True
        if _any_inflates(data):
            return True
        return self._tell(signs.tokens)

    def _tell(self, tokens: Iterable[bytes], strict: bool = False, level: int = 0) -> bool:
        """Say whether one of `tokens` could be an encoding of something: text, many bytes, or a needle among bytes."""
        harmless = self._harmless[strict]
        fresh = [token for token in dict.fromkeys(tokens) if token not in harmless]
        plain: list[bytes] = []
        if any(_could_mean(token, plain) or (strict and _is_mixed(token)) for token in fresh):
            return True
        if plain:
            joined = _BETWEEN.join(plain)
            if self._found(joined) or (level < _LEVELS and self._holds_more(joined, level)):
                return True
        if len(harmless) >= _KNOWN:
            harmless.clear()
        harmless.update(token for token in fresh if len(token) <= 4 * _LONG)
        return False

    def _holds_more(self, data: bytes, level: int) -> bool:
        """Say whether binary data out of tokens holds what has to be undone again."""
        signs = self._signs.find(data)
        if signs.compressed or _any_inflates(data) or self._tell(signs.tokens, level=level + 1):
            return True
        plain = _without_escapes(data, signs)
        return plain != data and self._found(plain)


def _is_mixed(token: bytes) -> bool:
    """Say whether a token mixes capitals, small letters and digits, as every dense encoding does."""
    return not _HEX.match(token) and all(kind.search(token) for kind in (_UPPER, _LOWER, _DIGIT))


def _without_escapes(data: bytes, signs: Signs) -> bytes:
    """Return a text with every kind of escape that it shows undone."""
    if signs.backslash:
        data = _ESCAPE.sub(_unescaped, data)
    if signs.entity:
        data = html.unescape(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    if signs.percent:
        data = unquote_to_bytes(data)
    return binascii.a2b_qp(data) if signs.quoted else data


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[3] is not None:
        return match[3] if match[3] in b"\"\\/'" else _SPACES.get(match[3], b" ")
    return chr(int(match[1] or match[2], 16)).encode("utf-8", "replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _could_mean(token: bytes, binary: list[bytes]) -> bool:
    """Say whether a token decodes to what is no accident; add to `binary` what else it decodes to."""
    if _HEX.match(token):
        return _could_be_hex(token.replace(b"-", b""), binary)
    if len(token) > _GLUED and any(_could_be_hex(run[0], binary) for run in _HEX_RUN.finditer(token)):
        return True
    if not _UPPER.search(token):
        return False
    if not _LOWER.search(token):
        return not token.isalpha() and token.isalnum()  # base32
    text = token.translate(_STANDARD)
    for shift in range(4):
        piece = text[shift:]
        piece = piece[:-1] if len(piece) % 4 == 1 else piece
        try:
            plain = binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))
        except binascii.Error:
            return True
        if _readable(plain) or _is_compressed(plain):
            return True
        if not shift:
            binary.append(plain)
    return len(token) > _LONG and _DIGIT.search(token) is not None


def _could_be_hex(digits: bytes, binary: list[bytes]) -> bool:
    if len(digits) < 20:  # fractions and times more often than not
        return False
    if len(digits) > 2 * _LONG:
        return True
    # A length byte of a binary container may stand before it as one more digit.
    starts = range(1 + len(digits) % 2)
    size = len(digits) // 2 * 2
    plains = [bytes.fromhex(digits[start : start + size].decode()) for start in starts]
    binary += plains
    return any(not plain.translate(None, _PRINTABLE) or _is_compressed(plain) for plain in plains)


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _is_compressed(plain: bytes) -> bool:
    return any(magic in plain for magic in _MAGICS) or _ZLIB.match(plain) is not None


def _any_inflates(data: bytes) -> bool:
    return any(_inflates(data, hit.start()) for hit in islice(_ZLIB.finditer(data), 1_000))


def _inflates(data: bytes, start: int) -> bool:
    try:
        # Chance makes a few bytes of output, but hardly ever gets through so much input.
        return len(zlib.decompressobj().decompress(data[start : start + 512], 1 << 14)) >= 8
    except zlib.error:
        return False


def _readable(plain: bytes) -> bool:
    """Say whether most of the bytes are printable: chance leaves 37 in 100 so."""
    return len(plain.translate(None, _PRINTABLE)) * 5 <= len(plain)
