"""Digests: single, double, cut, salted, keyed, short."""

from __future__ import annotations

import base64
import hashlib

from bench.detection import encoders as enc
from bench.detection.families.registry import HEXES, family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


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


def _short(name: str, shape: str, tier: str = "extended") -> None:
    @family(f"{name}-{shape}", tier, ("imei", "oaid", "mac"))
    def _(p: Person, n: str, v: str) -> Exchange:
        number = enc.checksum(name, v.encode())
        value = f"{number:08x}" if shape == "hex" else number
        return make((n, f"json {name}", f"body.json:$.{n}_{'crc32' if name == 'crc32' else 'hash'}"),
                    **json_body({f"{n}_{'crc32' if name == 'crc32' else 'hash'}": value}))  # fmt: skip


for _name in ("crc32", "adler32", "mmh3_32"):
    _short(_name, "hex")
    _short(_name, "decimal")


@family("xxh64", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json xxh64", "body.json:$.k"), **json_body({"k": f"{enc.checksum('xxh64', v.encode()):016x}"}))


@family("fnv1a64", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json fnv1a64", "body.json:$.k"), **json_body({"k": f"{enc.fnv1a64(v.encode()):016x}"}))


@family("mmh3_128", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make(
        (n, "json mmh3_128", "body.json:$.k"), **json_body({"k": f"{enc.checksum('mmh3_128', v.encode()):032x}"})
    )


for _name in ("md4", "sha3_224", "sha3_512"):
    _digest(_name, "extended", ("imei", "oaid", "email"))


@family("sha256-truncated", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json sha256[0:16]", "body.json:$.h"), **json_body({"h": enc.bits(v, "sha256")[:16]}))


@family("sha1-truncated", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json sha1[0:20]", "body.json:$.h"), **json_body({"h": enc.bits(v, "sha1")[:20]}))


@family("md5-md5", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json md5 md5", "body.json:$.h"), **json_body({"h": enc.bits(enc.bits(v, "md5"), "md5")}))


@family("sha256-of-raw-md5", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    digest = hashlib.sha256(hashlib.md5(v.encode()).digest()).hexdigest()
    return make((n, "json sha256 md5", "body.json:$.h"), **json_body({"h": digest}))


@family("md5-of-base64", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    digest = hashlib.md5(base64.b64encode(v.encode())).hexdigest()
    return make((n, "json md5 base64", "body.json:$.h"), **json_body({"h": digest}))


@family("sha1-base64-url", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = base64.urlsafe_b64encode(hashlib.sha1(v.encode()).digest()).decode().rstrip("=")
    return make((n, "base64 sha1", "query:k"), method="GET", target=f"/t?k={coded}")


@family("digest-raw-protobuf", "extended", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = enc.pb((1, "h"), (2, hashlib.sha256(v.encode()).digest()), (3, 1))
    return make((n, "protobuf sha256", "body.protobuf:2"), **packed(body))


@family("salted-sha256-separator", "extended", ("imei", "oaid"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json salted-sha256", "body.json:$.h"), **json_body({"h": enc.bits(f"{p.salt}:{v}", "sha256")}))


@family("hmac-md5-known", "extended", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json hmac-md5", "body.json:$.h"), **json_body({"h": enc.keyed(v, p.hmac_key, "md5")}))


@family("hmac-key-in-header", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    key = enc.bits(v + "k", "sha1")[:16]
    digest = enc.keyed(v, key, "sha256")
    return make((n, "json hmac-sha256", "body.json:$.sig"), headers=[("X-App-Key", key)], **json_body({"sig": digest}))


@family("salt-in-query", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    salt = enc.bits(v + "q", "md5")[:10]
    digest = enc.bits(f"{v}_{salt}", "sha1")
    return make((n, "salted-sha1", "query:h"), method="GET", target=f"/t?ts={salt}&h={digest}")


@family("email-local-part", "extended", ("email",) * 3)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json sha256", "body.json:$.h"), **json_body({"h": enc.bits(v.split("@")[0], "sha256")}))


@family("email-lower-digest", "core", ("email", "gmail"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json sha256", "body.json:$.em"), **json_body({"em": enc.bits(v.lower(), "sha256")}))


@family("phone-digests", "core", ("phone",) * 4)
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "json sha256", "body.json:$.ph"), **json_body({"ph": enc.bits(v[1:], "sha256")}))
