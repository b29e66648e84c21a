"""Which app sent a packet, where PCAPdroid wrote it down: its pcap trailer, its pcapng comments and UID map.

Written from PCAPdroid's published sources (`pcap_dump.h`, `pcap_dump.c`); no public capture holds these fields.
"""

from __future__ import annotations

import struct

_MAGIC = b"\x01\x07\x20\x21"
_SIZE = 32
"""Bytes of the trailer: magic, UID, name in 20 bytes, checksum of the frame."""


def trailer_app(frame: bytes) -> str:
    """The app that a frame's trailer names, empty where there is none; a UID without a name is given as `uid:N`."""
    if len(frame) < _SIZE + 14 or frame[-_SIZE : -_SIZE + 4] != _MAGIC:
        return ""
    uid = struct.unpack(">i", frame[-_SIZE + 4 : -_SIZE + 8])[0]
    name = frame[-_SIZE + 8 : -4].split(b"\x00", 1)[0].decode("utf-8", "replace")
    return name or f"uid:{uid}"


class UidMap:
    """The names of UIDs that custom blocks of a pcapng announce."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def add(self, block: bytes, order: str) -> None:
        """Take a custom block's body (after the enterprise number): version, type, UID, two lengths, two names."""
        if len(block) < 9:
            return
        uid, package_size, app_size = struct.unpack_from(order + "iBB", block, 2)
        package, app = block[8 : 8 + package_size], block[8 + package_size : 8 + package_size + app_size]
        if len(app) == app_size and package.replace(b".", b"").replace(b"_", b"").isalnum():
            self._names[uid] = package.decode("ascii", "replace")

    def app(self, comment: str) -> str:
        """The app that a packet's comment (`u-10123`) names."""
        for line in comment.splitlines():
            if line.startswith("u-") and line[2:].lstrip("-").isdigit():
                uid = int(line[2:])
                return self._names.get(uid, f"uid:{uid}")
        return ""
