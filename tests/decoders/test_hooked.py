"""Ciphertext that a hook saw is opened without a key; anything else is left alone."""

from leakwatch.decoders import Budget, hooked, unfold
from leakwatch.decoders.piece import Context
from leakwatch.model import Hooked, Keys, Part

SEALED = bytes(range(200, 248))
KEYS = Keys(hooked=(Hooked("aes", SEALED, b'{"imei":"867530912345675"}'), Hooked("des3", SEALED[:16], b"shorter")))


def opened(data: bytes, keys: Keys = KEYS) -> list[tuple[tuple[str, ...], bytes]]:
    part = Part("body", data, 0, len(data))
    return [(segment.chain, segment.data) for segment in unfold(part, Budget(), keys)]


def test_a_body_that_is_the_ciphertext() -> None:
    assert (("aes", "json"), b"867530912345675") in opened(SEALED)


def test_a_ciphertext_inside_other_bytes_and_base64() -> None:
    import base64

    assert (("aes",), KEYS.hooked[0].plaintext) in opened(b"\x00\x01\x30" + SEALED + b"\xff")
    assert (("base64", "aes"), KEYS.hooked[0].plaintext) in opened(base64.b64encode(SEALED))


def test_the_longest_ciphertext_that_fits_wins() -> None:
    assert (("des",), b"shorter") not in opened(SEALED)
    assert (("des",), b"shorter") in opened(SEALED[:16] + b"\x01\x02\x03")


def test_what_no_hook_saw_stays_closed() -> None:
    altered = SEALED[:12] + b"\x00" + SEALED[13:]
    assert all("aes" not in chain for chain, _ in opened(altered))
    assert all("aes" not in chain for chain, _ in opened(SEALED, Keys()))
    assert not hooked.sniff(b"short", Context(Budget(), KEYS))
