"""What `encode` wraps, the detector unwraps: any value under any chain is found with that chain."""

import gzip
import hashlib
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leakwatch.decoders import silent
from leakwatch.detector import Detector
from leakwatch.model import Direction
from leakwatch.testing import ENCODERS, encode, make_identifier, make_profile, make_request, make_response
from leakwatch.testing.factories import EMAIL, IMEI

OUTER = ["json", "multipart", "xml", "ndjson", "base64", "gzip", "zstd"]
INNER = [*OUTER, "form", "zlib", "hex", "md5", "sha1", "sha256"]
DIGESTS = ("md5", "sha1", "sha256")

chains = st.tuples(st.lists(st.sampled_from(OUTER), max_size=3), st.sampled_from(INNER)).map(lambda t: (*t[0], t[1]))


def test_encode_applies_the_innermost_first():
    assert encode("a", ()) == b"a"
    assert encode("a", ("hex", "base64")) == b"59513d3d"
    assert encode("a", ("md5",)) == hashlib.md5(b"a").hexdigest().encode()
    assert encode("a", ("md5[8:24]",)) == hashlib.md5(b"a").hexdigest()[8:24].encode()
    assert json.loads(gzip.decompress(encode("é", ("gzip", "json"))))["payload"] == "é"


def test_what_cannot_be_written_is_an_error():
    with pytest.raises(KeyError):
        encode("a", ("no such name",))
    with pytest.raises(ValueError, match="cannot hold"):
        encode(b"\xff", ("json",))


@pytest.mark.parametrize("name", sorted(ENCODERS))
def test_every_encoder_is_deterministic(name):
    assert encode(EMAIL, (name,)) == encode(EMAIL, (name,)) != b""


DETECTOR = Detector(make_profile())


def found(detector, body, name):
    leaks = detector.feed(make_request(body=body))
    detector.finish()
    return [silent(leak.chain) for leak in leaks if leak.identifier == name]


SHORT = ("crc32", "adler32", "mmh3_32")
"""Four bytes mean something only under a key that names the type."""

UNCHANGED = ("percent", "gbk", "quoted-printable", "jwt")
"""These leave an address as it is, or need JSON inside."""


@pytest.mark.parametrize("name", SHORT)
def test_a_short_digest_is_found_under_its_key(name):
    body = json.dumps({"email": encode(EMAIL, (name,)).decode()}).encode()
    assert found(DETECTOR, body, "email") == [("json", name)]


@pytest.mark.parametrize("name", sorted(ENCODERS.keys() - {*SHORT, *UNCHANGED}))
def test_every_single_layer_is_found(name):
    chain = silent((name,))
    assert chain in found(DETECTOR, encode(EMAIL, (name,)), "email")


@settings(max_examples=60, deadline=None)
@given(chain=chains)
def test_any_chain_is_found_as_it_is(chain):
    try:
        body = encode(IMEI, chain)
    except ValueError:
        assume(False)
    assert found(DETECTOR, body, "imei") == [silent(chain)]


names = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=6, max_size=20)


@settings(max_examples=15, deadline=None)
@given(name=names, chain=chains)
def test_any_value_is_found(name, chain):
    value = f"{name}@example.org"
    detector = Detector(make_profile(make_identifier("email", value)))
    try:
        body = encode(value, chain)
    except ValueError:
        assume(False)
    assert silent(chain) in found(detector, body, "email")


def test_factories_fill_in_the_rest():
    request = make_request("http://h.example.com:8080/a?b=c", body=b"x", headers={"A": "b"}, content_type="text/plain")
    assert (request.host, request.port, request.target, request.method) == ("h.example.com", 8080, b"/a?b=c", "POST")
    assert request.headers == ((b"Host", b"h.example.com"), (b"A", b"b"), (b"Content-Type", b"text/plain"))
    assert request.url == "http://h.example.com:8080/a?b=c"
    assert make_response(status=404).exchange == request.exchange
    assert [i.name for i in make_profile(imei=IMEI).identifiers] == ["imei"]
    assert len(make_profile().identifiers) == 4
    assert Direction.REQUEST == "request"
