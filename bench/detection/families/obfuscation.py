"""Obfuscation and encryption."""

from __future__ import annotations

import base64
import codecs
import gzip
import random

from bench.detection import encoders as enc
from bench.detection.families.registry import family, json_body, make, packed
from bench.detection.person import Person
from bench.detection.traffic import Exchange


@family("rot13", "hard", ("email", "ssid"))
def _(p: Person, n: str, v: str) -> Exchange:

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
    planted = ("android_id", "oaid", "email", "gaid")
    text = "{" + ",".join(f'"{name[0]}":"{p.value(name)}"' for name in planted) + "}"
    labels = [(name, "json base64", "body.json:$.mp") for name in (n, *(other for other in planted if other != n))]
    return make(*labels, **json_body({"mp": enc.substituted(text, p.salt)}))


@family("xor-two-unknown", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "xor", "body"), **packed(enc.xored(f"did {v} os android".encode(), b"\x9d\x31")))


@family("constant-added", "hard", ("oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    body = bytes((b + 7) % 256 for b in f"did {v} os android".encode())
    return make((n, "add", "body"), **packed(body))


def _aes(name: str, mode: str) -> None:
    @family(name, "hard", ("imei", "oaid", "email"))
    def _(p: Person, n: str, v: str) -> Exchange:
        sealed = enc.sealed(mode, p, enc.compact({"id": v, "t": 1}))
        coded = base64.b64encode(sealed).decode()
        algorithm = "des" if mode.startswith("des") else "aes"
        return make((n, f"json base64 {algorithm} json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


for _mode in ("aes-ecb", "aes-gcm", "des-cbc"):
    _aes(_mode, _mode)


@family("aes-raw-body", "hard", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    return make((n, "aes json", "body.json:$.id"), **packed(enc.sealed("aes-cbc", p, enc.compact({"id": v, "t": 1}))))


@family("aes-hex", "hard", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    coded = enc.sealed("aes-cbc", p, enc.compact({"id": v, "t": 1})).hex()
    return make((n, "json hex aes json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("aes-gzip", "hard", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    inner = gzip.compress(enc.compact({"id": v, "t": 1}), mtime=0)
    coded = base64.b64encode(enc.sealed("aes-cbc", p, inner)).decode()
    return make((n, "json base64 aes gzip json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("hooked-unknown-key", "hard", ("imei", "oaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    plain = enc.compact({"id": v, "t": 1})
    sealed = random.Random(p.salt + v).randbytes(len(plain) + 16)
    p.hooked.append({"time": 1763750000, "algorithm": "AES/GCM/NoPadding", "plaintext": plain.decode(),
                     "ciphertext": "hex:" + sealed.hex()})  # fmt: skip
    return make((n, "aes json", "body.json:$.id"), **packed(sealed))


@family("hooked-key", "hard", ("imei", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    rng = random.Random(p.salt + v)
    key, iv = rng.randbytes(32), rng.randbytes(16)
    p.hooked.append({"time": 1763750000, "algorithm": "AES/CBC/PKCS5Padding", "key": "hex:" + key.hex(),
                     "iv": "hex:" + iv.hex()})  # fmt: skip
    coded = base64.b64encode(enc.aes_cbc(key, iv, enc.compact({"id": v, "t": 1}))).decode()
    return make((n, "json base64 aes json", "body.json:$.d.json:$.id"), **json_body({"d": coded}))


@family("substituted-base64-one", "hard", ("oaid", "gaid", "email"))
def _(p: Person, n: str, v: str) -> Exchange:
    text = f'{{"sdk":"4.1.0","did":"{v}","os":"android","model":"PX-8","net":"wifi"}}'
    return make((n, "json base64", "body.json:$.mp"), **json_body({"mp": enc.substituted(text, p.salt + n)}))
