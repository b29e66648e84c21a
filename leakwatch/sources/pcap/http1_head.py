"""Heads of HTTP/1 messages (RFC 9112): first line, fields, how long the body is, which host and path they name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from leakwatch.journal.events import Headers
from leakwatch.sources.pcap.http1_side import CHUNKED, UNTIL_CLOSE
from leakwatch.sources.pcap.peers import Peers

MAX_HEAD, MAX_LINE = 1 << 18, 1 << 16
REQUEST_LINE = re.compile(
    rb"([A-Za-z][A-Za-z0-9_!#$%&'*+.^`|~-]{0,31}) +(?!\* HTTP/2)(?![^\r\n]* (?!HTTP/)[A-Z]{2,8}/\d\.\d\r?\n)"
    rb"(\S[^\r\n]*?)(?: +HTTP/(\d\.\d))?\r?\n"
)
"""A version of something else (RTSP, SIP, ICAP) at its end makes a line none of HTTP's."""
_METHODS = b"GET |POST|PUT |HEAD|DELE|OPTI|PATC|CONN|TRAC|PROP|NOTI|M-SE|SUBS|UNSU|MKCO|REPO|LOCK|UNLO|MOVE|COPY|SEAR"
KNOWN_METHODS = frozenset(_METHODS.split(b"|"))
"""The methods that are told by their first four letters, without an HTTP version behind them."""
STATUS_LINE = re.compile(rb"(?:HTTP/(\d\.\d)|ICY) +(\d{3})(?: ([^\r\n]*))?\r?\n")


def parse_headers(block: bytes) -> Headers:
    """Split header lines, folded ones joined (RFC 9112 §5.2); what has no colon is kept as a nameless value."""
    fields: list[tuple[bytes, bytes]] = []
    for line in block.split(b"\n"):
        line = line.rstrip(b"\r")
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
        elif line:
            name, colon, value = line.partition(b":")
            fields.append((name, value.strip()) if colon else (b"", line))
    return tuple(fields)


def field(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a field, by its lower-case name."""
    return next((value for key, value in headers if key.lower() == name), None)


def head_end(buffer: bytearray) -> int:
    crlf, lf = buffer.find(b"\r\n\r\n", 0, MAX_HEAD), buffer.find(b"\n\n", 0, MAX_HEAD)
    if crlf >= 0 and (lf < 0 or crlf < lf):
        return crlf + 4
    return lf + 2 if lf >= 0 else -1


def plausible(line: re.Match[bytes], direction: int) -> bool:
    return bool(direction) or line[3] is not None


def _length(headers: Headers) -> int | None:
    if b"chunked" in (field(headers, b"transfer-encoding") or b"").lower():
        return CHUNKED
    declared = (field(headers, b"content-length") or b"").split(b",")[0].strip()
    return int(declared) if declared.isdigit() and len(declared) < 19 else None


def request_length(headers: Headers) -> int:
    return _length(headers) or 0


def response_length(headers: Headers) -> int:
    length = _length(headers)
    return UNTIL_CLOSE if length is None else length


def host_text(data: bytes) -> str:
    """A host as it stands on the wire: ASCII if it is as it should be, UTF-8 if a client left out IDNA, else bytes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def authority_of(peers: Peers, method: str, target: bytes, headers: Headers) -> tuple[str, int, bytes]:
    """Host, port and path: from an absolute target, else from the Host field, else from the server's address."""
    if method == "CONNECT":
        host, port = _split(host_text(target))
        return host, port or 443, target
    if target[:7].lower() == b"http://" or target[:8].lower() == b"https://":
        try:
            parts = urlsplit(host_text(target))
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            host, port = "", 0
        path = b"/" + target.split(b"/", 3)[3] if target.count(b"/") >= 3 else b"/"
        return host, port, path
    host, port = _split(host_text(field(headers, b"host") or b"").strip())
    return host, port, target


def _split(authority: str) -> tuple[str, int]:
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.startswith("[")):
        return authority.strip("[]"), 0
    return host.strip("[]"), int(port) if len(port) < 6 else 0
