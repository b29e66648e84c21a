"""Expansion: deterministic, free of repeats, bounded, and each needle is what its chain says."""

import base64
import hashlib
import hmac
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.decoders.names import CHAIN_NAMES
from leakwatch.identifiers.digests import DIGESTS
from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.pieces import pieces, width
from leakwatch.identifiers.variants import base64_pieces, count_variants, expand, salted_variants, variants_of
from leakwatch.model import App, Boundary, DeviceProfile, Identifier, Keys, Variant
from leakwatch.testing.encoding import ENCODERS, encode

IMEI = "867901234567585"
GAID = "38400000-8cf0-41bd-b23e-10b96e40000d"
NO_KEYS = Keys()


def profile_of(*identifiers: Identifier, keys: Keys = NO_KEYS, apps: tuple[App, ...] = ()) -> DeviceProfile:
    return DeviceProfile("test", "CN", identifiers, keys, apps)


def by_needle(type_: str, value: str, keys: Keys = NO_KEYS) -> dict[bytes, Variant]:
    return {v.needle: v for v in variants_of(Identifier(type_, type_, value), "CN", keys)}


IDENTIFIERS = st.lists(
    st.builds(
        Identifier,
        type=st.sampled_from(sorted(KINDS)),
        name=st.text("abcdef", min_size=1, max_size=4),
        value=st.one_of(
            st.text(min_size=1, max_size=40),
            st.from_regex(r"[0-9]{14,16}", fullmatch=True),
            st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
        ),
    ),
    max_size=2,
    unique_by=lambda i: i.name,
)


@given(IDENTIFIERS)
@settings(max_examples=40, deadline=None)
def test_expansion_is_deterministic_and_free_of_repeats(identifiers: list[Identifier]) -> None:
    profile = profile_of(*identifiers, keys=Keys(salts=(b"pepper",), hmac_keys=(b"key",)))
    variants = expand(profile)
    assert variants == expand(profile)
    assert len({(v.needle, v.identifier) for v in variants}) == len(variants)
    assert all(v.needle and v.kind in KINDS and v.alphabet >= 2 for v in variants)


@given(st.text(min_size=1, max_size=40), st.sampled_from(["custom", "ssid", "serial", "person_name", "email"]))
@settings(max_examples=60, deadline=None)
def test_any_text_is_found_plain_and_under_every_digest(value: str, type_: str) -> None:
    found = by_needle(type_, value)
    if not found:  # a placeholder
        return
    assert found[value.encode()].chain == ()
    for name, digest in DIGESTS.items():
        raw = digest(value.encode())
        assert found[raw.hex().encode()].chain[0] == name
        assert raw.hex().upper().encode() in found


@given(st.binary(max_size=5), st.binary(min_size=9, max_size=60), st.binary(max_size=5))
@settings(max_examples=300)
def test_base64_pieces_are_found_at_every_alignment(before: bytes, value: bytes, after: bytes) -> None:
    found = list(base64_pieces(value))
    for to_base64 in (base64.b64encode, base64.urlsafe_b64encode):
        text = to_base64(before + value + after)
        assert any(piece in text for piece in found)


@given(st.binary(min_size=10, max_size=40), st.binary(max_size=4))
def test_base64_pieces_of_another_value_are_not_found(value: bytes, around: bytes) -> None:
    other = bytes(b ^ 0x55 for b in value)
    text = base64.b64encode(around + other + around)
    assert not any(piece in text for piece in base64_pieces(value))


def test_base64_of_what_counts_only_as_a_whole_value_is_no_needle_and_claims_no_more_than_its_bytes() -> None:
    assert not any(v.chain == ("base64",) for v in by_needle("device_name", "Pixel 8 Pro").values())
    pieces_of_digits = [v for v in by_needle("imei", IMEI).values() if (v.chain, v.form) == (("base64",), "")]
    assert pieces_of_digits and all(v.alphabet ** len(v.needle) <= 10 ** len(IMEI) for v in pieces_of_digits)


# -- each transform ----------------------------------------------------------------------------------------------------


def test_double_digests_take_the_inner_one_in_both_cases_and_raw() -> None:
    found = by_needle("imei", IMEI)
    first = hashlib.sha1(IMEI.encode())
    for inner in (first.hexdigest().encode(), first.hexdigest().upper().encode(), first.digest()):
        assert found[hashlib.md5(inner).hexdigest().encode()].chain == ("md5", "sha1")
    assert found[hashlib.md5(base64.b64encode(IMEI.encode())).hexdigest().encode()].chain == ("md5", "base64")


def test_truncated_digests_are_python_slices_of_the_hex() -> None:
    found = by_needle("imei", IMEI)
    md5, sha256 = hashlib.md5(IMEI.encode()).hexdigest(), hashlib.sha256(IMEI.encode()).hexdigest()
    assert found[md5[8:24].encode()].chain == ("md5[8:24]",)
    assert found[md5[8:24].upper().encode()].form == "hex upper"
    assert found[sha256[-16:].encode()].chain == ("sha256[48:64]",)
    assert found[sha256[:20].encode()].chain == ("sha256[0:20]",)
    assert found[md5[:8].encode()].whole and not found[md5[:10].encode()].whole
    assert md5[:9].encode() not in found and md5[1:17].encode() not in found


@pytest.mark.parametrize("separator", ["", ":", "_", "-", "&"])
def test_known_salts_stand_before_or_after(separator: str) -> None:
    found = by_needle("gaid", GAID, Keys(salts=(b"pepper",)))
    for text in (f"pepper{separator}{GAID}", f"{GAID}{separator}pepper", f"pepper{separator}{GAID.upper()}"):
        variant = found[hashlib.md5(text.encode()).hexdigest().encode()]
        assert variant.chain == ("salted-md5",)
        assert "salt" in variant.form
    assert hashlib.md5(f"salt{separator}{GAID}".encode()).hexdigest().encode() not in found


def test_a_salted_digest_of_a_digest_has_both_in_its_chain() -> None:
    inner = hashlib.md5(IMEI.encode()).hexdigest()
    found = by_needle("imei", IMEI, Keys(salts=(b"pepper",)))
    assert found[hashlib.md5(f"{inner}pepper".encode()).hexdigest().encode()].chain == ("salted-md5", "md5")
    assert hashlib.md5(f"{inner}salt".encode()).hexdigest().encode() not in found


def test_known_keys_make_hmacs() -> None:
    found = by_needle("gaid", GAID, Keys(hmac_keys=(b"secret",)))
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hmac.new(b"secret", GAID.encode(), name)
        assert found[digest.hexdigest().upper().encode()].chain == (f"hmac-{name}",)
        assert found[digest.digest()].form == "raw"
    assert hmac.new(b"other", GAID.encode(), "md5").hexdigest().encode() not in found


def test_salts_found_in_a_flow_are_tried_without_the_rest() -> None:
    made = {v.needle: v for v in salted_variants(Identifier("gaid", "gaid", GAID), "CN", (b"n0nce",))}
    assert made[hashlib.sha256(f"{GAID}n0nce".encode()).hexdigest().encode()].chain == ("salted-sha256",)
    assert made[hmac.new(b"n0nce", GAID.encode(), "sha1").hexdigest().encode()].chain == ("hmac-sha1",)
    assert GAID.encode() not in made
    assert not any(salted_variants(Identifier("gaid", "gaid", "00000000-0000-0000-0000-000000000000"), "", (b"n",)))


def test_short_digests_are_hex_and_decimal_under_a_naming_key_only() -> None:
    found = by_needle("imei", IMEI)
    crc = zlib.crc32(IMEI.encode())
    assert found[str(crc).encode()].chain == ("crc32",) and found[str(crc).encode()].whole
    assert found[f"{crc:08x}".encode()].whole and found[f"{crc:08X}".encode()].whole
    xxh64 = int.from_bytes(DIGESTS["xxh64"](IMEI.encode()), "big")
    assert found[str(xxh64).encode()].boundary is Boundary.DIGIT and not found[str(xxh64).encode()].whole


def test_boundaries_and_alphabets_follow_the_needle() -> None:
    found = by_needle("imei", IMEI)
    md5 = hashlib.md5(IMEI.encode())
    assert (found[IMEI.encode()].boundary, found[IMEI.encode()].alphabet) == (Boundary.DIGIT, 10)
    assert (found[md5.hexdigest().encode()].boundary, found[md5.hexdigest().encode()].alphabet) == (Boundary.HEX, 16)
    assert (found[md5.digest()].boundary, found[md5.digest()].alphabet) == (Boundary.NONE, 256)
    assert by_needle("email", "li@example.com")[b"li@example.com"].boundary is Boundary.WORD


def test_numbers_of_few_bits_do_not_claim_the_chance_of_eight_bytes() -> None:
    variant = by_needle("phone", "13912345678")[(13912345678).to_bytes(8, "little")]
    assert variant.alphabet**8 <= 1 << 34


def test_the_local_part_of_an_address_is_searched_digested_only() -> None:
    found = by_needle("email", "Wei.Li.88@example.com")
    assert b"wei.li.88" not in found and b"Wei.Li.88" not in found
    assert found[hashlib.md5(b"wei.li.88").hexdigest().encode()].form == "local part, lower"


@pytest.mark.parametrize("text", [f"imei:{IMEI}", f"IMEI={IMEI}", f"{IMEI}\n", f'"{IMEI}"'])
def test_what_a_value_is_wrapped_in_is_searched_digested_only(text: str) -> None:
    found = by_needle("imei", IMEI)
    assert text.encode() not in found
    assert hashlib.md5(text.encode()).hexdigest().encode() in found


@pytest.mark.parametrize("type_", ["imei", "gaid", "mac", "phone", "email", "gps"])
def test_what_independent_encoders_make_is_a_needle_under_the_same_chain(type_: str) -> None:
    values = {"imei": IMEI, "gaid": GAID, "mac": "a4:77:33:0a:02:03", "phone": "13912345678", "email": "li@example.com",
              "gps": "30.1123,120.3547"}  # fmt: skip
    found = by_needle(type_, values[type_])
    single = [(name,) for name in DIGESTS if name in ENCODERS]
    double = [(a, b) for a in ("md5", "sha1", "sha256", "sha512") for b in ("md5", "sha1", "sha256", "sha512")]
    cut = [("md5[8:24]",), ("md5[0:10]",), ("sha1[0:20]",), ("sha1[24:40]",), ("sha256[0:16]",), ("sha256[0:32]",)]
    assert len(single) >= 15
    for chain in single + double + cut:
        assert found[encode(values[type_], chain)].chain == chain


# -- several identifiers -----------------------------------------------------------------------------------------------


def test_a_needle_of_two_identifiers_is_kept_for_both() -> None:
    variants = expand(profile_of(Identifier("gaid", "gaid", GAID), Identifier("oaid", "oaid", GAID)))
    assert {v.identifier for v in variants if v.needle == GAID.encode()} == {"gaid", "oaid"}


def test_the_identifiers_of_other_apps_are_left_out() -> None:
    own = App("com.example.a", identifiers=(Identifier("idfv", "idfv", GAID),))
    other = App("com.example.b", identifiers=(Identifier("idfv", "idfv", GAID.replace("d", "e")),))
    profile = profile_of(Identifier("imei", "imei", IMEI), apps=(own, other))
    assert {v.needle for v in expand(profile, "com.example.a")} >= {GAID.encode(), IMEI.encode()}
    assert GAID.replace("d", "e").encode() not in {v.needle for v in expand(profile, "com.example.a")}
    assert GAID.replace("d", "e").encode() in {v.needle for v in expand(profile)}


def test_that_the_tested_app_names_itself_is_no_leak() -> None:
    profile = profile_of(*(Identifier("installed_apps", n, f"com.example.{n}") for n in ("dating", "bank")))
    assert {v.identifier for v in expand(profile, "com.example.bank")} == {"dating"}


def test_items_of_a_set_get_the_short_list() -> None:
    counts = count_variants(
        profile_of(Identifier("contact_phone", "c", "13912345678"), Identifier("phone", "p", "13912345678"))
    )
    assert 20 < counts["c"] < 250 < counts["p"]


def test_placeholders_count_nothing() -> None:
    assert count_variants(profile_of(Identifier("mac", "mac", "02:00:00:00:00:00"))) == {"mac": 0}


# -- pieces of texts ---------------------------------------------------------------------------------------------------

WORDS = st.text("abcdefghij klmnop,.末班车开走了我在站台等你十五分钟", min_size=1, max_size=300)


@given(WORDS, st.integers(0, 200))
@settings(max_examples=200)
def test_any_long_enough_piece_of_a_text_holds_a_needle(text: str, start: int) -> None:
    end = start
    while end < len(text) and width(text[start:end]) < 42:
        end += 1
    piece = text[start:end]
    if width(piece) >= 42 and len(set(piece)) > 12:
        assert any(p in piece for p in pieces(text))


@given(st.text(max_size=5000))
@settings(max_examples=50)
def test_pieces_are_bounded_and_of_the_text(text: str) -> None:
    found = list(pieces(text))
    assert len(found) <= 130
    assert all(p in text and width(p) >= 20 for p in found)


def test_what_two_messages_share_names_neither() -> None:
    head = "【示例银行】尊敬的客户您好，您的账户有一笔新的交易，"
    one, two = head + "金额八十八元，来自西湖路的咖啡馆。", head + "金额一百二十元，来自中山路的书店。"
    variants = expand(profile_of(Identifier("sms", "a", one), Identifier("sms", "b", two)))
    windows = [v for v in variants if v.form == "piece"]
    assert windows and not any(v.needle in one.encode() and v.needle in two.encode() for v in windows)


def test_the_long_name_of_a_contact_in_a_message_does_not_name_the_message() -> None:
    name = "Świętosława Brzęczyszczykiewicz"
    text = f"Cześć {name}, spotkajmy się o 18 przy dworcu, weź dokumenty"
    variants = expand(profile_of(Identifier("contact_name", "who", name), Identifier("sms", "one", text)))
    windows = [v for v in variants if v.form == "piece"]
    assert windows and not any(v.needle in name.encode() for v in windows)


def test_a_very_long_text_is_found_by_its_pieces_and_digests() -> None:
    text = " ".join(f"line {n} of a diary that nobody else keeps." for n in range(20_000))
    found = by_needle("clipboard", text)
    assert max(map(len, found)) <= 4 * 2048
    assert hashlib.md5(text.encode()).hexdigest().encode() in found
    assert sum(needle in text.encode() for needle in found) >= 60


# -- cost --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["imei", "gaid", "mac", "phone", "email", "person_name", "widevine_id", "iccid"])
def test_one_identifier_stays_under_two_and_a_half_thousand_variants(type_: str) -> None:
    values = {"imei": IMEI, "gaid": GAID, "mac": "a4:77:33:0a:02:03", "phone": "+8613912345678",
        "email": "Li.Wei+shop@gmail.com",
              "person_name": "Wei Ming Li", "widevine_id": "c2f1a90d" * 8,
              "iccid": "89860012345678901234"}  # fmt: skip
    assert len(by_needle(type_, values[type_])) < 2_500


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_word_of_form_and_chain_is_documented_and_known() -> None:
    text = (Path(__file__).parents[2] / "docs" / "identifiers.md").read_text(encoding="utf-8")
    values = {"imei": IMEI, "gaid": GAID, "mac": "a4:77:33:0a:02:03", "phone": "+8613912345678",
        "email": "Li.Wei+shop@gmail.com",
              "person_name": "Wei Ming Li", "widevine_id": "c2f1a90d" * 8, "iccid": "8986001234567890123",
              "ip": "2a00:1450::8",
              "gps": "30.1123,120.3547", "sms": "In front of the cinema\nat a quarter past eight, will you be there?",
              "device_name": "Anna's Pixel", "caid": "20230330_912ec803b2ce49e4a541068d495ab570",
              "ecid": "0x1A2B3C4D5E6F70",
              "contact_name": "王小明", "android_id": "0a1b2c3d4e5f6071"}  # fmt: skip
    keys = Keys(salts=(b"s",), hmac_keys=(b"k",))
    variants = [v for type_, value in values.items() for v in variants_of(Identifier(type_, type_, value), "CN", keys)]
    words = {word for v in variants for word in v.form.split(", ") if word}
    assert sorted(word for word in words if f"`{word}`" not in text) == []
    names = {re.sub(r"^(salted|hmac)-|\[.*\]$", "", name) for v in variants for name in v.chain}
    assert names <= set(CHAIN_NAMES)


def test_pieces_that_every_service_writes_name_nobody() -> None:
    from leakwatch.identifiers.pieces import pieces

    text = "【旅行】您的验证码是482913，五分钟内有效，请勿告诉他人，如非本人操作，请忽略本短信"
    found = list(pieces(text))
    assert all("482913" in piece for piece in found)
    assert found
    assert any("欧阳娜娜" in piece for piece in pieces(f"{text}。欧阳娜娜：明天早上八点半在老地方见，别忘了带上身份证"))


@pytest.mark.parametrize(
    ("type_", "value", "data", "chain"),
    [
        ("mac", "58:db:a5:13:b7:7e", bytes.fromhex("58dba513b77e"), ("base64", "raw-bytes")),
        ("person_name", "欧阳娜", "欧阳娜".encode("gbk"), ("base64", "gbk")),
        ("serial", "R58M1AB", b"R58M1AB", ("base64",)),
    ],
)
def test_base64_of_a_few_bytes_is_a_needle_as_a_run_of_its_own(
    type_: str, value: str, data: bytes, chain: tuple[str, ...]
) -> None:
    variant = by_needle(type_, value)[base64.b64encode(data).rstrip(b"=")]
    assert (variant.chain, variant.boundary) == (chain, Boundary.BASE64)
