"""Base64 under a shuffled alphabet is recognised by its pattern; random values and the standard alphabet are not."""

import base64
import json
import random

import pytest

from leakwatch.matching.alphabet import Substitution
from leakwatch.model import Variant

STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
GAID = "38400000-8cf0-41bd-b23e-10b96e40a7c1"
IMEI = "867530912345675"
SUBSTITUTION = Substitution([Variant(GAID.encode(), "gaid", "gaid"), Variant(IMEI.encode(), "imei", "imei")])


def shuffled(seed: int) -> bytes:
    symbols = list(STANDARD)
    random.Random(seed).shuffle(symbols)
    return bytes(symbols)


def wrap(text: str, seed: int) -> bytes:
    return base64.b64encode(text.encode()).translate(bytes.maketrans(STANDARD, shuffled(seed)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lead", ["", "x", "xy", '{"os":"android","ver":"13","idfa":"'])
def test_an_identifier_under_any_alphabet_and_alignment(seed, lead):
    recovered = SUBSTITUTION.search(wrap(f'{lead}{GAID}","b":1}}', seed))
    assert [found.variant.identifier for found in recovered.found] == ["gaid"]
    alphabet = dict(zip(shuffled(seed), STANDARD))
    assert all(alphabet[symbol] == standard for symbol, standard in recovered.alphabet.items())


def test_two_identifiers_agree():
    recovered = SUBSTITUTION.search(wrap(json.dumps({"gaid": GAID, "model": "Pixel 8", "imei": IMEI}), 7))
    assert [found.variant.identifier for found in recovered.found] == ["gaid", "imei"]
    assert recovered.text.count(b"?") < len(recovered.text) / 2


def test_what_is_something_else():
    rng = random.Random(1)
    assert SUBSTITUTION.search(base64.b64encode(f"id={GAID}".encode())) is None
    for size in (60, 600, 6_000):
        assert SUBSTITUTION.search(base64.b64encode(rng.randbytes(size))) is None
    other = "11f3c2d4-9a7b-4c1e-8d22-7b0a5566ee91"
    assert SUBSTITUTION.search(wrap(f'{{"gaid":"{other}"}}', 3)) is None
    assert SUBSTITUTION.search(b"a" * 500) is None
    assert SUBSTITUTION.search(b"short") is None


def test_a_form_that_fits_the_alphabet_of_others_is_as_sure_as_they_are():
    """Sixteen hex digits repeat few symbols: alone they prove nothing, beside others each known symbol counts."""
    android_id = "9f86d081884c7d65"
    substitution = Substitution(
        [Variant(v.encode(), n, n) for n, v in (("gaid", GAID), ("imei", IMEI), ("android_id", android_id))]
    )
    recovered = substitution.search(wrap(json.dumps({"gaid": GAID, "imei": IMEI, "aid": android_id}), 3))
    chances = {found.variant.identifier: found.chance for found in recovered.found}
    assert chances["android_id"] < 1e-9


def test_hundreds_of_names_do_not_crowd_out_what_tells():
    """The base64 of most names repeats no symbol within a window, so that they fit everywhere."""
    first = ("Katherine", "Benjamin", "Josephine", "Nathaniel", "Gwendolyn", "Theodore")
    last = ("Abernathy", "Castellanos", "Drummond", "Goldsworthy", "Kowalczyk", "Lindqvist", "Rutherford")
    spellings = (str, str.lower, str.upper, lambda name: name.replace(" ", ""))
    names = [spelling(f"{one} {other}") for one in first for other in last for spelling in spellings]
    known = [Variant(name.encode(), name, "contact_name") for name in names]
    known += [Variant(GAID.encode(), "gaid", "gaid"), Variant(IMEI.encode(), "imei", "imei")]
    substitution = Substitution(known)
    rng = random.Random(5)
    filling = {f"k{n}": rng.randbytes(9).hex() for n in range(60)}
    recovered = substitution.search(wrap(json.dumps({**filling, "gaid": GAID, "imei": IMEI}), 11))
    assert {"gaid", "imei"} <= {found.variant.identifier for found in recovered.found}
