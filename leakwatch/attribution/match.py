"""One answer for each URL or host asked about, unknown ones included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from leakwatch.attribution.attributor import Attributor
from leakwatch.attribution.hosts import normal_host
from leakwatch.model import App

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def split_url(text: str) -> tuple[str, str]:
    """Cut a URL or bare host into host and target; the scheme may be missing."""
    text = text.strip()
    rest = text[found.end() :] if (found := _SCHEME.match(text)) else text
    host = rest
    for stop in "/?#":
        host = host.partition(stop)[0]
    return normal_host(host), rest[len(host) :]


def match_rows(
    inputs: Iterable[str],
    folders: Sequence[Path] = (),
    device: Path | None = None,
    package: str = "",
    mmdb: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each input: its text, SDK, company, party and the reason; raises SignatureError, ProfileError."""
    app = App(package) if package else None
    if device is not None:
        from leakwatch.identifiers.profile import load_profile

        profile = load_profile(device)
        # Without a package a profile with a single app still says whose app it is.
        app = profile.app(package) if package or len(profile.apps) != 1 else profile.apps[0]
    attributor = Attributor.load(folders, app, mmdb)
    for text in inputs:
        host, target = split_url(text)
        verdict = attributor.attribute(host, target)
        yield {
            "input": text,
            "sdk": verdict.sdk,
            "sdk_name": verdict.sdk_name,
            "company": verdict.company,
            "parent": verdict.parent,
            "country": verdict.country,
            "category": verdict.category,
            "party": verdict.party.value,
            "reason": verdict.reason,
        }
