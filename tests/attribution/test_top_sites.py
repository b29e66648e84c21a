"""No false third party: the most visited sites' own names are never called an SDK by accident of a suffix."""

from pathlib import Path

import pytest

from leakwatch.attribution import Attributor

LIST = Path(__file__).parent / "data" / "top_sites.txt"
SITES = [
    site for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#") for site in line.split()
]

SDK_ON_PURPOSE = {"m.stripe.com": "stripe-radar"}
"""Not the mobile site: Stripe's scripts and libraries post device fingerprints to it."""


def test_the_list_is_long_enough() -> None:
    assert len(SITES) == len(set(SITES)) > 950


@pytest.mark.parametrize("prefix", ["", "www.", "m."])
def test_a_site_is_no_sdk(bundled: Attributor, prefix: str) -> None:
    wrong = {}
    for site in SITES:
        verdict = bundled.attribute(prefix + site, "/")
        # Where a vendor's own SDK lies under `m.` (m.baidu.com is none), its file must say so with a narrower rule.
        if verdict.sdk and SDK_ON_PURPOSE.get(prefix + site) != verdict.sdk:
            wrong[prefix + site] = verdict.sdk
    assert wrong == {}


def test_a_site_and_its_companys_sdk_are_told_apart(bundled: Attributor) -> None:
    assert bundled.attribute("www.google.com", "/search").sdk == ""
    assert bundled.attribute("www.google-analytics.com", "/g/collect").sdk == "google-analytics"
    assert bundled.attribute("www.facebook.com", "/somebody").sdk == ""
    assert bundled.attribute("graph.facebook.com", "/v1/1/activities").sdk == "facebook-app-events"
    if bundled.attribute("hmma.baidu.com").sdk:
        assert bundled.attribute("www.baidu.com").sdk == ""
