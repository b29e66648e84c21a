"""Independent encoders for the labelled traffic: the standard library, small hand-written forms, public packages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import math
import random
import struct
import zipfile
import zlib
from typing import Any

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def positional(data: bytes, alphabet: str) -> str:
    """Big-endian integer in the base of an alphabet, leading zero bytes as its first letter."""
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, len(alphabet))
        out = alphabet[digit] + out
    return alphabet[0] * (len(data) - len(data.lstrip(b"\0"))) + out


def varint(number: int) -> bytes:
    """Protobuf's base-128 integer."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def pb(*fields: tuple[int, object]) -> bytes:
    """A protobuf message: bytes and str as length-delimited, int as varint, float as double, ('fixed64', n)."""
    out = b""
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode()
        if isinstance(value, bytes):
            out += varint(number << 3 | 2) + varint(len(value)) + value
        elif isinstance(value, float):
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        elif isinstance(value, tuple):
            out += varint(number << 3 | 1) + struct.pack("<Q", value[1])
        else:
            out += varint(number << 3) + varint(int(value))  # type: ignore[call-overload]  # an int by now
    return out


def deflate(data: bytes) -> bytes:
    """Raw DEFLATE."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zipped(name: str, data: bytes) -> bytes:
    """A zip archive with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def xored(data: bytes, key: bytes) -> bytes:
    """XOR with a repeated key."""
    return bytes(b ^ key[i % len(key)] for i, b in enumerate(data))


def compact(value: object) -> bytes:
    """JSON without spaces, not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def bits(text: str, name: str) -> str:
    """Digest in lower-case hex."""
    if name == "sm3" or name == "ripemd160":
        from Crypto.Hash import RIPEMD160

        return RIPEMD160.new(text.encode()).hexdigest() if name == "ripemd160" else sm3(text.encode())
    if name == "md4":
        from Crypto.Hash import MD4

        return MD4.new(text.encode()).hexdigest()
    return hashlib.new(name, text.encode()).hexdigest()


def keyed(text: str, key: str, name: str) -> str:
    """HMAC in lower-case hex."""
    return hmac.new(key.encode(), text.encode(), name).hexdigest()


def sm3(data: bytes) -> str:
    """SM3 by GB/T 32905-2016, written out."""
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    m = 0xFFFFFFFF
    rol = lambda x, n: ((x << n % 32) | (x & m) >> (32 - n % 32)) & m  # noqa: E731  # the standard's own notation
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack(">Q", len(data) * 8)
    for at in range(0, len(padded), 64):
        w = list(struct.unpack(">16I", padded[at : at + 64]))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rol(w[j - 3], 15)
            w.append(x ^ rol(x, 15) ^ rol(x, 23) ^ rol(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rol((rol(a, 12) + e + rol(t, j)) & m, 7)
            ss2 = ss1 ^ rol(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & m & g)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & m
            tt2 = (gg + h + ss1 + w[j]) & m
            a, b, c, d, e, f, g, h = tt1, a, rol(b, 9), c, tt2 ^ rol(tt2, 9) ^ rol(tt2, 17), e, rol(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h), strict=True)]
    return "".join(f"{x:08x}" for x in v)


def gcj02(lat: float, lon: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02 by the published polynomial (as eviltransform and others state it)."""
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    common = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    d_lat += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    d_lat += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    d_lon += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    d_lon += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    rad = lat / 180 * math.pi
    magic = 1 - 0.00669342162296594323 * math.sin(rad) ** 2
    d_lat = d_lat * 180 / ((6378245.0 * (1 - 0.00669342162296594323)) / (magic * math.sqrt(magic)) * math.pi)
    d_lon = d_lon * 180 / (6378245.0 / math.sqrt(magic) * math.cos(rad) * math.pi)
    return lat + d_lat, lon + d_lon


def bd09(lat: float, lon: float) -> tuple[float, float]:
    """WGS-84 to BD-09, through GCJ-02."""
    y, x = gcj02(lat, lon)
    z = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * math.pi * 3000 / 180)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * math.pi * 3000 / 180)
    return z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065


def geohash(lat: float, lon: float, length: int) -> str:
    """Geohash by interleaved bisection."""
    spans, out, even, bit, char = [[-90.0, 90.0], [-180.0, 180.0]], "", True, 0, 0
    while len(out) < length:
        span, value = (spans[1], lon) if even else (spans[0], lat)
        middle = sum(span) / 2
        char = char << 1 | (value >= middle)
        span[0 if value >= middle else 1] = middle
        even, bit = not even, bit + 1
        if bit == 5:
            out, bit, char = out + "0123456789bcdefghjkmnpqrstuvwxyz"[char], 0, 0
    return out


def dms(value: float, positive: str, negative: str) -> str:
    """Degrees, minutes, seconds with a hemisphere."""
    minutes, seconds = divmod(abs(value) * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return f"{int(degrees)}°{int(minutes)}'{seconds:.2f}\"{positive if value >= 0 else negative}"


def thrift_binary(*fields: tuple[int, str]) -> bytes:
    """A struct of strings in Thrift's binary protocol."""
    out = b""
    for number, text in fields:
        out += b"\x0b" + struct.pack(">h", number) + struct.pack(">I", len(text.encode())) + text.encode()
    return out + b"\x00"


def thrift_compact(*fields: tuple[int, str]) -> bytes:
    """A struct of strings in Thrift's compact protocol; field numbers follow each other."""
    out, last = b"", 0
    for number, text in fields:
        out += bytes([(number - last) << 4 | 8]) + varint(len(text.encode())) + text.encode()
        last = number
    return out + b"\x00"


def base36(number: int) -> str:
    """A number in base 36, lower case."""
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + out
    return out


def checksum(name: str, data: bytes) -> int:
    """A short digest as an unsigned number."""
    import mmh3
    import xxhash

    if name == "mmh3_128":
        return int.from_bytes(mmh3.hash_bytes(data), "big")
    return {
        "crc32": lambda: zlib.crc32(data), "adler32": lambda: zlib.adler32(data),
        "mmh3_32": lambda: mmh3.hash(data, signed=False), "xxh64": lambda: xxhash.xxh64_intdigest(data),
    }[name]()  # fmt: skip


def fnv1a64(data: bytes) -> int:
    """FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def plus_code(lat: float, lon: float) -> str:
    """Open Location Code of ten digits."""
    symbols, out = "23456789CFGHJMPQRVWX", ""
    y, x = int((lat + 90) * 8000 + 1e-9), int((lon + 180) * 8000 + 1e-9)
    for power in (160000, 8000, 400, 20, 1):
        out += symbols[y // power % 20] + symbols[x // power % 20]
    return f"{out[:8]}+{out[8:]}"


def substituted(text: str, seed: str) -> str:
    """Base64 under an alphabet shuffled by a seed, unpadded."""
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    shuffled = list(plain)
    random.Random(seed).shuffle(shuffled)
    coded = base64.b64encode(text.encode()).decode().rstrip("=")
    return coded.translate(str.maketrans(plain, "".join(shuffled)))


def aes_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC with PKCS#7 padding."""
    from Crypto.Cipher import AES
    from Crypto.Util.Padding import pad

    return AES.new(key, AES.MODE_CBC, iv).encrypt(pad(data, 16))


def sealed(mode: str, person: Any, data: bytes) -> bytes:
    """Data under the person's key: AES in CBC, ECB or GCM (nonce before, tag behind), DES in CBC."""
    from Crypto.Cipher import AES, DES
    from Crypto.Util.Padding import pad

    if mode == "aes-cbc":
        return aes_cbc(person.aes_key, person.aes_iv, data)
    if mode == "aes-ecb":
        return AES.new(person.ecb_key, AES.MODE_ECB).encrypt(pad(data, 16))
    if mode == "aes-gcm":
        cipher = AES.new(person.gcm_key, AES.MODE_GCM, nonce=person.aes_iv[:12])
        body, tag = cipher.encrypt_and_digest(data)
        return person.aes_iv[:12] + body + tag
    return DES.new(person.des_key, DES.MODE_CBC, person.aes_iv[:8]).encrypt(pad(data, 8))
