"""What was seen, what was not, and what could not be: verdicts with their denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, func, select, table

from leakwatch.errors import QueryError
from leakwatch.model import LEDGER_KINDS
from leakwatch.store import tables
from leakwatch.store.database import Store
from leakwatch.store.reading import rows, view

LEAKED, NOT_SEEN, NOT_OBSERVABLE = "leaked", "not seen", "not observable"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One capture's coverage. `readable` is a share of `reached_bytes`, None where no body byte reached the proxy.

    Each row of `identifiers` and `hosts` has a `verdict`; `ledger` says by kind and host what could not be seen.
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

    @property
    def sentence(self) -> str:
        """The verdict with its denominator, for people."""
        verdicts = [row["verdict"] for row in self.identifiers]
        leaked, unseen = verdicts.count(LEAKED), verdicts.count(NOT_SEEN)
        if not self.flows:
            words = f"No flow could be read: {len(verdicts)} identifiers are not observable."
        else:
            words = f"Of {len(verdicts)} identifiers {leaked} leaked and {unseen} were not seen in {self._share()}."
        if self.refused_hosts:
            words += f" {self.refused_hosts} {_many('host', self.refused_hosts)} refused our certificate."
        if self.mode.startswith("regular"):
            words += " Traffic that ignored the proxy is not observable."
        return words

    def _share(self) -> str:
        flows = f"{self.flows} {_many('flow', self.flows)}"
        if self.readable is None:
            return f"{flows} without bodies"
        # Cut, not rounded: 100 % is said only where every byte was read.
        percent = int(self.readable * 1000) / 10
        return f"{percent:g} % of the bytes that reached the proxy ({self.reached_bytes} bytes, {flows})"

    def rows(self) -> list[dict[str, Any]]:
        """Everything as rows of one form: identifiers, hosts, then the ledger."""
        named = [("identifier", row["identifier"], row["kind"], row["leaks"], None, row) for row in self.identifiers]
        named += [("host", row["host"], "", row["leaks"], row["bytes"], row) for row in self.hosts]
        named += [("ledger", row["host"], row["kind"], row["count"], row["bytes"], row) for row in self.ledger]
        return [
            {
                "capture": self.capture,
                "subject": subject,
                "name": name,
                "kind": kind,
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
    ledger = [
        {**row, "verdict": NOT_OBSERVABLE if row["kind"] != "plaintext" else "", "detail": _detail(row)}
        for row in view(store, "v_ledger", capture, order=("kind", "host"))
    ]
    identifiers = list(view(store, "v_identifiers", capture, order=("kind", "identifier")))
    readable = bool(totals["flows"]) and totals["readable"] != 0
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
    )


def _hosts(store: Store, capture: str, ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every host that was talked to, with what could be said of it."""
    flow = tables.flow.c
    query = select(flow.host, func.count().label("flows"), func.sum(flow.sent + flow.received).label("bytes"))
    hosts = {
        row["host"]: {"host": row["host"], "flows": row["flows"], "bytes": int(row["bytes"]), "leaks": 0}
        for row in rows(store, query.where(flow.capture == capture).group_by(flow.host))
    }
    unread: dict[str, int] = {}
    for row in ledger:
        if row["host"] and row["verdict"]:
            hosts.setdefault(row["host"], {"host": row["host"], "flows": 0, "bytes": 0, "leaks": 0})
            unread[row["host"]] = unread.get(row["host"], 0) + row["bytes"]
    sure = table("v_sure_leaks", column("capture"), column("host"))
    leaking = select(sure.c.host, func.count().label("leaks")).where(sure.c.capture == capture).group_by(sure.c.host)
    for row in rows(store, leaking):
        hosts.setdefault(row["host"], {"host": row["host"], "flows": 0, "bytes": 0, "leaks": 0})
        hosts[row["host"]]["leaks"] = row["leaks"]
    for name, row in hosts.items():
        closed = not row["flows"] or 0 < row["bytes"] <= unread.get(name, 0)
        row["verdict"] = LEAKED if row["leaks"] else NOT_OBSERVABLE if closed else NOT_SEEN
        row["detail"] = f"{unread[name]} bytes unread" if unread.get(name) else ""
    return sorted(hosts.values(), key=lambda row: (-row["leaks"], row["host"]))


def _detail(row: dict[str, Any]) -> str:
    meaning = LEDGER_KINDS.get(row["kind"], row["kind"])
    return f"{meaning}: {row['detail']}" if row["detail"] else meaning


def _many(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
