"""Kinds: each type of identifier is found in the forms apps send, and a near miss is no form of it."""

import base64
import hashlib

import pytest

from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.placeholders import is_placeholder
from leakwatch.identifiers.variants import variants_of
from leakwatch.model import Boundary, Identifier

GAID = "38400000-8cf0-41bd-b23e-10b96e40000d"
MESSAGE = "【示例银行】您尾号1234的账户于11月21日消费人民币88.00元，余额1,024.55元，请妥善保管您的验证码。"

CASES: dict[str, tuple[str, list[bytes | str], list[bytes | str]]] = {
    "imei": (
        "867901234567585",
        ["86790123456758", "86-790123-456758-5", "86790123-456758-5", "86790123 456758 5",
        "867901-23-456758-5", "8679012345675801", f"{867901234567585:x}",
        f"{867901234567585:X}",
         (867901234567585).to_bytes(8, "big"), (867901234567585).to_bytes(8, "little"),
         bytes.fromhex("0867901234567585"), bytes.fromhex("867901234567585f"), bytes.fromhex("68971032547685f5"),
         "8jn8bmikdd"],
        ["86790123", "867901234567584", "8679"],
    ),
    "meid": ("A10000009296F2", ["a10000009296f2", "270113177609606898", bytes.fromhex("a10000009296f2")],
             ["a1000000", "a10000009296f3"]),
    "imsi": ("460001234567890", ["460-00-1234567890", (460001234567890).to_bytes(8, "big")], ["46000",
        "460001234567891"]),
    "iccid": (
        "8986001234567890123F",
        ["8986001234567890123", "8986 0012 3456 7890 123", "8986001234567890123f", "986800214365870921F3",
        bytes.fromhex("986800214365870921f3")],
        ["898600", "8986001234567890124"],
    ),
    "android_id": (
        "0a1b2c3d4e5f6071",
        ["0A1B2C3D4E5F6071", "a1b2c3d4e5f6071", str(0x0A1B2C3D4E5F6071), bytes.fromhex("0a1b2c3d4e5f6071"),
         bytes.fromhex("71605f4e3d2c1b0a")],
        ["0a1b2c3d", "0a1b2c3d4e5f6072"],
    ),
    "gaid": (
        GAID,
        [GAID.upper(), GAID.replace("-", ""), GAID.replace("-", "").upper(), bytes.fromhex(GAID.replace("-", "")),
         bytes.fromhex("00004038f08cbd41b23e10b96e40000d")],
        ["38400000", "38400000-8cf0-41bd-b23e-10b96e40000e", "{" + GAID + "}"],
    ),
    "oaid": ("1f2e3d4c5b6a7988", ["1F2E3D4C5B6A7988", bytes.fromhex("1f2e3d4c5b6a7988")], ["1f2e3d4c"]),
    "vaid": ("0f" * 15 + "ab" + "c1" * 16, [("0f" * 15 + "ab" + "c1" * 16).upper()], ["0f" * 15]),
    "aaid": ("D41D8CD98F00B204E9800998ECF8427A",
             ["d41d8cd98f00b204e9800998ecf8427a", "d41d8cd9-8f00-b204-e980-0998ecf8427a"], ["d41d8cd98f00b204"]),
    "idfa": ("6D92078A-8246-4BA4-AE5B-76104861E7DC",
             ["6d92078a-8246-4ba4-ae5b-76104861e7dc", "6D92078A82464BA4AE5B76104861E7DC"], ["6D92078A"]),
    "idfv": ("599F9C00-92DC-4B5C-9464-7971F01F8370", ["599f9c0092dc4b5c94647971f01f8370"], ["599f9c00"]),
    "caid": ("20230330_912ec803b2ce49e4a541068d495ab570", ["912ec803b2ce49e4a541068d495ab570",
        "912EC803B2CE49E4A541068D495AB570"],
             ["20230330"]),
    "udid": ("00008030-001C2D3E4F50802E", ["00008030001c2d3e4f50802e", bytes.fromhex("00008030001c2d3e4f50802e")],
        ["00008030"]),
    "ecid": ("0x1A2B3C4D5E6F70", [str(0x1A2B3C4D5E6F70), "1a2b3c4d5e6f70", "001A2B3C4D5E6F70"], ["1a2b3c4d"]),
    "gsf_id": ("3a1b2c3d4e5f6071", ["3A1B2C3D4E5F6071", str(0x3A1B2C3D4E5F6071)], ["3a1b2c3d"]),
    "widevine_id": (
        "c2f1a90d" * 8,
        [("c2f1a90d" * 8).upper(), bytes.fromhex("c2f1a90d" * 8), base64.b64encode(bytes.fromhex("c2f1a90d" * 8)),
         base64.urlsafe_b64encode(bytes.fromhex("c2f1a90d" * 8)).rstrip(b"=")],
        ["c2f1a90d"],
    ),
    "push_token": ("13065ffa4e3f1c2a9b7", ["13065FFA4E3F1C2A9B7"], ["13065ffa"]),
    "mac": (
        "a4:77:33:0a:02:03",
        ["A4:77:33:0A:02:03", "A4-77-33-0A-02-03", "a477.330a.0203", "A477330A0203", "a4:77:33:a:2:3",
        "03:02:0a:33:77:a4",
         "03020a3377a4", bytes.fromhex("a477330a0203"), str(0xA477330A0203), "a677:33ff:fe0a:203",
         (0xA477330A0203).to_bytes(8, "little")],
        ["a4:77:33", "a4:77:33:0a:02:04"],
    ),
    "bt_mac": ("A4773301FFEE", ["a4:77:33:01:ff:ee"], ["a47733"]),
    "bssid": ("d8-0d-17-44-55-66", ["d8:0d:17:44:55:66", "d80d17445566"], ["d8:0d:17"]),
    "ssid": ("Mühle 5G", ["Mühle 5G", "mühle 5g", "Mühle 5G".encode("gb18030")], ["hle 5G"]),
    "serial": ("R58M12ABCDE", ["r58m12abcde"], ["R58M1"]),
    "device_name": ("Anna's Pixel", ["Anna’s Pixel", "Anna's_Pixel", "anna'spixel"], ["Pixel"]),
    "phone": (
        "+8613912345678",
        ["13912345678", "8613912345678", "008613912345678", "139 1234 5678", "139-1234-5678", "+86 139 1234 5678",
         "+86-13912345678", (13912345678).to_bytes(8, "little"), (8613912345678).to_bytes(8, "big")],
        ["1391234567", "+86", "12345678"],
    ),
    "contact_phone": ("+33612345678", ["06.12.34.56.78", "06-12-34-56-78", "06 12 34 56 78"], ["06.12.34"]),
    "email": ("Li.Wei+shop@gmail.com", ["li.wei+shop@gmail.com", "LI.WEI+SHOP@GMAIL.COM", "li.wei@gmail.com",
        "liwei@gmail.com"],
              ["gmail.com", "@gmail.com", "li.wei", "Li.Wei+shop"]),
    "person_name": ("Wei Ming Li", ["weimingli", "WEI MING LI", "LI Wei Ming", "Wei Ming LI",
        "Li Wei Ming", "Li, Wei Ming", "wei_ming_li",
        "Ming Li Wei"],
                    ["Wei Ming", "Li"]),
    "contact_name": (
        "欧阳娜娜",
        ["欧阳 娜娜", "欧阳\u3000娜娜", "欧 阳 娜 娜", "娜娜欧阳", "欧阳娜娜".encode("gbk")],
        ["欧阳", "娜娜"],
    ),
    "id_card": ("11010519491231002x", ["11010519491231002X", "110105 19491231 002X"], ["11010519491231",
        "110105194912310021"]),
    "bank_card": ("6222021234567890", ["6222 0212 3456 7890", "6222-0212-3456-7890",
        bytes.fromhex("6222021234567890")],
                  ["622202", "6222021234567891"]),
    "account": ("li_wei_1988", ["LI_WEI_1988"], ["li_wei"]),
    "password": ("Tr0ub4dor&3", ["Tr0ub4dor&3"], ["tr0ub4dor&3", "TR0UB4DOR&3"]),
    "pin": ("940117283", ["940117283"], ["94011728", "94011"]),
    "sms": (MESSAGE, [MESSAGE, MESSAGE.encode("gb18030")], ["1234", "验证码", "余额1,024.55元"]),
    "calendar": ("Dentist, Rosenweg 14, 3rd floor, ring twice", ["Dentist, Rosenweg 14, 3rd floor, ring twice"],
        ["Dentist"]),
    "call_log": ("13700001111", ["+8613700001111"], ["137000"]),
    "clipboard": ("https://example.com/invite?code=Q7ZK2P", ["https://example.com/invite?code=Q7ZK2P"], ["https://"]),
    "installed_apps": ("com.example.dating", ["COM.EXAMPLE.DATING"], ["com.example"]),
    "ip": ("2a00:1450:0:0:8:800:200c:417a",
           ["2a00:1450::8:800:200c:417a", "2A00:1450:0000:0000:0008:0800:200C:417A",
           bytes.fromhex("2a0014500000000000080800200c417a")],
           ["2a00:1450"]),
    "gps": ("30.1123,120.3547", ["wtme69z8", "wtme69z8gg8f", "8Q224963+WV"], ["30.1123", "120.3547",
        "30.1123,120.3547"]),
    "custom": ("XZ9dd82044-772f-4b99-b17b-208e9c3cc38b", ["xz9dd82044-772f-4b99-b17b-208e9c3cc38b"],
        ["208e9c3cc38b"]),
    "other": ("7d5a6fd0d53a566b", ["7D5A6FD0D53A566B"], ["7d5a6fd0"]),
}  # fmt: skip


def bytes_of(needle: bytes | str) -> bytes:
    return needle if isinstance(needle, bytes) else needle.encode()


def free_needles(type_: str, value: str) -> set[bytes]:
    """The needles that count wherever they stand."""
    return {v.needle for v in variants_of(Identifier(type_, type_, value), "CN") if not v.whole}


def test_every_kind_has_a_case_here_and_every_case_a_kind() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("type_", sorted(CASES))
def test_every_form_of_the_value_is_a_needle(type_: str) -> None:
    value, present, _ = CASES[type_]
    found = free_needles(type_, value)
    if type_ != "gps":
        assert value.encode() in found
    assert [p for p in present if bytes_of(p) not in found] == []


@pytest.mark.parametrize("type_", sorted(CASES))
def test_no_near_miss_is_a_needle(type_: str) -> None:
    value, _, absent = CASES[type_]
    found = free_needles(type_, value)
    assert [a for a in absent if bytes_of(a) in found] == []


@pytest.mark.parametrize("type_", sorted(CASES))
def test_md5_and_sha256_of_the_value_are_needles_in_both_cases_and_raw(type_: str) -> None:
    value = CASES[type_][0].encode()
    found = free_needles(type_, CASES[type_][0])
    for digest in (hashlib.md5(value), hashlib.sha1(value), hashlib.sha256(value)):
        assert {digest.hexdigest().encode(), digest.hexdigest().upper().encode(), digest.digest()} <= found


@pytest.mark.parametrize("type_", sorted(CASES))
def test_the_example_values_are_valid(type_: str) -> None:
    problems = KINDS[type_].validate(CASES[type_][0], "CN")
    assert problems == () or type_ in ("iccid", "bank_card", "imei")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.type)
def test_keys_are_comparable_and_unique(kind) -> None:
    assert kind.keys and len(set(kind.keys)) == len(kind.keys)
    assert all(key == key.lower() and not set(key) & set("_-. ") for key in kind.keys)
    assert kind.label_en and kind.label_zh and kind.why


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.type)
@pytest.mark.parametrize("value", ["", " ", "\x00", "'", "🙂" * 50, "9" * 200, "a" * 3000, "-", "@", "+", "1,2", "é,ü"])
def test_no_value_however_odd_breaks_a_kind(kind, value: str) -> None:
    kind.validate(value, "CN")
    kind.validate(value, "")
    assert all(v.needle for v in variants_of(Identifier(kind.type, "x", value), "CN"))


# -- validation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "good", "bad", "words"),
    [
        ("imei", "490154203237518", "490154203237513", "check digit should be 8, is 3"),
        ("imei", "49015420323751", "4901542032375", "15 digits"),
        ("imei", "49-015420-323751-8", "49015420323751A", "digits only"),
        ("meid", "A10000009296F2", "A10000009296G2", "14 hexadecimal"),
        ("imsi", "460001234567890", "4600012345", "15 digits"),
        ("iccid", "8986001234567890120", "1234567890123456789", "begins with 89"),
        ("android_id", "0a1b2c3d4e5f6071", "0a1b2c3d4e5f607", "16 hexadecimal"),
        ("gaid", GAID, "38400000-8cf0", "UUID"),
        ("oaid", "1f2e3d4c5b6a7988", "1f2e3d4c", "8 characters"),
        ("mac", "a4:77:33:0a:02:03", "a4:77:33:0a:02", "12 hexadecimal"),
        ("mac", "a4:77:33:0a:02:03", "a5:77:33:0a:02:03", "multicast"),
        ("phone", "+8613912345678", "139", "telephone number"),
        ("email", "a@example.com", "a@example", "name@example.com"),
        ("id_card", "11010519491231002X", "110105194912310021", "should be X, is 1"),
        ("bank_card", "4111111111111111", "4111111111111112", "should be 1, is 2"),
        ("ip", "2001:db8::1", "2001:db8:::1", "IPv4 or IPv6"),
        ("gps", "30.1123,120.3547", "120.3547,30.1123,1", "latitude,longitude"),
        ("gps", "30.1123,120.3547", "30.1,120.3547", "too coarse"),
        ("udid", "00008030-001C2D3E4F50802E", "00008030", "40 hexadecimal"),
        ("serial", "R58M12ABCDE", "R58", "under 6"),
    ],
)
def test_validation_passes_the_good_and_names_what_is_wrong(type_: str, good: str, bad: str, words: str) -> None:
    assert KINDS[type_].validate(good, "CN") == ()
    problems = " ".join(KINDS[type_].validate(bad, "CN"))
    assert words in problems
    assert bad not in problems


def test_a_telephone_number_without_country_needs_the_region_unless_it_is_a_chinese_mobile() -> None:
    assert KINDS["phone"].validate("(415) 555-2671", "US") == ()
    assert "device.region" in KINDS["phone"].validate("(415) 555-2671", "")[0]
    assert KINDS["phone"].validate("139 1234 5678", "") == ()
    american = {v.needle for v in variants_of(Identifier("phone", "x", "415-555-2671"), "US")}
    assert {b"+14155552671", b"(415) 555-2671", b"4155552671", b"+1 415 555 2671"} <= american
    assert b"+8613912345678" in {v.needle for v in variants_of(Identifier("phone", "x", "13912345678"), "")}


def test_sixteen_plain_digits_of_a_chip_may_be_decimal_or_hex() -> None:
    found = free_needles("ecid", "7365952829648752")
    assert {f"{7365952829648752:x}".encode(), str(0x7365952829648752).encode()} <= found
    assert str(0x1234567890123).encode() not in free_needles("ecid", "1234567890123")


# -- what never counts, and what counts only under a naming key -------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("gaid", "00000000-0000-0000-0000-000000000000"), ("idfa", "00000000-0000-0000-0000-000000000000"),
        ("mac", "02:00:00:00:00:00"), ("mac", "020000000000"), ("android_id", "9774d56d682e549c"),
        ("android_id", "9774D56D682E549C"), ("imei", "000000000000000"), ("imei", "123456789012345"),
        ("serial", "unknown"), ("oaid", "null"), ("ssid", "<unknown ssid>"), ("oaid", "ffffffffffffffff"),
        ("gps", "0,0"), ("gps", "0.000, 0.000"), ("ip", "127.0.0.1"), ("ip", "0.0.0.0"), ("custom", "  N/A "),
    ],
)  # fmt: skip
def test_placeholders_have_no_variants(type_: str, value: str) -> None:
    assert is_placeholder(type_, value)
    assert variants_of(Identifier(type_, "x", value), "CN") == []


@pytest.mark.parametrize(
    ("type_", "value"), [("gaid", GAID), ("mac", "02:00:00:00:00:01"), ("pin", "0000"), ("gps", "0,0.5")]
)
def test_what_only_resembles_a_placeholder_is_none(type_: str, value: str) -> None:
    assert not is_placeholder(type_, value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [("person_name", "test"), ("person_name", "Li"), ("ip", "10.0.0.1"), ("ip", "192.168.1.7"), ("pin", "1234"),
     ("password", "abc"), ("device_name", "iPhone"), ("device_name", "Pixel 8 Pro"), ("ssid", "Guest"), ("account",
         "admin")],
)  # fmt: skip
def test_short_and_common_values_count_only_under_a_key_that_names_them(type_: str, value: str) -> None:
    variants = variants_of(Identifier(type_, "x", value), "CN")
    assert value.encode() in {v.needle for v in variants}
    assert all(v.whole for v in variants if not v.chain)
    assert all(v.whole for v in variants if v.needle == hashlib.md5(value.encode()).hexdigest().encode())


def test_a_chinese_name_of_two_characters_is_short_but_its_digest_is_not() -> None:
    variants = {v.needle: v for v in variants_of(Identifier("person_name", "x", "邹岚"), "CN")}
    assert variants["邹岚".encode()].whole
    assert not variants[hashlib.md5("邹岚".encode()).hexdigest().encode()].whole


def test_a_number_of_few_digits_is_short_but_its_digest_is_not() -> None:
    variants = {v.needle: v for v in variants_of(Identifier("pin", "x", "940117"))}
    assert variants[b"940117"].whole
    assert not variants[hashlib.md5(b"940117").hexdigest().encode()].whole


def test_a_public_address_and_a_name_given_by_its_owner_are_not_common() -> None:
    assert b"203.0.114.7" in free_needles("ip", "203.0.114.7")
    assert b"Weis Pixel 8" in free_needles("device_name", "Weis Pixel 8")


@pytest.mark.parametrize(
    ("value", "boundary"),
    [("1172860168313205995", Boundary.DIGIT), ("7d5a6fd0d53a566b", Boundary.HEX), (GAID, Boundary.HEX),
     ("user-Zk2", Boundary.WORD), ("<用户甲乙>", Boundary.NONE)],
)  # fmt: skip
def test_a_custom_value_takes_its_boundary_from_its_edges(value: str, boundary: Boundary) -> None:
    found = [v for v in variants_of(Identifier("custom", "x", value)) if v.needle == value.encode()]
    assert [v.boundary for v in found] == [boundary]


def test_the_last_bytes_of_a_mac_count_only_under_a_key_that_names_it() -> None:
    variants = {v.needle: v for v in variants_of(Identifier("mac", "mac", "a4:77:33:0a:02:03"))}
    assert variants[b"0a:02:03"].whole and variants[b"0A0203"].whole


@pytest.mark.parametrize(
    ("type_", "value", "region", "spelling"),
    [
        ("mac", "a4:77:33:0a:02:03", "", "A4.77.33.0A.02.03"),
        ("phone", "+4917093334278", "DE", "+49 170 93334278"),
        ("phone", "+8613912345678", "CN", "139 1234 5678"),
        ("phone", "+919904198844", "IN", "990-4198-844"),
        ("phone", "+919904198844", "IN", "99041 98844"),
        ("imei", "014326001234564", "", "14326001234564"),
        ("iccid", "89860012345678901234", "", "8986001234567890123F"),
        ("phone", "+14155550132", "US", "+1 (415) 555-0132"),
        ("phone", "+14155550132", "US", "415.555.0132"),
        ("email", "juergen_muess07@web.de", "", "Juergen_muess07@web.de"),
        ("email", "juergen_muess07@web.de", "", "Juergen_Muess07@Web.De"),
    ],
)
def test_spellings_that_people_and_programs_use(type_: str, value: str, region: str, spelling: str) -> None:
    needles = {v.needle: v for v in variants_of(Identifier(type_, "x", value), region)}
    assert needles[spelling.encode()].chain == ()
