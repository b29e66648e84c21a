"""An event's weight: its bytes, and a little for itself."""

from __future__ import annotations

from leakwatch.journal.events import LedgerNote, Request, StreamMessage
from leakwatch.model import Direction
from leakwatch.offline.weight import weight


def test_bodies_and_fields_count() -> None:
    bare = weight(Request(time=0.0))
    assert 0 < bare < 1000
    assert weight(Request(time=0.0, body=b"x" * 5000, headers=((b"name", b"value"),))) == bare + 5009
    message = StreamMessage(time=0.0, protocol="tcp", direction=Direction.REQUEST, index=0, data=b"x" * 7)
    assert weight(message) == bare + 7
    assert weight(LedgerNote(time=0.0, kind="opaque")) == bare
