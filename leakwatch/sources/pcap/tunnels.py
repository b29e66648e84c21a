"""IP inside UDP (GTP-U, VXLAN, Geneve, L2TP, Teredo, AYIYA), told by port and shape, and inside GRE, told by type."""

from __future__ import annotations

from collections.abc import Callable

from leakwatch.sources.pcap.link import ethernet, mpls, ppp

_HEADER = 8
"""Bytes of the UDP header, where every tunnel's own header begins."""


def _gtp(data: bytes) -> int:
    """Behind a GTP-U header with its optional fields and extension headers (3GPP TS 29.281 §5)."""
    if data[8] >> 5 != 1 or data[9] != 0xFF:
        return -1
    if not data[8] & 0x07:
        return _HEADER + 8
    at, following = 20, data[19]
    for _ in range(8):
        if not following or at >= len(data):
            break
        length = data[at] * 4 or 4
        following = data[min(at + length, len(data)) - 1]
        at += length
    return at


def _vxlan(data: bytes) -> int:
    """Behind a VXLAN header and an Ethernet one (RFC 7348 §5)."""
    return ethernet(data, _HEADER + 8) if data[8] & 0x08 else -1


def _geneve(data: bytes) -> int:
    """Behind a Geneve header with its options (RFC 8926 §3.4), and an Ethernet one where there is one."""
    at, kind = _HEADER + 8 + (data[8] & 0x3F) * 4, data[10] << 8 | data[11]
    if data[8] >> 6 or kind not in (0x6558, 0x0800, 0x86DD):
        return -1
    return ethernet(data, at) if kind == 0x6558 else at


def _l2tp(data: bytes) -> int:
    """Behind the header of an L2TP data message, and PPP's (RFC 2661 §3.1)."""
    flags, at = data[8] << 8 | data[9], _HEADER + 6
    if flags & 0x800F != 2:  # a control message, or not version 2
        return -1
    at += 2 * bool(flags & 0x4000) + 4 * bool(flags & 0x0800)
    if flags & 0x0200:
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    return ppp(data, at)


def _teredo(data: bytes) -> int:
    """Behind Teredo's authentication and origin indications (RFC 4380 §5.1.1)."""
    at = _HEADER
    if data[at : at + 2] == b"\0\1":
        at += 13 + data[at + 2] + data[at + 3]
    if data[at : at + 2] == b"\0\0":
        at += 8
    return at if at < len(data) and data[at] >> 4 == 6 else -1


def _ayiya(data: bytes) -> int:
    """Behind an AYIYA header with its identity and signature (draft-massar-v6ops-ayiya-02 §3.1)."""
    return _HEADER + 8 + (1 << (data[8] >> 4)) + (data[9] >> 4) * 4 if data[11] in (4, 41) else -1


def gre(data: bytes) -> int:
    """Offset of IP behind a GRE header (RFC 2784, RFC 2890), PPTP's (RFC 2637 §4.1) or ERSPAN's; else -1."""
    if len(data) < 8:
        return -1
    flags, version, kind = data[0], data[1] & 7, data[2] << 8 | data[3]
    at = 4 + 4 * bool(flags & 0x80) + 4 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    if kind in (0x0800, 0x86DD):
        return at
    if kind == 0x880B and version == 1:
        return ppp(data, at + 4 * bool(data[1] & 0x80))
    if kind == 0x8847:
        return mpls(data, at)
    if kind == 0x6558:
        return ethernet(data, at)
    if kind == 0x88BE:  # ERSPAN (draft-foschiano-erspan-03): type I has no header of its own, and no sequence number
        return ethernet(data, at + 8 * bool(flags & 0x10))
    if kind == 0x22EB and len(data) > at + 12:
        return ethernet(data, at + 12 + 8 * (data[at + 11] & 1))
    return -1


TUNNELS: dict[int, Callable[[bytes], int]] = {
    2152: _gtp,
    4789: _vxlan,
    6081: _geneve,
    1701: _l2tp,
    3544: _teredo,
    5072: _ayiya,
}
"""By UDP port, what finds the IP header inside a datagram of at least 36 bytes; -1: it is no such tunnel."""
