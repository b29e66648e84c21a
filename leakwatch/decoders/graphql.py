"""GraphQL over HTTP (graphql.org, "Serving over HTTP"): the query's text, its literals, and the variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.jsontext import Reading, piece_of, unescape
from leakwatch.decoders.piece import Context, Piece

NAME = "graphql"
RANK = 60
WHOLE = False
TAKES = "text"

_ENVELOPE = re.compile(rb"\s*[\[{]")
_QUERY = re.compile(rb'"query"\s*:\s*"(?:\\n|\\t|\\r|\s|#)*(?:query|mutation|subscription|fragment|\{)')
_PERSISTED = re.compile(rb'"(?:operationName|persistedQuery|doc_id)"\s*:')
_TEXT = re.compile(rb"\s*(?:query|mutation|subscription)\b[^{}]*\{")
_PATH = re.compile(r"\$(\[\d+\])?\.(query|variables)(.*)", re.DOTALL)
_ARGUMENT = re.compile(rb'(?<!\w)([A-Za-z_]\w*)\s*:\s*(?:"([^"\\\n]*(?:\\.[^"\\\n]*)*)"|(-?\d[\d.eE+-]*))')


def sniff(data: bytes, context: Context) -> bool:
    """A request's envelope, or a query's text."""
    if _ENVELOPE.match(data):
        return bool(b'"query"' in data and _QUERY.search(data)) or (
            b'"variables"' in data and bool(_PERSISTED.search(data))
        )
    return (context.parent == NAME and b"(" in data and b"{" in data) or bool(_TEXT.match(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield query and variables of an envelope; of a query's text its literal arguments."""
    if not _ENVELOPE.match(data) or context.parent == NAME:
        yield from _arguments(data, () if context.parent == NAME else None)
        return
    for leaf in Reading(data).leaves():
        place = _PATH.fullmatch(leaf.path)
        if place:
            batch, member, rest = place[1] or "", place[2], place[3]
            where = f"graphql{batch}:variables{rest}" if member == "variables" else f"graphql{batch}"
            yield piece_of(data, leaf, where)


def _arguments(text: bytes, chain: tuple[str, ...] | None) -> Iterator[Piece]:
    for argument in _ARGUMENT.finditer(text):
        group = 2 if argument[2] is not None else 3
        value = argument[group]
        if value:
            key = argument[1].decode("ascii", "replace")
            path = "graphql" if chain is None else ""
            yield Piece(unescape(value), argument.start(group), len(value), path, key, True, chain)
