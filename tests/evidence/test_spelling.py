"""Every normal form that leakwatch searches is written again from the value by an expression of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.evidence.spelling import evaluate, sliced, spelled
from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.variants import all_forms
from leakwatch.model import Identifier

SMS = "尊敬的客户，您的验证码是 4711，请勿告诉他人。\n回复TD退订" * 3
VALUES = {
    "imei": "867530912345673", "meid": "a0000012b34c56", "imsi": "460011234567890", "iccid": "89860012345678901232",
    "android_id": "0d5a6fd0d53a566b", "gaid": "3b241101-e2bb-4255-8caf-4136c566a962", "oaid": "1f2e3d4c5b6a7988",
    "idfa": "3B241101-E2BB-4255-8CAF-4136C566A962", "caid": "20230330_" + "0a1b" * 8, "ecid": "1234567890ABCDE",
    "udid": "00008030-001C2D3E4F5A602E", "gsf_id": "3f1a2b3c4d5e6f70", "widevine_id": "0fa1" * 16,
    "mac": "a4:77:33:0a:02:03", "bt_mac": "A4:77:33:0A:02:03", "bssid": "a47733-0a0203", "ssid": "汉庭-5G house",
    "serial": "R58M12ABCDE", "device_name": "O'Brien’s Pixel 8", "phone": "+8613912345678",
    "contact_phone": "(571) 8765-4321", "email": "jane.doe+tag@gmail.com", "person_name": "Jane van Doe",
    "contact_name": "欧阳娜娜", "id_card": "11010519491231002X", "bank_card": "6222021234567890123",
    "gps": "30.2741,120.1551", "ip": "2001:db8::8a2e:370:7334", "sms": SMS,
    "installed_apps": "com.example.app", "password": "hunter22", "account": "jane_doe-77", "custom": "X-9912-AB-77",
    "clipboard": "some longer text, with words and 77 numbers in it", "calendar": "Dentist at noon, third floor",
    "push_token": "0123456789abcdef" * 4, "pin": "471100",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_of_every_kind(kind: str) -> None:
    value = VALUES.get(kind, VALUES["custom"])
    for form in all_forms(Identifier(kind, kind, value), "CN"):
        expression = spelled(value, form.data, form.chain)
        assert expression, (form.name, form.chain, form.data)
        assert evaluate(expression, value) == form.data


@given(value=st.text(min_size=1, max_size=40), other=st.text(min_size=1, max_size=40))
def test_an_expression_gives_the_text_or_there_is_none(value: str, other: str) -> None:
    for text in (value, value.upper(), value[::-1], f"id={value}", other, value[1:] + "-" + value[:1]):
        expression = sliced(value, text)
        assert not expression or evaluate(f"({expression}).encode('utf-8', 'replace')", value) == text.encode(
            "utf-8", "replace"
        )


def test_digits_picked_here_and_there_make_nothing() -> None:
    for other in ("353918052340617", "112233445566778", "4711"):
        assert not sliced("867530912345673", other)
    assert not spelled("867530912345673", bytes(range(200, 216)), ("raw-bytes",))
