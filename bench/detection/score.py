"""Scores the records of a scan against the labels: recall by tier and family, precision, negatives, chain, location."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.detection.traffic import Exchange, Label

SILENT = {"percent", "unicode-escape", "hex-escape", "entity", "quoted-printable"}


@dataclass
class Score:
    """Counts of one run; every share names its own denominator."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    records: int = 0
    right: int = 0
    negatives: int = 0
    flagged: int = 0
    chains: Counter[bool] = field(default_factory=Counter)
    locations: Counter[bool] = field(default_factory=Counter)
    directions: Counter[bool] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def recall(self, tier: str) -> float:
        """Labels of a tier that were found, of those planted."""
        return self.found[tier] / self.planted[tier] if self.planted[tier] else 1.0

    @property
    def precision(self) -> float:
        """Records that stand for a label, of all records."""
        return self.right / self.records if self.records else 1.0


def score(exchanges: list[Exchange], records: list[dict[str, Any]]) -> Score:
    """Compare; a label is found if a record names its exchange and identifier."""
    by_exchange: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        by_exchange[record["index"]].append(record)
    out = Score(records=len(records))
    for index, exchange in enumerate(exchanges):
        here = by_exchange.get(index, [])
        if not exchange.labels:
            out.negatives += 1
            out.flagged += bool(here)
            out.misses += [
                f"{exchange.family}: invented {r['identifier']} {r['chain']} at {r['location']}" for r in here
            ]
            continue
        planted = {label.identifier for label in exchange.labels}
        out.right += sum(r["identifier"] in planted for r in here)
        out.misses += [
            f"{exchange.family}: extra {r['identifier']} {r['chain']} at {r['location']} ({r['form']})"
            for r in here
            if r["identifier"] not in planted
        ]
        for label in exchange.labels:
            _label(out, exchange, label, [r for r in here if r["identifier"] == label.identifier])
    return out


def _label(out: Score, exchange: Exchange, label: Label, records: list[dict[str, Any]]) -> None:
    for key in (exchange.tier, f"{exchange.tier} {exchange.family}"):
        out.planted[key] += 1
        out.found[key] += bool(records)
    if not records:
        out.misses.append(f"{exchange.family}: missed {label.identifier} {label.chain} at {label.location}")
        return
    chain = _bare(label.chain)
    best = next((r for r in records if _bare(r["chain"]) == chain), records[0])
    out.chains[_bare(best["chain"]) == chain] += 1
    out.directions[best["direction"] == label.direction] += 1
    if label.location:
        located = any(r["location"] == label.location for r in records)
        out.locations[located] += 1
        if not located:
            out.misses.append(f"{exchange.family}: at {best['location']}, not {label.location}")
    if _bare(best["chain"]) != chain:
        out.misses.append(f"{exchange.family}: chain {best['chain']}, not {list(label.chain)} ({label.identifier})")


def _bare(chain: Any) -> tuple[str, ...]:
    return tuple(name for name in chain if name not in SILENT)
