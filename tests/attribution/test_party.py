"""The party: who runs a host, seen from the app, each verdict with its evidence."""

from __future__ import annotations

from leakwatch.model import App, Party


def test_the_profiles_domains_are_first_party_with_their_subdomains(make) -> None:
    a = make(App("com.x.y", ("shop.com", "*.shop.cn", "HTTPS://Api.Shop.De/"), "Shop"))
    for host in ("shop.com", "a.b.shop.com", "x.shop.cn", "api.shop.de"):
        verdict = a.attribute(host)
        assert verdict.party is Party.FIRST and verdict.company == "Shop" and "device profile" in verdict.reason
    for host in ("notshop.com", "shop.com.evil.org", "shop.de"):
        assert a.attribute(host).party is Party.UNKNOWN


def test_the_profiles_domain_beats_a_signature_but_keeps_its_sdk(make) -> None:
    verdict = make(App("x", ("acmelog.net",))).attribute("a.acmelog.net")
    assert (verdict.party, verdict.sdk) == (Party.FIRST, "acme-log")


def test_the_company_that_owns_the_app_by_name_domain_or_package(make) -> None:
    for app in (
        App("x.y", (), "ACME, Inc."),
        App("x.y", ("acme.com",)),
        App("com.ac.apps.reader"),
        App("com.acme.reader"),
    ):
        verdict = make(app).attribute("a.acmelog.net")
        assert (verdict.party, verdict.sdk) == (Party.FIRST, "acme-log"), app
    assert "weaker evidence" in make(App("com.acme.reader")).attribute("a.acmelog.net").reason


def test_companies_of_one_group(make) -> None:
    verdict = make(App("x.y", ("holding.com",))).attribute("log.acme.com")
    assert verdict.party is Party.SAME_COMPANY and verdict.company == "Acme"
    assert "belongs to Holding" in verdict.reason


def test_the_package_name_spells_a_domain_backwards(make) -> None:
    verdict = make(App("uk.co.shop.app")).attribute("api.shop.co.uk")
    assert verdict.party is Party.FIRST and "weaker evidence" in verdict.reason
    assert make(App("uk.co.shop.app")).attribute("other.co.uk").party is Party.UNKNOWN


def test_a_hoster_is_no_recipient_unless_the_app_is_its_own(make) -> None:
    assert make().attribute("a.acmecloud.com").party is Party.INFRASTRUCTURE
    assert make(App("x.y", (), "Acme")).attribute("a.acmecloud.com").party is Party.FIRST
