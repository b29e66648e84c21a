"""Which matches become finds, and how they are read: the spelling of numbers and raw bytes, pairs of coordinates."""

import base64
import hashlib
import itertools
import json
import struct
import zlib

import pytest

from leakwatch.detector import Detector
from leakwatch.testing import make_profile, make_request
from leakwatch.testing.factories import IMEI, make_identifier


def told(leaks):
    return [(leak.identifier, leak.location, leak.chain) for leak in leaks]


def as_json(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("type_", "value", "text", "chain"),
    [
        ("gsf_id", "3902284857512345678", f"{3902284857512345678:016x}", ("json",)),
        ("imei", IMEI, f"{int(IMEI):016x}", ("json", "base16-int")),
        ("iccid", "8986011234567890123", "8986011234567890123F", ("json",)),
    ],
)
def test_the_hex_text_of_a_number_is_how_it_is_written(type_, value, text, chain):
    detector = Detector(make_profile(make_identifier(type_, value)))
    assert told(detector.feed(make_request(body=as_json({"x": text})))) == [(type_, "body.json:$.x", chain)]


def test_a_digest_whose_end_can_be_read_as_chinese_is_one_find():
    """Raw bytes are looked for in bytes, not in the text that they happen to make."""
    for count in itertools.count():
        value = f"2C:54:91:00:{count >> 8:02X}:{count & 255:02X}"
        digest = hashlib.sha256(value.encode()).digest()
        try:
            digest.decode("gb18030")
        except UnicodeDecodeError:
            continue
        break
    detector = Detector(make_profile(make_identifier("mac", value)))
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    leaks = detector.feed(make_request(f"https://x.example.com/?q={text}"))
    assert told(leaks) == [("mac", "query:q", ("base64", "sha256"))]


def test_a_position_in_a_query_is_one_leak_where_it_was_opened():
    detector = Detector(make_profile(make_identifier("gps", "30.297031,120.120196")))
    text = base64.b64encode(as_json({"lat": 30.297031, "lng": 120.120196, "acc": 12.0})).decode().rstrip("=")
    leaks = detector.feed(make_request(f"https://x.example.com/?ctx={text}"))
    assert told(leaks) == [("gps", "query:ctx.json:$.lat", ("base64", "json"))]


def test_the_latitude_of_one_row_and_the_longitude_of_another_are_no_position():
    detector = Detector(make_profile(make_identifier("gps", "30.297031,120.120196")))
    rows = b"id,lat,lng\n1,30.297031,121.555555\n2,31.444444,120.120196\n"
    headers = {"Content-Type": "text/csv"}
    assert detector.feed(make_request("https://x.example.com/", body=rows, headers=headers)) == []
    rows = b"id,lat,lng\n1,30.297011,120.120206\n2,30.297051,120.120186\n"
    assert detector.feed(make_request("https://x.example.com/", body=rows, headers=headers)) != []


@pytest.mark.parametrize(("key", "hit"), [("imei_crc32", True), ("imeiCrc", True), ("imei_md5", True), ("crc", False)])
def test_a_key_may_name_the_type_and_the_digest(key, hit):
    detector = Detector(make_profile(make_identifier("imei", IMEI)))
    leaks = detector.feed(make_request(f"https://x.example.com/?{key}={zlib.crc32(IMEI.encode())}"))
    assert told(leaks) == ([("imei", f"query:{key}", ("crc32",))] if hit else [])


@pytest.mark.parametrize(
    ("body", "hit"),
    [
        ({"loc": {"lat": {"v": 30.297031}, "lon": {"v": 120.120196}}}, True),
        ({"shops": [{"lat": 30.297031, "lon": 9.5}, {"lat": 8.5, "lon": 120.120196}]}, False),
    ],
)
def test_coordinates_may_each_be_wrapped_in_an_object_of_their_own(body, hit):
    detector = Detector(make_profile(make_identifier("gps", "30.297031,120.120196")))
    chains = [(leak.identifier, leak.chain) for leak in detector.feed(make_request(body=as_json(body)))]
    assert chains == ([("gps", ("json",))] if hit else [])


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be"])
def test_a_chinese_name_in_utf_16_is_found_inside_binary_data(coding):
    detector = Detector(make_profile(make_identifier("person_name", "欧阳语桐")))
    leaks = detector.feed(
        make_request(body=b"\x01\x00\xff\xfe\x07" + "姓名=欧阳语桐;".encode(coding) + b"\x00\x80\x00")
    )
    assert [leak.chain for leak in leaks] == [(coding.replace("16-", "16"),)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("longitude", "between", "hit"),
    [(120.120196, 0, True), (120.120196, 4, True), (120.120196, 40, False), (119.9, 0, False)],
)
def test_bare_doubles_beside_each_other_are_a_position(order, longitude, between, hit):
    detector = Detector(make_profile(make_identifier("gps", "30.297031,120.120196")))
    record = struct.pack(f"{order}d{between}xd", 30.297031, longitude)
    leaks = detector.feed(make_request(body=b"\x01\xff\xfe\x07" + record + b"\x9c\x00\x80"))
    assert told(leaks) == ([("gps", "body", ("double",))] if hit else [])
