"""Shapes: what check digits and naming keys tell, and what comes close to it without being it."""

import pytest

from leakwatch.analysis.shapes import is_bank_card, is_id_card, luhn, shape_of


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("imei", "356989071234565", "imei"),
        ("did", "356989071234565", "imei"),
        ("deviceId", "9d2f0c1b7a6e5d48", "android_id"),
        ("android_id", "9d2f0c1b7a6e5d48", "android_id"),
        ("x-oaid", "3b241101-e2bb-4255-8caf-4136c566a962", "oaid"),
        ("IDFA", "3B241101-E2BB-4255-8CAF-4136C566A962", "idfa"),
        ("wifi_mac", "a4:77:33:0a:02:03", "mac"),
        ("email", "someone.else@mail.example", "email"),
        ("手机号", "13912345678", "phone"),
        ("身份证号", "11010519491231002X", "id_card"),
        ("anything", "11010519491231002X", "id_card"),
        ("anything", "356989071234565", "imei"),
        ("anything", "6222021234567890128", "bank_card"),
        ("anything", "+8613912345678", "phone"),
        ("imei_md5", "900150983cd24fb0d6963f7d28e17f72", "imei"),
    ],
)
def test_shapes(key: str, value: str, kind: str) -> None:
    found = shape_of(value.encode(), key)
    assert found is not None
    assert found.kind == kind
    assert value not in found.reason


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("imei", "356989071234566"),  # check digit
        ("imei", "000000000000000"),
        ("anything", "490154203237518"),  # the example of the specification
        ("anything", "770154203237515"),  # nobody allocates 77
        ("anything", "13912345678"),  # eleven digits alone may be an order
        ("anything", "9d2f0c1b7a6e5d48"),
        ("sign_md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("身份证号", "110105194912310021"),  # check digit
        ("anything", "110105194913310024"),  # month 13
        ("anything", "6222021234567890129"),
        ("oaid", "00000000-0000-0000-0000-000000000000"),
        ("mac", "02:00:00:00:00:00"),
        ("email", "not an address"),
        ("email", "邮箱"),
        ("key", ""),
    ],
)
def test_near_misses(key: str, value: str) -> None:
    assert shape_of(value.encode(), key) is None


def test_check_digits() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398710")
    assert is_id_card("11010519491231002x")
    assert not is_id_card("99010519491231002X")
    assert is_bank_card("4111 1111 1111 1111")
    assert not is_bank_card("9111111111111111")
