"""Undoing one layer by code that the detector does not use: the standard library first, else another library.

Each check takes a `Layer` and says what it came to: the name of the code that reproduced the bytes, or nothing. It may
raise whatever the library raises; `check` turns that into "not confirmed".
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import unquote_to_bytes

from leakwatch.decoders.alphabets import ALPHABETS, STANDARD
from leakwatch.evidence.containers import CONTAINERS
from leakwatch.evidence.plain import FUNCTIONS, layers
from leakwatch.evidence.sealed import opens
from leakwatch.model import Keys


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a message: `data` was decoded as `names` say from the run of `parent` at `start`, `extent` long."""

    names: tuple[str, ...]
    path: str
    parent: bytes = field(repr=False)
    start: int
    extent: int
    data: bytes = field(repr=False)
    around: tuple[bytes, ...] = field(default=(), repr=False)
    """What `parent` stands in, nearest first."""

    @property
    def run(self) -> bytes:
        """The bytes that were decoded."""
        return self.parent[self.start : self.start + self.extent]


def check(layer: Layer, keys: Keys) -> str | None:
    """Return what independent code confirms the layer (`zlib`), an empty string where none could be asked.

    None: independent code was asked and came to something else.
    """
    if not layer.names:
        return "the same bytes" if layer.data in layer.parent else ""
    # A number of a property list has no run of its own: it is found where the list's other values are.
    name = "bplist" if "bplist" in layer.names else layer.names[-1]
    try:
        if len(layer.names) > 1 and name not in _NUMBERS | {"bplist"}:
            return ""
        if name in CONTAINERS:
            return CONTAINERS[name](layer.parent, layer.run, layer.data)
        if name in ("aes", "des", "rc4") or any(sealed.algorithm.removesuffix("3") == name for sealed in keys.hooked):
            return opens(name, layer.run, layer.data, keys, layer.parent[: layer.start], layer.around)
        if name == "base64" and not alphabet_of(layer.run, layer.data):
            return "" if substituted(layer.run, layer.data)[0] else None
        if name in _UNDO:
            how, undo = _UNDO[name]
            return how if undo(layer.run, layer.data) else None
    except Exception:
        return None
    return ""


def _zlib(wbits: int) -> Callable[[bytes, bytes], bool]:
    return lambda run, wanted: layers.inflate(run, str(wbits), str(len(wanted))) == wanted


def _brotli(run: bytes, wanted: bytes) -> bool:
    import brotlicffi

    decoder, out = brotlicffi.Decompressor(), b""
    piece = decoder.decompress(run, output_buffer_limit=1 << 20)
    while piece and len(out) <= len(wanted):
        out += piece
        piece = b"" if decoder.is_finished() else decoder.decompress(b"", output_buffer_limit=1 << 20)
    return out[: len(wanted)] == wanted


def _zstd(run: bytes, wanted: bytes) -> bool:
    import zstandard

    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(run) as reader:
        return reader.read(len(wanted)) == wanted


def _lz4(run: bytes, wanted: bytes) -> bool:
    import lz4.block
    import lz4.frame

    if run.startswith(b"\x04\x22\x4d\x18"):
        return bool(lz4.frame.LZ4FrameDecompressor().decompress(run, max_length=len(wanted)) == wanted)
    sizes = (len(wanted), int.from_bytes(run[:4], "little"), int.from_bytes(run[:4], "big"))
    for body, size in ((run, sizes[0]), (run[4:], sizes[1]), (run[4:], sizes[2])):
        try:
            if 0 < size <= len(wanted) + 64 and lz4.block.decompress(body, uncompressed_size=size) == wanted:
                return True
        except lz4.block.LZ4BlockError:
            continue
    return False


def _snappy(run: bytes, wanted: bytes) -> bool:
    import cramjam

    for undo in (cramjam.snappy.decompress, cramjam.snappy.decompress_raw):
        try:
            if bytes(undo(run)) == wanted:
                return True
        except cramjam.DecompressionError:
            continue
    return False


def _lzstring(run: bytes, wanted: bytes) -> bool:
    import lzstring

    coder, text = lzstring.LZString(), run.decode("utf-8", "replace")
    for undo in (coder.decompressFromBase64, coder.decompressFromEncodedURIComponent):
        try:
            plain = undo(text)
        except (KeyError, IndexError, ValueError):
            continue
        if plain and plain.encode("utf-8", "surrogatepass") == wanted:
            return True
    return False


def alphabet_of(run: bytes, wanted: bytes) -> bytes:
    """Return the 64 symbols of which `run` is the base64 of `wanted`: RFC 4648's, or others known, else none."""
    for text in (_symbols(run), _symbols(run.replace(b" ", b"+"))):  # in a form a plus sign stands as a space
        padding = b"=" * (-len(text) % 4)
        for alphabet in (STANDARD, STANDARD[:62] + b"-_", *ALPHABETS.values()):
            plain = text.translate(bytes.maketrans(alphabet, STANDARD))
            with suppress(binascii.Error):  # symbols of another alphabet
                if base64.b64decode(plain + padding).startswith(wanted):
                    return alphabet
    return b""


def substituted(run: bytes, wanted: bytes) -> tuple[bytes, bytes]:
    """Return which symbols of `run` stand for which of base64, if each for one only they make `wanted`; else nothing.

    Symbols that were not recovered may all stand for the same.
    """
    text, plain = _symbols(run), base64.b64encode(wanted).rstrip(b"=")
    pairs = set(zip(text, plain, strict=False))
    theirs, ours = bytes(pair[0] for pair in pairs), bytes(pair[1] for pair in pairs)
    if len(text) < len(plain) or len(set(theirs)) != len(pairs):
        return b"", b""
    return theirs, ours


def _symbols(run: bytes) -> bytes:
    text = re.sub(rb"\\[rn]|\s|=", b"", run)
    return text[: len(text) - (len(text) % 4 == 1)]


def _base32(run: bytes, wanted: bytes) -> bool:
    text = re.sub(rb"\s|=", b"", run).upper()
    padded = text + b"=" * (-len(text) % 8)
    for undo in (base64.b32decode, base64.b32hexdecode):
        try:
            if undo(padded) == wanted:
                return True
        except binascii.Error:
            continue
    return False


def _ascii85(run: bytes, wanted: bytes) -> bool:
    return base64.a85decode(run, adobe=run.lstrip().startswith(b"<~")) == wanted


def _positional(alphabets: tuple[str, ...]) -> Callable[[bytes, bytes], bool]:
    def undo(run: bytes, wanted: bytes) -> bool:
        text = run.decode("ascii").strip()
        for alphabet in alphabets:
            if set(text) <= set(alphabet):
                number = 0
                for char in text:
                    number = number * len(alphabet) + alphabet.index(char)
                if number == int.from_bytes(wanted, "big"):
                    return True
        return False

    return undo


_L, _U, _D = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_FLICKR = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def _hex(run: bytes, wanted: bytes) -> bool:
    return binascii.unhexlify(re.sub(rb"0[xX]|\\x|[^0-9a-fA-F]", b"", run)) == wanted


def _charset(name: str) -> Callable[[bytes, bytes], bool]:
    def undo(run: bytes, wanted: bytes) -> bool:
        return run.decode(name, "replace").encode("utf-8", "surrogatepass").strip(b"\0") == wanted.strip(b"\0")

    return undo


def _percent(run: bytes, wanted: bytes) -> bool:
    return wanted in (unquote_to_bytes(run), unquote_to_bytes(run.replace(b"+", b" ")))


def _escapes(run: bytes, wanted: bytes) -> bool:
    ways: list[Callable[[], bytes]] = [partial(layers.byte_escapes, run), partial(layers.json_string, run)]
    ways += [partial(layers.escapes, run, pairs) for pairs in ("joined", "single")]
    return any(_comes_to(way, wanted) for way in ways)


def _comes_to(undo: Callable[[], bytes], wanted: bytes) -> bool:
    with suppress(ValueError, OverflowError):  # what was escaped in another way
        return undo() == wanted
    return False


def _varint(run: bytes, wanted: bytes) -> bool:
    value = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(run))
    signed = value - (1 << 64) if value >= 1 << 63 else value
    return int(wanted) in (value, signed, (signed >> 1) ^ -(signed & 1))


def _whole(run: bytes, wanted: bytes) -> bool:
    body = run[1:] if len(run) in (5, 9) else run  # CBOR and MessagePack tell the width first
    return int(wanted) in [
        int.from_bytes(body, order, signed=signed) for order in ("little", "big") for signed in (False, True)
    ]


def _floating(run: bytes, wanted: bytes) -> bool:
    kind = "d" if len(run) == 8 else "f"
    number = float(wanted)
    return any(abs(struct.unpack(order + kind, run)[0] - number) <= 1e-6 * max(1.0, abs(number)) for order in "<>")


_NUMBERS = frozenset({"varint", "fixed64", "fixed32", "uint64", "double", "float"})
_UNDO: dict[str, tuple[str, Callable[[bytes, bytes], bool]]] = {
    "gzip": ("zlib", _zlib(31)),
    "zlib": ("zlib", _zlib(15)),
    "deflate": ("zlib", lambda run, wanted: _zlib(-15)(run, wanted) or _zlib(15)(run, wanted)),
    "brotli": ("brotlicffi", _brotli),
    "zstd": ("zstandard", _zstd),
    "lz4": ("lz4", _lz4),
    "snappy": ("cramjam", _snappy),
    "lzstring": ("lzstring", _lzstring),
    "base64": ("base64", lambda run, wanted: bool(alphabet_of(run, wanted))),
    "base32": ("base64", _base32),
    "base85": ("base64", lambda run, wanted: base64.b85decode(run.strip()) == wanted),
    "ascii85": ("base64", _ascii85),
    "base58": ("integer arithmetic", _positional((_B58, _FLICKR, _RIPPLE))),
    "base62": ("integer arithmetic", _positional((_D + _U + _L, _D + _L + _U, _U + _L + _D))),
    "hex": ("binascii", _hex),
    "percent": ("urllib.parse", _percent),
    "unicode-escape": ("plain Python", _escapes),
    "hex-escape": ("plain Python", _escapes),
    "entity": ("html", lambda run, wanted: layers.entities(run) == wanted),
    "quoted-printable": ("quopri", lambda run, wanted: quopri.decodestring(run) == wanted),
    "utf-16le": ("codecs", _charset("utf-16-le")),
    "utf-16be": ("codecs", _charset("utf-16-be")),
    "gbk": ("codecs", _charset("gb18030")),
    "rot13": ("codecs", lambda run, wanted: codecs.encode(run.decode("latin-1"), "rot13") == wanted.decode("latin-1")),
    "reverse": ("slicing", lambda run, wanted: wanted in (run[::-1], run.decode("utf-8", "replace")[::-1].encode())),
    "byteswap": ("slicing", lambda run, wanted: FUNCTIONS["pairs_swapped"](run) == wanted),
    "xor": ("integer arithmetic", lambda run, wanted: bool(repeated_key(run, wanted))),
    "add": ("integer arithmetic", lambda run, wanted: len({(a - b) % 256 for a, b in zip(run, wanted)}) == 1),
    "varint": ("integer arithmetic", _varint),
    "fixed64": ("integer arithmetic", _whole),
    "fixed32": ("integer arithmetic", _whole),
    "uint64": ("integer arithmetic", _whole),
    "double": ("struct", _floating),
    "float": ("struct", _floating),
}


def repeated_key(run: bytes, plain: bytes) -> bytes:
    """Return the shortest key under 65 bytes whose repetition XORs `plain` into `run`; empty where there is none."""
    stream = bytes(a ^ b for a, b in zip(run, plain, strict=False))
    if len(run) != len(plain):
        return b""
    for size in range(1, min(64, len(stream) // 2) + 1):
        if stream[size:] == stream[:-size]:
            return stream[:size]
    return b""
