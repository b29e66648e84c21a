"""`explain` opens what is pasted and shows what was found where, masked."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

from leakwatch.evidence.explain import explain
from leakwatch.model import DeviceProfile, Identifier, Keys

IMEI = "867530912345673"
PROFILE = DeviceProfile("test", "CN", (Identifier("imei", "imei", IMEI),), Keys(xor_keys=(b"\x11\x22\x33",)))


def found(data: bytes) -> list[tuple[tuple[str, ...], str]]:
    """What was found, with the path of layers down to its node."""
    tree = explain(data, PROFILE)
    told, way = [], []
    for depth, node in tree.root.walk():
        way[depth:] = [node.opened_by]
        told += [(one.chain, one.identifier) for one in node.found]
        for one in node.found:
            opened = tuple(name for names in way for name in names)
            assert one.chain[: len(opened)] == opened
    return told


def test_layers_down_to_the_value() -> None:
    packed = base64.b64encode(gzip.compress(json.dumps({"d": {"id": IMEI}}).encode()))
    assert found(packed) == [(("base64", "gzip", "json"), "imei")]
    assert found(hashlib.md5(IMEI.encode()).hexdigest().encode()) == [(("md5",), "imei")]
    assert found(f"a=1&b={IMEI}".encode()) == [(("form",), "imei")]


def test_what_the_matcher_undoes_is_a_node_too() -> None:
    body = json.dumps({"id": IMEI, "os": "android"}).encode()
    sealed = bytes(b ^ k for b, k in zip(body, b"\x11\x22\x33" * 40, strict=False))
    assert found(sealed) == [(("xor", "json"), "imei")]


def test_nothing_of_others_is_found_and_nothing_is_shown() -> None:
    assert found(base64.b64encode(b'{"id":"867530912345681"}')) == []
    tree = explain(base64.b64encode(json.dumps({"id": IMEI}).encode()), PROFILE)
    assert IMEI not in json.dumps(tree.root.as_dict())
    assert IMEI in json.dumps(explain(IMEI.encode(), PROFILE, reveal=True).root.as_dict())


def test_bombs_and_noise_end() -> None:
    for data in (gzip.compress(b"a" * 30_000_000), b"[" * 20_000, bytes(range(256)) * 100, b""):
        assert explain(data, PROFILE).root.size == len(data)
