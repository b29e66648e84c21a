"""What unfolding one flow may cost, and what did not fit into it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

MIB = 1 << 20
_FRESH = 0.01


class _Worked(threading.local):
    """The thread's processor time as read at most `_FRESH` seconds ago: in some sandboxes that system call is dear."""

    read = worked = float("-inf")

    def about(self, now: float) -> float:
        """Return the seconds worked up to `now` (of the clock on the wall), or a little before it."""
        if now - self.read > _FRESH:
            self.read, self.worked = now, time.thread_time()
        return self.worked


_worked = _Worked()


@dataclass(slots=True)
class Budget:
    """Limits for everything unfolded with this object, and the record of what went over them.

    One budget may serve all parts of a flow. Limits are counts, so that the same bytes always give the same segments;
    `max_seconds` of processor time is the last resort for input that no count foresaw: what else the machine does is no
    reason to find less.
    """

    max_depth: int = 6
    """Layers below a part; silent text layers are free."""
    max_bytes: int = 48 * MIB
    """Bytes that all decoders together may produce."""
    max_ratio: int = 200
    """How many times longer than its input one output may be; the first MiB is always allowed."""
    max_seconds: float = 1.5
    max_segments: int = 60_000
    max_window: int = 4 * MIB
    """How much of one segment text decoders look at; the rest is searched as it stands."""
    exceeded: list[tuple[str, int]] = field(default_factory=list)
    """What was left unopened: the limit's name (`depth`, `bytes`, `ratio`, `time`, `segments`, `window`), and bytes."""
    undecodable: list[tuple[str, int]] = field(default_factory=list)
    """Codings that were announced but not there: the coding's name and how many bytes carried it."""
    spent: int = 0
    segments: int = 0
    used_seconds: float = 0.0
    """Time on the wall spent inside `unfold`, without the caller's own between two segments."""
    _begun: float = 0.0
    _worked: float = -1.0

    def start(self) -> None:
        """Start the clock: the caller asked for the next segment."""
        self._begun = time.perf_counter()
        if self._worked < 0:
            self._worked = _worked.about(self._begun)

    def stop(self) -> None:
        """Stop the clock: the next segment is handed out."""
        self.used_seconds += time.perf_counter() - self._begun

    def room(self, size: int) -> int:
        """Return how many bytes a decoder may produce from `size` bytes of input."""
        return max(0, min(self.max_bytes - self.spent, max(MIB, size * self.max_ratio)))

    def over(self, reason: str, size: int) -> None:
        """Note that `size` bytes (0: not known) were left unopened because of `reason`; equal reasons are summed up."""
        for at, (known, total) in enumerate(self.exceeded):
            if known == reason:
                self.exceeded[at] = (reason, total + size)
                return
        self.exceeded.append((reason, size))

    def spend(self, produced: int) -> str:
        """Charge one segment of `produced` new bytes; return the limit that it breaks, or an empty string."""
        self.segments += 1
        self.spent += produced
        if self.segments > self.max_segments:
            return "segments"
        if self.spent > self.max_bytes:
            return "bytes"
        if self.segments % 256 == 0 and self.late():
            return "time"
        return ""

    def late(self) -> bool:
        """Tell whether the time is used up: on the wall, and by this thread since it first asked."""
        passed = self.used_seconds + time.perf_counter() - self._begun
        return passed > self.max_seconds and time.thread_time() - self._worked > self.max_seconds
