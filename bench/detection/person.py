"""The test device and its user, made up by seed: every identifier of the profile, and a stranger for the negatives."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

SURNAMES = ("欧阳", "诸葛", "司马", "上官", "慕容", "夏侯", "皇甫", "尉迟", "公孙", "令狐", "宇文", "长孙")
GIVEN = tuple("晓明思志若建雨浩静子文雅俊丽海峰婷宁嘉睿琪远强曦国桐然怡轩雯")
PLACES = ((30.2741, 120.1551), (31.2304, 121.4737), (39.9042, 116.4074), (22.5431, 114.0579), (29.5630, 106.5516))


def luhn(digits: str) -> str:
    """The digits with their Luhn check digit."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def id_card(head: str, rng: random.Random) -> str:
    """A Chinese ID number: province, birth date, serial, check digit (GB 11643-1999)."""
    digits = f"{head}{rng.randrange(1000):03}"
    total = sum(
        int(char) * weight for char, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    )
    return digits + "10X98765432"[total % 11]


@dataclass
class Person:
    """One device and user. `ids` maps the profile's names to (type, value)."""

    rng: random.Random
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    salt: str = ""
    hmac_key: str = ""
    xor_key: bytes = b""
    aes_key: bytes = b""
    aes_iv: bytes = b""
    rc4_key: bytes = b""
    ecb_key: bytes = b""
    gcm_key: bytes = b""
    des_key: bytes = b""
    hooked: list[dict[str, Any]] = field(default_factory=list)
    """The lines of the hook log, as builders write them."""

    def __post_init__(self) -> None:
        rng = self.rng
        hexes = "0123456789abcdef"
        guid = lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4))  # noqa: E731  # used ten times below
        word = lambda n: "".join(rng.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(n))  # noqa: E731  # the same
        mac = lambda: ":".join(f"{b:02x}" for b in [rng.choice((0xA4, 0x3C, 0x8C)), *rng.randbytes(5)])  # noqa: E731
        name = lambda: rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 3))  # noqa: E731  # the same
        android = "".join(rng.choice(hexes) for _ in range(15))
        lat, lon = rng.choice(PLACES)
        # As numbers, 29.580 and 106.570 are of two places: which, nobody could tell.
        self.lat = self.lon = 0.0
        while round(self.lat, 2) == round(self.lat, 3) and round(self.lon, 2) == round(self.lon, 3):
            self.lat, self.lon = round(lat + rng.uniform(-0.05, 0.05), 6), round(lon + rng.uniform(-0.05, 0.05), 6)
        self.ids = {
            "imei": ("imei", luhn("86" + "".join(rng.choice("0123456789") for _ in range(12)))),
            "imsi": ("imsi", "46001" + "".join(rng.choice("0123456789") for _ in range(10))),
            "iccid": ("iccid", luhn("898601" + "".join(rng.choice("0123456789") for _ in range(13)))),
            "meid": ("meid", "A0" + "".join(rng.choice("0123456789ABCDEF") for _ in range(12))),
            "android_id": ("android_id", rng.choice("123456789abcdef") + android),
            "oaid": ("oaid", guid()),
            "gaid": ("gaid", guid()),
            "idfa": ("idfa", guid().upper()),
            "idfv": ("idfv", guid().upper()),
            "mac": ("mac", mac()),
            "bssid": ("bssid", mac()),
            "ssid": ("ssid", f"{word(5)}-lab-{rng.randrange(10, 99)}G"),
            "serial": ("serial", "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(12))),
            "phone": ("phone", "+861" + rng.choice("3579") + "".join(rng.choice("0123456789") for _ in range(9))),
            "email": ("email", f"{word(6)}.{word(7)}@{word(6)}-mail.com"),
            "gps": ("gps", f"{self.lat:.6f},{self.lon:.6f}"),
            "person_name": ("person_name", name()),
            "gmail": ("email", f"{word(5)}.{word(6)}+shop@gmail.com"),
            "id_card": (
                "id_card",
                id_card(f"110105{rng.randrange(1960, 2004)}0{rng.randrange(1, 10)}{rng.randrange(10, 29)}", rng),
            ),
            "bank_card": ("bank_card", luhn("622202" + "".join(rng.choice("0123456789") for _ in range(12)))),
            "sms_1": (
                "sms",
                f"【旅行】您的验证码是{rng.randrange(100000, 999999)}，五分钟内有效，请勿告诉他人，{word(6)}",
            ),
        }
        for number in range(4):
            self.ids[f"contact_{number}_name"] = ("contact_name", name())
            tail = "".join(rng.choice("0123456789") for _ in range(8))
            self.ids[f"contact_{number}_phone"] = ("contact_phone", f"13{rng.choice('56789')}{tail}")
        self.salt, self.hmac_key = word(8) + "#7", word(16)
        self.xor_key = rng.randbytes(6)
        self.aes_key, self.aes_iv, self.rc4_key = rng.randbytes(16), rng.randbytes(16), rng.randbytes(16)
        self.ecb_key, self.gcm_key, self.des_key = rng.randbytes(16), rng.randbytes(32), rng.randbytes(8)

    def value(self, name: str) -> str:
        """The value of an identifier, as the profile states it."""
        return self.ids[name][1]

    def profile(self) -> str:
        """The device profile, as YAML."""
        lines = ["version: 1", "device: {label: bench, region: CN}", "identifiers:"]
        lines += [f'  - {{type: {t}, name: {n}, value: "{v}"}}' for n, (t, v) in self.ids.items()]
        cipher = f'{{algorithm: aes, mode: cbc, key: "hex:{self.aes_key.hex()}", iv: "hex:{self.aes_iv.hex()}"}}'
        rc4 = f'{{algorithm: rc4, key: "hex:{self.rc4_key.hex()}"}}'
        ecb = f'{{algorithm: aes, mode: ecb, key: "hex:{self.ecb_key.hex()}"}}'
        gcm = f'{{algorithm: aes, mode: gcm, key: "hex:{self.gcm_key.hex()}"}}'
        des = f'{{algorithm: des, mode: cbc, key: "hex:{self.des_key.hex()}", iv: "hex:{self.aes_iv[:8].hex()}"}}'
        lines += ["keys:", f'  salts: ["{self.salt}"]', f'  hmac_keys: ["{self.hmac_key}"]']
        lines += [f'  xor_keys: ["hex:{self.xor_key.hex()}"]', f"  ciphers: [{cipher}, {rc4}, {ecb}, {gcm}, {des}]"]
        return "\n".join(lines) + "\n"
