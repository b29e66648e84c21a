"""Digests that openssl does not have, in plain Python, and how digests are written; printed by `prove --commands`."""

from __future__ import annotations


def checksum(d: bytes, name: str) -> bytes:
    """CRC-32 or Adler-32, in hex."""
    import zlib

    return b"%08x" % (zlib.crc32(d) if name == "crc32" else zlib.adler32(d))


def fnv1a(d: bytes, bits: str) -> bytes:
    """FNV-1a of 32 or 64 bits (draft-eastlake-fnv), in hex."""
    value, prime = (0x811C9DC5, 0x01000193) if bits == "32" else (0xCBF29CE484222325, 0x100000001B3)
    for byte in d:
        value = ((value ^ byte) * prime) % (1 << int(bits))
    return f"{value:0{int(bits) // 4}x}".encode()


def md4(d: bytes) -> bytes:
    """MD4 (RFC 1320), in hex."""
    limit, state = 0xFFFFFFFF, [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    turns = ((3, 7, 11, 19), (3, 5, 9, 13), (3, 9, 11, 15))
    orders = (
        range(16),
        [at % 4 * 4 + at // 4 for at in range(16)],
        (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15),
    )
    padded = d + b"\x80" + b"\0" * ((55 - len(d)) % 64) + (len(d) * 8).to_bytes(8, "little")
    for start in range(0, len(padded), 64):
        words = [int.from_bytes(padded[at : at + 4], "little") for at in range(start, start + 64, 4)]
        a, b, c, e = state
        for step in range(48):
            way = step // 16
            mixed = (b & c | ~b & e, b & c | b & e | c & e, b ^ c ^ e)[way]
            total = (a + mixed + words[orders[way][step % 16]] + (0, 0x5A827999, 0x6ED9EBA1)[way]) & limit
            turn = turns[way][step % 4]
            a, b, c, e = e, (total << turn | total >> 32 - turn) & limit, b, c
        state = [(one + other) & limit for one, other in zip(state, (a, b, c, e))]
    return b"".join(word.to_bytes(4, "little") for word in state).hex().encode()


def murmur3_32(d: bytes) -> bytes:
    """MurmurHash3_x86_32 with seed 0 (Austin Appleby), in hex."""
    limit = 0xFFFFFFFF

    def mixed(k: int) -> int:
        k = k * 0xCC9E2D51 & limit
        return (k << 15 | k >> 17) * 0x1B873593 & limit

    h, whole = 0, len(d) // 4 * 4
    for at in range(0, whole, 4):
        h ^= mixed(int.from_bytes(d[at : at + 4], "little"))
        h = ((h << 13 | h >> 19) * 5 + 0xE6546B64) & limit
    h ^= mixed(int.from_bytes(d[whole:], "little")) ^ len(d)
    h = (h ^ h >> 16) * 0x85EBCA6B & limit
    h = (h ^ h >> 13) * 0xC2B2AE35 & limit
    return b"%08x" % (h ^ h >> 16)


def murmur3_128(d: bytes) -> bytes:
    """MurmurHash3_x64_128 with seed 0 (Austin Appleby), in hex, each half's lowest byte first."""
    limit, one, two = (1 << 64) - 1, 0x87C37B91114253D5, 0x4CF5AD432745937F

    def turned(x: int, by: int) -> int:
        return (x << by | x >> 64 - by) & limit

    def last(x: int) -> int:
        x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD & limit
        x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53 & limit
        return x ^ x >> 33

    a = b = 0
    whole = len(d) // 16 * 16
    for at in range(0, whole, 16):
        a ^= turned(int.from_bytes(d[at : at + 8], "little") * one & limit, 31) * two & limit
        a = ((turned(a, 27) + b) * 5 + 0x52DCE729) & limit
        b ^= turned(int.from_bytes(d[at + 8 : at + 16], "little") * two & limit, 33) * one & limit
        b = ((turned(b, 31) + a) * 5 + 0x38495AB5) & limit
    rest = d[whole:]
    b ^= turned(int.from_bytes(rest[8:], "little") * two & limit, 33) * one & limit
    a ^= turned(int.from_bytes(rest[:8], "little") * one & limit, 31) * two & limit
    a, b = a ^ len(d), b ^ len(d)
    a = (a + b) & limit
    b = (a + b) & limit
    a, b = last(a), last(b)
    a = (a + b) & limit
    b = (a + b) & limit
    return (a.to_bytes(8, "little") + b.to_bytes(8, "little")).hex().encode()


def xxhash(d: bytes, bits: str) -> bytes:
    """xxHash of 32 or 64 bits with seed 0 (xxhash_spec), in hex."""
    wide = int(bits)
    limit, step = (1 << wide) - 1, wide // 8
    if wide == 32:
        p1, p2, p3, p4, p5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
        turn, joins, ends = 13, (1, 7, 12, 18), (15, 13, 16)
    else:
        p1, p2, p3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
        p4, p5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
        turn, joins, ends = 31, (1, 7, 12, 18), (33, 29, 32)

    def turned(x: int, by: int) -> int:
        return (x << by | x >> wide - by) & limit

    def round_of(lane: int, word: int) -> int:
        return turned((lane + word * p2) & limit, turn) * p1 & limit

    at, lanes = 0, [(p1 + p2) & limit, p2, 0, -p1 & limit]
    while at + 4 * step <= len(d):
        for number in range(4):
            lanes[number] = round_of(lanes[number], int.from_bytes(d[at : at + step], "little"))
            at += step
    h = p5
    if len(d) >= 4 * step:
        h = sum(turned(lane, by) for lane, by in zip(lanes, joins)) & limit
        for lane in lanes if wide == 64 else ():
            h = ((h ^ round_of(0, lane)) * p1 + p4) & limit
    h = (h + len(d)) & limit
    while wide == 64 and at + 8 <= len(d):
        h ^= round_of(0, int.from_bytes(d[at : at + 8], "little"))
        h, at = (turned(h, 27) * p1 + p4) & limit, at + 8
    while at + 4 <= len(d):
        word = int.from_bytes(d[at : at + 4], "little")
        h = turned((h + word * p3) & limit, 17) * p4 if wide == 32 else turned(h ^ word * p1 & limit, 23) * p2 + p3
        h, at = h & limit, at + 4
    for byte in d[at:]:
        h = turned((h + byte * p5) & limit, 11) * p1 if wide == 32 else turned(h ^ byte * p5 & limit, 11) * p1
        h &= limit
    h = (h ^ h >> ends[0]) * p2 & limit
    h = (h ^ h >> ends[1]) * p3 & limit
    return f"{h ^ h >> ends[2]:0{wide // 4}x}".encode()


def keyed(d: bytes, name: str, key: str) -> bytes:
    """HMAC (RFC 2104), in hex."""
    import hmac

    return hmac.new(bytes.fromhex(key), d, name).hexdigest().encode()


def written(d: bytes, how: str) -> bytes:
    """A digest given in hex, in another writing: raw bytes, base64, a decimal number, a UUID."""
    import base64
    import uuid

    raw = bytes.fromhex(d.decode())
    number = int.from_bytes(raw, "little" if "lowest byte first" in how else "big")
    forms = {
        "raw bytes": raw,
        "hex": d,
        "base64": base64.b64encode(raw),
        "base64, unpadded": base64.b64encode(raw).rstrip(b"="),
        "base64, url-safe": base64.urlsafe_b64encode(raw).rstrip(b"="),
        "no leading zeros": b"%x" % number,
        "halves": (raw[7::-1] + raw[:7:-1]).hex().encode(),
        "number": raw[::-1].hex().encode(),
    }
    if len(raw) == 16:
        third = uuid.UUID(bytes=raw, version=3)
        forms |= {"UUID": str(uuid.UUID(bytes=raw)).encode(), "UUID version 3": str(third).encode()}
        forms["UUID version 3 without dashes"] = third.hex.encode()
    if "decimal" in how:
        return str(number - (1 << len(raw) * 8) if "signed" in how else number).encode()
    done = forms[how.removesuffix(", upper case")]
    return done.upper() if how.endswith(", upper case") else done
