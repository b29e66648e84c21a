"""A plus as a space: in values of forms and queries only, beside the value as it stands."""

from __future__ import annotations

from leakwatch.decoders import plus as decoder


def test_opens_in_a_form(unfolded):
    found = {(s.location, s.data) for s in unfolded(b"name=Ada+Lovelace%21&x=1")}
    assert ("body.form:name", b"Ada Lovelace!") in found
    assert ("body.form:name", b"Ada+Lovelace%21") in found


def test_opens_in_a_query(where):
    assert where(b"Ada+Lovelace", b"Ada Lovelace", location="query:name") == ("query:name", ())


def test_leaves_alone(alone):
    assert alone(decoder, b"1+1=2") == []
    assert alone(decoder, b"no sign", form=True) == []
