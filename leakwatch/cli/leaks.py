"""`leakwatch leaks`: list, filter and count stored leaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows
from leakwatch.model import RECORD_FIELDS

if TYPE_CHECKING:
    from leakwatch.store import Store

COLUMNS = ("leak", "time", "phase", "identifier", "chain", "to", "party", "location", "value")
_FILTERS = {
    "capture": "Of this capture (an unambiguous beginning is enough).",
    "identifier": "By the profile's name for it.",
    "kind": "By type: imei, phone, gps …",
    "party": "first, same-company, third, infrastructure or unknown.",
    "sdk": "By the signature's id.",
    "company": "By company.",
    "host": "By host.",
    "phase": "before_consent, refused, consented …",
    "direction": "request or response.",
}
"""Every filter that may be repeated; each names a field of the leak record."""


_LEVELS = ("certain", "strong", "weak")


def _filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for name, words in reversed(_FILTERS.items()):
        function = click.option(f"--{name}", name, multiple=True, metavar="X", help=words)(function)
    return function


@click.command()
@db_option()
@_filter_options
@click.option("--confidence", type=click.Choice(_LEVELS), default="strong", show_default=True, help="The least sure.")
@click.option("--since", metavar="TIME", help="From this time on: ISO 8601 in UTC, or an age such as 10m.")
@click.option("--until", metavar="TIME", help="Before this time.")
@click.option("--group-by", "group_by", metavar="FIELDS", help="Count by fields: sdk,identifier.")
@click.option("--worst", is_flag=True, help="The worst first: before consent, then third parties, then certain.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many rows.")
@click.option("--reveal", is_flag=True, help="Show plain values, from the profile's copy beside the capture.")
@format_option()
def command(
    db: str | None,
    confidence: str,
    since: str | None,
    until: str | None,
    group_by: str | None,
    worst: bool,
    limit: int | None,
    reveal: bool,
    fmt: str,
    **chosen: tuple[str, ...],
) -> None:
    """List and filter stored leaks; a filter may be repeated, and `*` stands for any text.

    `--confidence weak` adds the weak ones. Rows whose direction is `response` came back from a server.
    """
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        filters: dict[str, Any] = {name: values for name, values in chosen.items() if values}
        filters["confidence"] = _LEVELS[: _LEVELS.index(confidence) + 1]
        filters |= {name: [bound] for name, bound in (("since", since), ("until", until)) if bound}
        if chosen["capture"]:
            filters["capture"] = [queries.resolve_capture(store, name) for name in chosen["capture"]]
        if group_by:
            fields = [name.strip() for name in group_by.split(",")]
            count = print_rows(queries.groups(store, fields, filters, limit=limit), fmt)
        else:
            rows = queries.leaks(store, filters, limit=limit, worst=worst)
            rows = _revealed(store, rows) if reveal else rows
            table = fmt == "table"
            count = print_rows(map(_shown, rows) if table else rows, fmt, COLUMNS if table else RECORD_FIELDS)
        weak = any(queries.leaks(store, {**filters, "confidence": ["weak"]}, limit=1))
    if not count:
        note("no leak matches" if len(filters) > 1 else "no leak is stored")
    if weak and confidence != "weak" and (fmt == "table" or not count):
        note("weak ones are left out; --confidence weak adds them")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for people: who got it in one column, responses labelled, the time without its date."""
    recipient = row["sdk_name"] or row["company"] or row["host"]
    way = "← from" if row["direction"] == "response" else "→"
    return {**row, "leak": row["leak"][:10], "time": row["time"][11:19], "to": f"{way} {recipient}"}


def _revealed(store: Store, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Put the plain value in place of the masked one where the profile's copy still names the identifier."""
    from leakwatch.store.messages import stored_profile

    values: dict[str, dict[str, str]] = {}
    for row in rows:
        capture = row["capture"]
        if capture not in values:
            profile = stored_profile(store, capture)
            values[capture] = {i.name: i.value for i in profile.identifiers_for(row["app"])} if profile else {}
            if profile is None:
                note(f"{capture}: no profile is kept beside it; its values stay masked")
        yield {**row, "value": values[capture].get(row["identifier"], row["value"])}
