"""GraphQL requests: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import json

import pytest

from leakwatch.decoders import Budget, Context
from leakwatch.decoders import graphql as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b'{"query":"query Q { a }","variables":{"d":"9c:8e:bc:64:53:a8:b6:bf:32:36:a0:03:14:c2:f6:5f"}}',
            bytes.fromhex("9c8ebc6453a8b6bf3236a00314c2f65f"),
            "body.graphql:variables.d",
            ("graphql", "hex"),
            {},
        ),
        (
            json.dumps(
                {"query": "query Q($i: ID!) { a(i: $i) { id } }", "variables": {"input": {"imei": IMEI.decode()}}}
            ).encode(),
            IMEI,
            "body.graphql:variables.input.imei",
            ("graphql",),
            {},
        ),
        (
            json.dumps({"query": f'mutation {{ save(imei: "{IMEI.decode()}") {{ id }} }}'}).encode(),
            IMEI,
            "body.graphql",
            ("graphql",),
            {},
        ),
        (b'query { a(imei: "' + IMEI + b'") { id } }', IMEI, "body.graphql", ("graphql",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b'{"query": "red shoes", "page": 1}',
        b"query the database {",
        b'{"variables": {"a": 1}}',
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_one_long_word_is_read_once():
    """Found by fuzzing: from each of its letters it was read to its end, minutes for a megabyte."""
    query = b"a" * 1_000_000 + b'(imei: "' + IMEI + b'")'
    pieces = list(decoder.decode(query, Context(Budget(), parent="graphql")))
    assert [piece.data for piece in pieces] == [IMEI]
