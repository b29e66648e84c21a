"""Other names of a host: aliases and certificates name the vendor, shared addresses name nobody."""

from leakwatch.attribution.aliases import CERTIFICATE, CNAME, RESOLVED, claimed_alias, resolved_alias
from leakwatch.attribution.request import Request
from leakwatch.model import App, Party

PLAIN = Request("/")


def test_the_first_claimed_alias_counts_and_hosters_tell_nothing(make) -> None:
    rules = make()._rules
    alias = claimed_alias(rules, ["x.cdn-example.net", "h.acmecloud.com", "a.acmelog.net."], (), PLAIN)
    assert alias and (alias.name, alias.how, alias.hit.rule.sdk) == ("a.acmelog.net", CNAME, "acme-log")
    assert claimed_alias(rules, ["h.acmecloud.com", "www.acme.com", "not a name!"], (), PLAIN) is None


def test_a_certificates_name_counts_only_where_a_signature_says_so(make) -> None:
    rules = make()._rules
    alias = claimed_alias(rules, (), ["*.acmecert.com"], Request("/?acme=1"))
    assert alias and alias.how == CERTIFICATE
    assert claimed_alias(rules, (), ["*.acmelog.net"], PLAIN) is None


def test_an_address_stands_for_its_names_only_while_they_are_one_companys(make) -> None:
    rules = make()._rules
    alias = resolved_alias(rules, ["www.acme.com", "a.acmelog.net"], PLAIN)
    assert alias and (alias.how, alias.hit.rule.sdk) == (RESOLVED, "acme-log")
    assert resolved_alias(rules, ["a.acmelog.net", "www.holding.com"], PLAIN) is None
    assert resolved_alias(rules, ["a.acmelog.net", "x.example.org"], PLAIN) is None
    assert resolved_alias(rules, [], PLAIN) is None


def test_verdicts_on_bare_addresses_say_that_they_are_uncertain(make) -> None:
    a = make(App("com.shop.app", ("shop.com",), "Shop"))
    verdict = a.attribute("198.51.100.7", resolved=["a.acmelog.net"])
    assert (verdict.party, verdict.sdk) == (Party.THIRD, "acme-log")
    assert "198.51.100.7 is an address that DNS gave for a.acmelog.net (addresses may be shared: uncertain)" in (
        verdict.reason
    )
    shared = a.attribute("198.51.100.7", resolved=["a.acmelog.net", "x.example.org"])
    assert (shared.party, shared.company) == (Party.UNKNOWN, "")
    assert "DNS gave it for a.acmelog.net, x.example.org: addresses may be shared, uncertain" in shared.reason
    crowd = a.attribute("198.51.100.7", resolved=[f"h{n}.acmelog.net" for n in range(20)])
    assert crowd.party is Party.UNKNOWN and " …: addresses" in crowd.reason
    # A host that has a name is never judged by its neighbours at the same address.
    assert a.attribute("x.example.org", resolved=["a.acmelog.net"]).party is Party.UNKNOWN
