"""Captures of packets: pcap and pcapng (gzip'd too), TLS opened where its keys are at hand (docs/sources.md)."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from leakwatch.errors import SourceError
from leakwatch.journal.events import Address, Event, LedgerNote

TAKES_KEYS = True
MAGIC = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x34\xcd\xb2\xa1",
    b"\xa1\xb2\xcd\x34",
    b"\x0a\x0d\x0d\x0a",
)  # fmt: skip


def sniff(head: bytes) -> bool:
    """Whether a file that begins with `head` is a pcap or pcapng, perhaps under gzip."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(31).decompress(head, 16)
        except zlib.error:
            return False
    return head.startswith(MAGIC)


def read(path: Path, keys: Sequence[Path] = ()) -> Iterator[Event]:
    """Yield the events of a capture; `keys` are key logs or RSA keys, beside those embedded in the file.

    Raises SourceError where the file or a key file cannot be read; a torn file is read as far as it goes.
    """
    from leakwatch.sources.pcap.packets import CaptureFile
    from leakwatch.sources.pcap.tls_keys import Keys

    secrets = Keys()
    for file in keys:
        secrets.add_file(file)
    if not keys:
        for file in _keys_beside(path):
            with contextlib.suppress(SourceError):  # nobody named it: it may be empty, or something else
                secrets.add_file(file)
    yield from _Capture(CaptureFile(path), secrets).events()


def _keys_beside(path: Path) -> tuple[Path, ...]:
    """A key log that lies beside the capture under its name."""
    stem = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    candidates = (path.with_name(stem + end) for end in (".keylog", ".keys", ".keylog.txt", ".sslkeylog"))
    return tuple(c for c in candidates if c.is_file())


class _Capture:
    """One pass over the packets: link layer, IP, then TCP or UDP."""

    def __init__(self, file: object, keys: object) -> None:
        from leakwatch.sources.pcap.conversation import Conversation
        from leakwatch.sources.pcap.detect import Detecting
        from leakwatch.sources.pcap.ip import Reassembler
        from leakwatch.sources.pcap.packets import CaptureFile
        from leakwatch.sources.pcap.peers import Numbering, Peers
        from leakwatch.sources.pcap.tcp import Connections
        from leakwatch.sources.pcap.tls_keys import Keys
        from leakwatch.sources.pcap.udp import Datagrams

        assert isinstance(file, CaptureFile) and isinstance(keys, Keys)
        self.file, self.keys, self.numbering, self.app = file, keys, Numbering(), ""
        self.ip = Reassembler()

        def open_conversation(client: Address, server: Address, time: float) -> Conversation:
            connection = f"t{self.numbering.conversation()}"
            return Detecting(Peers(self.numbering, connection, client, server, app=self.app), keys)

        self.tcp = Connections(open_conversation)
        self.udp = Datagrams(self.numbering, keys, lambda: self.app)

    def events(self) -> Iterator[Event]:
        """Yield everything that the packets tell, in their order, then what the end of the file ends."""
        from leakwatch.sources.pcap.ip import TCP, UDP, address
        from leakwatch.sources.pcap.link import LAYERS, PLAIN
        from leakwatch.sources.pcap.packets import Packet
        from leakwatch.sources.pcap.pcapdroid import trailer_app

        unknown = loaded = 0
        for packet in self.file.packets(self.tcp.follows):
            if len(self.file.keys) > loaded:
                for log in self.file.keys[loaded:]:
                    self.keys.add_log(log)
                loaded = len(self.file.keys)
            if not isinstance(packet, Packet):
                yield from packet
                continue
            time, link, data, _, comment = packet
            layer = LAYERS.get(link)
            offset = layer(data) if layer else -1
            if offset < 0:
                unknown += layer is None
                continue
            if link not in PLAIN or offset != PLAIN[link][0]:  # else it was asked before
                events = self.tcp.follows(data, offset, len(data), time)
                if events is not None:
                    yield from events
                    continue
            self.app = self.file.uids.app(comment) if comment else trailer_app(data)
            datagram = self.ip.datagram(data, offset)
            if datagram is None:
                continue
            if datagram.protocol == TCP:
                source, destination, _, segment, missing = datagram
                yield from self.tcp.packet(source, destination, segment, time, address, missing)
            elif datagram.protocol == UDP:
                yield from self.udp.packet(datagram.source, datagram.destination, datagram.data, time, address)
        yield from self.tcp.close()
        yield from self.udp.close(self.file.time)
        yield from self._notes(self.file.time, unknown)

    def _notes(self, time: float, unknown: int) -> Iterator[Event]:
        if unknown:
            yield LedgerNote(time=time, kind="unreadable", count=unknown, detail="packets of a link type nobody knows")
        if self.ip.truncated:
            detail = "packets cut by the capture's snap length"
            yield LedgerNote(time=time, kind="truncated", count=self.ip.truncated, detail=detail)
        if self.file.torn:
            yield LedgerNote(time=time, kind="truncated", detail=f"the file is torn: {self.file.torn}")
