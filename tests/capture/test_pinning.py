"""When a host counts as pinned: at once for an alert, on the second silent end in a row, never for one that works."""

from __future__ import annotations

import pytest

from leakwatch.capture.pinning import Pinning, is_refusal

HOST = ("10.0.0.2", "api.example.com")


@pytest.mark.parametrize(
    "error",
    [
        "tlsv1 alert unknown ca",
        "OpenSSL Error([('SSL routines', '', 'sslv3 alert certificate unknown')])",
        "ssl/tls alert bad certificate",
        "OpenSSL Error([('', '', 'tlsv13 alert certificate required'), ('', '', 'x alert certificate expired')])",
    ],
)  # fmt: skip
def test_the_clients_own_word_is_a_refusal(error: str) -> None:
    assert is_refusal(error)


@pytest.mark.parametrize(
    "error",
    ["connection closed", "connection closed early", "tlsv1 alert internal error", "Cannot parse ClientHello: 16", ""],
)
def test_anything_else_is_not(error: str) -> None:
    assert not is_refusal(error)


def test_one_silent_end_is_an_accident_two_in_a_row_are_not() -> None:
    pinning = Pinning()
    pinning.failed(HOST)
    assert not pinning.passes(HOST) and not pinning.any
    pinning.succeeded(HOST)
    pinning.failed(HOST)
    assert not pinning.passes(HOST)
    pinning.failed(HOST)
    assert pinning.passes(HOST) and pinning.any


def test_client_and_name_are_told_apart() -> None:
    pinning = Pinning()
    pinning.refused(HOST)
    assert not pinning.passes(("10.0.0.3", HOST[1])) and not pinning.passes((HOST[0], "example.com"))


def test_leaving_without_a_word_counts_only_where_nothing_ever_worked() -> None:
    pinning = Pinning()
    assert pinning.unused(HOST) and pinning.unused(HOST)
    assert pinning.passes(HOST)
    other = (HOST[0], "www.example.com")
    pinning.succeeded(other)
    assert not any(pinning.unused(other) for _ in range(5))
    assert not pinning.passes(other)


def test_a_client_that_invents_names_costs_no_memory() -> None:
    pinning = Pinning()
    for number in range(20_000):
        pinning.refused(("10.0.0.2", f"{number}.example.com"))
    assert not pinning.passes(("10.0.0.2", "0.example.com"))
    assert pinning.passes(("10.0.0.2", "19999.example.com"))
