"""What a proof is: its steps from the value and from the stored bytes, and where it breaks if it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How much a step is worth."""

    CHECKED = "checked"
    """Code that the detector does not use came to the same bytes."""
    REPLAYED = "replayed"
    """The same code as the detector's came to the same bytes; nothing independent was at hand."""
    FAILED = "failed"
    """It does not hold."""


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One intermediate: from the `value` forward, from the stored `bytes` inward, or where the two `meet`.

    `how` names what checked it (`hashlib`, `zlib`), `shown` is the intermediate masked, `data` the bytes themselves.
    `start` and `extent` say where in an intermediate this one was taken from (bytes only): in the one numbered `above`
    among those of the bytes, in the stored message where that is -1. `ends` are the numbers of those that meet.
    """

    side: str
    name: str
    detail: str
    how: str
    status: Status
    shown: str
    data: bytes = field(default=b"", repr=False)
    start: int = 0
    extent: int = -1
    above: int = -1
    ends: tuple[int, ...] = ()
    recipe: tuple[str, ...] = field(default=(), repr=False)
    """What does it again: a transform with its arguments (value), the names of the layer (bytes)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A leak's record, its stored message's size and SHA-256, the steps, and why it fails (empty: it holds)."""

    record: Mapping[str, Any]
    message_size: int
    message_sha256: str
    steps: tuple[ProofStep, ...]
    failure: str = ""
    message: bytes = field(default=b"", repr=False)
    """The stored message."""

    @property
    def holds(self) -> bool:
        """True where the value and the stored bytes meet and no step failed."""
        return not self.failure

    def as_dict(self, reveal: bool = False) -> dict[str, Any]:
        """The proof as plain data; the bytes of an intermediate only on `reveal`."""
        names = ("leak", "capture", "exchange", "direction", "host", "location", "identifier", "kind", "chain", "form")
        told = {name: self.record[name] for name in names}
        steps = []
        for step in self.steps:
            row: dict[str, Any] = {"side": step.side, "name": step.name, "detail": step.detail, "how": step.how}
            row |= {"status": step.status.value, "shown": step.shown, "bytes": len(step.data)}
            if step.side == "bytes":
                row |= {"above": step.above, "start": step.start, "extent": step.extent}
            if reveal:
                row["hex"] = step.data.hex()
            steps.append(row)
        message = {"size": self.message_size, "sha256": self.message_sha256}
        return {**told, "holds": self.holds, "failure": self.failure, "message": message, "steps": steps}
