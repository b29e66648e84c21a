"""Which command undoes a layer of a stored message: what is printed was run first and came to the same bytes."""

from __future__ import annotations

import base64
import re
import shlex
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from leakwatch.decoders.alphabets import STANDARD
from leakwatch.evidence.plain import FUNCTIONS
from leakwatch.evidence.undo import alphabet_of, repeated_key, substituted

_PLAIN_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z")
_B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_B58_OTHERS = (
    "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ",
    "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz",
)
_UPPER, _LOWER, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_B62 = (_DIGITS + _UPPER + _LOWER, _DIGITS + _LOWER + _UPPER, _UPPER + _LOWER + _DIGITS)
_WINDOWS = {
    "gzip": ("31",), "zlib": ("15",), "deflate": ("-15", "15"), "grpc": ("31", "15"), "zip": ("-15",),
    "websocket": ("-15",),
}  # fmt: skip
_ESCAPES = (("escapes", "joined"), ("escapes", "single"), ("json_string",), ("byte_escapes",), ("percent",))
_WHOLE = tuple(
    ("integer", order, sign, skip) for skip in "01" for sign in ("plain", "signed") for order in ("big", "little")
)

_WAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "base32": (("base32_text", "standard"), ("base32_text", "hex")),
    "base85": (("base85_text", "rfc1924"), ("base85_text", "z85")),
    "ascii85": (("base85_text", "ascii85"),),
    "hex": (("hex_text",),),
    "percent": (("percent",), ("percent_plus",)),
    "form": (("percent_plus",), ("percent",)),
    "multipart": (("percent",), ("quoted_printable",)),
    "entity": (("entities",),),
    "xml": (("entities",),),
    "plist": (("entities",),),
    "quoted-printable": (("quoted_printable",),),
    "unicode-escape": _ESCAPES,
    "hex-escape": (("byte_escapes",), *_ESCAPES),
    "json": _ESCAPES,
    "ndjson": _ESCAPES,
    "graphql": _ESCAPES,
    "utf-16le": (("text_of", "utf-16-le"),),
    "utf-16be": (("text_of", "utf-16-be"),),
    "gbk": (("text_of", "gb18030"),),
    "csv": (("doubled_quotes",),),
    "vcard": (("content_line",), ("quoted_printable",)),
    "ical": (("content_line",),),
    "snappy": (("snappy",),),
    "lz4": (("lz4", "0"), ("lz4", "4")),
    "lzstring": tuple(("lzstring", form) for form in ("base64", "uri", "utf-16", "bytes")),
    "varint": tuple(("varint", sign) for sign in ("plain", "signed", "zigzag", "signed zigzag")),
    "uint64": _WHOLE,
    "fixed64": _WHOLE,
    "fixed32": _WHOLE,
    "double": tuple(("floating", order, skip) for order in "<>" for skip in "01"),
    "float": tuple(("floating", order, skip) for order in "<>" for skip in "01"),
    "rot13": (("rot13",),),
    "reverse": (("backwards",), ("backwards_text",)),
    "byteswap": (("pairs_swapped",),),
}
"""What may undo each layer, as a function of `plain` with its arguments; the first that does is printed."""
_TRIPLE = {8: 3}
"""Bytes of a DES key: how often it is given to triple DES."""
PROGRAMS = {"brotli": "brotli -dc", "zstd": "zstd -dcq"}
"""What python3 cannot undo before 3.14, and is too long to print."""


@dataclass(frozen=True, slots=True)
class Command:
    """A filter from the run to what it holds: shell text, the functions of `plain` it calls, a program not usual."""

    shell: str
    functions: tuple[str, ...] = ()
    program: str = ""
    asks: str = ""
    """The name of the variable that gives a key."""


def undoing(names: tuple[str, ...], run: bytes, above: bytes, data: bytes, reveal: bool) -> Command | None:
    """Return what turns `run`, a piece of `above`, into `data`, as the layer's names say; None where nothing does."""
    name = names[-1] if names else ""
    if run == data:
        return Command("cat")
    if names[:1] == ("sealed",):
        return _sealed(names, reveal)
    if name in PROGRAMS:
        return Command(PROGRAMS[name], program=name)
    if name == "gzip" and _is_one_stream(run, len(data)):
        return Command("gzip -dc")
    if name == "base64" and _PLAIN_BASE64.match(run) and alphabet_of(run, data) == STANDARD:
        return Command("base64 -d")
    name = "bplist" if "bplist" in names else name
    for function, *arguments in (*_ways(name, run, above, data), *_WAYS.get(name, ())):
        with suppress(Exception):  # what was written in another way
            made = FUNCTIONS[function](run, *arguments)
            if made == data or _same_number(made, data):
                return python(function, *arguments)
    return None


def python(function: str, *arguments: str) -> Command:
    """Return a call of a function of `plain`."""
    return Command(" ".join(["python3 replay.py", function, *map(shlex.quote, arguments)]), (function,))


def _same_number(made: bytes, data: bytes) -> bool:
    with suppress(ValueError):
        return len(data) < 40 and float(made) == float(data) and b"." in data
    return False


def _is_one_stream(run: bytes, size: int) -> bool:
    stream = zlib.decompressobj(31)
    with suppress(zlib.error):
        stream.decompress(run, size + 1)
    return stream.eof and not stream.unused_data


def _ways(name: str, run: bytes, above: bytes, data: bytes) -> Iterator[tuple[Any, ...]]:
    """Yield the ways whose arguments depend on the bytes."""
    if name in ("base64", "jwt", "plist", "multipart", "vcard"):
        theirs, ours = alphabet_of(run, data), STANDARD
        if not theirs:
            theirs, ours = substituted(run, data)
        yield "base64_text", theirs.decode("latin-1"), ours.decode()
    elif name == "base58":
        yield from (("digits", alphabet, str(len(data))) for alphabet in (_B58, *_B58_OTHERS))
    elif name == "base62":
        yield from (("digits", alphabet, str(len(data))) for alphabet in _B62)
    elif name == "xor" and (key := repeated_key(run, data)):
        yield "xor", key.hex()
    elif name == "add" and run and data:
        yield "subtract", str((run[0] - data[0]) % 256)
    elif name in _WINDOWS:
        yield from (("inflate", window, str(len(data))) for window in _WINDOWS[name])
    elif name == "bplist":
        yield from (("leaf", str(number)) for number in range(64))


def _sealed(names: tuple[str, ...], reveal: bool) -> Command | None:
    """What `sealed.shell` found out, as a command."""
    if names[1:2] == ("hooked",):
        literal = f"printf %s {base64.b64encode(bytes.fromhex(names[2])).decode()} | base64 -d"
        return Command(f"cat > /dev/null; {literal}") if reveal else Command('cat "$PLAINTEXT"', asks="PLAINTEXT")
    if len(names) < 7:
        return None
    cipher, key, iv, skip, most, padding = names[1:]
    cut = f"tail -c +{int(skip) + 1} | " if int(skip) else ""
    cut += f"head -c {most} | " if most else ""
    secret = key if reveal else '"$KEY"'
    asked = "" if reveal else "KEY"
    if cipher == "rc4":
        return Command(f"{cut}python3 replay.py rc4 {secret}", ("rc4",), asks=asked)
    times = _TRIPLE.get(len(key) // 2, 1) if cipher.startswith("des") else 1
    vector = f" -iv {iv}" if iv else ""
    padded = " -nopad" if padding == "nopad" else ""
    return Command(f"{cut}openssl enc -d -{cipher} -K {secret * times}{vector}{padded}", asks=asked)
