"""Who could link: several identifiers at one recipient, one value at one company from several apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakwatch.identifiers.kinds import KINDS
from leakwatch.model import Attribution, Identifier, Party
from leakwatch.store import Batch, Store, queries
from leakwatch.store.links import RESETTABLE, is_permanent

Make = Callable[..., Any]
IMEI, GAID = "867900045123877", "3b241101-e2bb-4255-8caf-4136c566a962"
OWN = Attribution(Party.FIRST, "", "", "Example", "", "CN", "", "its domain")


@pytest.fixture
def keep(store: Store, record: Make, flow: Make) -> Callable[..., str]:
    """Store a capture: (exchange, kind) each a leak; exchanges beginning with `own` go to the app's own side."""

    def make(name: str, app: str, *leaks: tuple[str, str], imei: str = IMEI, **given: Any) -> str:
        values = [
            Identifier("imei", "imei", imei),
            Identifier("gaid", "gaid", GAID),
            Identifier("email", "email", "a@b.c"),
        ]
        capture = store.begin_capture({"capture": name, "app": app, "started": 1795000000.0}, values)
        run = store.begin_run(capture, "0.1.0", "signatures")
        rows = [
            record(leak=f"{name}{n}{kind}", capture=capture, app=app, exchange=x, identifier=kind, kind=kind, **given)
            for n, (x, kind) in enumerate(leaks)
        ]
        flows = [flow(x, **({"attribution": OWN} if x.startswith("own") else {})) for x, _ in leaks]
        store.write(Batch(capture, run, rows, flows))
        store.finish_run(run)
        return capture

    return make


def test_a_recipient_bridges_that_holds_a_resettable_and_a_permanent_one(store: Store, keep: Make) -> None:
    leaks = [("a", "gaid"), ("a", "imei"), ("b", "imei"), ("own", "gaid"), ("own2", "email")]
    capture = keep("c-1", "com.one", *leaks)
    one, other = queries.links(store, capture)
    assert (one["recipient"], one["party"], one["bridges"], one["together"]) == ("Umeng", "third", True, 1)
    assert (one["resettable"], one["permanent"], one["identifiers"]) == (["gaid"], ["imei"], ["gaid", "imei"])
    assert (other["recipient"], other["bridges"], other["together"]) == ("Example", False, 0)
    assert (other["identifiers"], other["permanent"]) == (["email", "gaid"], [])


def test_one_identifier_alone_links_nothing_nor_do_weak_ones_and_responses(store: Store, keep: Make) -> None:
    keep("c-1", "com.one", ("a", "imei"), ("b", "imei"))
    keep("c-2", "com.two", ("a", "imei"), ("a", "gaid"), confidence="weak")
    keep("c-3", "com.three", ("a", "imei"), ("a", "gaid"), direction="response")
    assert list(queries.links(store)) == []


def test_a_company_joins_apps_by_the_same_value(store: Store, keep: Make) -> None:
    keep("c-1", "com.one", ("a", "gaid"), ("own", "imei"))
    keep("c-2", "com.two", ("a", "gaid"), ("b", "imei"), ("own", "imei"))
    keep("c-3", "com.two", ("a", "gaid"))
    (joined,) = queries.links_across(store)
    assert (joined["company"], joined["kind"], joined["permanent"]) == ("Umeng", "gaid", False)
    assert (joined["apps"], joined["captures"]) == (["com.one", "com.two"], ["c-1", "c-2", "c-3"])
    assert "value_hmac" not in joined


def test_another_devices_value_and_another_version_of_the_app_join_nothing(store: Store, keep: Make) -> None:
    keep("c-1", "com.one", ("a", "imei"))
    keep("c-2", "com.two", ("a", "imei"), imei="353627074892012")
    keep("c-3", "com.one", ("a", "imei"))
    assert list(queries.links_across(store)) == []


def test_what_can_be_reset_is_no_permanent_kind() -> None:
    assert set(KINDS) >= RESETTABLE
    assert not any(is_permanent(kind) for kind in RESETTABLE)
    assert is_permanent("imei") and not is_permanent("no such kind")
