"""Parts: every place of a message once, under its name, with its true place in the stored bytes."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.journal.events import DnsMessage, Request, Response, StreamMessage
from leakwatch.journal.message import request_head, response_head
from leakwatch.model import Direction
from leakwatch.parts import MAX_FIELDS, dns_parts, message_parts, request_parts, response_parts
from leakwatch.testing.packets import mqtt_packet, mqtt_text


def request(
    target: bytes = b"/", headers: tuple[tuple[bytes, bytes], ...] = (), body: bytes = b"", **fields
) -> Request:
    return Request(time=0, host="api.example.com", target=target, headers=headers, body=body, method="POST", **fields)


def by_location(parts) -> dict[str, bytes]:
    return {part.location: part.data for part in parts}


def test_every_place_has_its_name():
    found = by_location(
        request_parts(
            request(
                b"/v1/867900012345678/x?idfa=A%20B&flag&empty=",
                (
                    (b"Host", b"api.example.com"),
                    (b"X-Did", b"d1"),
                    (b"Cookie", b'uid=u1; s="q"'),
                    (b"Content-Type", b"Application/JSON; charset=utf-8"),
                    (b"Content-Encoding", b"gzip, br"),
                ),
                b"{}",
                trailers=((b"X-Sum", b"t1"),),
            )
        )
    )
    assert found["host"] == b"api.example.com"
    assert found["path"] == b"/v1/867900012345678/x"
    assert found["query:idfa"] == b"A%20B"
    assert found["query"] == b"flag"
    assert found["header:X-Did"] == b"d1"
    assert (found["cookie:uid"], found["cookie:s"]) == (b"u1", b'"q"')
    assert found["body"] == b"{}"
    assert found["trailer:X-Sum"] == b"t1"
    assert "header:Host" not in found and "header:Cookie" not in found


def test_the_body_knows_its_type_and_codings():
    headers = ((b"content-type", b"Application/JSON; charset=utf-8"), (b"Content-Encoding", b"GZIP, br"))
    body = next(p for p in request_parts(request(headers=headers, body=b"x")) if p.location == "body")
    assert (body.media_type, body.encodings) == ("application/json", ("gzip", "br"))


def test_a_body_that_came_in_chunks_stands_for_the_events_own():
    assert by_location(request_parts(request(body=b""), b"later"))["body"] == b"later"


def test_cookies_that_a_response_sets():
    response = Response(
        time=0, status=200, headers=((b"Set-Cookie", b"uid=u1; Path=/; HttpOnly"), (b"ETag", b"e")), body=b"b"
    )
    found = by_location(response_parts(response))
    assert found["cookie:uid"] == b"u1"
    assert found["header:Set-Cookie"] == b"Path=/; HttpOnly"
    assert (found["header:ETag"], found["body"]) == (b"e", b"b")


def test_absolute_targets_and_urls_in_the_query():
    found = by_location(request_parts(request(b"http://api.example.com/p?u=https://x.example/?a=b&c=d")))
    assert (found["path"], found["query:u"], found["query:c"]) == (b"/p", b"https://x.example/?a=b", b"d")


def test_streams_and_names():
    ws = StreamMessage(time=0, protocol="websocket", direction=Direction.REQUEST, index=3, data=b"m")
    tcp = StreamMessage(time=0, protocol="tcp", direction=Direction.REQUEST, index=0, data=b"m")
    assert [p.location for m in (ws, tcp) for p in message_parts(m)] == ["ws[3]", "tcp[0]"]
    dns = DnsMessage(time=0, names=("867900012345678.t.example.com",), answers=(("t.example.com", "TXT", "v"),))
    assert [p.data for p in dns_parts(dns)] == [b"867900012345678.t.example.com", b"t.example.com", b"v"]


_NAME = st.binary(min_size=1, max_size=8).filter(lambda b: b.isalnum())
_VALUE = st.binary(max_size=20).filter(lambda b: b"\r" not in b and b"\n" not in b and b == b.strip())


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=60).filter(lambda b: b"\r" not in b and b"\n" not in b),
    st.lists(st.tuples(_NAME, _VALUE)),
    st.binary(),
)
def test_offsets_are_true_and_nothing_raises(target, headers, body):
    message = request(b"/" + target, (*headers, (b"Cookie", b"; ".join(b"%s=%s" % h for h in headers))), body)
    stored = request_head(message) + body
    for part in request_parts(message):
        if part.length:
            assert stored[part.offset : part.offset + part.length] == part.data
    response = Response(time=0, status=200, reason="OK", headers=tuple(headers), body=body)
    stored = response_head(response) + body
    for part in response_parts(response):
        if part.length:
            assert stored[part.offset : part.offset + part.length] == part.data


def test_every_byte_of_the_query_is_in_some_part():
    query = b"867900012345678=1&=nameless&a=b=c&&abc12345&x=" + b"y" * 9
    found = b"|".join(p.data for p in request_parts(request(b"/?" + query)) if p.location.startswith("query"))
    for text in (b"867900012345678", b"nameless", b"b=c", b"abc12345", b"yyyyyyyyy"):
        assert text in found


def test_floods_of_fields_stay_bounded():
    query = b"&".join(b"p%d=v%d" % (i, i) for i in range(100_000))
    cookies = b"; ".join(b"c%d=v%d" % (i, i) for i in range(100_000))
    headers = ((b"Cookie", cookies), *((b"X-%d" % i, b"v%d" % i) for i in range(5_000)))
    began = time.process_time()
    parts = list(request_parts(request(b"/?" + query, headers)))
    assert len(parts) <= 3 * MAX_FIELDS + 10
    assert time.process_time() - began < 10
    assert b"p99999=v99999" in b"".join(p.data for p in parts if p.location == "query")
    assert b"c99999=v99999" in b"".join(p.data for p in parts if p.location == "header:Cookie")
    assert b"v4999" in b"".join(p.data for p in parts if p.location == "header")


def test_an_mqtt_packet_is_cut_into_its_fields():
    texts = b"".join(map(mqtt_text, (b"c", b"me", b"pw")))
    packet = mqtt_packet(0x10, mqtt_text(b"MQTT") + b"\x04\xc2\x00\x3c" + texts)
    message = StreamMessage(time=0, protocol="mqtt", direction=Direction.REQUEST, index=4, data=packet)
    found = {part.location: part.data for part in message_parts(message)}
    assert found == {"mqtt[4].client_id": b"c", "mqtt[4].username": b"me", "mqtt[4].password": b"pw"}
    assert all(packet[part.offset : part.offset + part.length] == part.data for part in message_parts(message))
    ping = StreamMessage(time=0, protocol="mqtt", direction=Direction.REQUEST, index=5, data=b"\xc0\x00")
    assert [part.location for part in message_parts(ping)] == ["mqtt[5]"]
