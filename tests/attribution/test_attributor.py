"""The attributor: the most specific claim wins, protocols hold on any host, nothing from the wire breaks it."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.attribution import Attributor
from leakwatch.model import App, Party


def company(name: str, *endpoints: str, sdk: str = "") -> str:
    """A signature file of one company with one SDK."""
    lines = "\n".join(f"      - {e}" for e in endpoints)
    return (
        f"version: 1\ncompany: {{id: {name}, name: {name.title()}}}\n"
        f"sdks:\n  - id: {sdk or name + '-sdk'}\n    name: x\n    category: push\n    endpoints:\n{lines}\n"
    )


def test_the_longest_match_wins_whatever_the_order_of_files(make) -> None:
    a = make(
        a=company("wide", "{hosts: [.example.com], reasoning: all of it}"),
        b=company("narrow", "{hosts: [.log.example.com], reasoning: a part of it}"),
        c=company("pattern", "{hosts: ['x*.log.example.com'], reasoning: a pattern of it}"),
        d=company("exact", "{hosts: [x1.log.example.com], reasoning: one name}"),
        e=company("path", "{hosts: [x1.log.example.com], paths: ['/p/*'], reasoning: one path}"),
    )
    seen = {
        name: a.attribute(host, target).company
        for name, host, target in (
            ("path", "x1.log.example.com", "/p/1"),
            ("exact", "x1.log.example.com", "/q"),
            ("pattern", "x2.log.example.com", "/p/1"),
            ("narrow", "y.log.example.com", "/p/1"),
            ("wide", "example.com", "/p/1"),
        )
    }
    assert seen == {name: name.title() for name in seen}


def test_a_suffix_ends_at_a_label(make) -> None:
    a = make()
    assert a.attribute("acmelog.net").sdk == a.attribute("a.b.acmelog.net").sdk == "acme-log"
    for host in ("notacmelog.net", "acmelog.net.evil.com", "acmelog.net.cn", "acmelog-net.com"):
        assert a.attribute(host).party is Party.UNKNOWN


def test_an_sdk_beats_its_companys_site_and_the_site_names_no_sdk(make) -> None:
    a = make()
    assert a.attribute("log.acme.com").sdk == "acme-log"
    site = a.attribute("www.acme.com")
    assert (site.sdk, site.company, site.parent, site.country, site.party) == ("", "Acme", "Holding", "CN", Party.THIRD)
    assert "own site" in site.reason


def test_the_bare_domain_and_www_stay_the_site_unless_claimed_by_name(make) -> None:
    text = company("own", "{hosts: [.own.com, www.claimed.com], reasoning: the whole domain}")
    a = make(own=text.replace("name: Own}", "name: Own, domains: [own.com, claimed.com]}"))
    assert [a.attribute(h).sdk for h in ("own.com", "www.own.com", "a.own.com")] == ["", "", "own-sdk"]
    assert [a.attribute(h).sdk for h in ("claimed.com", "www.claimed.com", "a.claimed.com")] == ["", "own-sdk", ""]


def test_conditions_must_hold(make) -> None:
    a = make()
    assert a.attribute("api.acme.com", "/log/1").sdk == "acme-log"
    assert a.attribute("api.acme.com", "/logs").sdk == ""
    assert a.attribute("x.shared-cdn.net", "/?acme=1").sdk == "acme-log"
    assert a.attribute("x.shared-cdn.net", "/?other=1").party is Party.UNKNOWN


def test_hosts_come_in_many_spellings(make) -> None:
    a = make(a=company("idn", "{hosts: [.例子.测试公司.cn, .bücher.de], reasoning: names beyond ASCII}"))
    for host in ("bücher.de", "xn--bcher-kva.de", "WWW.BÜCHER.DE.", "bücher.de:8443", "https://u@bücher.de/x"):
        assert a.attribute(host).sdk == "idn-sdk", host
    assert a.attribute("a.例子.测试公司.cn").sdk == "idn-sdk"
    assert "bücher.de" in a.attribute("xn--bcher-kva.de").reason


def test_a_protocol_holds_on_any_host_and_says_nothing_about_who_runs_it(make) -> None:
    a = make(App("com.shop.app", ("shop.com",), "Shop"))
    own = a.attribute("t.shop.com", "/x/acme/collect?k=1&v=2")
    assert (own.party, own.sdk, own.company) == (Party.FIRST, "acme-log", "Shop")
    assert "protocol of acme-log by Acme" in own.reason and "not who runs the host" in own.reason
    strange = a.attribute("t.example.org", "/acme/collect?k=1&v=2")
    assert (strange.party, strange.sdk, strange.company) == (Party.UNKNOWN, "acme-log", "")
    assert a.attribute("203.0.114.9", "/acme/collect?k=1&v=2").sdk == "acme-log"
    assert a.attribute("t.example.org", "/acme/collect?k=1&v=1").sdk == ""
    assert a.attribute("t.example.org", "/acme/collect?v=2").sdk == ""
    assert a.attribute("t.example.org", "/", ((b"x-acme", b"android"),)).sdk == "acme-log"
    assert a.attribute("t.example.org", "/", ((b"x-acme", b"ios"),)).sdk == ""
    assert a.attribute("t.example.org", "/acme/batch", body_keys={"acme_key"}).sdk == "acme-log"


def test_a_protocol_on_rented_hosting_leaves_the_hoster_infrastructure(make) -> None:
    verdict = make().attribute("bucket.acmecloud.com", "/acme/collect?k=1&v=2")
    assert (verdict.party, verdict.sdk) == (Party.INFRASTRUCTURE, "acme-log")
    assert make().attribute("bucket.acmecloud.com", "/").sdk == "acme-host"


def test_cloaking_by_cname_and_certificate(make) -> None:
    a = make(App("com.shop.app", ("shop.com",), "Shop"))
    verdict = a.attribute("metrics.shop.com", cname=["x.cdn-example.net", "log.acme.com."])
    assert (verdict.party, verdict.sdk, verdict.company) == (Party.THIRD, "acme-log", "Acme")
    assert "the app's own name metrics.shop.com is a DNS alias (CNAME) of log.acme.com" in verdict.reason
    assert a.attribute("metrics.shop.com", cname=["a.acmecloud.com"]).party is Party.FIRST
    served = a.attribute("x.example.org", "/?acme=1", certificates=["*.acmecert.com"])
    assert served.company == "Acme" and "certificate" in served.reason


def test_published_ranges_are_worded_as_uncertain(make) -> None:
    verdict = make().attribute("203.0.113.7", "/?acme=1")
    assert verdict.sdk == "acme-log" and "uncertain" in verdict.reason
    assert make().attribute("203.0.113.7", "/").party is Party.UNKNOWN


def test_where_an_address_is_registered_is_a_hint(make) -> None:
    verdict = make().attribute("log.acme.com", ip="1.2.4.8")
    assert "registered in CN (a hint" in verdict.reason and verdict.country == "CN"
    assert "registered" not in make().attribute("log.acme.com", ip="10.0.0.1").reason


def test_the_reason_is_said_in_words(make) -> None:
    reason = make().attribute("log.acme.com").reason
    assert reason.startswith("sent to Acme's endpoint log.acme.com (signature acme-log: host log.acme.com; ")
    assert "code read" not in reason and "third party" in reason
    assert "suffix acmelog.net" in make().attribute("a.acmelog.net").reason


def test_unknown_is_unknown_not_third(make) -> None:
    verdict = make().attribute("cdn.example.org", "/x")
    assert (verdict.party, verdict.sdk, verdict.company) == (Party.UNKNOWN, "", "")
    assert "registrable domain example.org" in verdict.reason


def test_later_folders_win(write) -> None:
    from leakwatch.attribution.index import compile_index
    from leakwatch.attribution.load import read_folders

    one = write("one", a=company("old", "{hosts: [.example.com], reasoning: first claim}", sdk="same"))
    two = write("two", b=company("new", "{hosts: [.example.com], reasoning: second claim}"))
    signatures = read_folders([one, two])
    assert Attributor(compile_index(signatures)).attribute("example.com").company == "New"
    three = write("three", a=company("third", "{hosts: [.other.com], reasoning: replaced}", sdk="same"))
    replaced = read_folders([one, three])
    assert [name for name, _, _ in replaced.replaced] == ["same"]
    assert Attributor(compile_index(replaced)).attribute("example.com").party is Party.UNKNOWN


HOSTILE = [
    "", ".", "..", "a..b", "-", "*", "[::1", "[]:80", "::1%eth0", "a" * 300, ("a" * 63 + ".") * 5 + "com", "\x00.com",
    "log.acme.com\x1b[2J", "xn--", "xn--a", "xn--99999999999.com", "1.2.3", "1.2.3.4.5", "999.1.1.1", "0x7f.1",
    "💥.com", "\ud800.com", "a b.com", "//", "http://", "@", ":", "com", "co.uk", "log.acme.com@evil.org",
    "a" * 100_000, ".".join("a" * 5000), "::ffff:1.2.3.4", "[2001:db8::1]:443",
]  # fmt: skip


def test_hostile_hosts_are_answered(make) -> None:
    a = make(App("com.shop.app", ("shop.com",)))
    for host in HOSTILE:
        verdict = a.attribute(host, "/x")
        assert verdict.party is Party.UNKNOWN, host[:40]
        assert verdict.reason.isprintable() and len(verdict.reason) < 600


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=120), st.binary(max_size=40))
def test_anything_is_answered(host: str, target: str, header: bytes) -> None:
    a = _bundled()
    verdict = a.attribute(host, target, ((header, header), ("x", "y")), header.decode("latin-1"), target, [host])
    assert verdict.reason and len(verdict.reason) < 4000


def _bundled(found: list[Attributor] = []) -> Attributor:  # noqa: B006 - loaded once for all examples
    if not found:
        found.append(Attributor.load())
    return found[0]


def test_hostile_requests_cost_little(bundled: Attributor) -> None:
    started = time.process_time()
    bundled.attribute("a.example.org", "/" + "a/" * 500_000)
    bundled.attribute("a.example.org", "/?" + "a=b&" * 500_000)
    bundled.attribute("a.example.org", "/" + "api/" * 400 + "x", tuple((b"h%d" % n, b"v" * 9999) for n in range(5000)))
    bundled.attribute("b.example.org", cname=["x.example.net"] * 100_000)
    assert time.process_time() - started < 10, "hours where anything is quadratic; bench/attribution.py has the figures"


def test_memory_stays_bounded(make) -> None:
    from leakwatch.attribution import attributor

    a = make()
    for number in range(attributor.MAX_REMEMBERED + 10):
        a.attribute(f"h{number}.example.org")
    assert len(a._hosts) <= attributor.MAX_REMEMBERED and len(a._verdicts) <= attributor.MAX_REMEMBERED
