"""What a SOCKS client says of itself: user names and passwords, and nothing where it says nothing."""

from __future__ import annotations

import pytest

from leakwatch.journal.places.socks import fields


def _named(data: bytes) -> dict[str, bytes]:
    return {field.name: data[field.start : field.end] for field in fields(data)}


def test_user_name_and_password_of_version_5() -> None:
    assert _named(b"\x01\x03bob\x04pass") == {"username": b"bob", "password": b"pass"}
    assert _named(b"\x01\x03bob\x00") == {"username": b"bob"}


def test_the_user_id_of_version_4() -> None:
    assert _named(b"\x04\x01\x00\x50\x00\x00\x00\x01bob\x00") == {"username": b"bob"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x01\x03bo",
        b"\x01\x03bob",
        b"\x01\x03bob\x04pas",
        b"\x05\x01\x00",
        b"\x04\x01\x00\x50\0\0\0\1\0",
    ],
)
def test_what_is_cut_or_empty_has_no_fields(data: bytes) -> None:
    assert fields(data) == []
