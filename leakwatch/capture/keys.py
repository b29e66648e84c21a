"""Single keys from the terminal while the live view runs, and what each of them marks; always restores the terminal."""

from __future__ import annotations

import select
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

try:
    import termios
    import tty
except ImportError:  # Windows has no termios: no keys there, `leakwatch mark` does the same
    termios = tty = None  # type: ignore[assignment]  # the two modules are only used where they exist


@dataclass(frozen=True, slots=True)
class MarkKey:
    """A key that sets a mark: the axes it sets, its word in the help, and what the tester is told to do after it."""

    axes: Mapping[str, str]
    word: str
    then: str = ""


MARK_KEYS: dict[str, MarkKey] = {
    "a": MarkKey({"consent": "given"}, "agreed", "Marked. Tap Agree now."),
    "r": MarkKey({"consent": "refused"}, "refused", "Marked. Tap Refuse now."),
    "w": MarkKey({"consent": "withdrawn"}, "withdrawn", "Marked. Withdraw the consent now."),
    "f": MarkKey({"app": "in_use"}, "in use"),
    "i": MarkKey({"app": "idle"}, "idle"),
    "b": MarkKey({"app": "background"}, "background"),
    "c": MarkKey({"app": "closed"}, "closed"),
}
"""Every key that marks. Pressed *before* the tap: the boundary errs in the app's favour (DESIGN §5)."""

HELP = " · ".join(f"{key} {mark.word}" for key, mark in MARK_KEYS.items()) + " · q quit · ? help"


@dataclass(slots=True)
class Keys:
    """Reads single keys without Enter while entered; without a terminal it reads nothing and changes nothing."""

    stream: Any = None
    wanted: bool = True
    _saved: list[Any] = field(default_factory=list, init=False)

    def __enter__(self) -> Keys:
        self.stream = self.stream or sys.stdin
        if not self.wanted:
            return self
        if termios is not None and self.stream is not None and self.stream.isatty():
            self._saved = termios.tcgetattr(self.stream)
            tty.setcbreak(self.stream)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._saved:
            termios.tcsetattr(self.stream, termios.TCSADRAIN, self._saved)
            self._saved = []

    @property
    def active(self) -> bool:
        """Whether keys can be read at all."""
        return bool(self._saved)

    def read(self, timeout: float) -> str:
        """Return the next key within `timeout` seconds, in lower case, or ""."""
        if not self._saved:
            return ""
        ready, _, _ = select.select([self.stream], [], [], timeout)
        if not ready:
            return ""
        import os

        return os.read(self.stream.fileno(), 1).decode("latin-1").lower()
