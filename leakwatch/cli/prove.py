"""`leakwatch prove`: replay a leak from the profile's value and from the journal's bytes, or say where it breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakwatch.cli.output import db_option, json_line, note, printable
from leakwatch.errors import StoreError

if TYPE_CHECKING:
    from leakwatch.evidence import Proof, ProofStep

_SIDES = {"value": "from the value", "bytes": "from the stored bytes", "meeting": "where they meet"}
_SIGNS = {"checked": "✓", "replayed": "·", "failed": "✗"}
_WIDE, _LEAST = 56, 28
"""Columns for an intermediate: at most, and so many before what was done moves below it."""
_KNOWN = "came back in a response: a server knows it, which does not show that it was collected here"


@click.command()
@click.argument("leak")
@db_option()
@click.option("--journal-key", type=click.Path(dir_okay=False), help="Key file of an encrypted journal.")
@click.option("--reveal", is_flag=True, help="Print every intermediate as it is: personal data.")
@click.option("--commands", "as_commands", is_flag=True, help="Print the replay as shell lines for a stranger.")
@click.option("--message", type=click.Path(path_type=Path), metavar="FILE", help="Write the stored message there.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    leak: str, db: str | None, journal_key: str | None, reveal: bool, as_commands: bool, message: Path | None, fmt: str
) -> None:
    """Replay LEAK (an unambiguous beginning of its id): each step from the value, and from the bytes in the journal.

    Steps marked ✓ were checked by code that the detector does not use, those marked · only replayed. Exit status: 0 it
    holds, 1 it breaks (the line says where), 2 wrong usage. --commands prints lines that need only openssl, base64,
    gzip and python3.
    """
    from leakwatch.evidence.commands import commands, gap
    from leakwatch.evidence.prove import prove, verdict
    from leakwatch.journal import load_key
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        record = queries.leak(store, leak)
        key_file = journal_key or queries.capture_facts(store, record["capture"]).get("journal_key")
        proof = prove(store, record["leak"], load_key(key_file) if key_file else None)
    if message is not None and proof.message:
        _write(message, proof.message)
    if as_commands:
        for line in commands(proof, reveal) if proof.holds else ():
            click.echo(line)
        if proof.holds and (why := gap(proof)):
            note(f"the commands do not replay all of it: {why}")
    elif fmt == "json":
        click.echo(json_line(proof.as_dict(reveal)))
    else:
        for line in _told(proof, reveal):
            click.echo(line)
    (note if as_commands or fmt == "json" else click.echo)(verdict(proof))
    raise SystemExit(0 if proof.holds else 1)


def _told(proof: Proof, reveal: bool) -> Iterator[str]:
    record = proof.record
    chain = " › ".join(record["chain"]) or "as it is"
    yield printable(f"leak {record['leak']}: {record['identifier']} {record['value']} in {record['location']}, {chain}")
    direction = "left the phone" if record["direction"] == "request" else _KNOWN
    yield printable(f"{direction}; {record['host']} at {record['time']}, capture {record['capture']}")
    if proof.message_sha256:
        yield f"stored message: {proof.message_size} bytes, SHA-256 {proof.message_sha256}"
    rows = [_row(step, reveal) for step in proof.steps]
    for side, told in groupby(zip((step.side for step in proof.steps), _aligned(rows)), key=itemgetter(0)):
        yield f"\n{_SIDES[side]}"
        yield from (line for _, lines in told for line in lines)
    yield ""


def _row(step: ProofStep, reveal: bool) -> tuple[str, str, str]:
    """A step as three cells: its sign and name, the intermediate, what was done and who checked it."""
    shown = _revealed(step.data) if reveal and step.data else step.shown
    told = " · ".join(text for text in (step.detail, step.how) if text)
    return f"  {_SIGNS[step.status.value]} {printable(step.name)}", printable(shown), printable(told)


def _aligned(rows: list[tuple[str, str, str]]) -> Iterator[list[str]]:
    """The rows' lines, cells under one another; where a terminal is narrow the third cell stands below the second.

    Where stdout is no terminal nothing is cut to fit.
    """
    from rich.cells import cell_len

    from leakwatch.cli.output import console_for, cut

    console = console_for()
    first, longest, last = (max((cell_len(row[place]) for row in rows), default=0) for place in range(3))
    first, room, beside = first + 2, min(longest, _WIDE), True
    if console.is_terminal:
        room = min(room, console.width - first - 2 - last)
        beside = room >= min(longest, _LEAST)
    for name, text, told in rows:
        name += " " * (first - cell_len(name))
        if not beside:
            yield [f"{name}{cut(text, console.width - first)}", f"{' ' * first}{cut(told, console.width - first)}"]
            continue
        text = cut(text, room) if console.is_terminal else text
        yield [f"{name}{text}{' ' * (room - cell_len(text))}  {told}".rstrip()]


def _revealed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex()


def _write(path: Path, data: bytes) -> None:
    """Write personal data readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}. Name another file after --message") from None
