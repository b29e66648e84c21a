"""Carriers: where in a message an identifier may stand as it is."""

from __future__ import annotations

import base64
import gzip
import html
import plistlib
from urllib.parse import quote

from bench.detection import encoders as enc
from bench.detection.families.registry import FORM, JSON, family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


@family("query", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "query:did"), method="GET", target=f"/t?a=1&did={quote(v, safe='')}&z=2")


@family("path", "core", ("imei", "android_id", "oaid", "gaid", "serial"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "path"), method="GET", target=f"/v1/device/{v}/config")


@family("header", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "header:X-Did"), headers=[("X-Did", v)], **json_body({"a": 1}))


@family("user-agent", "core", ("imei", "android_id", "oaid", "serial"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "header:User-Agent"), headers=[("User-Agent", f"Shop/3.1 (Android 14; id={v}; zh)")])


@family("authorization", "core", ("email", "phone", "android_id"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(f"{v}:x".encode()).decode()
    return make((n, "base64", "header:Authorization"), headers=[("Authorization", f"Basic {coded}")])


@family("cookie", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "cookie:uid"), headers=[("Cookie", f"s=1; uid={quote(v, safe='')}; t=2")])


@family("set-cookie", "core", ("android_id", "oaid", "phone"))
def _(p: Person, n: str, v: str) -> Exchange:
    cookie = [("Set-Cookie", f"uid={quote(v)}; Path=/; Secure")]
    return make((n, "", "cookie:uid"), response_headers=cookie, direction="response")


@family("form", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "form", "body.form:did"), body=f"a=1&did={quote(v, safe='')}&b=2".encode(), media=FORM)


@family("json", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.device.id"), **json_body({"device": {"id": v, "os": "android"}, "ts": 1763}))


@family("json-deep", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.a[1].b.c[0].d"), **json_body({"a": [0, {"b": {"c": [{"d": v}]}}]}))


@family("json-in-json", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    inner = enc.compact({"id": v}).decode()
    return make((n, "json json", "body.json:$.ext.json:$.id"), **json_body({"ext": inner, "v": 2}))


@family("json-response", "core", ("phone", "email", "android_id"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.user.v"), response=enc.compact({"user": {"v": v}}), direction="response")


@family("multipart", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    part = '--xXx\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = part.format("a", "1") + part.format("did", v) + "--xXx--\r\n"
    return make((n, "multipart", "body.multipart:did"), body=body.encode(), media="multipart/form-data; boundary=xXx")


@family("websocket", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    messages = [("send", enc.compact({"op": 1}), True), ("send", enc.compact({"op": 2, "d": {"id": v}}), True)]
    return make((n, "websocket json", "ws[1].json:$.d.id"), method="GET", target="/ws", messages=messages)


@family("host", "extended", ("android_id", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "host"), method="GET", host=f"{v}.track.example", target="/")


@family("referer", "extended", ("oaid", "android_id", "phone"))
def _(p: Person, n: str, v: str) -> Exchange:
    headers = [("Referer", f"https://m.example/p?x=1#did={quote(v)}")]
    return make((n, "", "header:Referer"), method="GET", headers=headers)


@family("xml", "extended", ("imei", "oaid", "email", "phone"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = f'<?xml version="1.0"?><r><dev os="a"><id>{html.escape(v)}</id></dev></r>'
    return make((n, "xml", "body.xml:/r/dev/id"), body=body.encode(), media="application/xml")


@family("xml-attribute", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = f'<r><dev id="{html.escape(v)}"/></r>'
    return make((n, "xml", "body.xml:/r/dev@id"), body=body.encode(), media="text/xml")


@family("plist", "extended", ("idfa", "idfv", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "plist", "body.plist:did"), body=plistlib.dumps({"did": v}), media="application/x-plist")


@family("bplist", "extended", ("idfa", "idfv", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "bplist", "body.bplist:did"), **packed(plistlib.dumps({"did": v, "n": 3}, fmt=plistlib.FMT_BINARY)))


@family("graphql", "extended", ("email", "phone", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    query = "mutation R($id: String!) { register(id: $id) { ok } }"
    body = {"operationName": "R", "query": query, "variables": {"id": v}}
    return make((n, "graphql", "body.graphql:variables.id"), **json_body(body))


@family("ndjson", "extended", ("oaid", "android_id", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"\n".join(enc.compact(x) for x in ({"e": 1}, {"e": 2, "id": v}, {"e": 3}))
    return make((n, "ndjson", "body.ndjson[1]:$.id"), body=body, media="application/x-ndjson")


@family("jwt", "extended", ("email", "phone", "android_id"))
def _(p: Person, n: str, v: str) -> Exchange:
    halves = [enc.compact({"alg": "HS256", "typ": "JWT"}), enc.compact({"sub": v, "iat": 1763750000})]
    text = ".".join(base64.urlsafe_b64encode(h).decode().rstrip("=") for h in halves) + ".c2lnbmF0dXJlLWJ5dGVz"
    return make(
        (n, "jwt json", "header:Authorization.jwt:payload.json:$.sub"), headers=[("Authorization", f"Bearer {text}")]
    )


@family("csv", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = f"time,event,device\r\n1,open,x\r\n2,close,{v}\r\n".encode()
    return make((n, "csv", "body.csv:device"), body=body, media="text/csv")


@family("vcard", "extended", ("phone", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    key = "TEL" if n == "phone" else "EMAIL"
    body = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n{key}:{v}\r\nEND:VCARD\r\n".encode()
    return make((n, "vcard", f"body.vcard:{key}"), body=body, media="text/vcard")


@family("json-escapes", "core", ("email", "mac", "person_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    escaped = "".join(f"\\u{ord(c):04x}" if i % 3 == 0 or ord(c) > 127 else c for i, c in enumerate(v))
    return make((n, "json", "body.json:$.v"), body=f'{{"v":"{escaped}","u":"a\\/b"}}'.encode(), media=JSON)


@family("jsonp", "extended", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"cb_17(" + enc.compact({"id": v}) + b");"
    return make(
        (n, "json", "body.json:$.id"), method="GET", response=body, direction="response",
        response_headers=[("Content-Type", "application/javascript")],
    )  # fmt: skip


@family("xml-cdata", "extended", ("email", "person_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "xml", "body.xml:/r/id"), body=f"<r><id><![CDATA[{v}]]></id></r>".encode(), media="text/xml")


@family("graphql-inline", "extended", ("email", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = {"query": f'mutation {{ register(id: "{v}", ok: true) {{ ok }} }}'}
    return make((n, "graphql", ""), **json_body(body))


@family("multipart-file-name", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = f'--q\r\nContent-Disposition: form-data; name="f"; filename="log_{v}.txt"\r\n\r\nhello\r\n--q--\r\n'
    return make((n, "multipart", ""), body=body.encode(), media="multipart/form-data; boundary=q")


@family("multipart-gzip-file", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    head = b'--q\r\nContent-Disposition: form-data; name="f"; filename="a.gz"\r\nContent-Type: application/gzip\r\n\r\n'
    body = head + gzip.compress(enc.compact({"id": v}), mtime=0) + b"\r\n--q--\r\n"
    chain, place = "multipart gzip json", "body.multipart:f.json:$.id"
    return make((n, chain, place), body=body, media="multipart/form-data; boundary=q")


@family("cookie-json", "extended", ("oaid", "android_id"))
def _(p: Person, n: str, v: str) -> Exchange:
    cookie = quote(enc.compact({"did": v}).decode())
    return make((n, "json", "cookie:st.json:$.did"), method="GET", headers=[("Cookie", f"st={cookie}; z=1")])


@family("header-base64-json", "extended", ("imei", "email", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.compact({"device": {"id": v}})).decode()
    return make((n, "base64 json", "header:X-Info.json:$.device.id"), method="GET", headers=[("X-Info", coded)])


@family("server-sent-events", "extended", ("oaid", "email", "phone"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"event: hi\ndata: {}\n\nid: 7\ndata: " + enc.compact({"id": v}) + b"\n\n"
    return make(
        (n, "json", "body.sse[1].json:$.id"), method="GET", response=body, direction="response",
        response_headers=[("Content-Type", "text/event-stream")],
    )  # fmt: skip


@family("socket.io", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    packet = b'42["register",' + enc.compact({"id": v}) + b"]"
    return make(
        (n, "websocket json", "ws[0].socketio.json:$[1].id"),
        method="GET",
        target="/socket.io/",
        messages=[("send", packet, True)],
    )


@family("websocket-binary", "extended", ("oaid", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    data = enc.pb((1, 3), (2, enc.pb((4, v))))
    return make(
        (n, "websocket protobuf", "ws[0].protobuf:2.4"), method="GET", target="/ws", messages=[("send", data, False)]
    )


@family("icalendar", "extended", ("email", "phone"))
def _(p: Person, n: str, v: str) -> Exchange:
    line = f"ORGANIZER:mailto:{v}" if n == "email" else f"CONTACT:{v}"
    body = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{line}\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()
    return make((n, "ical", f"body.ical:{line.split(':')[0]}"), body=body, media="text/calendar")


@family("dns-label", "extended", ("mac", "oaid", "serial"))
def _(p: Person, n: str, v: str) -> Exchange:
    label = v.replace(":", "").replace("-", "").lower()
    return make((n, "", "host"), method="GET", host=f"x.{label}.t.metrics.example", target="/")


@family("path-segment-of-query", "extended", ("oaid", "android_id"))
def _(p: Person, n: str, v: str) -> Exchange:
    inner = quote(f"https://a.example/r?did={v}&x=1", safe="")
    return make((n, "", ""), method="GET", target=f"/go?to={inner}")


@family("bearer-json-header", "extended", ("phone", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "header:X-User.json:$.u"), headers=[("X-User", enc.compact({"u": v}).decode())])


@family("form-json", "core", ("imei", "oaid", "mac", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = f"v=2&data={quote(enc.compact({'dev': {'id': v}}).decode(), safe='')}".encode()
    return make((n, "form json", "body.form:data.json:$.dev.id"), body=body, media=FORM)
