"""Attributors over signatures written in the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leakwatch.attribution import Attributor
from leakwatch.attribution.index import compile_index
from leakwatch.attribution.load import Signatures, read_folders
from leakwatch.model import App

Write = Callable[..., Path]
Make = Callable[..., Attributor]

ACME = """
version: 1
company: {id: acme, name: Acme, aliases: [Acme Inc.], parent: holding, country: CN, website: "https://acme.com",
          domains: [acme.com], app_packages: [com.ac.apps]}
sdks:
  - id: acme-log
    name: Acme Log
    category: analytics
    endpoints:
      - {hosts: [log.acme.com, .acmelog.net, "c*.acme.com"], reasoning: The library names its log hosts.}
      - {hosts: [api.acme.com], paths: ["/log/*"], reasoning: The log path of the shared interface.}
      - {hosts: [.shared-cdn.net], certificates: [.acmecert.com], ip: [203.0.113.0/24], query: [acme],
         reasoning: By key.}
    protocol:
      - {paths: ["*/acme/collect"], query: [k, v=2], reasoning: Path and keys of the collector.}
      - {headers: ["X-Acme: a*"], reasoning: Its own header.}
      - {paths: ["*/acme/batch"], body: [acme_key], reasoning: Its own body key.}
  - id: acme-host
    name: Acme Cloud
    category: infrastructure
    endpoints:
      - {hosts: [.acmecloud.com], reasoning: Hosting rented by customers.}
examples:
  - {url: "https://log.acme.com/x", sdk: acme-log}
  - {url: "https://a.acmecloud.com/x", sdk: acme-host}
  - {url: "https://www.acme.com/", company: acme}
counterexamples:
  - {url: "https://www.acme.com/", not: acme-log, why: site}
"""
HOLDING = """
version: 1
company: {id: holding, name: Holding, country: CN, domains: [holding.com], website: "https://holding.com"}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write signature files (`name=text`) into a folder and return it."""

    def make(folder: str = "pack", **files: str) -> Path:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for name, text in files.items():
            (place / f"{name}.yaml").write_text(text, encoding="utf-8")
        return place

    return make


@pytest.fixture
def read(write: Write) -> Callable[..., Signatures]:
    """Read signature files given as texts."""
    return lambda **files: read_folders([write(**files)])


@pytest.fixture
def make(write: Write) -> Make:
    """Make an attributor of signature files given as texts (the Acme pack where none is given)."""

    def build(app: App | None = None, **files: str) -> Attributor:
        folder = write(**(files or {"acme": ACME, "holding": HOLDING}))
        return Attributor(compile_index(read_folders([folder])), app)

    return build


@pytest.fixture(scope="session")
def bundled() -> Attributor:
    """The bundled pack, seen from no app."""
    return Attributor.load()
