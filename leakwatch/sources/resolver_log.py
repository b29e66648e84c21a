"""Resolver logs as DNS answers: dnsmasq and Pi-hole lines, AdGuard Home's query log, or CSV `time,name,answer`."""

from __future__ import annotations

import base64
import binascii
import csv
import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from leakwatch.errors import SourceError
from leakwatch.sources.pcap import dns
from leakwatch.sources.pcap.peers import Numbering, Peers

Answer = tuple[float, str, str, str]
"""Time (Unix seconds, 0.0 where the line names no year: for any time), name asked for, record type, value."""

RESOLVER_LOG = "resolver.log"
"""What a resolver's log is called in a capture's folder."""
MAX_LINE = 64 << 10
MAX_LINES = 5_000_000
# dnsmasq, `log-queries`: `… dnsmasq[811]: reply a.example.com is <CNAME>`; with `extra` a number and client precede.
_DNSMASQ = re.compile(
    r"dnsmasq(?:-dhcp)?(?:\[\d+\])?: (?:\d+ \S+ )?(?:reply|cached(?:-stale)?|config|/\S+) (\S+) is (\S+)"
)
_QUERY = re.compile(r"dnsmasq(?:\[\d+\])?: (?:\d+ \S+ )?query\[")


def read_resolver_log(path: Path) -> Iterator[Answer]:
    """Yield the answers in a resolver's log; what is none is passed over.

    dnsmasq's lines name neither year nor zone, so their answers hold for any time. Raises SourceError where the file
    cannot be read, or holds no answer at all.
    """
    found = False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = (line[:MAX_LINE].strip() for line in islice(file, MAX_LINES))
            for answer in _answers(line for line in lines if line):
                found = True
                yield answer
    except OSError as error:
        raise SourceError(f"{path}: the resolver log cannot be read: {error.strerror}") from None
    if not found:
        message = "no answer in it is one of dnsmasq, Pi-hole or AdGuard Home, or a CSV line time,name,answer"
        raise SourceError(f"{path}: {message}")


def _answers(lines: Iterator[str]) -> Iterator[Answer]:
    alias = ""
    for line in lines:
        if match := _DNSMASQ.search(line):
            name, value = match.group(1), match.group(2)
            if alias:
                yield 0.0, alias, "CNAME", name
            alias = name if value == "<CNAME>" else ""
            kind = _address_type(value)
            if kind:
                yield 0.0, name, kind, value
        elif "dnsmasq" in line:
            alias = "" if _QUERY.search(line) else alias
        elif line.startswith("{"):
            yield from _adguard(line)
        else:
            yield from _csv(line)


def _adguard(line: str) -> Iterator[Answer]:
    """AdGuard Home's `querylog.json`: one object a line, `T` the time, `Answer` the DNS message in base64."""
    try:
        entry = json.loads(line)
        message = dns.message(Peers(Numbering(), ""), base64.b64decode(entry["Answer"]), 0.0, "dns", 1)
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return
    if message is not None:
        time = _time(str(entry.get("T", ""))) or 0.0
        for name, kind, value in message.answers:
            yield time, name, kind, value


def _csv(line: str) -> Iterator[Answer]:
    """`time,name,answer[,answer…]`: Unix seconds or ISO 8601, a name, then aliases and addresses."""
    try:
        fields = [field.strip() for field in next(csv.reader([line]), [])]
    except csv.Error:
        return
    time = _time(fields[0]) if len(fields) > 2 else None
    if time is None:
        return
    name = fields[1]
    for value in re.split(r"[\s;|]+", " ".join(fields[2:])):
        kind = _address_type(value)
        if kind:
            yield time, name, kind, value
        elif "." in value:
            # Several aliases in a row are a chain.
            yield time, name, "CNAME", value
            name = value


def _time(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    # Python 3.11 reads at most microseconds; AdGuard writes nanoseconds.
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _address_type(text: str) -> str:
    try:
        return "A" if ipaddress.ip_address(text).version == 4 else "AAAA"
    except ValueError:
        return ""
