"""A YAML file as nodes that know their line, read without trusting it: no aliases, no depth, no size."""

from __future__ import annotations

import difflib
from pathlib import Path

import yaml

from leakwatch.errors import ProfileError

_MOST_BYTES = 16 << 20
_MOST_DEPTH = 12


class Document:
    """One YAML file; every error it raises is a `ProfileError` of the form `file:line: what is wrong`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = self._read()
        self.root = self._compose()

    def fail(self, where: yaml.Node | int, text: str) -> ProfileError:
        """Return the error to raise at a node, or at a line counted from 1."""
        line = where if isinstance(where, int) else line_of(where)
        return ProfileError(f"{self.path}:{line}: {text}")

    def mapping(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        """Return a mapping's nodes by key; refuses keys that are not `known`, or there twice."""
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, f"{what} should be a mapping (key: value), is {_kind(node)}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name not in known:
                raise self.fail(key, f'{what} has no key "{short(name)}"{suggest(name, known)}')
            if name in found:
                raise self.fail(key, f'{what} has "{name}" twice; keep one')
            found[name] = value
        return found

    def sequence(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        """Return a list's nodes; a missing or empty one is an empty list."""
        if node is None or is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, f"{what} should be a list (lines that begin with -), is {_kind(node)}")
        return list(node.value)

    def text(self, node: yaml.Node | None, what: str, default: str | None = None) -> str:
        """Return a scalar as it is written, so that numbers lose no digit; absent ones are `default` or refused."""
        if node is None or is_null(node):
            if default is None:
                raise self.fail(self.root if node is None else node, f"{what} is missing")
            return default
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, f"{what} should be a text, is {_kind(node)}")
        return str(node.value)

    def flag(self, node: yaml.Node | None, what: str) -> bool:
        """Return a boolean; absent is false."""
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.value.lower() not in ("true", "false"):
            raise self.fail(node, f"{what} should be true or false")
        return bool(node.value.lower() == "true")

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            raise ProfileError(f"{self.path}: no such file; make one with: leakwatch device new {self.path}") from None
        except IsADirectoryError:
            raise ProfileError(f"{self.path}: is a folder; name the profile's file") from None
        except OSError as error:
            raise ProfileError(f"{self.path}: cannot be read: {error.strerror}") from None
        if len(data) > _MOST_BYTES:
            raise ProfileError(f"{self.path}: larger than {_MOST_BYTES >> 20} MB; that is no device profile")
        return data

    def _compose(self) -> yaml.Node:
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data[: error.start].count(b"\n") + 1
            raise self.fail(line, "is not UTF-8 text; save it as UTF-8") from None
        try:
            self._bound(text)
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            # Of the parser's words only the problem: its context quotes the file, and with it values.
            raise self.fail(mark.line + 1 if mark else 1, f"is not YAML: {error.problem}") from None
        except yaml.YAMLError:
            raise self.fail(1, "is not YAML: it holds control characters") from None
        if node is None:
            raise ProfileError(f"{self.path}: is empty; make one with: leakwatch device new FILE")
        return node

    def _bound(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise self.fail(line, "uses a YAML alias (*name); write the value out")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > _MOST_DEPTH:
                raise self.fail(line, f"is nested deeper than {_MOST_DEPTH} levels")


def line_of(node: yaml.Node) -> int:
    """Return the line that a node begins on, counted from 1."""
    return int(node.start_mark.line) + 1


def is_null(node: yaml.Node) -> bool:
    """Say whether a node is an unquoted nothing (`~`, `null`, or left blank)."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def suggest(name: str, known: tuple[str, ...]) -> str:
    """Return `; did you mean "…"?` for the nearest known name, or the known names where none is near."""
    near = difflib.get_close_matches(name.lower(), known, 3, 0.6)
    near.sort(key=lambda known_name: sorted(known_name) != sorted(name.lower()))  # transposed letters first
    return f'; did you mean "{near[0]}"?' if near else f"; known: {', '.join(known)}"


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"


def short(name: str) -> str:
    # A key may be a value in the wrong place: show no more than what tells a slip of the pen.
    return name if len(name) <= 16 and name.isidentifier() else name[:4] + "…"
