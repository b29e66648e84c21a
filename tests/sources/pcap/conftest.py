"""What the tests of packet captures share: a capture file from bytes, its events, the reference captures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakwatch.journal.events import Event
from leakwatch.sources import pcap

CAPTURES = Path(__file__).parents[4] / "shared" / "captures"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Event]]:
    """Write bytes as a capture and read its events; `keys` is the text of a key log."""

    def run(data: bytes, keys: bytes = b"") -> list[Event]:
        file, log = tmp_path / "x.pcap", tmp_path / "keys.txt"
        file.write_bytes(data)
        log.write_bytes(keys)
        return list(pcap.read(file, [log] if keys else []))

    return run


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of reference captures, kept beside the checkout."""
    if not CAPTURES.is_dir():
        pytest.skip("the reference captures (../shared/captures) are not beside this checkout")
    return CAPTURES


@pytest.fixture(scope="session")
def truth(captures: Path) -> dict[str, Any]:
    """What TShark saw in them."""
    found: dict[str, Any] = json.loads((captures / "truth.json").read_text())["pcap"]
    return found
