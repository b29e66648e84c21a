"""`leakwatch show`: one leak, its message with the matched bytes marked in place, and its chain as steps."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows, printable, shorten

if TYPE_CHECKING:
    from leakwatch.store.messages import StoredMessage
    from leakwatch.store.steps import Step

_AROUND = 600
"""Bytes of the body shown before and after the match."""
_HEAD = 4096
_LAYER = 60
"""Characters of a layer shown beside its step."""
_FACTS = (
    ("who", ("party", "sdk_name", "company", "parent", "country", "category")),
    ("where", ("host", "ip", "port", "location")),
    ("what", ("identifier", "kind", "value", "form")),
    ("when", ("time", "phase", "consent", "boundary")),
    ("how sure", ("confidence", "chance", "reason")),
    ("capture", ("capture", "exchange", "source", "index", "app", "app_evidence")),
)


@click.command()
@click.argument("leak")
@db_option()
@click.option("--journal-key", type=click.Path(dir_okay=False), help="Key file of an encrypted journal.")
@click.option("--reveal", is_flag=True, help="Show the message as it was, identifiers and credentials included.")
@format_option()
def command(leak: str, db: str | None, journal_key: str | None, reveal: bool, fmt: str) -> None:
    """Show LEAK (an unambiguous beginning of its id): its message, the matched bytes marked, its chain."""
    from leakwatch.journal import load_key
    from leakwatch.store import Store, queries
    from leakwatch.store.messages import stored_message, stored_profile
    from leakwatch.store.steps import steps

    with Store.open(db, create=False) as store:
        record = queries.leak(store, leak)
        if fmt != "table":
            print_rows([record], fmt)
            return
        others = queries.leaks_of_exchange(store, record["capture"], record["exchange"])
        key_file = journal_key or queries.capture_facts(store, record["capture"]).get("journal_key")
        message = stored_message(store, record, others, load_key(key_file) if key_file else None)
        reviews = list(queries.reviews(store, record["leak"]))
        chain = steps(record, message, stored_profile(store, record["capture"]))
    for line in _facts(record):
        click.echo(line)
    for review in reviews:
        told = " · ".join(review[name] for name in ("verdict", "who", "time", "note") if review[name])
        click.echo(printable(f"   review  {told}"))
    click.echo("\nchain, outermost first")
    for line in _chain(record, chain):
        click.echo(line)
    if message is None:
        note(f"\nno journal of {record['capture']} holds this message; the record is all there is")
        return
    size, length, offset = len(message.data), record["length"], record["offset"]
    click.echo(f"\n{message.part}, {size} bytes; the match is {length} bytes at {offset}")
    click.echo(_marked(message, reveal))


def _facts(record: Mapping[str, Any]) -> Iterator[str]:
    direction = "left the phone" if record["direction"] == "request" else "came back in a response"
    yield printable(f"leak {record['leak']}: {direction} by {record['method'] or record['protocol']} {record['url']}")
    for title, names in _FACTS:
        told = [f"{name.replace('_', ' ')} {_word(record[name])}" for name in names if record[name] not in ("", None)]
        if told:
            yield printable(f"{title:>9}  {' · '.join(told)}")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def _chain(record: Mapping[str, Any], chain: Sequence[Step]) -> Iterator[str]:
    wide = max(len(step.name) for step in chain) + 2
    for number, step in enumerate(chain):
        name = f"› {step.name}" if number else step.name
        yield printable(f"  {name:<{wide}}  {step.family:<11}  {shorten(step.text, _LAYER)}".rstrip())
    yield printable(f"  = {record['identifier']} {record['value']} {record['form']}".rstrip())


def _marked(message: StoredMessage, reveal: bool) -> str:
    """The message for a terminal: the match between « » (or in reverse video), hidden runs masked, the rest cut."""
    data, (start, end) = message.data, message.leak
    head = data.find(b"\r\n\r\n") + 4 if message.part in {"request", "response"} else 0
    shown = [(0, min(head, _HEAD)), (max(start - _AROUND, 0), min(end + _AROUND, len(data)))]
    pieces, done = [], 0
    for begin, stop in shown:
        begin = max(begin, done)
        if begin >= stop:
            continue
        pieces.append(f"\n… {begin - done} bytes …\n" if begin > done else "")
        pieces += _runs(message, begin, stop, reveal)
        done = stop
    pieces.append(f"\n… {len(data) - done} bytes …" if done < len(data) else "")
    return "".join(pieces)


def _runs(message: StoredMessage, begin: int, stop: int, reveal: bool) -> Iterator[str]:
    """Cut [begin, stop) at every border of a run, and show each piece as what it is."""
    start, end = message.leak
    spans = (*message.hidden, *message.secret)
    borders = {begin, stop, start, end, *(edge for span in spans for edge in span)}
    edges = sorted(edge for edge in borders if begin <= edge <= stop)
    # A match is masked as one run, however many others begin or end inside it.
    edges = [edge for edge in edges if not start < edge < end]
    for low, high in itertools.pairwise(edges):
        text = _text(message, low, high, reveal)
        yield _mark(text) if start <= low < end else text


def _text(message: StoredMessage, low: int, high: int, reveal: bool) -> str:
    from leakwatch.decoders.text import is_text
    from leakwatch.identifiers.masking import mask
    from leakwatch.store.messages import STARS

    text = message.data[low:high].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    if reveal:
        return printable(text, keep_lines=True)
    if any(first <= low < last for first, last in message.hidden):
        return mask(printable(text)) if is_text(message.data[low:high]) else f"{high - low} bytes"
    if any(first <= low < last for first, last in message.secret):
        return STARS
    return printable(text, keep_lines=True)


def _mark(text: str) -> str:
    if sys.stdout.isatty():
        return click.style(f"«{text}»", reverse=True)
    return f"«{text}»"
