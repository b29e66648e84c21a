"""Digests: each against a test vector that its specification, RFC or reference implementation publishes."""

import pytest

from leakwatch.identifiers.digests import BRIEF, COMMON, DIGESTS, NUMBERS, hmac_digest

ABC = b"abc"
VECTORS = {
    "md4": (ABC, "a448017aaf21d8525fc10ae87aa6729d"),  # RFC 1320 A.5
    "md5": (ABC, "900150983cd24fb0d6963f7d28e17f72"),  # RFC 1321 A.5
    "sha1": (ABC, "a9993e364706816aba3e25717850c26c9cd0d89d"),  # FIPS 180
    "sha224": (ABC, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    "sha256": (ABC, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    "sha512_256": (ABC, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),  # FIPS 180-4
    "sha384": (
        ABC,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ),
    "sha512": (
        ABC,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    "sha3_224": (ABC, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),  # FIPS 202
    "sha3_256": (ABC, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    "sha3_384": (
        ABC,
        "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
    ),
    "sha3_512": (
        ABC,
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    ),
    "blake2b": (
        ABC,
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    ),  # RFC 7693 A
    "blake2s": (ABC, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"),  # RFC 7693 B
    "ripemd160": (ABC, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
    "sm3": (ABC, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),  # GB/T 32905 A.1
    "whirlpool": (
        ABC,
        "4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c"
        "7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5",
    ),  # ISO/IEC 10118-3
    "crc32": (b"123456789", "cbf43926"),
    "adler32": (b"Wikipedia", "11e60398"),
    "fnv1a32": (b"foobar", "bf9cf968"),
    "fnv1a64": (b"foobar", "85944171f73967e8"),
    "mmh3_32": (b"hello", "248bfa47"),
    "mmh3_128": (b"The quick brown fox jumps over the lazy dog", "6c1b07bc7bbc4be347939ac4a93c437a"),
    "xxh32": (ABC, "32d153ff"),
    "xxh64": (ABC, "44bc2cf5ad770999"),
}


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_each_digest_gives_its_published_test_vector(name: str) -> None:
    data, expected = VECTORS[name]
    assert DIGESTS[name](data).hex() == expected


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_another_input_gives_another_digest(name: str) -> None:
    assert DIGESTS[name](b"867901234567585") != DIGESTS[name](b"867901234567584")


def test_no_digest_is_missing_but_the_one_that_needs_a_library() -> None:
    assert set(VECTORS) - set(DIGESTS) <= {"whirlpool"}


def test_the_selections_name_digests_of_the_table() -> None:
    assert set(COMMON) | set(BRIEF) | set(NUMBERS) <= set(DIGESTS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("md5", "750c783e6ab0b503eaa86e310a5db738"),  # RFC 2202 §2, case 2
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),  # RFC 2202 §3, case 2
        ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),  # RFC 4231 §4.3
    ],
)
def test_hmac_gives_the_published_test_vectors(name: str, expected: str) -> None:
    assert hmac_digest(name, b"Jefe", b"what do ya want for nothing?").hex() == expected
