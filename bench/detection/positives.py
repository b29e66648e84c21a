"""The families that must be found: carriers, forms, encodings, digests, binary containers, obfuscation, location."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import plistlib
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import quote

import brotlicffi
import cbor2
import lz4.frame
import msgpack
import zstandard

from bench.detection import encoders as enc
from bench.detection.person import Person
from bench.detection.traffic import Exchange, Family, Label

JSON, FORM, BINARY = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
TEXTS = ("imei", "android_id", "oaid", "gaid", "idfa", "mac", "phone", "email", "serial", "imsi")
HEXES = ("imei", "android_id", "oaid", "idfa", "mac", "email")
FAMILIES: list[Family] = []


def family(
    name: str, tier: str, names: tuple[str, ...] = TEXTS
) -> Callable[[Callable[..., Exchange]], Callable[..., Exchange]]:
    """Register a builder as a family; it gets the person and the identifier's name, and labels what it plants."""

    def register(build: Callable[..., Exchange]) -> Callable[..., Exchange]:
        def labelled(person: Person, identifier: str) -> Exchange:
            exchange: Exchange = build(person, identifier, person.value(identifier))
            exchange.family, exchange.tier = name, tier
            return exchange

        FAMILIES.append(Family(name, tier, labelled, names))
        return build

    return register


def make(*labels: tuple[str, str, str], **fields: object) -> Exchange:
    """An exchange with labels (identifier, chain as words, location)."""
    direction = str(fields.pop("direction", "request"))
    planted = [Label(i, tuple(c.split()), location, direction) for i, c, location in labels]
    return Exchange("", "", planted, **fields)  # type: ignore[arg-type]  # the fields of Exchange


def json_body(value: object) -> dict[str, object]:
    return {"body": enc.compact(value), "media": JSON}


def packed(data: bytes) -> dict[str, object]:
    return {"body": data, "media": BINARY}


# -- carriers ------------------------------------------------------------------------------------------------------------


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
    return make((n, "json", "ws[1].json:$.d.id"), method="GET", target="/ws", messages=messages)


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


# -- text layers and encodings --------------------------------------------------------------------------------------------


@family("percent-double", "core", ("mac", "phone", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "query:did"), method="GET", target=f"/t?did={quote(quote(v, safe=''), safe='')}")


@family("base64", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json base64", "body.json:$.d"), **json_body({"d": base64.b64encode(v.encode()).decode()}))


@family("base64-json", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.compact({"id": v, "t": 1})).decode()
    return make(
        (n, "form base64 json", "body.form:data.json:$.id"), body=f"data={quote(coded)}&v=1".encode(), media=FORM
    )


@family("base64-url-unpadded", "core", ("oaid", "email", "phone", "mac"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.urlsafe_b64encode(enc.compact({"k": v})).decode().rstrip("=")
    return make((n, "base64 json", "query:p.json:$.k"), method="GET", target=f"/t?p={coded}")


@family("base64-twice", "core", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(base64.b64encode(v.encode())).decode()
    return make((n, "json base64 base64", "body.json:$.d"), **json_body({"d": coded}))


@family("base64-wrapped", "extended", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.encodebytes(b"pad " * 30 + v.encode() + b" pad" * 30)
    return make((n, "base64", "body"), body=coded, media="text/plain")


@family("hex", "core", HEXES)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json hex", "body.json:$.d"), **json_body({"d": v.encode().hex()}))


@family("hex-upper", "core", HEXES)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "hex", "query:d"), method="GET", target=f"/t?d={v.encode().hex().upper()}")


@family("hex-separated", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json hex", "body.json:$.d"), **json_body({"d": v.encode().hex(":")}))


@family("base32", "extended", ("imei", "oaid", "email", "mac"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json base32", "body.json:$.d"), **json_body({"d": base64.b32encode(v.encode()).decode()}))


@family("base58", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json base58", "body.json:$.d"), **json_body({"d": enc.positional(v.encode(), enc.BASE58)}))


@family("base62", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json base62", "body.json:$.d"), **json_body({"d": enc.positional(v.encode(), enc.BASE62)}))


@family("base85", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json base85", "body.json:$.d"), **json_body({"d": base64.b85encode(v.encode()).decode()}))


@family("ascii85", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json ascii85", "body.json:$.d"), **json_body({"d": base64.a85encode(v.encode()).decode()}))


@family("unicode-escape", "extended", ("person_name", "email", "contact_0_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    escaped = "".join(f"\\\\u{ord(c):04x}" for c in v)
    return make((n, "json", "body.json:$.name"), body=f'{{"name":"{escaped}"}}'.encode(), media=JSON)


@family("hex-escape", "extended", ("email", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make(
        (n, "", "body"), body=("x='" + "".join(f"\\x{b:02x}" for b in v.encode()) + "'").encode(), media="text/plain"
    )


@family("entity", "extended", ("email", "person_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.v"), **json_body({"v": "".join(f"&#{ord(c)};" for c in v)}))


@family("quoted-printable", "extended", ("person_name", "contact_0_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"name=" + quopri.encodestring(v.encode()).rstrip()
    return make((n, "", "body"), body=body, media="text/plain")


@family("utf-16le", "extended", ("oaid", "email", "person_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "utf-16le", "body"), body=f"device {v} seen".encode("utf-16-le"), media=BINARY)


@family("gbk", "extended", ("person_name", "contact_0_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"name=" + v.encode("gbk") + "&city=杭州".encode("gbk")
    return make((n, "form gbk", "body.form:name"), body=body, media=FORM)


# -- compression ----------------------------------------------------------------------------------------------------------


def _compressed(name: str, tier: str, header: str, pack: Callable[[bytes], bytes]) -> None:
    @family(name, tier, ("imei", "oaid", "email", "mac"))
    def _(p: Person, n: str, v: str) -> Exchange:
        headers = [("Content-Encoding", header)] if header else []
        body = pack(enc.compact({"id": v, "pad": "x" * 60}))
        chain = f"{name.split('-')[0]} json"
        return make((n, chain, "body.json:$.id"), headers=headers, body=body, media=JSON if header else BINARY)


_compressed("gzip", "core", "gzip", lambda d: gzip.compress(d, mtime=0))
_compressed("gzip-unannounced", "core", "", lambda d: gzip.compress(d, mtime=0))
_compressed("zlib-unannounced", "core", "", zlib.compress)
_compressed("deflate", "core", "deflate", enc.deflate)
_compressed("brotli", "core", "br", brotlicffi.compress)
_compressed("zstd", "core", "zstd", lambda d: zstandard.ZstdCompressor().compress(d))
_compressed("zstd-unannounced", "extended", "", lambda d: zstandard.ZstdCompressor().compress(d))
_compressed("lz4", "extended", "", lambda d: lz4.frame.compress(d))
_compressed("brotli-unannounced", "hard", "", brotlicffi.compress)
_compressed("gzip-after-rubbish", "extended", "", lambda d: b"\x00\x01HDR\x07" + gzip.compress(d, mtime=0))


@family("zip", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.zipped("log.txt", f"device {v} started".encode() * 3)
    return make((n, "zip", "body.zip:log.txt"), **packed(body))


@family("gzip-base64", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(gzip.compress(enc.compact({"id": v}), mtime=0)).decode()
    return make((n, "json base64 gzip json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


# -- binary containers ----------------------------------------------------------------------------------------------------


@family("protobuf", "core")
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, 7), (2, enc.pb((1, "android"), (3, v))), (4, 1763750000))
    return make((n, "protobuf", "body.protobuf:2.3"), body=body, media="application/x-protobuf")


@family("protobuf-varint", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "protobuf varint", "body.protobuf:5"), **packed(enc.pb((1, "a"), (5, int(v)), (6, "zz"))))


@family("protobuf-fixed64", "extended", ("imei", "imsi"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "protobuf fixed64", "body.protobuf:5"), **packed(enc.pb((1, "a"), (5, ("f", int(v))), (6, "zz"))))


@family("grpc", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    message = enc.pb((1, v), (2, 9))
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    return make((n, "grpc protobuf", "body.grpc[0].protobuf:1"), body=body, media="application/grpc")


@family("msgpack", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = msgpack.packb({"e": [1, {"id": v}]})
    return make((n, "msgpack", "body.msgpack:$.e[1].id"), body=body, media="application/msgpack")


@family("cbor", "extended", ("oaid", "imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = cbor2.dumps({"e": [1, {"id": v}]})
    return make((n, "cbor", "body.cbor:$.e[1].id"), body=body, media="application/cbor")


@family("java-serialised", "extended", ("oaid", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"\xac\xed\x00\x05t" + len(v).to_bytes(2, "big") + v.encode()
    return make((n, "java", ""), **packed(body))


# -- digests --------------------------------------------------------------------------------------------------------------


def _digest(name: str, tier: str, names: tuple[str, ...] = HEXES, upper: bool = False) -> None:
    @family(name + ("-upper" if upper else ""), tier, names)
    def _(p: Person, n: str, v: str) -> Exchange:
        digest = enc.bits(v, name)
        value = digest.upper() if upper else digest
        return make((n, f"json {name}", "body.json:$.h"), **json_body({"h": value, "n": 5}))


for _name in ("md5", "sha1", "sha256"):
    _digest(_name, "core")
    _digest(_name, "core", HEXES, True)
for _name in ("sha224", "sha384", "sha512", "sha3_256", "blake2b", "blake2s", "ripemd160", "sm3"):
    _digest(_name, "extended", ("imei", "oaid", "email"))


@family("md5-of-upper", "core", ("android_id", "oaid", "mac"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json md5", "body.json:$.h"), **json_body({"h": enc.bits(v.upper(), "md5")}))


@family("md5-no-separators", "core", ("mac", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    plain = v.replace(":", "").replace("-", "")
    return make((n, "md5", "query:m"), method="GET", target=f"/t?m={enc.bits(plain, 'md5')}")


@family("md5-truncated", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json md5[8:24]", "body.json:$.h"), **json_body({"h": enc.bits(v, "md5")[8:24]}))


@family("digest-of-digest", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json md5 sha1", "body.json:$.h"), **json_body({"h": enc.bits(enc.bits(v, "sha1"), "md5")}))


@family("digest-raw-base64", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(hashlib.sha256(v.encode()).digest()).decode()
    return make((n, "json base64 sha256", "body.json:$.h"), **json_body({"h": coded}))


@family("salted-known", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json salted-md5", "body.json:$.h"), **json_body({"h": enc.bits(v + p.salt, "md5")}))


@family("hmac-known", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json hmac-sha256", "body.json:$.h"), **json_body({"h": enc.keyed(v, p.hmac_key, "sha256")}))


@family("salt-in-flow", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    nonce = enc.bits(v + "n", "sha1")[:12]
    digest = enc.bits(nonce + v, "md5")
    return make((n, "json salted-md5", "body.json:$.h"), **json_body({"nonce": nonce, "h": digest}))


# -- forms ----------------------------------------------------------------------------------------------------------------


def _form(name: str, tier: str, identifier: str, shape: Callable[[str], str]) -> None:
    @family(name, tier, (identifier,) * 4)
    def _(p: Person, n: str, v: str) -> Exchange:
        return make((n, "json", "body.json:$.v"), **json_body({"v": shape(v), "k": 1}))


_form("mac-no-separators", "core", "mac", lambda v: v.replace(":", ""))
_form("mac-upper-dashes", "core", "mac", lambda v: v.replace(":", "-").upper())
_form("mac-dots", "extended", "mac", lambda v: ".".join(v.replace(":", "")[i : i + 4] for i in (0, 4, 8)))
_form("uuid-no-dashes", "core", "oaid", lambda v: v.replace("-", ""))
_form("uuid-braces-upper", "extended", "gaid", lambda v: "{" + v.upper() + "}")
_form("phone-national", "core", "phone", lambda v: v[3:])
_form("phone-0086", "extended", "phone", lambda v: "00" + v[1:])
_form("phone-spaces", "extended", "phone", lambda v: f"+86 {v[3:6]} {v[6:10]} {v[10:]}")
_form("imei-14", "extended", "imei", lambda v: v[:14])
_form("imei-dashes", "extended", "imei", lambda v: f"{v[:2]}-{v[2:8]}-{v[8:14]}-{v[14]}")
_form("iccid-f", "extended", "iccid", lambda v: v + "F")
_form("email-upper", "core", "email", str.upper)
_form("meid-lower", "extended", "meid", str.lower)
_form("sms-piece", "extended", "sms_1", lambda v: v[4:])


@family("contacts", "core", ("contact_0_name", "contact_1_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    people = [{"name": p.value(f"contact_{i}_name"), "tel": p.value(f"contact_{i}_phone")} for i in range(4)]
    labels = [
        (f"contact_{i}_{k}", "json", f"body.json:$.list[{i}].{key}")
        for i in range(4)
        for k, key in (("name", "name"), ("phone", "tel"))
    ]
    return make(*labels, **json_body({"list": people}))


# -- location -------------------------------------------------------------------------------------------------------------

GPS = ("gps",) * 6


@family("gps-pair", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "", "query:loc"), method="GET", target=f"/w?loc={p.lat:.5f},{p.lon:.5f}&k=1")


@family("gps-fields", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json", "body.json:$.lat"), **json_body({"lat": round(p.lat, 5), "lng": round(p.lon, 5)}))


@family("gps-gcj02", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    lat, lon = enc.gcj02(p.lat, p.lon)
    return make((n, "gcj02", "query:location"), method="GET", target=f"/v3/regeo?location={lon:.6f},{lat:.6f}")


@family("gps-bd09", "core", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    lat, lon = enc.bd09(p.lat, p.lon)
    return make((n, "json bd09", "body.json:$.y"), **json_body({"y": f"{lat:.6f}", "x": f"{lon:.6f}"}))


@family("gps-e6", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json e6", "body.json:$.lat"), **json_body({"lat": round(p.lat * 1e6), "lon": round(p.lon * 1e6)}))


@family("gps-doubles", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, "loc"), (2, p.lat), (3, p.lon))
    return make((n, "protobuf double", "body.protobuf:2"), **packed(body))


@family("gps-geohash", "extended", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json geohash", "body.json:$.gh"), **json_body({"gh": enc.geohash(p.lat, p.lon, 9)}))


@family("gps-dms", "hard", GPS)
def _(p: Person, n: str, v: str) -> Exchange:
    text = f"{enc.dms(p.lat, 'N', 'S')} {enc.dms(p.lon, 'E', 'W')}"
    return make((n, "json dms", "body.json:$.place"), **json_body({"place": text}))


# -- obfuscation ----------------------------------------------------------------------------------------------------------


@family("rot13", "hard", ("email", "ssid"))
def _(p: Person, n: str, v: str) -> Exchange:
    import codecs

    return make((n, "json rot13", "body.json:$.d"), **json_body({"d": codecs.encode(v, "rot13")}))


@family("reversed", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json reverse", "body.json:$.d"), **json_body({"d": v[::-1]}))


@family("xor-one-byte", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "xor", "body"), **packed(enc.xored(f"did {v} os android".encode(), b"\x5a")))


@family("xor-known-key", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make(
        (n, "xor json", "body.json:$.id"), **packed(enc.xored(enc.compact({"id": v, "os": "android"}), p.xor_key))
    )


@family("xor-four-unknown", "hard", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "xor", "body"), **packed(enc.xored(f"did {v} os android".encode(), b"\x13\xa7\x5e\xc9")))


@family("xor-base64", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.xored(f"did {v} os android".encode(), b"\x77")).decode()
    return make((n, "json base64 xor", "body.json:$.d"), **json_body({"d": coded}))


@family("aes-cbc", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    from Crypto.Cipher import AES
    from Crypto.Util.Padding import pad

    sealed = AES.new(p.aes_key, AES.MODE_CBC, p.aes_iv).encrypt(pad(enc.compact({"id": v, "t": 1}), 16))
    coded = base64.b64encode(sealed).decode()
    return make((n, "json base64 aes json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("rc4", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    from Crypto.Cipher import ARC4

    coded = base64.b64encode(ARC4.new(p.rc4_key).encrypt(enc.compact({"id": v, "t": 1}))).decode()
    return make((n, "json base64 rc4 json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("substituted-base64", "hard", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    import random
    import string

    plain = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    shuffled = list(plain)
    random.Random(p.salt).shuffle(shuffled)
    text = f'{{"a":"{p.value("android_id")}","o":"{p.value("oaid")}","e":"{p.value("email")}","g":"{p.value("gaid")}"}}'
    coded = base64.b64encode(text.encode()).decode().rstrip("=").translate(str.maketrans(plain, "".join(shuffled)))
    return make((n, "json base64", "body.json:$.mp"), **json_body({"mp": coded}))
