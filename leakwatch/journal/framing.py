"""The journal's format: the file header, and an event as the payload of one length-and-checksum record.

    file    = header record*
    header  = magic(8) version(u16) flags(u16) zero(4) salt(16) check(16)
    record  = length(u32) crc32(u32) payload          big-endian; the checksum is of the payload as stored
    payload = msgpack [number, {field: value}, bulk]  number: place in EVENTS; bulk: the one long field, if it has one

The long field (`body`, `data`) comes last, so that it can be written from where it lies, without a copy. Readers skip
numbers and fields that they do not know: a newer journal stays readable.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import msgpack

from leakwatch.errors import JournalError
from leakwatch.journal.events import EVENTS, Event, LedgerNote
from leakwatch.journal.sealing import SALT_LENGTH, Seal
from leakwatch.model import Direction

MAGIC = b"\x89LWJ\r\n\x1a\n"
VERSION = 1
ENCRYPTED = 1
MAX_RECORD = 1 << 30
"""The longest record, in bytes; whoever has more to say splits it into chunks (`CHUNK`)."""
COPIED = 16 << 10
"""A bulk up to this long is copied into its record: one short write is cheaper than two pieces."""
CHUNK = 4 << 20
"""How many bytes of a body go into one record at most when it is written in chunks."""

_HEADER = struct.Struct(">8sHH4x16s16s")
HEADER_LENGTH = _HEADER.size
FRAME = struct.Struct(">II")
_BULK = ("body", "data")
_BULK_HEAD = struct.Struct(">BI")
_MSGPACK_BIN32 = 0xC6
_ARRAY_OF_3 = b"\x93"

_NUMBERS = {event: number for number, event in enumerate(EVENTS)}
_bulk_of = {event: next((f.name for f in fields(event) if f.name in _BULK), "") for event in EVENTS}
_names_of = {event: tuple(f.name for f in fields(event) if f.name != _bulk_of[event]) for event in EVENTS}
# Many fields, read at once in C: this runs in the proxy, for every message.
_values_of: dict[type[Event], Callable[[Event], tuple[Any, ...]]] = {
    event: attrgetter(*names) for event, names in _names_of.items()
}
_known_of = {event: frozenset(f.name for f in fields(event)) for event in EVENTS}
_local = threading.local()


def new_header(key: bytes | None) -> tuple[bytes, Seal | None]:
    """Return the header of a new journal, and its seal if there is a `key`."""
    if key is None:
        return _HEADER.pack(MAGIC, VERSION, 0, b"", b""), None
    salt = os.urandom(SALT_LENGTH)
    seal = Seal(key, salt)
    return _HEADER.pack(MAGIC, VERSION, ENCRYPTED, salt, seal.check), seal


def read_header(header: bytes, name: str, key: bytes | None) -> Seal | None:
    """Check the header of the journal called `name` and return its seal, if it has one.

    Raises JournalError where it is no journal, is newer than this version, or the key is missing or wrong.
    """
    if len(header) < HEADER_LENGTH or not header.startswith(MAGIC):
        raise JournalError(f"{name}: not a leakwatch journal")
    _, version, flags, salt, check = _HEADER.unpack(header[:HEADER_LENGTH])
    if version > VERSION or flags & ~ENCRYPTED:
        raise JournalError(f"{name}: this journal's format ({version}) is newer than this leakwatch; upgrade leakwatch")
    if not flags & ENCRYPTED:
        return None
    if key is None:
        raise JournalError(f"{name}: this journal is encrypted; name its key file with --encrypt-journal KEYFILE")
    seal = Seal(key, salt)
    if seal.check != check:
        raise JournalError(f"{name}: this key file is not the one that the journal was encrypted with")
    return seal


def encode(event: Event) -> tuple[bytes, bytes]:
    """Return an event's payload in two pieces: all but the bulk, and the bulk where it is too long to copy.

    Raises JournalError for a value that the format cannot hold.
    """
    kind = type(event)
    row = dict(zip(_names_of[kind], _values_of[kind](event)))
    bulk = getattr(event, _bulk_of[kind]) if _bulk_of[kind] else None
    try:
        if bulk is None:
            return _packer().pack((_NUMBERS[kind], row)), b""
        if len(bulk) <= COPIED:
            return _packer().pack((_NUMBERS[kind], row, bulk)), b""
        head = _ARRAY_OF_3 + _packer().pack(_NUMBERS[kind]) + _packer().pack(row)
        return head + _BULK_HEAD.pack(_MSGPACK_BIN32, len(bulk)), bulk
    except (TypeError, ValueError, OverflowError, struct.error) as error:
        _local.packer = None
        raise JournalError(f"a {kind.__name__} event holds a value that the journal cannot keep: {error}") from None


def _packer() -> Any:
    """Return this thread's packer: it keeps its buffer from call to call, and is not safe to share."""
    packer = getattr(_local, "packer", None)
    if packer is None:
        packer = _local.packer = msgpack.Packer(use_bin_type=True, unicode_errors="surrogateescape")
    return packer


def decode(payload: bytes, offset: int, time: float) -> Event:
    """Return the event of a payload; what this version cannot read becomes a ledger note at `offset`, `time`."""
    try:
        number, row, *bulk = msgpack.unpackb(
            payload, use_list=False, strict_map_key=False, unicode_errors="surrogateescape"
        )
        kind = EVENTS[number]
        values: dict[str, Any] = {name: value for name, value in row.items() if name in _known_of[kind]}
        if "direction" in values and kind is not LedgerNote:
            values["direction"] = Direction(values["direction"])
        if bulk and _bulk_of[kind]:
            values[_bulk_of[kind]] = bulk[0]
        event: Event = kind(**values)
        return event
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, msgpack.UnpackException) as error:
        detail = f"a record of a newer leakwatch, or a damaged one ({type(error).__name__})"
        return unreadable(time, offset, len(payload), detail)


def unreadable(time: float, offset: int, length: int, detail: str) -> LedgerNote:
    """Return the ledger note for `length` bytes at `offset` of a journal that hold no event for us."""
    return LedgerNote(time=time, kind="unreadable", bytes=length, detail=f"journal offset {offset}: {detail}")
