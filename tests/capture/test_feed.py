"""The pipe between follower and live view: told once, torn lines left out, a reader that went away harmless."""

from __future__ import annotations

import os
from dataclasses import fields

from leakwatch.capture.feed import Feed, Teller
from leakwatch.model import LeakRecord


def record(leak: str) -> LeakRecord:
    values = {f.name: "" for f in fields(LeakRecord)} | {"leak": leak, "chain": ("json", "md5"), "host": "王.example"}
    return LeakRecord(**values)  # type: ignore[arg-type]  # every field is text here, which the pipe does not mind


def test_records_arrive_once_and_in_order() -> None:
    feed = Feed()
    with os.fdopen(os.dup(feed.writer), "w") as stream:
        teller = Teller(stream)
        teller([record("a"), record("b")])
        assert [r["leak"] for r in feed.records()] == ["a", "b"]
        teller([record("b"), record("c")])
        (row,) = feed.records()
        assert (row["leak"], row["chain"], row["host"]) == ("c", ["json", "md5"], "王.example")
        assert list(feed.records()) == []
    feed.close()


def test_a_torn_line_of_a_killed_follower_costs_nothing() -> None:
    feed = Feed()
    os.write(feed.writer, b'{"leak": "torn", "ident')
    assert list(feed.records()) == []
    with os.fdopen(os.dup(feed.writer), "w") as stream:
        Teller(stream)([record("a")])
    assert [r["leak"] for r in feed.records()] == ["a"]
    feed.close()


def test_what_is_no_record_is_left_out() -> None:
    feed = Feed()
    os.write(feed.writer, b'[]\nnull\n7\n{"leaks": 1}\n\xff\n')
    assert list(feed.records()) == []
    feed.close()


def test_a_reader_that_went_away_does_not_stop_the_follower() -> None:
    feed = Feed()
    stream = os.fdopen(os.dup(feed.writer), "w")
    teller = Teller(stream)
    feed.close()
    teller([record("a")])
    teller([record("b")])
    try:
        stream.close()
    except BrokenPipeError:
        pass
