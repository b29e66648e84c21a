"""A match within a longer name of its own class, or within somebody else's message of the same wording, is none."""

import base64
import codecs
import json

import pytest

from leakwatch.detector import Detector
from leakwatch.testing import make_profile, make_request
from leakwatch.testing.factories import make_identifier

MESSAGES = (
    "Hi Maple, your table for 512 at the corner bistro is confirmed under ref ZX4021. Reply C to cancel.",
    "妈，我周三晚上八点到家，帮我留点饺子，钥匙在ZX4021号柜子里",
)


def found(profile, text):
    detector = Detector(profile)
    leaks = detector.feed(make_request(body=json.dumps({"v": text}, ensure_ascii=False).encode()))
    detector.finish()
    return bool(leaks)


@pytest.mark.parametrize(
    ("type_", "value", "text", "expected"),
    [
        ("installed_apps", "com.whatsapp.w4b", "com.whatsapp.w4b", True),
        ("installed_apps", "com.whatsapp.w4b", "a.b,com.whatsapp.w4b,c.d", True),
        ("installed_apps", "com.whatsapp.w4b", "It has com.whatsapp.w4b. And more.", True),
        ("installed_apps", "com.whatsapp.w4b", "/data/app/com.whatsapp.w4b-1/base.apk", True),
        ("installed_apps", "com.whatsapp.w4b", "com.whatsapp.w4b.apk", True),
        ("installed_apps", "com.whatsapp.w4b", "com.whatsapp.w4b.backup", False),
        ("installed_apps", "com.whatsapp.w4b", "org.com.whatsapp.w4b", False),
        ("email", "mei.lin@example.net", "to:mei.lin@example.net.", True),
        ("email", "mei.lin@example.net", "fu-mei.lin@example.net", False),
        ("email", "mei.lin@example.net", "mei.lin@example.net.cn", False),
        ("email", "mei.lin@example.net", "mei.lin+news@example.net", True),
        ("email", "mei.lin@example.net", "Mei.Lin+a.b-1@Example.Net>", True),
        ("email", "mei.lin@example.net", "MEI.LIN+NEWS@EXAMPLE.NET", True),
        ("email", "mei.lin@example.net", "mei.lin+news@example.org", False),
        ("email", "mei.lin@example.net", "mei.lin+news@example.net.cn", False),
        ("email", "mei.lin@example.net", "ai.mei.lin+news@example.net", False),
        ("email", "mei.lin@example.net", "mei.lin+1 = you", False),
        ("phone", "13812345670", "0.13812345670", False),
        ("phone", "13812345670", "[13812345670.5]", False),
        ("phone", "13812345670", "13812345670.0", True),
        ("phone", "13812345670", "13812345670.1715670000", True),
        ("phone", "13812345670", "GA1.2.13812345670.3", True),
        ("phone", "13812345670", "Call 13812345670.", True),
        ("ip", "114.20.30.40", "from 114.20.30.40:443", True),
        ("ip", "114.20.30.40", "v1.114.20.30.40", False),
        ("ip", "114.20.30.40", "114.20.30.40.7", False),
        ("mac", "a4:77:33:0a:02:03", "mac:a4:77:33:0a:02:03:end", True),
        ("mac", "a4:77:33:0a:02:03", "a4:77:33:0a:02:03-a4:77:33:0a:02:04", True),
        ("mac", "a4:77:33:0a:02:03", "9f:a4:77:33:0a:02:03", False),
        ("mac", "a4:77:33:0a:02:03", "SHA1 a4:77:33:0a:02:03:1b:44", False),
    ],
)
def test_names_within_longer_names(type_, value, text, expected):
    assert found(make_profile(make_identifier(type_, value)), text) is expected


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize(
    "make", [str, lambda m: m[4:], lambda m: m[:-3] + "…", lambda m: f"“{m[2:]}”", lambda m: f"> {m}"]
)
def test_pieces_of_the_message(message, make):
    assert found(make_profile(make_identifier("sms", message)), make(message))


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize(
    "change",
    [
        {"ZX4021": "QQ7788", "512": "4", "Maple": "Zed", "三": "五"},
        {"ZX4021": "{code}", "512": "{n}", "Maple": "{name}", "三": "{day}"},
        {"ZX4021": "****", "512": "*", "Maple": "***", "三": "*"},
    ],
)
def test_another_message_of_the_same_wording(message, change):
    other = message
    for old, new in change.items():
        other = other.replace(old, new)
    assert not found(make_profile(make_identifier("sms", message)), other)


def test_another_identifier_in_usual_base64_is_none_under_an_unknown_alphabet():
    profile = make_profile(make_identifier("idfa", "6D92078A-8246-4BA4-AE5B-76104861E7DC"))
    for digit in "0123456789ABCDEF".replace("C", ""):
        assert not found(profile, base64.b64encode(f"6D92078A-8246-4BA4-AE5B-76104861E7D{digit}".encode()).decode())


@pytest.mark.parametrize("before", ["", "x", "xy", "id="])
@pytest.mark.parametrize("after", ["", "|", "|k", "\xff\x00"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("460001234567890", True),
        ("460001234567891", False),
        ("460001234567892", False),
        ("560001234567890", False),
        ("9460001234567890", False),
        ("4600012345678907", False),
    ],
)
def test_in_base64_a_neighbour_is_no_match_either(before, value, after, expected):
    text = base64.b64encode((before + value + after).encode("latin-1")).decode()
    profile = make_profile(make_identifier("imsi", "460001234567890"))
    assert found(profile, text) is expected
    assert found(profile, "v1." + text.rstrip("=") + "~") is expected


def test_what_is_found_under_rot13_is_not_found_again_under_an_unknown_alphabet():
    value = "6D92078A-8246-4BA4-AE5B-76104861E7DC"
    text = codecs.encode(base64.b64encode(json.dumps({"id": value, "n": 12}).encode()).decode(), "rot13")
    detector = Detector(make_profile(make_identifier("idfa", value)))
    leaks = detector.feed(make_request(body=json.dumps({"v": text}).encode()))
    assert [(leak.location, leak.chain) for leak in leaks] == [
        ("body.json:$.v.json:$.id", ("json", "rot13", "base64", "json"))
    ]
