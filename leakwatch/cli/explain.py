"""`leakwatch explain`: decode any pasted string or file and print what was opened and what was found in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakwatch.cli.output import json_line, note, printable, shorten

if TYPE_CHECKING:
    from leakwatch.evidence.explain import Explanation, Found

_WIDE = 72
_LARGEST = 64 << 20


@click.command()
@click.argument("value")
@click.option("--device", type=click.Path(path_type=Path), required=True, help="Device profile: what to search for.")
@click.option("--app", default="", metavar="PACKAGE", help="Package whose own identifiers are searched for too.")
@click.option("--hook-log", type=click.Path(path_type=Path), metavar="FILE", help="Keys and plaintexts a hook saw.")
@click.option("--reveal", is_flag=True, help="Print what was opened as it is: personal data.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(value: str, device: Path, app: str, hook_log: Path | None, reveal: bool, fmt: str) -> None:
    """Decode VALUE and search it for the device's identifiers, as if it had been sent.

    VALUE is text, hex or base64 as pasted; @FILE reads a file, - standard input. Prints a tree of everything that was
    opened; whatever was found stands below its place with the whole chain.
    """
    from leakwatch.evidence.explain import explain
    from leakwatch.identifiers.hook_log import with_hook_log
    from leakwatch.identifiers.profile import load_profile

    profile = load_profile(device)
    if hook_log is not None:
        profile = with_hook_log(profile, hook_log)
    explained = explain(_bytes_of(value), profile, app, reveal)
    if fmt == "json":
        click.echo(json_line(explained.root.as_dict() | {"limits": list(explained.limits)}))
    else:
        for line in _told(explained):
            click.echo(line)


def _bytes_of(value: str) -> bytes:
    if value == "-":
        return sys.stdin.buffer.read(_LARGEST)
    if not value.startswith("@"):
        return value.encode("utf-8", "surrogateescape")
    try:
        with Path(value[1:]).open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise click.UsageError(f"{value[1:]} cannot be read: {error.strerror}") from None


def _told(explained: Explanation) -> Iterator[str]:
    count = 0
    for depth, node in explained.root.walk():
        opened = " › ".join(node.opened_by)
        name = " ".join(text for text in (opened, node.path) if text) or ("text" if depth else f"{node.size} bytes")
        yield printable(f"{'  ' * depth}{'› ' if depth else ''}{name}  {shorten(node.shown, _WIDE)}".rstrip())
        for found in node.found:
            count += 1
            yield printable(f"{'  ' * depth}  = {_words(found)}")
    for limit in explained.limits:
        note(f"not everything was opened: {limit}")
    yield f"\n{count} found" if count else "\nnothing of this device found"


def _words(found: Found) -> str:
    chain = " › ".join(found.chain) or "as it is"
    return f"{found.identifier} {found.value}: {chain} ({found.confidence}: {found.reason})"
