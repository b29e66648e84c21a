"""Bodies of a HAR: the very bytes that were sent, from whatever the writer made of them."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.journal.events import LedgerNote, Request

Case = Any
"""The fixture `case` of conftest.py."""
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
BINARY = bytes(range(256))


BINARY = bytes(range(256))


@pytest.mark.parametrize(
    "post",
    [
        {"text": base64.b64encode(BINARY).decode(), "encoding": "base64"},
        {"text": base64.b64encode(BINARY).decode().rstrip("="), "encoding": "BASE64"},
        {"text": base64.urlsafe_b64encode(BINARY).decode(), "encoding": "base64"},
        {"text": base64.encodebytes(BINARY).decode(), "encoding": "base64"},
        {"text": "lossy \ufffd", "_rawBase64": base64.b64encode(BINARY).decode()},
        {"text": BINARY.decode("latin-1")},
    ],
    ids=["base64", "unpadded", "url-safe", "in lines", "_rawBase64", "binary string"],
)
def test_binary_bodies_come_back_byte_for_byte(case: Case, post: dict[str, str]) -> None:
    assert case.request(postData={"mimeType": "application/octet-stream", **post}).body == BINARY
    assert case.response(content=post).body == BINARY


def test_http_toolkits_place_for_binary_request_bodies(case: Case) -> None:
    content = {"text": base64.b64encode(BINARY).decode(), "encoding": "base64"}
    assert case.request(_content=content).body == BINARY


def test_text_that_only_claims_to_be_base64_is_kept_as_it_is(case: Case) -> None:
    assert case.response(content={"text": "{not base64}", "encoding": "base64"}).body == b"{not base64}"


def test_lone_surrogates_and_invalid_utf8_survive(case: Case) -> None:
    raw = b'{"log":{"entries":[{"request":{"url":"http://h.example/","postData":{"text":"\\ud83d!\xff\xfe"}}}]}}'
    request = case.events(raw)[0]
    assert isinstance(request, Request)
    assert b"!" in request.body
    plain = case.events(raw.replace(b"\\ud83d", b""))[0]
    assert isinstance(plain, Request)
    assert plain.body == b"!\xff\xfe"


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, names, min_size=1, max_size=4))
def test_a_form_is_rebuilt_from_its_parameters(case: Case, form: dict[str, str]) -> None:
    params = [{"name": name, "value": value} for name, value in form.items()]
    post = {"mimeType": "application/x-www-form-urlencoded", "params": params}
    body = case.request(postData=post).body
    assert dict(parse_qsl(body.decode("ascii"), keep_blank_values=True)) == form


def test_a_multipart_body_is_rebuilt_with_the_declared_boundary(case: Case) -> None:
    params = [
        {"name": "imei", "value": "42"},
        {"name": "f", "fileName": "a.txt", "contentType": "text/x", "value": "hi"},
    ]
    headers = [{"name": "Content-Type", "value": "multipart/form-data; boundary=XyZ"}]
    request = case.request(headers=headers, postData={"mimeType": "multipart/form-data", "params": params})
    assert request.body == (
        b'--XyZ\r\nContent-Disposition: form-data; name="imei"\r\n\r\n42\r\n'
        b'--XyZ\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/x\r\n\r\nhi\r\n'
        b"--XyZ--\r\n"
    )


def test_text_wins_over_parameters(case: Case) -> None:
    assert case.request(postData={"text": "a=1", "params": [{"name": "a", "value": "2"}]}).body == b"a=1"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "br, gzip"])
def test_a_coding_that_the_writer_undid_is_not_announced_again(case: Case, coding: str) -> None:
    headers = [{"name": "Content-Encoding", "value": coding}, {"name": "X-A", "value": "b"}]
    response = case.response(headers=headers, content={"text": '{"plain": true}'})
    assert response.headers == ((b"X-A", b"b"),)


def test_a_body_that_really_is_compressed_keeps_its_coding(case: Case) -> None:
    import brotlicffi
    import zstandard

    for coding, data in {
        "gzip": gzip.compress(b"x" * 99),
        "br": brotlicffi.compress(b"hello hello hello hello"),
        "zstd": zstandard.compress(b"y" * 99),
    }.items():
        content = {"text": base64.b64encode(data).decode(), "encoding": "base64"}
        response = case.response(headers=[{"name": "content-encoding", "value": coding}], content=content)
        assert response.headers == ((b"content-encoding", coding.encode()),), coding
        assert response.body == data


def test_a_body_that_is_not_there_is_noted(case: Case) -> None:
    events = case.events(case.text(case.entry({"bodySize": 300}, {"content": {"size": 5000}})))
    notes = [e for e in events if isinstance(e, LedgerNote)]
    assert [(n.kind, n.direction, n.bytes, n.host) for n in notes] == [
        ("not_kept", "request", 300, "h.example"),
        ("not_kept", "response", 5000, "h.example"),
    ]


def test_bytes_lost_by_the_writer_are_noted(case: Case) -> None:
    events = case.events(case.text(case.entry({"postData": {"text": "\x1f\ufffd\x08\x00"}})))
    assert [n.kind for n in events if isinstance(n, LedgerNote)] == ["undecodable"]
    fine = case.events(case.text(case.entry({"postData": {"text": "a typed \ufffd"}})))
    assert not [n for n in fine if isinstance(n, LedgerNote)]


def test_the_media_type_stands_in_for_a_missing_field(case: Case) -> None:
    post = {"mimeType": "application/json", "text": "{}"}
    assert case.request(postData=post).headers == ((b"Content-Type", b"application/json"),)
    assert case.response(content=post).headers == ((b"Content-Type", b"application/json"),)
    own = [{"name": "content-type", "value": "text/plain"}]
    assert case.request(headers=own, postData=post).headers == ((b"content-type", b"text/plain"),)
    assert case.request(postData={"mimeType": "application/json"}).headers == ()
