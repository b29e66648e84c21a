"""Text layers and encodings."""

from __future__ import annotations

import base64
import quopri
from urllib.parse import quote

from bench.detection import encoders as enc
from bench.detection.families.registry import BINARY, FORM, HEXES, JSON, family, json_body, make
from bench.detection.person import Person
from bench.detection.traffic import Exchange


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


@family("percent-partial", "extended", ("oaid", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    mixed = "".join(f"%{ord(c):02x}" if i % 4 == 1 else c for i, c in enumerate(v))
    return make((n, "", "query:d"), method="GET", target=f"/t?d={mixed}")


@family("utf-16be", "extended", ("email", "person_name"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "utf-16be", "body"), body=f"device {v} seen".encode("utf-16-be"), media=BINARY)


@family("hex-prefixed", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json hex", "body.json:$.d"), **json_body({"d": "0x" + v.encode().hex()}))


@family("base64-alignments", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    lead = "ab"[: len(v) % 3]
    coded = base64.b64encode(f"{lead}dev={v};os=android;build=42".encode()).decode()
    return make((n, "json base64", "body.json:$.d"), **json_body({"d": coded}))


@family("base64-twice-alignments", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    inner = base64.b64encode(f"x{v}y".encode()).decode()
    coded = base64.b64encode(f"p={inner}&z=1".encode()).decode()
    return make((n, "json base64 form base64", ""), **json_body({"d": coded}))


@family("base64-hex", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b64encode(enc.compact({"id": v})).hex()
    return make((n, "json hex base64 json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("base64-line-escaped", "extended", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.encodebytes(enc.compact({"id": v, "pad": "y" * 80})).decode()
    return make((n, "json base64 json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("base32-unpadded-lower", "extended", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.b32encode(v.encode()).decode().rstrip("=").lower()
    return make((n, "json base32", "body.json:$.d"), **json_body({"d": coded}))


@family("entity-in-page", "extended", ("email",))
def _(p: Person, n: str, v: str) -> Exchange:
    page = f"<html><body><p>{''.join(f'&#x{ord(c):x};' for c in v)}</p></body></html>".encode()
    return make((n, "", ""), method="GET", response=page, direction="response",
                response_headers=[("Content-Type", "text/html")])  # fmt: skip


@family("quoted-printable-form", "extended", ("person_name", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = b"Subject: x\n\nto: " + quopri.encodestring((v + "\u00e9").encode(), quotetabs=True)
    return make((n, "", "body"), body=body, media="text/plain")


@family("base64-known-alphabet", "hard", ("oaid", "email", "imei"))
def _(p: Person, n: str, v: str) -> Exchange:
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    coded = base64.b64encode(enc.compact({"id": v, "os": "android"})).decode().rstrip("=")
    return make(
        (n, "json base64 json", "body.json:$.d.json:$.id"),
        **json_body({"d": coded.translate(str.maketrans(plain, other))}),
    )
