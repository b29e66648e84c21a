"""DNS answers of a capture: aliases and addresses with their times, bounded, whatever the answers say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analysis import Analysis
from leakwatch.analysis.names import MAX_ANSWERS, MAX_CHAIN, MAX_NAMES, Names
from leakwatch.attribution import Attributor
from leakwatch.journal.events import DnsMessage
from leakwatch.model import App, Direction
from leakwatch.testing import make_profile, make_request
from leakwatch.testing.factories import GAID


def answer(time: float, asked: str, *answers: tuple[str, str, str], exchange: str = "dns") -> DnsMessage:
    return DnsMessage(
        time=time, exchange=exchange, names=(asked,), answers=answers, direction=Direction.RESPONSE, host=asked
    )


def test_a_chain_is_followed_in_order_and_case_and_dots_are_dropped() -> None:
    names = Names()
    names.learn(
        answer(5.0, "M.Shop.com.", ("M.Shop.com.", "CNAME", "shop.cdn.net."), ("shop.cdn.net", "CNAME", "x.vendor.com"))
    )
    assert names.aliases("m.shop.com", 6.0) == ("shop.cdn.net", "x.vendor.com")
    assert names.aliases("shop.com", 6.0) == ()


def test_the_answer_of_the_time_counts() -> None:
    names = Names.of([(10.0, "a.com", "CNAME", "old.net"), (20.0, "a.com", "CNAME", "new.net")])
    assert [names.aliases("a.com", t) for t in (5.0, 15.0, 25.0)] == [("old.net",), ("old.net",), ("new.net",)]


def test_an_address_may_stand_for_several_names_among_them_the_one_asked_for() -> None:
    names = Names()
    names.learn(answer(1.0, "a.com", ("a.com", "CNAME", "b.net"), ("b.net", "A", "192.0.2.1")))
    names.learn(answer(2.0, "c.org", ("c.org", "AAAA", "2001:db8::1"), ("c.org", "A", "192.0.2.1")))
    assert names.resolved("192.0.2.1", 1.5) == ("b.net", "a.com")
    assert names.resolved("192.0.2.1", 3.0) == ("b.net", "a.com", "c.org")
    assert names.resolved("2001:db8::1", 3.0) == ("c.org",)


def test_what_the_capture_tells_goes_before_an_imported_log() -> None:
    names = Names(Names.of([(0.0, "a.com", "CNAME", "log.net"), (0.0, "z.com", "A", "192.0.2.9")]))
    assert names.aliases("a.com", 1.0) == ("log.net",)
    assert names.resolved("192.0.2.9", 1.0) == ("z.com",)
    names.learn(answer(1.0, "a.com", ("a.com", "CNAME", "seen.net")))
    assert names.aliases("a.com", 1.0) == ("seen.net",)


@given(st.lists(st.tuples(st.floats(0, 9), *[st.sampled_from(["a.b", "b.b", "c.b", "", ".", "x" * 300])] * 2)))
@settings(max_examples=60)
def test_circles_and_odd_names_end(pairs) -> None:
    names = Names.of((time, one, "CNAME", other) for time, one, other in pairs)
    for host in ("a.b", "b.b", "c.b"):
        chain = names.aliases(host, 5.0)
        assert len(chain) == len(set(chain)) <= MAX_CHAIN


def test_memory_is_bounded() -> None:
    names = Names.of((float(n), "one.com", "CNAME", f"t{n}.net") for n in range(500))
    assert len(names._targets["one.com"]) == MAX_ANSWERS
    names = Names.of((0.0, f"h{n}.com", "CNAME", "t.net") for n in range(MAX_NAMES + 10))
    assert len(names._targets) == MAX_NAMES


def test_the_analysis_sees_through_a_cloak() -> None:
    app = App("com.example.app", ("example.com",))
    run = Analysis(make_profile(), "com.example.app", Attributor.load(app=app), capture="c")
    asked = leak("https://metrics.example.com/v1", run)
    assert (asked.party, asked.sdk) == ("first", "")
    run.feed(answer(1.0, "metrics.example.com", ("metrics.example.com", "CNAME", "ulogs.umeng.com")))
    cloaked = leak("https://metrics.example.com/v1", run, "second")
    assert (cloaked.party, cloaked.company) == ("third", "Umeng")
    assert "the app's own name metrics.example.com is a DNS alias (CNAME) of ulogs.umeng.com" in cloaked.reason


def test_the_analysis_takes_names_of_a_resolvers_log_and_of_an_earlier_run() -> None:
    imported = Names.of([(0.0, "metrics.example.org", "CNAME", "ulogs.umeng.com")])
    run = Analysis(make_profile(), attributor=Attributor.load(), names=imported)
    assert leak("https://metrics.example.org/v1", run).company == "Umeng"
    resumed = Analysis(make_profile(), attributor=Attributor.load())
    resumed.remember(answer(1.0, "m.example.org", ("m.example.org", "CNAME", "ulogs.umeng.com")))
    assert leak("https://m.example.org/v1", resumed).company == "Umeng"


def leak(url: str, run: Analysis, exchange: str = "first"):
    (record,) = run.feed(make_request(f"{url}?gaid={GAID}", time=10.0, exchange=exchange)).records
    return record
