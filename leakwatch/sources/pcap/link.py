"""From a captured frame to its IP packet: link layers and the tunnels that phones and labs put around IP."""

from __future__ import annotations

from collections.abc import Callable

IP, UNKNOWN = 0x0800, -1

_ETHERNET, _PPP, _RAW, _NULL, _LOOP, _SLL, _SLL2, _NFLOG, _PPP_ETHER = 1, 9, 101, 0, 108, 113, 276, 239, 51
_WIFI, _RADIOTAP, _PKTAP, _HDLC = 105, 127, 258, 104
_VLAN = frozenset((0x8100, 0x88A8, 0x9100, 0x9200))
_SKIPPED = dict.fromkeys(_VLAN, 2) | {0x8926: 4}
"""Tags between addresses and EtherType, with their size: VLAN (IEEE 802.1Q), VN-Tag (802.1BR's predecessor)."""
_WRAPPING = {0x88E7: 4, 0x8903: 2}
"""Headers before a whole Ethernet frame, with their size: provider backbone (IEEE 802.1ah), Cisco FabricPath."""
_SNAP = b"\xaa\xaa\x03\0\0\0"
"""IEEE 802.2 LLC and SNAP before an EtherType (RFC 1042)."""
_MAX_TAGS = 8

Layer = Callable[[bytes], int]
"""Gives the offset of the IP header in a frame, or -1."""


def ethernet(frame: bytes, offset: int = 0) -> int:
    """Offset of IP in an Ethernet frame, through VLAN tags, MPLS and PPPoE (IEEE 802.1Q, RFC 3032, RFC 2516)."""
    if len(frame) < offset + 14:
        return -1
    return _ethertype(frame, offset + 12)


def _ethertype(frame: bytes, offset: int) -> int:
    for _ in range(_MAX_TAGS):
        if len(frame) < offset + 3:
            return -1
        kind = frame[offset] << 8 | frame[offset + 1]
        offset += 2
        if kind in (0x0800, 0x86DD):
            return offset
        if kind in _SKIPPED:
            offset += _SKIPPED[kind]
        elif kind in _WRAPPING:
            return ethernet(frame, offset + _WRAPPING[kind])
        elif kind <= 1500 and frame[offset : offset + 6] == _SNAP:
            offset += 6
        elif kind == 0x8847 or kind == 0x8848:
            return mpls(frame, offset)
        elif kind == 0x8864:
            return ppp(frame, offset + 6)
        else:
            return -1
    return -1


def mpls(frame: bytes, offset: int) -> int:
    """Offset of IP below the MPLS labels that begin at `offset` (RFC 3032), or of the frame in a pseudowire."""
    for _ in range(_MAX_TAGS):
        if len(frame) < offset + 5:
            return -1
        bottom = frame[offset + 2] & 1
        offset += 4
        if bottom:
            if frame[offset] >> 4 in (4, 6):
                return offset
            # A pseudowire: a control word may stand before an Ethernet frame (RFC 4448).
            return ethernet(frame, offset + 4 if frame[offset] == 0 else offset)
    return -1


def ppp(frame: bytes, offset: int) -> int:
    """Offset of IP in a PPP frame that begins at `offset` (RFC 1661 §2, RFC 1662 §3.1)."""
    if len(frame) < offset + 3:
        return -1
    if frame[offset] == 0xFF and frame[offset + 1] == 0x03:
        offset += 2
    if frame[offset] & 1:
        kind, offset = frame[offset], offset + 1
    else:
        kind, offset = int.from_bytes(frame[offset : offset + 2], "big"), offset + 2
    return offset if kind in (0x0021, 0x0057) else -1


def _null(frame: bytes) -> int:
    return 4 if len(frame) > 4 and frame[4] >> 4 in (4, 6) else -1


def _raw(frame: bytes) -> int:
    return 0 if frame and frame[0] >> 4 in (4, 6) else -1


def _sll(frame: bytes) -> int:
    return _ethertype(frame, 14)


def _sll2(frame: bytes) -> int:
    if frame[:2] in (b"\x08\x00", b"\x86\xdd") and len(frame) > 20:
        return 20
    return _ethertype(frame, 22) if len(frame) > 24 and frame[0] << 8 | frame[1] in _VLAN else -1


def _wifi(frame: bytes, offset: int = 0) -> int:
    """IP in a data frame of an open Wi-Fi network (IEEE 802.11 §9.3.2); what is encrypted is not opened."""
    if len(frame) < offset + 34 or frame[offset] & 0x4F != 0x08 or frame[offset + 1] & 0x40:
        return -1
    header = 24 + 6 * (frame[offset + 1] & 3 == 3) + 2 * bool(frame[offset] & 0x80)
    header += 4 * bool(frame[offset] & 0x80 and frame[offset + 1] & 0x80)
    at = offset + header
    return _ethertype(frame, at + 6) if frame[at : at + 6] == _SNAP else -1


def _radiotap(frame: bytes) -> int:
    """Wi-Fi behind a radiotap header (radiotap.org), padded to four bytes where its flags say so."""
    return _wifi(frame, int.from_bytes(frame[2:4], "little"))


def _pktap(frame: bytes) -> int:
    """What Apple's packet tap wraps: its header tells its own length and the link type inside (XNU's net/pktap.h)."""
    size, link = int.from_bytes(frame[:4], "little"), int.from_bytes(frame[8:12], "little")
    layer = LAYERS.get(link) if link != _PKTAP and 12 <= size < len(frame) else None
    at = layer(frame[size:]) if layer else -1
    return size + at if at >= 0 else -1


def _nflog(frame: bytes) -> int:
    """IP follows in the payload attribute of a netfilter log record (LINKTYPE_NFLOG, host byte order lengths)."""
    offset = 4
    for _ in range(64):
        if len(frame) < offset + 4:
            return -1
        length = int.from_bytes(frame[offset : offset + 2], "little")
        kind = int.from_bytes(frame[offset + 2 : offset + 4], "little") & 0x7FFF
        if kind == 9:
            return offset + 4
        if length < 4:
            return -1
        offset += length + (-length % 4)
    return -1


LAYERS: dict[int, Layer] = {
    _ETHERNET: ethernet,
    _PPP: lambda frame: ppp(frame, 0),
    50: lambda frame: ppp(frame, 0),
    _PPP_ETHER: lambda frame: ppp(frame, 6),
    _RAW: _raw,
    12: _raw,
    14: _raw,
    228: _raw,
    229: _raw,
    _NULL: _null,
    _LOOP: _null,
    _SLL: _sll,
    _SLL2: _sll2,
    _NFLOG: _nflog,
    _WIFI: _wifi,
    _RADIOTAP: _radiotap,
    _PKTAP: _pktap,
    149: _pktap,  # DLT_USER2, under which older tools of Apple's write it
    _HDLC: lambda frame: _ethertype(frame, 2),
    204: lambda frame: ppp(frame, 1),
}
"""Every link type that can be read, by its LINKTYPE number (tcpdump.org/linktypes)."""

PLAIN: dict[int, tuple[int, int]] = (
    {_ETHERNET: (14, 12), _SLL: (16, 14), _SLL2: (20, 0)}
    | dict.fromkeys((_RAW, 12, 14, 228, 229), (0, -1))
    | dict.fromkeys((_NULL, _LOOP), (4, -1))
)
"""Where IP stands in a frame without tags or tunnels, and where its type does (-1: nowhere), by LINKTYPE number."""
IP_TYPES = frozenset((b"\x08\x00", b"\x86\xdd"))
