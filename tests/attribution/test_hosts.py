"""Host names: one form for all spellings, suffixes at labels, rules that refuse what nobody owns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.attribution.hosts import HostRule, as_address, normal_host, registrable, shown_host, suffixes


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Example.COM.", "example.com"),
        ("https://user:pw@a.example.com:8443/x?y", "a.example.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("例子。中国", "xn--fsqu00a.xn--fiqs8s"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("1.2.3.4:80", "1.2.3.4"),
        ("a_b.example.com", "a_b.example.com"),
        ("a b.com", ""),
        ("x" * 254, ""),
        ("\ud800.com", ""),
        ("", ""),
    ],
)
def test_normal_host(text: str, host: str) -> None:
    assert normal_host(text) == host


@given(st.text(max_size=60))
def test_normal_host_is_a_fixed_point(text: str) -> None:
    host = normal_host(text)
    assert normal_host(host) == host and host.isascii()


def test_suffixes_and_registrable_domains() -> None:
    assert suffixes("a.b.co.uk") == ["a.b.co.uk", "b.co.uk", "co.uk", "uk"]
    assert registrable("a.b.co.uk") == "b.co.uk" and registrable("foo.公司.cn".encode("idna").decode()) != ""
    # Private suffixes are hosters' names: the hoster is who owns them.
    assert registrable("someone.github.io") == "github.io"
    assert registrable("10.0.0.1") == registrable("::1") == registrable("com") == registrable("") == ""
    assert as_address("10.0.0.1") and as_address("::1") and not as_address("1.2.3") and not as_address("a.com")


def test_punycode_is_shown_as_people_read_it_or_left() -> None:
    assert shown_host("xn--bcher-kva.de") == "bücher.de"
    assert shown_host("xn--99999999999.de") == "xn--99999999999.de"


def test_rules() -> None:
    assert HostRule.parse("a.example.com").kind == "exact"
    assert HostRule.parse(".example.com") == HostRule("suffix", "example.com", ".example.com")
    assert HostRule.parse("log*.example.com").anchor == "example.com"
    assert HostRule.parse(".bücher.de").anchor == "xn--bcher-kva.de"


@pytest.mark.parametrize(
    "text", ["", ".", "com", ".co.uk", "a*.com", "*", "http://a.com", "a.com/x", "a.com:80", ".1.2.3.4", "a*"]
)
def test_rules_that_nobody_may_claim(text: str) -> None:
    with pytest.raises(ValueError):
        HostRule.parse(text)
