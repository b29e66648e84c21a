"""Digests under a salt from the same flow are recognised; digests of other values are not."""

import base64
import hashlib
import hmac

import pytest

from leakwatch.matching.salts import Salts, digest_of
from leakwatch.model import Identifier

IMEI = "867530912345675"
SALTS = Salts([Identifier("imei", "imei", IMEI), Identifier("android_id", "aid", "c0ffee5a17b2d9e4")])


@pytest.mark.parametrize("salt", [b"x9", b"1700000000000", b"secret key"])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("separator", [b"", b":", b"_", b"-", b"&", b"|"])
@pytest.mark.parametrize("before", [True, False])
def test_salt_before_and_after(salt, algorithm, separator, before):
    text = salt + separator + IMEI.encode() if before else IMEI.encode() + separator + salt
    digest = hashlib.new(algorithm, text).digest()
    (found, *_) = SALTS.search([b"\1" * len(digest), digest], [b"other", salt])
    assert (found.identifier, found.salt, found.chain) == ("imei", salt, (f"salted-{algorithm}",))


def test_hmac_and_other_forms():
    digest = hmac.digest(b"k", b"C0FFEE5A17B2D9E4", "sha1")
    (found,) = SALTS.search([digest], [b"k"])
    assert (found.identifier, found.chain, found.form) == ("aid", ("hmac-sha1",), "upper")


def test_the_digest_of_the_md5_of_a_value():
    digest = hashlib.md5(hashlib.md5(IMEI.encode()).hexdigest().encode() + b"x9").digest()
    found = SALTS.search([digest], [b"x9"])
    assert {(one.identifier, one.chain) for one in found} == {("imei", ("salted-md5", "md5"))}


def test_another_value_or_another_salt_is_nothing():
    digests = [hashlib.md5(b"867530912345676" + b"x").digest(), hashlib.md5(IMEI.encode() + b"y").digest()]
    assert list(SALTS.search(digests, [b"x"])) == []


def test_what_spells_a_digest():
    raw = hashlib.md5(b"z").digest()
    for text in (
        raw.hex(),
        raw.hex().upper(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    ):
        assert digest_of(text.encode()) == raw
    assert digest_of(raw) == raw
    assert digest_of(b"just some words!") is None
    assert digest_of(b"0" * 33) is None


def test_items_of_a_set_do_not_use_up_the_budget():
    contacts = [Identifier("contact_phone", f"c{n}", f"139{n:08d}") for n in range(500)]
    salts = Salts([*contacts, Identifier("imei", "imei", IMEI)], "CN")
    digest = hashlib.sha1(b"x9" + IMEI.encode()).digest()
    others = [b"\1" * 16, b"\2" * 32, b"\3" * 64]
    found = list(salts.search([*others, digest], [*(b"other %d" % n for n in range(8)), b"x9"]))
    assert {one.identifier for one in found} == {"imei"}
