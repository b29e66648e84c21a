"""The families that must not be found: strangers' values, look-alikes, boundaries, placeholders, chance."""

from __future__ import annotations

import base64
import gzip
import random
import uuid
from collections.abc import Callable
from urllib.parse import quote

from bench.detection import encoders as enc
from bench.detection.person import Person, luhn
from bench.detection.traffic import Exchange

Negative = Callable[[random.Random, Person, Person], Exchange]
"""Gets a generator, the person and a stranger."""

NEGATIVES: dict[str, Negative] = {}


def negative(build: Negative) -> Negative:
    """Register a family under the builder's name."""
    NEGATIVES[build.__name__.replace("_", "-")] = build
    return build


def compact_json(value: object, **fields: object) -> Exchange:
    """An exchange whose request body is `value` as JSON, without labels."""
    return Exchange("", "negative", body=enc.compact(value), media="application/json", **fields)  # type: ignore[arg-type]


@negative
def strangers_identifiers(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({n: s.value(n) for n in rng.sample([n for n in s.ids if n not in ("gps", "sms_1")], 5)})


@negative
def strangers_digests(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {n: enc.bits(s.value(n), rng.choice(("md5", "sha1", "sha256"))) for n in ("imei", "oaid", "email")}
    )


@negative
def longer_digit_run(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"order": f"{rng.randrange(1, 9)}{p.value('imei')}{rng.randrange(0, 9)}"})


@negative
def longer_hex_run(rng: random.Random, p: Person, s: Person) -> Exchange:
    digest = enc.bits(p.value("imei"), "md5")
    return compact_json(
        {"sig": rng.choice("abcdef") + digest + "".join(rng.choice("0123456789abcdef") for _ in range(31))}
    )


@negative
def digest_altered(rng: random.Random, p: Person, s: Person) -> Exchange:
    digest, at = enc.bits(p.value("oaid"), "md5"), rng.randrange(32)
    return compact_json({"h": digest[:at] + ("0" if digest[at] != "0" else "1") + digest[at + 1 :]})


@negative
def phone_one_digit_off(rng: random.Random, p: Person, s: Person) -> Exchange:
    value, at = p.value("phone"), rng.randrange(6, 14)
    return compact_json({"phone": value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]})


@negative
def shared_tac(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"imei": luhn(p.value("imei")[:8] + f"{rng.randrange(10**6):06}")})


@negative
def shared_oui(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"mac": p.value("mac")[:8] + "".join(f":{b:02x}" for b in rng.randbytes(3))})


@negative
def shared_mail_domain(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"email": f"support{rng.randrange(99)}@" + p.value("email").split("@")[1]})


@negative
def placeholders(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {"oaid": "00000000-0000-0000-0000-000000000000", "mac": "02:00:00:00:00:00", "imei": "000000000000000"}
    )


@negative
def random_uuids(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({f"id{i}": str(uuid.UUID(int=rng.getrandbits(128), version=4)) for i in range(20)})


@negative
def timestamps(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"ts": [1763750000000 + rng.randrange(10**9) for _ in range(40)], "v": "9.7.1.3"})


@negative
def far_coordinates(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {"lat": round(p.lat + rng.choice((-1, 1)) * rng.uniform(0.2, 3), 5), "lng": round(p.lon + 0.3, 5)}
    )


@negative
def single_coordinate(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"lat": round(p.lat, 5), "zoom": 12, "price": round(rng.uniform(1, 99), 2)})


@negative
def coarse_coordinates(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"lat": round(p.lat), "lng": round(p.lon)})


@negative
def short_geohash(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"gh": enc.geohash(p.lat, p.lon, 4)})


@negative
def random_base64(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"blob": base64.b64encode(rng.randbytes(900)).decode()})


@negative
def random_bytes(rng: random.Random, p: Person, s: Person) -> Exchange:
    return Exchange("", "negative", body=rng.randbytes(4000), media="application/octet-stream")


@negative
def random_protobuf(rng: random.Random, p: Person, s: Person) -> Exchange:
    body = enc.pb(*((i, rng.choice((rng.randbytes(12), rng.getrandbits(50), rng.random()))) for i in range(1, 30)))
    return Exchange("", "negative", body=body, media="application/x-protobuf")


@negative
def random_digests(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({f"h{i}": rng.randbytes(rng.choice((16, 20, 32))).hex() for i in range(60)})


@negative
def gzip_of_strangers(rng: random.Random, p: Person, s: Person) -> Exchange:
    body = gzip.compress(enc.compact({n: v for n, (_, v) in s.ids.items() if n not in ("gps", "sms_1")}), mtime=0)
    return Exchange("", "negative", headers=[("Content-Encoding", "gzip")], body=body, media="application/json")


@negative
def part_of_an_imei(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"tail": p.value("imei")[-6:], "tac": p.value("imei")[:8]})


@negative
def prices_and_ids(rng: random.Random, p: Person, s: Person) -> Exchange:
    rows = [{"sku": rng.randrange(10**11), "price": rng.randrange(10**6) / 100} for _ in range(80)]
    return compact_json({"items": rows})


@negative
def a_page_of_text(rng: random.Random, p: Person, s: Person) -> Exchange:
    words = [rng.choice(("旅行", "酒店", "机票", "open", "close", "user", "device")) for _ in range(600)]
    body = f"<html><body>{' '.join(words)}</body></html>".encode()
    return Exchange("", "negative", method="GET", response=body, response_headers=[("Content-Type", "text/html")])


@negative
def strangers_in_the_query(rng: random.Random, p: Person, s: Person) -> Exchange:
    target = f"/t?imei={s.value('imei')}&mac={quote(s.value('mac'))}&m={enc.bits(s.value('imei'), 'md5')}"
    return Exchange("", "negative", method="GET", target=target)
