"""`leakwatch explain`: decode any pasted string or file and print what was opened and what was found in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakwatch.cli.output import console_for, cut, json_line, note, printable
from leakwatch.errors import SourceError

if TYPE_CHECKING:
    from leakwatch.evidence.explain import Explanation, Found, Node

_LARGEST = 64 << 20
_WIDE = 120
"""Columns of a line where stdout is no terminal."""
_MOST_EMPTY = 40
"""Places told in which nothing was found; those that lead to a find are told in any case."""


@click.command()
@click.argument("value")
@click.option("--device", type=click.Path(path_type=Path), required=True, help="Device profile: what to search for.")
@click.option("--app", default="", metavar="PACKAGE", help="Package whose own identifiers are searched for too.")
@click.option("--hook-log", type=click.Path(path_type=Path), metavar="FILE", help="Keys and plaintexts a hook saw.")
@click.option("--reveal", is_flag=True, help="Print what was opened as it is: personal data.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(value: str, device: Path, app: str, hook_log: Path | None, reveal: bool, fmt: str) -> None:
    """Decode VALUE and search it for the device's identifiers, as if it had been sent.

    VALUE is text, hex or base64 as pasted; @FILE reads a file, - standard input (also for a value that begins with @).
    Prints a tree of what was opened; whatever was found stands below its place with the whole chain. --format json has
    all of the tree.
    """
    from leakwatch.evidence.explain import explain
    from leakwatch.identifiers.hook_log import with_hook_log
    from leakwatch.identifiers.profile import load_profile

    profile = load_profile(device)
    if hook_log is not None:
        profile = with_hook_log(profile, hook_log)
    data, more = _bytes_of(value)
    explained = explain(data, profile, app, reveal)
    limits = [*explained.limits]
    if more:
        limits.insert(0, f"what follows the first {_LARGEST:,} bytes, which was not read")
    if fmt == "json":
        click.echo(json_line(explained.root.as_dict() | {"limits": limits}))
    else:
        for line in _told(explained):
            click.echo(line)
        for limit in limits:
            note(f"not opened: {limit}")


def _bytes_of(value: str) -> tuple[bytes, bool]:
    """The bytes that are meant, and whether there are more than are looked at."""
    if value == "-":
        return sys.stdin.buffer.read(_LARGEST), bool(sys.stdin.buffer.read(1))
    if not value.startswith("@"):
        return value.encode("utf-8", "surrogateescape"), False
    try:
        with Path(value[1:]).open("rb") as file:
            return file.read(_LARGEST), bool(file.read(1))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or "no file has such a name"
        raise SourceError(f"{value[1:] or '@'}: cannot be read: {why}. @FILE names a file; - reads a value") from None


def _told(explained: Explanation) -> Iterator[str]:
    console = console_for()
    width = max(40, console.width) if console.is_terminal else _WIDE
    leading = _leading(explained.root)
    found: list[str] = []
    empty = 0
    for depth, node in explained.root.walk():
        if id(node) not in leading:
            empty += 1
            if empty > _MOST_EMPTY:
                continue
        opened = " › ".join(node.opened_by)
        name = " ".join(text for text in (opened, node.path) if text) or ("text" if depth else f"{node.size} bytes")
        shown = "" if node.shown == name else node.shown
        start = f"{'  ' * min(depth, 12)}{'› ' if depth else ''}{printable(name)}  "
        yield f"{start}{cut(printable(shown), max(16, width - len(start)))}".rstrip()
        for one in node.found:
            found.append(one.identifier)
            yield printable(f"{'  ' * min(depth, 12)}  = {_words(one)}")
    if empty > _MOST_EMPTY:
        yield f"… and {empty - _MOST_EMPTY:,} more places in which nothing of this device is"
    names = ", ".join(dict.fromkeys(found))
    places = f", at {len(found)} places" if len(found) > 1 else ""
    yield ""
    yield printable(f"found: {names}{places}") if found else "nothing of this device found"


def _leading(root: Node) -> set[int]:
    """The nodes, by identity, in which or below which something was found, and the root."""
    leading = {id(root)}
    way: list[Node] = []
    for depth, node in root.walk():
        way[depth:] = [node]
        if node.found:
            leading.update(map(id, way))
    return leading


def _words(found: Found) -> str:
    chain = " › ".join(found.chain) or "as it is"
    return f"{found.identifier} {found.value}: {chain} ({found.confidence}: {found.reason})"
