"""How a normal form is written from the value: a Python expression that gives it again, found by trying.

The form is first read back as text or as a number, then that is put together from slices of the value. Whatever comes
out was computed from the value, with code that the detector does not use, and prints as one line.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from leakwatch.evidence.plain import FUNCTIONS

_LONGEST = 4096
_MOST_LITERAL = 12
"""So many letters and digits may stand in a form that are none of the value's: a country code, `imei=`."""
_MOST_SCATTERED = 6
"""The same between more than two pieces of the value."""
_MOST_PIECES = 24
_LONGEST_WRAPPING = 16
"""Letters of a name and sign that stand before the value (`person_name:`)."""
_LONGEST_NUMBER = 100
"""Bytes of a form that may be a number or raw bytes."""
_CODINGS = (("gbk", "gb18030"), ("utf-16le", "utf-16-le"), ("utf-16be", "utf-16-be"))
_NAMES = ("base36", "geohash", "moved", "plus_code", "swapped", "varint_of")


def spelled(value: str, form: bytes, chain: tuple[str, ...]) -> str:
    """Return an expression over `v` that gives `form`, the normal form that `chain` names; empty if none is known."""
    for expression in _candidates(value, form, chain):
        with suppress(Exception):  # an expression that does not fit this value is one of several tried
            if evaluate(expression, value) == form:
                return expression
    return ""


def evaluate(expression: str, value: str) -> bytes:
    """Return what an expression of `spelled` makes of a value."""
    known = {name: FUNCTIONS[name] for name in _NAMES}
    modules = {"base64": base64, "ipaddress": ipaddress, "uuid": uuid}
    builtins: dict[str, Any] = {"__builtins__": {"bytes": bytes, "int": int, "str": str, "float": float}}
    made: bytes = eval(expression, builtins | modules | known | {"v": value})  # noqa: S307  # put together here of slices
    return made


def calls(expression: str) -> list[str]:
    """Return the functions that an expression needs."""
    return [name for name in _NAMES if f"{name}(" in expression]


def _candidates(value: str, form: bytes, chain: tuple[str, ...]) -> Iterator[str]:
    if len(value) > _LONGEST:
        return
    for coding in ("utf-8", *(coding for name, coding in _CODINGS if name in chain)):
        with suppress(UnicodeDecodeError):
            if text := sliced(value, form.decode(coding)):
                yield f"{_bracketed(text)}.encode({coding!r})" if coding != "utf-8" else f"{_bracketed(text)}.encode()"
    if chain[:1] == ("geohash",) or "gcj02" in chain or "bd09" in chain or re.fullmatch(rb"[0-9A-Z]{8}\+\w{2,3}", form):
        yield from _places(value, form, chain)
    for read, write in _READINGS if len(form) <= _LONGEST_NUMBER else ():
        with suppress(Exception):  # what cannot be read so was not written so
            if text := sliced(value, read(form)):
                yield write.replace("{}", text)
    with suppress(ValueError):
        address = ipaddress.ip_address(value)
        yield from (
            f"ipaddress.ip_address(v).{way}"
            for way in ("packed", "exploded.encode()", "exploded.upper().encode()", "compressed.encode()")
        )
        yield "str(int(ipaddress.ip_address(v))).encode()"
        yield f"ipaddress.ip_address(v).packed.hex(){'.upper()' if form.isupper() else ''}.encode()"
        del address
    with suppress(Exception):
        latitude, longitude = value.replace(" ", "").split(",")
        for first, second in ((0, 1), (1, 0)):
            for text in ("str(float({}))", "'%.6f' % float({})"):
                for sign in (",", ", "):
                    one, other = (text.replace("{}", f'v.split(",")[{part}]') for part in (first, second))
                    yield f"({one} + {sign!r} + {other}).encode()"
        del latitude, longitude


def _places(value: str, form: bytes, chain: tuple[str, ...]) -> Iterator[str]:
    datum = next((name for name in chain if name in ("gcj02", "bd09")), "wgs84")
    here = f'*moved(float(v.split(",")[0]), float(v.split(",")[1]), {datum!r})'
    case = ".upper()" if form.isupper() else ""
    yield f"geohash({here}, {len(form)}){case}.encode()"
    yield f"plus_code({here}, {len(form) - 1}).encode()"


def _bracketed(text: str) -> str:
    return f"({text})" if " + " in text else text


def _number(form: bytes) -> int:
    return sum((byte & 127) << 7 * place for place, byte in enumerate(form))


def _eight(form: bytes, order: Any) -> str:
    if len(form) != 8:
        raise ValueError
    return str(int.from_bytes(form, order))


_READINGS: tuple[tuple[Callable[[bytes], str], str], ...] = (
    (lambda form: f"{int.from_bytes(form, 'big'):012x}", 'int({}, 16).to_bytes(8, "big")'),
    (lambda form: f"{int.from_bytes(form, 'little'):012x}", 'int({}, 16).to_bytes(8, "little")'),
    (lambda form: form.hex(), "bytes.fromhex({})"),
    (lambda form: form[::-1].hex(), "bytes.fromhex({})[::-1]"),
    (lambda form: uuid.UUID(bytes_le=form).hex, "uuid.UUID({}).bytes_le"),
    (lambda form: bytes(b >> 4 | (b & 15) << 4 for b in form).hex(), "swapped({})"),
    (lambda form: _eight(form, "big"), 'int({}).to_bytes(8, "big")'),
    (lambda form: _eight(form, "little"), 'int({}).to_bytes(8, "little")'),
    (lambda form: f"{int.from_bytes(form, 'big'):x}", 'int({}, 16).to_bytes(8, "big")'),
    (lambda form: f"{int.from_bytes(form, 'little'):x}", 'int({}, 16).to_bytes(8, "little")'),
    (lambda form: "".join(form[i : i + 2][::-1].decode() for i in range(0, len(form), 2)),
     "swapped({}).hex().encode()"),
    (lambda form: "".join(form[i : i + 2][::-1].decode() for i in range(0, len(form), 2)),
     "swapped({}).hex().upper().encode()"),
    (lambda form: str(_number(form)), "varint_of(int({}))"),
    (lambda form: str(_number(form) >> 1), "varint_of(int({}) << 1)"),
    (lambda form: f"{_number(form):012x}", "varint_of(int({}, 16))"),
    (lambda form: f"{_number(form) >> 1:012x}", "varint_of(int({}, 16) << 1)"),
    (lambda form: f"{_number(form):016x}", "varint_of(int({}, 16))"),
    (lambda form: f"{_number(form) >> 1:016x}", "varint_of(int({}, 16) << 1)"),
    (lambda form: str(int(form, 16)), "('%x' % int({})).encode()"),
    (lambda form: str(int(form, 16)), "('%X' % int({})).encode()"),
    (lambda form: str(int(form, 16)), "('0x%x' % int({})).encode()"),
    (lambda form: str(int(form, 16)), "('0X%X' % int({})).encode()"),
    (lambda form: str(int(form, 16)), "('0x%X' % int({})).encode()"),
    (lambda form: str(int(form, 36)), "base36(int({})).encode()"),
    (lambda form: str(int(form, 36)), "base36(int({})).upper().encode()"),
    (lambda form: f"{int(form, 36):012x}", "base36(int({}, 16)).encode()"),
    (lambda form: f"{int(form, 36):012x}", "base36(int({}, 16)).upper().encode()"),
    (lambda form: f"{int(form, 36):016x}", "base36(int({}, 16)).encode()"),
    (lambda form: f"{int(form, 36):016x}", "base36(int({}, 16)).upper().encode()"),
    (lambda form: f"{int(form):012x}", "str(int({}, 16)).encode()"),
    (lambda form: f"{int(form):016x}", "str(int({}, 16)).encode()"),
    (lambda form: f"{int(form):x}", "str(int({}, 16)).encode()"),
    (lambda form: f"{int(form) + (1 << 64):016x}", "str(int({}, 16) - (1 << 64)).encode()"),
    (lambda form: f"{int(form[:10]):08x}", "('%010d%08d' % (int(v[:8], 16), int(v[8:14], 16))).encode()"),
    (lambda form: base64.b64decode(form).hex(), "base64.b64encode(bytes.fromhex({}))"),
    (lambda form: base64.b64decode(form + b"==").hex(), 'base64.b64encode(bytes.fromhex({})).rstrip(b"=")'),
    (lambda form: base64.urlsafe_b64decode(form).hex(), "base64.urlsafe_b64encode(bytes.fromhex({}))"),
    (lambda form: base64.urlsafe_b64decode(form + b"==").hex(),
     'base64.urlsafe_b64encode(bytes.fromhex({})).rstrip(b"=")'),
    (lambda form: f"{int(form.replace(b':', b'').replace(b'-', b'').replace(b'.', b''), 16):x}", "{}.encode()"),
)  # fmt: skip
"""How a form is read back into digits that may stand in the value, and what writes them so again."""


@dataclass(slots=True)
class _Pieces:
    """What a text is put together of: slices of the value, each letter of it once, and letters that are none of it."""

    written: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    slices: int = 0
    literal: int = 0
    literally: str = ""

    def write(self, letter: str) -> None:
        self.literally += letter
        self.literal += letter.isalnum()

    def take(self, start: int, end: int, case: str) -> None:
        self.close()
        self.slices += 1
        self.used.update(range(start, end))
        self.written.append(f"v[{start}:{end}]{case}")

    def close(self) -> None:
        if self.literally:
            self.written.append(_quoted(self.literally))
            self.literally = ""

    def is_telling(self) -> bool:
        """Whether enough is the value's: digits picked here and there would make any number."""
        most = _MOST_LITERAL if self.slices <= 2 else _MOST_SCATTERED
        return 0 < len(self.written) <= _MOST_PIECES and self.literal <= min(most, len(self.used))


def _quoted(text: str) -> str:
    return ascii(text)


def sliced(value: str, text: str) -> str:
    """Return an expression of slices of `v` that gives `text`; empty where too little of it is the value's."""
    if text in (value, value.lower(), value.upper()):
        return "v" if text == value else "v.lower()" if text == value.lower() else "v.upper()"
    if len(text) > _LONGEST or not text:
        return ""
    before, whole, after = text.partition(value)
    if whole and len(before + after) <= _LONGEST_WRAPPING:
        return " + ".join([*([_quoted(before)] if before else []), "v", *([_quoted(after)] if after else [])])
    # Two digits recur by chance, so that short pieces from elsewhere may break what follows; or they are all there is.
    tried = [made for least in (3, 2) if (made := _put_together(value, text, least)).is_telling()]
    return " + ".join(min(tried, key=lambda made: made.literal).written) if tried else ""


def _put_together(value: str, text: str, least: int) -> _Pieces:
    """Return `text` as slices of the value, those that do not follow on one another at least so long."""
    made, at, done = _Pieces(), 0, 0
    cased = (("", value), (".lower()", value.lower()), (".upper()", value.upper()))
    ways = [(case, other) for case, other in cased if len(other) == len(value)]
    while done < len(text):
        size, start, case = _longest(ways, text[done : done + 512], at, made.used)
        follows = start >= at and not any(map(str.isalnum, value[at:start]))
        if not size or (size < least and not follows):
            made.write(text[done])
            done += 1
            if made.literal > _MOST_LITERAL:
                return made
            continue
        made.take(start, start + size, case)
        at, done = start + size, done + size
    made.close()
    return made


def _longest(ways: list[tuple[str, str]], text: str, at: int, used: set[int]) -> tuple[int, int, str]:
    """Return size, start and case of the longest beginning of `text` that stands unused in the value, best at `at`."""
    best = (0, 0, "")
    for case, known in ways:
        for begin in (at, 0):
            size = best[0] + 1
            while size <= len(text) and (start := known.find(text[:size], begin)) >= 0:
                if used.isdisjoint(range(start, start + size)):
                    best = (size, start, case)
                size += 1
    return best
