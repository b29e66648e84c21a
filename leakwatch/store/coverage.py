"""What was seen, what was not, and what could not be: verdicts with their denominator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, func, select, table

from leakwatch.errors import QueryError
from leakwatch.model import LEDGER_KINDS
from leakwatch.sources import SOURCES
from leakwatch.store import tables
from leakwatch.store.database import Store
from leakwatch.store.reading import rows, view

LEAKED, NOT_SEEN, NOT_OBSERVABLE = "leaked", "not seen", "not observable"


_READ = {"decrypted": "read inside TLS", "clear": "read, sent without TLS"}
_PAST = ("regular", "upstream", "socks5", "reverse")
"""Modes that an app can go past, by ignoring the proxy or by speaking UDP."""
_PROXIED = ("mitmproxy", "har", "burp", "charles", "saz")
"""Files (their format stands for the mode) by tools that see only what is sent through them."""
_NAMES_ONLY = ("dns", "mdns", "llmnr")
"""Protocols that ask for a host's name without speaking to it."""
_SAID = {
    "pinned": "refused our certificate",
    "passed_through": "refused our certificate",
    "quic": "used QUIC",
    "tls_closed": "stayed closed for want of keys",
    "not_tls": "spoke neither TLS nor a known protocol",
    "opaque": "encrypted inside",
}
"""What is said of a kind's hosts, in this order."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One capture's coverage. `readable` is a share of `reached_bytes`, None where no byte reached the proxy.

    Bytes are of messages: heads and bodies of what was read, the content of TLS that was not (no handshakes). Each row
    of `identifiers` and `hosts` has a `verdict`; `ledger` says by kind and host what could not be seen, `traffic` the
    same by phase too, with what was read beside it.
    """

    capture: str
    mode: str
    flows: int
    reached_bytes: int
    readable: float | None
    refused_hosts: int
    identifiers: tuple[dict[str, Any], ...]
    hosts: tuple[dict[str, Any], ...]
    ledger: tuple[dict[str, Any], ...]
    traffic: tuple[dict[str, Any], ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict with its denominator, for people."""
        verdicts = [row["verdict"] for row in self.identifiers]
        leaked, unseen = verdicts.count(LEAKED), verdicts.count(NOT_SEEN)
        if not any(row["read"] and row["count"] for row in self.traffic):
            named = f"{leaked} of {len(verdicts)} identifiers leaked in names alone. " if leaked else ""
            unseen = len(verdicts) - leaked
            left = f"{unseen} identifiers are" if unseen != 1 else "1 identifier is"
            words = f"{named}No flow could be read: {left} not observable."
        else:
            were = "was" if unseen == 1 else "were"
            words = f"Of {len(verdicts)} identifiers {leaked} leaked and {unseen} {were} not seen. {self._share()}"
        return " ".join(filter(None, (words, self._unread(), self._past())))

    def _share(self) -> str:
        where = "in the file" if self.mode in SOURCES or not self.mode else "that reached the proxy"
        hosts = [row for row in self.hosts if not row["past"]]
        read = sum(row["verdict"] != NOT_OBSERVABLE for row in hosts)
        of_hosts = f"{read} of {len(hosts)} {_many('host', len(hosts))}"
        flows = f"{self.flows} {_many('flow', self.flows)}"
        if self.readable is None:
            return f"{of_hosts} could be read ({flows}, not a byte of content)."
        # Cut, not rounded: 100 % is said only where every byte was read.
        percent = int(self.readable * 1000) / 10
        return f"{percent:g} % of the bytes {where} ({self.reached_bytes}, {flows}) and {of_hosts} could be read."

    def _unread(self) -> str:
        said: dict[str, set[str]] = {}
        for row in self.ledger:
            if row["kind"] in _SAID and row["host"]:
                said.setdefault(_SAID[row["kind"]], set()).add(row["host"])
        order = dict.fromkeys(_SAID.values())
        parts = [f"{len(said[words])} {_many('host', len(said[words]))} {words}" for words in order if words in said]
        return f"{', '.join(parts)}." if parts else ""

    def _past(self) -> str:
        """What is known of traffic past the proxy: nothing, unless somebody watched (`leakwatch sniff`)."""
        past = [row for row in self.ledger if row["kind"] == "bypassed"]
        if past:
            count = sum(row["count"] for row in past)
            hosts = len({row["host"] for row in past if row["host"]})
            return (
                f"{count} {_many('conversation', count)} with {hosts} {_many('host', hosts)} went past the proxy."
                if count
                else "Nothing was seen to go past the proxy."
            )
        if self.mode.partition(":")[0].partition("@")[0] in _PAST:
            return "Traffic that ignored the proxy, QUIC with it, is not observable."
        if self.mode in _PROXIED:
            return "Traffic past the tool that wrote the file is not observable."
        return ""

    def rows(self) -> list[dict[str, Any]]:
        """Everything as rows of one form: identifiers, hosts, then the ledger in full, phase by phase."""
        named = [("identifier", row["identifier"], row["kind"], row["leaks"], None, row) for row in self.identifiers]
        named += [("host", row["host"], "", row["leaks"], row["bytes"], row) for row in self.hosts]
        named += [("ledger", row["host"], row["kind"], row["count"], row["bytes"], row) for row in self.traffic]
        return [
            {
                "capture": self.capture,
                "subject": subject,
                "name": name,
                "kind": kind,
                "phase": row.get("phase", ""),
                "verdict": row["verdict"],
                "count": count,
                "bytes": size,
                "detail": row.get("detail", ""),
            }
            for subject, name, kind, count, size, row in named
        ]


def coverage(store: Store, capture: str) -> Coverage:
    """Work out the coverage of a capture; raises QueryError if there is no such capture."""
    totals = next(view(store, "v_coverage", capture), None)
    if totals is None:
        raise QueryError(f"there is no capture {capture!r}; `leakwatch captures` lists them")
    mode = next(rows(store, select(tables.capture.c.mode).where(tables.capture.c.capture == capture)))["mode"]
    ledger = [_told(row) for row in view(store, "v_ledger", capture, order=("kind", "host"))]
    traffic = [_told(row) for row in view(store, "v_traffic", capture, order=("host", "phase", "kind"))]
    identifiers = list(view(store, "v_identifiers", capture, order=("kind", "identifier")))
    readable = any(row["read"] and row["count"] for row in traffic) and totals["readable"] != 0
    for row in identifiers:
        row["verdict"] = LEAKED if row["leaks"] else NOT_SEEN if readable else NOT_OBSERVABLE
    return Coverage(
        capture=capture,
        mode=mode,
        flows=totals["flows"],
        reached_bytes=totals["reached_bytes"],
        readable=totals["readable"],
        refused_hosts=totals["refused_hosts"],
        identifiers=tuple(identifiers),
        hosts=tuple(_hosts(store, capture, ledger)),
        ledger=tuple(ledger),
        traffic=tuple(traffic),
    )


def _hosts(store: Store, capture: str, ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every host that was talked to, with what could be said of it; `past`: only ever past the proxy."""
    hosts = {row["host"]: row for row in _spoken(store, capture)}
    unread: dict[str, int] = {}
    for row in ledger:
        # What is not kept is media and the rest of long responses: it says nothing of what the app sent.
        if row["host"] and row["verdict"] and row["kind"] != "not_kept":
            past = row["kind"] == "bypassed"
            known = hosts.setdefault(row["host"], _host(row["host"], past))
            known["past"] = known["past"] and past
            unread[row["host"]] = unread.get(row["host"], 0) + row["bytes"]
    sure = table("v_sure_leaks", column("capture"), column("host"))
    leaking = select(sure.c.host, func.count().label("leaks")).where(sure.c.capture == capture).group_by(sure.c.host)
    for row in rows(store, leaking):
        hosts.setdefault(row["host"], _host(row["host"]))["leaks"] = row["leaks"]
    for name, row in hosts.items():
        # Heads are always read: a host counts as closed where at least half of its bytes are.
        closed = not row["flows"] or 0 < row["bytes"] <= 2 * unread.get(name, 0)
        row["verdict"] = LEAKED if row["leaks"] else NOT_OBSERVABLE if closed else NOT_SEEN
        row["detail"] = f"{unread[name]} bytes unread" if unread.get(name) else ""
    return sorted(hosts.values(), key=lambda row: (-row["leaks"], row["host"]))


def _spoken(store: Store, capture: str) -> Iterator[dict[str, Any]]:
    """Each host that was spoken to; where its name was only asked for, or TLS stayed closed, without a flow."""
    flow = tables.flow.c
    past = flow.exchange.like("past-%").label("past")
    tunnel = ((flow.method == "CONNECT") & flow.protocol.like("http/1%")).label("tunnel")
    size = func.sum(flow.sent + flow.received).label("size")
    sums = select(flow.host, flow.protocol, past, tunnel, func.count().label("flows"), size)
    found: dict[str, dict[str, Any]] = {}
    for row in rows(store, sums.where(flow.capture == capture).group_by(flow.host, flow.protocol, past, tunnel)):
        closed = row["protocol"] in ("contact", "quic", "tls") and not row["size"]
        if row["protocol"] in _NAMES_ONLY or (row["past"] and closed):  # of which only the name was seen
            continue
        host = found.setdefault(row["host"], _host(row["host"], past=True))
        host["past"] = host["past"] and bool(row["past"])
        if not (row["tunnel"] or closed):  # what asks for a tunnel says nothing of what goes through it
            host["flows"] += row["flows"]
            host["bytes"] += int(row["size"])
    yield from found.values()


def _host(name: str, past: bool = False) -> dict[str, Any]:
    return {"host": name, "flows": 0, "bytes": 0, "leaks": 0, "past": past}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the ledger with its verdict and its meaning in words."""
    seen = row.get("read", False) or row["kind"] == "plaintext"
    return {**row, "verdict": "" if seen else NOT_OBSERVABLE, "detail": _detail(row)}


def _detail(row: dict[str, Any]) -> str:
    meaning = _READ.get(row["kind"]) or LEDGER_KINDS.get(row["kind"], row["kind"])
    return f"{meaning}: {row['detail']}" if row["detail"] else meaning


def _many(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
