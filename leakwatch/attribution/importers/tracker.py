"""What every importer yields: one tracker of a list with its owner and hosts, and the signature files made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from leakwatch.attribution.format import CATEGORIES
from leakwatch.attribution.hosts import HostRule, normal_host

CATEGORY_WORDS: tuple[tuple[str, str], ...] = (
    ("crash", "crash"), ("social", "social-login"), ("consent", "consent"), ("tag manage", "tag-manager"),
    ("cdn", "cdn"), ("hosting", "infrastructure"), ("essential", "infrastructure"), ("fraud", "risk"),
    ("customer", "support"), ("location", "map-location"), ("identif", "identity"), ("fingerprint", "identity"),
    ("attribution", "attribution"), ("ad", "advertising"), ("market", "advertising"), ("analytic", "analytics"),
    ("profiling", "analytics"), ("measure", "analytics"),
)  # fmt: skip
"""The first word found in a foreign category gives ours."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """One tracker as a list describes it; `hosts` in the form of a signature (`.example.com`, `a.example.com`)."""

    name: str
    company: str
    hosts: tuple[str, ...]
    category: str = "other"
    country: str = ""
    website: str = ""
    parent: str = ""
    packages: tuple[str, ...] = ()


def members(value: Any) -> dict[str, Any]:
    """Return a JSON object, {} for anything else: foreign data may hold anything anywhere."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return a JSON array, the values of an object, [] for anything else."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def category_of(words: Iterable[str]) -> str:
    """Return our category for a list's own categories."""
    text = " ".join(str(w) for w in words).lower().replace("_", " ")
    if text in CATEGORIES:
        return text
    return next((ours for word, ours in CATEGORY_WORDS if word in text), "other")


def suffix(host: Any) -> str:
    """Return `.host` where it can be a signature's suffix, else ''."""
    name = normal_host(str(host)) if isinstance(host, str) else ""
    try:
        return HostRule.parse("." + name).text if name else ""
    except ValueError:
        return ""


def slug(text: str) -> str:
    """Return an id for a name: ASCII letters and digits with dashes, or its code points where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    dashed = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-")
    return dashed or "x-" + "-".join(f"{ord(c):x}" for c in text[:8])


def write_files(trackers: Iterable[Tracker], folder: Path, source: str, licence: str, origin: str) -> tuple[int, int]:
    """Write a signature file for each company into `folder`; return how many SDKs and hosts there are.

    Ids begin with the list's name, so that imported data never passes for the pack's own. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    companies: dict[str, dict[str, Any]] = {}
    sdks, hosts = 0, 0
    for tracker in trackers:
        content = companies.setdefault(f"{source}-{slug(tracker.company)}", _company(tracker, source, licence, origin))
        names = {s["id"] for s in content["sdks"]}
        name = f"{source}-{slug(tracker.name)}"
        if name in names:
            name = f"{name}-{len(names)}"
        content["sdks"].append(_sdk(name, tracker, source))
        sdks, hosts = sdks + 1, hosts + len(tracker.hosts)
    _unique_ids(companies)
    for company, content in companies.items():
        text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
        (folder / f"{company}.yaml").write_text(text, encoding="utf-8")
    return sdks, hosts


_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _company(tracker: Tracker, source: str, licence: str, origin: str) -> dict[str, Any]:
    company: dict[str, Any] = {"id": f"{source}-{slug(tracker.company)}", "name": tracker.company}
    if re.fullmatch(r"[A-Za-z]{2}", tracker.country):
        company["country"] = tracker.country.upper()
    if re.fullmatch(r"https?://\S+", tracker.website):
        company["website"] = tracker.website
    return {"version": 1, "licence": licence, "source": origin, "company": company, "sdks": []}


def _sdk(name: str, tracker: Tracker, source: str) -> dict[str, Any]:
    sdk: dict[str, Any] = {"id": name, "name": tracker.name, "category": tracker.category}
    if tracker.packages:
        sdk["packages"] = {"android": list(tracker.packages)}
    if tracker.hosts:
        reasoning = f"imported: the list {source} gives these hosts to {tracker.company}; not checked"
        sdk["endpoints"] = [{"hosts": list(tracker.hosts), "reasoning": reasoning}]
    return sdk


def _unique_ids(companies: dict[str, dict[str, Any]]) -> None:
    seen: set[str] = set()
    for content in companies.values():
        for sdk in content["sdks"]:
            name, number = sdk["id"], 2
            while sdk["id"] in seen:
                sdk["id"] = f"{name}-{number}"
                number += 1
            seen.add(sdk["id"])
