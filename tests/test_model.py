"""The nouns: the leak record's contract, what a profile offers per app, and values that never show."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from leakwatch.model import (
    RECORD_FIELDS,
    App,
    Cipher,
    DeviceProfile,
    Findings,
    Identifier,
    Keys,
    LeakRecord,
    LedgerEntry,
    Part,
    Segment,
    Variant,
)

CONTRACT = [
    *("leak", "capture", "exchange", "source", "index", "time", "phase", "consent", "boundary", "app", "app_evidence"),
    *("direction", "protocol", "method", "url", "host", "ip", "port", "location", "identifier", "kind", "chain"),
    *("form", "offset", "length", "value", "confidence", "chance", "party", "sdk", "company", "country", "category"),
    "reason",
]
"""DESIGN §4, in its order."""
SECRET = "867931020000005"


def test_the_record_has_the_contracts_fields_in_its_order() -> None:
    beside = {"sdk_name", "parent"}
    assert [name for name in RECORD_FIELDS if name not in beside] == CONTRACT
    assert RECORD_FIELDS.index("sdk_name") == RECORD_FIELDS.index("sdk") + 1
    assert RECORD_FIELDS.index("parent") == RECORD_FIELDS.index("company") + 1


def test_a_record_as_a_dict_keeps_order_and_gives_the_chain_as_a_list() -> None:
    values = {f.name: f.name for f in fields(LeakRecord)} | {"chain": ("gzip", "json")}
    row = LeakRecord(**values).as_dict()  # type: ignore[arg-type]  # every field holds its own name
    assert tuple(row) == RECORD_FIELDS
    assert row["chain"] == ["gzip", "json"]


def test_values_never_show_in_repr() -> None:
    secret = SECRET.encode()
    identifier = Identifier("imei", "imei", SECRET)
    things = [
        identifier,
        Keys(salts=(secret,), hmac_keys=(secret,), xor_keys=(secret,), ciphers=(Cipher("aes", "cbc", secret, secret),)),
        DeviceProfile("phone", "CN", (identifier,), apps=(App("com.a", identifiers=(identifier,)),)),
        Variant(secret, "imei", "imei"),
        Part("body", secret),
        Segment(Part("body", secret), secret, parent=Segment(Part("body", secret), secret)),
    ]
    for thing in things:
        assert SECRET not in repr(thing), type(thing).__name__


def test_identifiers_of_one_app_or_of_any() -> None:
    device, a, b = (Identifier("custom", name, name) for name in ("device", "a", "b"))
    profile = DeviceProfile(
        "phone", "CN", (device,), apps=(App("com.a", identifiers=(a,)), App("com.b", identifiers=(b,)))
    )
    assert profile.identifiers_for("com.a") == (device, a)
    assert profile.identifiers_for("com.unknown") == (device,)
    assert profile.identifiers_for() == (device, a, b)
    assert profile.app("com.unknown") == App("com.unknown")


def test_nouns_cannot_be_changed_and_empty_findings_are_false() -> None:
    with pytest.raises(FrozenInstanceError):
        App("com.a").package = "com.b"  # type: ignore[misc]  # that it cannot be set is the claim
    assert not Findings()
    assert Findings(ledger=(LedgerEntry(0.0, "opaque"),))
