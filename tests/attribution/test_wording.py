"""Wording: what the wire says is shown harmless and short."""

from leakwatch.attribution.rules import Hit, Rule
from leakwatch.attribution.wording import MAX_SHOWN, claim, shown, spoken

RULE = Rule(0, "acme", "acme-log", "The guide\n names it.", False, True, None)


def test_shown() -> None:
    assert shown("xn--bcher-kva.de") == "bücher.de"
    assert shown("a\x1b[2J\n\u202e") == "a\\x1b[2J\\n\\u202e"
    assert len(shown("x" * 9999)) == MAX_SHOWN + 1


def test_a_claim_names_rule_and_reasoning() -> None:
    words = claim(Hit(RULE, "suffix", "acme.com"), "Acme", "a.acme.com")
    assert words == (
        "sent to Acme's endpoint a.acme.com "
        "(signature acme-log: host suffix acme.com; believed out of service; The guide names it)"
    )


def test_a_protocol_says_nothing_about_who_runs_the_host() -> None:
    assert "not who runs the host" in spoken(Hit(RULE, "protocol", "/a\x00"), "Acme")
