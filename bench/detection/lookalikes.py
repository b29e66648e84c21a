"""More that must not be found: one step beside what counts, and traffic that merely looks like it."""

from __future__ import annotations

import base64
import hashlib
import random
import string
import uuid

from bench.detection import encoders as enc
from bench.detection.negatives import compact_json, negative
from bench.detection.person import Person, luhn
from bench.detection.traffic import Exchange


@negative
def mac_one_byte_off(rng: random.Random, p: Person, s: Person) -> Exchange:
    octets = p.value("mac").split(":")
    at = rng.randrange(3, 6)
    octets[at] = f"{int(octets[at], 16) ^ rng.randrange(1, 255):02x}"
    return compact_json({"mac": ":".join(octets), "bare": "".join(octets)})


@negative
def uuid_one_digit_off(rng: random.Random, p: Person, s: Person) -> Exchange:
    value = p.value(rng.choice(("oaid", "gaid")))
    at = rng.choice([i for i, c in enumerate(value) if c != "-"])
    return compact_json({"oaid": value[:at] + ("a" if value[at].lower() != "a" else "b") + value[at + 1 :]})


@negative
def mail_one_letter_off(rng: random.Random, p: Person, s: Person) -> Exchange:
    local, domain = p.value("email").split("@")
    return compact_json({"email": f"{local}{rng.choice(string.ascii_lowercase)}@{domain}", "to": f"x{local}@{domain}"})


@negative
def phone_in_a_longer_number(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {"order": f"2{p.value('phone')[3:]}{rng.randrange(10**6):06}", "n": int(p.value("phone")[3:] + "77")}
    )


@negative
def same_kind_of_message(rng: random.Random, p: Person, s: Person) -> Exchange:
    code = rng.randrange(100000, 999999)
    return compact_json({"sms": f"【旅行】您的验证码是{code}，五分钟内有效，请勿告诉他人，{rng.randbytes(4).hex()}"})


@negative
def strangers_salted(rng: random.Random, p: Person, s: Person) -> Exchange:
    nonce = rng.randbytes(6).hex()
    return compact_json({"nonce": nonce, "sign": enc.bits(nonce + s.value("imei"), "md5"), "ts": 1763750000})


@negative
def signature_of_the_request(rng: random.Random, p: Person, s: Person) -> Exchange:
    body = {"app_key": rng.randbytes(8).hex(), "ts": 1763750000 + rng.randrange(9999), "v": "3.1"}
    text = "&".join(f"{k}={v}" for k, v in sorted(body.items())) + "secret"
    return compact_json({**body, "sign": hashlib.md5(text.encode()).hexdigest()})


@negative
def substituted_base64_of_strangers(rng: random.Random, p: Person, s: Person) -> Exchange:
    text = f'{{"a":"{s.value("android_id")}","o":"{s.value("oaid")}","e":"{s.value("email")}","g":"{s.value("gaid")}"}}'
    return compact_json({"mp": enc.substituted(text, str(rng.random()))})


@negative
def random_symbols_like_base64(rng: random.Random, p: Person, s: Person) -> Exchange:
    symbols = string.ascii_letters + string.digits + "-_"
    return compact_json({"token": "".join(rng.choice(symbols) for _ in range(rng.randrange(200, 1200)))})


@negative
def xored_strangers(rng: random.Random, p: Person, s: Person) -> Exchange:
    body = enc.xored(enc.compact({"imei": s.value("imei"), "oaid": s.value("oaid")}), bytes([rng.randrange(1, 256)]))
    return Exchange("", "negative", body=body, media="application/octet-stream")


@negative
def strangers_crc_under_a_naming_key(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {"imei_crc32": f"{enc.checksum('crc32', s.value('imei').encode()):08x}", "did": rng.randrange(2**32)}
    )


@negative
def another_street(rng: random.Random, p: Person, s: Person) -> Exchange:
    lat, lon = p.lat + rng.choice((-1, 1)) * rng.uniform(0.02, 0.04), p.lon + rng.uniform(0.02, 0.04)
    return compact_json({"lat": round(lat, 6), "lng": round(lon, 6), "poi": "bank"})


@negative
def shops_around_the_city(rng: random.Random, p: Person, s: Person) -> Exchange:
    shops = [
        {"id": i, "location": f"{p.lon + rng.uniform(0.02, 0.2):.6f},{p.lat - rng.uniform(0.02, 0.2):.6f}"}
        for i in range(25)
    ]
    return Exchange("", "negative", method="GET", response=enc.compact({"shops": shops}))


@negative
def prices_like_coordinates(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json(
        {"price": round(p.lat, 2), "total": round(p.lon, 2), "rate": [round(rng.uniform(0, 200), 3) for _ in range(30)]}
    )


@negative
def surname_only(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({"name": p.value("person_name")[:2], "title": f"{p.value('contact_0_name')[:2]}先生"})


@negative
def a_script(rng: random.Random, p: Person, s: Person) -> Exchange:
    names = [f"function {rng.choice('abcdef')}{i}(e,t){{return e[{i}]^t>>>{rng.randrange(31)}}}" for i in range(300)]
    head = [("Content-Type", "application/javascript")]
    return Exchange("", "negative", method="GET", response=";".join(names).encode(), response_headers=head)


@negative
def pictures_in_base64(rng: random.Random, p: Person, s: Person) -> Exchange:
    data = b"\x89PNG\r\n\x1a\n" + rng.randbytes(3000)
    return compact_json({"img": "data:image/png;base64," + base64.b64encode(data).decode()})


@negative
def uuids_without_dashes(rng: random.Random, p: Person, s: Person) -> Exchange:
    return compact_json({f"trace{i}": uuid.UUID(int=rng.getrandbits(128), version=4).hex for i in range(20)})


@negative
def bodies_of_one_letter(rng: random.Random, p: Person, s: Person) -> Exchange:
    return Exchange(
        "", "negative", body=rng.choice(b"a0\x00f").to_bytes(1, "big") * 5000, media="application/octet-stream"
    )


@negative
def imei_with_another_check_digit(rng: random.Random, p: Person, s: Person) -> Exchange:
    value = p.value("imei")
    return compact_json({"ids": [luhn(value[:13] + str((int(value[13]) + k) % 10)) for k in (1, 4, 7)]})


@negative
def times_and_versions(rng: random.Random, p: Person, s: Person) -> Exchange:
    stamps = {
        f"t{i}": f"2026-0{rng.randrange(1, 10)}-1{rng.randrange(10)}T10:{rng.randrange(10, 60)}:00.{rng.randrange(999):03}Z"
        for i in range(20)
    }
    return compact_json(
        {**stamps, "build": f"{rng.randrange(10)}.{rng.randrange(30)}.{rng.randrange(9999)}.{rng.randrange(99999999)}"}
    )


@negative
def packed_numbers(rng: random.Random, p: Person, s: Person) -> Exchange:
    packed = b"".join(enc.varint(rng.getrandbits(rng.choice((20, 40, 49)))) for _ in range(200))
    return Exchange("", "negative", body=enc.pb((1, "m"), (2, packed)), media="application/x-protobuf")
