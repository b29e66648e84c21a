"""Values turned round, and md5 in the dress of a UUID, are needles under the chain that made them."""

import codecs
import hashlib
import uuid

from leakwatch.identifiers.variants import variants_of
from leakwatch.model import Identifier, Variant

IMEI = "867901234567585"
GAID = "38400000-8cf0-41bd-b23e-10b96e40000d"


def by_needle(type_: str, value: str) -> dict[bytes, Variant]:
    return {v.needle: v for v in variants_of(Identifier(type_, type_, value), "CN")}


def test_a_value_is_a_needle_backwards_under_rot13_and_with_its_bytes_swapped() -> None:
    needles = by_needle("gaid", GAID)
    assert needles[GAID[::-1].encode()].chain == ("reverse",)
    assert needles[codecs.encode(GAID, "rot13").encode()].chain == ("rot13",)
    even, odd = GAID.encode(), GAID[1:-1].encode()
    for text in (even, odd):
        assert needles[b"".join(text[at : at + 2][::-1] for at in range(0, len(text), 2))].chain == ("byteswap",)
    assert ("rot13",) not in {v.chain for v in by_needle("imei", IMEI).values()}  # digits stay as they are


def test_md5_also_comes_in_the_dress_of_a_uuid() -> None:
    needles = by_needle("imei", IMEI)
    digest = hashlib.md5(IMEI.encode()).digest()
    named = uuid.UUID(bytes=digest, version=3)  # what Java's nameUUIDFromBytes makes
    for text in (str(uuid.UUID(bytes=digest)), str(named), str(named).upper(), named.hex):
        assert needles[text.encode()].chain == ("md5",)
