"""The entries of a HAR one by one, without the whole file in memory, over damage where that can be stepped over."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

from leakwatch.sources.har.window import Window

MAX_ENTRY = 256 << 20
"""Characters of one entry; a longer one is stepped over and noted."""

_DECODER = json.JSONDecoder(strict=False)  # raw control characters in strings occur in real HARs
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_STRUCTURE = re.compile(r'["\[\]{}]')
_IN_STRING = re.compile(r'["\\]')
_AFTER_SCALAR = re.compile(r"[,\]}]")
_MARGIN = 16
"""A syntax error this near to the window's end may come from the cut and not from the file."""


class UnreadableError(Exception):
    """One value cannot be read; the reason is its message. The reader stands before it."""


class BrokenError(Exception):
    """The JSON cannot be followed further."""


class TornError(BrokenError):
    """The text ends before its JSON does."""


class EntryReader:
    """Walks to `log.entries` (or `entries` at the top, as some writers have it) and yields its elements.

    `found` says whether the array was reached. An element that cannot be read is yielded as its `UnreadableError`.
    """

    def __init__(self, window: Window) -> None:
        self.found = False
        self.failures: list[Any] = []
        """What stands under `_tlsErrors` beside the entries: HTTP Toolkit's list of hand-shakes that failed."""
        self._window = window

    def entries(self) -> Iterator[Any]:
        """Yield each element. Raises `TornError` where the text ends early and `BrokenError` where it is not JSON."""
        if self._next() != "{":
            raise BrokenError("not a JSON object")
        self._window.at += 1
        yield from self._members(inside_log=False)

    def _members(self, *, inside_log: bool) -> Iterator[Any]:
        window = self._window
        while not self.found and (char := self._next()) != "}":
            if char == ",":
                window.at += 1
                continue
            key, value_starts = self._key(char)
            if key == "entries" and value_starts == "[":
                self.found = True
                window.at += 1
                yield from self._elements()
                self._rest()
            elif key == "log" and value_starts == "{" and not inside_log:
                window.at += 1
                yield from self._members(inside_log=True)
            else:
                self._beside(key)
        if not self.found:
            window.at += 1

    def _rest(self) -> None:
        """Read on behind the entries, as far as it can be followed: nothing is lost that the entries hold."""
        with contextlib.suppress(BrokenError):
            while (char := self._next()) != "}":
                if char == ",":
                    self._window.at += 1
                else:
                    self._beside(self._key(char)[0])

    def _beside(self, key: str) -> None:
        if key == "_tlsErrors":
            with contextlib.suppress(UnreadableError):
                listed = self._value()
                self.failures += listed if isinstance(listed, list) else []
                return
        self._skip()

    def _key(self, char: str) -> tuple[str, str]:
        """Read `"key":`; return the key and the first character of its value."""
        try:
            key = self._value() if char == '"' else None
        except UnreadableError as error:
            raise BrokenError(str(error)) from None
        if not isinstance(key, str) or self._next() != ":":
            raise BrokenError("a member without a name or a colon")
        self._window.at += 1
        return key, self._next()

    def _elements(self) -> Iterator[Any]:
        window = self._window
        while (char := self._next()) != "]":
            if char == ",":
                window.at += 1
                continue
            if char in "}:":
                raise BrokenError(f"{char!r} between two entries")
            try:
                value = self._value()
            except UnreadableError as error:
                value = error
                self._skip()
            yield value
        window.at += 1

    def _next(self) -> str:
        """Step over white space and return the character there, without consuming it."""
        window = self._window
        while True:
            match = _SPACE.match(window.text, window.at)
            window.at = match.end() if match else window.at
            if window.at < len(window.text):
                return window.text[window.at]
            if not window.more():
                raise TornError("the file ends in the middle")

    def _value(self) -> Any:
        """Read the whole value that begins here; on failure the window stays before it."""
        window = self._window
        while True:
            try:
                value, end = _DECODER.raw_decode(window.text, window.at)
            except RecursionError:
                raise UnreadableError("nested too deeply") from None
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(window.text) - _MARGIN
                if not cut:
                    raise UnreadableError(error.msg) from None
                if len(window.text) - window.at > MAX_ENTRY:
                    raise UnreadableError(f"longer than {MAX_ENTRY >> 20} Mi characters") from None
                if not window.more():
                    # Perhaps only this value is malformed: stepping over it decides whether the file goes on.
                    raise UnreadableError(error.msg) from None
                continue
            except ValueError:  # an integer of thousands of digits (CPython's limit on int)
                raise UnreadableError("a number that no HAR holds") from None
            if end == len(window.text) and window.more():
                continue
            window.at = end
            return value

    def _skip(self) -> None:
        """Step over the value that begins here by its brackets and quotes alone."""
        window, depth = self._window, 0
        if self._next() not in '"[{':
            self._seek(_AFTER_SCALAR)
            return
        while True:
            char = self._seek(_STRUCTURE)
            window.at += 1
            if char == '"':
                self._skip_string()
            else:
                depth += 1 if char in "[{" else -1
            if depth <= 0:
                return

    def _skip_string(self) -> None:
        window = self._window
        while self._seek(_IN_STRING) != '"':
            window.at += 1  # the backslash, then whatever it escapes
            if window.at == len(window.text) and not window.more():
                raise TornError("the file ends inside a string")
            window.at += 1
        window.at += 1

    def _seek(self, pattern: re.Pattern[str]) -> str:
        window = self._window
        while True:
            match = pattern.search(window.text, window.at)
            if match:
                window.at = match.start()
                return match[0]
            window.at = len(window.text)
            if not window.more():
                raise TornError("the file ends in the middle")
