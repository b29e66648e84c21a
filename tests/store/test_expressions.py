"""The expression language of --fail-on: what holds, what is refused, and that it needs no database."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.errors import QueryError
from leakwatch.model import RECORD_FIELDS, LeakRecord
from leakwatch.store.expressions import WORDS, parse_expression

RECORD = {
    **dict.fromkeys(RECORD_FIELDS, ""),
    "party": "third",
    "phase": "before_consent",
    "chain": ["json", "md5"],
    "port": 443,
    "confidence": "strong",
    "boundary": False,
    "chance": 1e-9,
    "host": "a b",
    "identifier": "imei",
    "company": "某公司",
    "time": "2026-11-18T10Z",
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("party=third", True),
        ("party == third", True),
        ("party!=third", False),
        ("party=third and phase=before_consent", True),
        ("party=first or phase=before_consent", True),
        ("party=first or phase=refused and port=443", False),
        ("(party=first or phase=before_consent) and port=443", True),
        ("not party=first", True),
        ("not (party=third and port=443)", False),
        ("NOT party=first AND port=443", True),
        ("not not party=third", True),
        ("identifier in (imei, idfa)", True),
        ("identifier in [idfa]", False),
        ("identifier in idfa, imei", True),
        ("chain=md5", True),
        ("chain != sha1", True),
        ("chain in (sha1, md5)", True),
        ("port < 444", True),
        ("port > 443", False),
        ("port >= 443", True),
        ("chance < 1e-6", True),
        ("boundary=false", True),
        ("boundary=yes", False),
        ("confidence > weak", True),
        ("confidence > strong", False),
        ("confidence <= certain", True),
        ("host='a b'", True),
        ('host="a b" and party!=first', True),
        ("company=某公司", True),
        ("time > 2026-11-18", True),
        ("sdk=''", True),
    ],
)
def test_holds(text: str, holds: bool) -> None:
    assert parse_expression(text)(RECORD) is holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("partty=third", "did you mean 'party'"),
        ("xyzzy=3", "fields: leak, capture"),
        ("party", "one of = != < > in expected, found its end"),
        ("party third", "found 'third'"),
        ("party=", "a value expected"),
        ("party=third and", "a field expected"),
        ("(party=third", "')' expected"),
        ("party=third)", "nothing more expected"),
        ("party=third phase=refused", "nothing more expected"),
        ("party in ()", "a value expected"),
        ("port=https", "port is a number"),
        ("boundary=maybe", "true or false"),
        ("party=thrid", "party is one of first, same-company, third"),
        ("phase=beforeconsent", "phase is one of"),
        ("confidence>sure", "confidence is one of"),
        ("party ! third", "cannot be read"),
        ('host="a', "cannot be read"),
        ("(" * 500 + "party=third", "levels"),
        ("not " * 500 + "party=third", "levels"),
    ],
)
def test_refused_with_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(QueryError) as error:
        parse_expression(text)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(alphabet="pady=<>!()[],'\" \\norti9", max_size=60))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    try:
        assert parse_expression(text)(RECORD) in (True, False)
    except QueryError:
        pass


@given(st.sampled_from(RECORD_FIELDS), st.sampled_from("<>"))
def test_every_field_compares_with_a_record_that_lacks_it(name: str, sign: str) -> None:
    word = WORDS.get(name, ["1"])[0]
    assert parse_expression(f"{name} {sign} {word}")({}) is False


def test_it_knows_every_field_of_a_real_record() -> None:
    assert set(RECORD) == set(LeakRecord.__dataclass_fields__)


def test_it_loads_no_database() -> None:
    code = "import sys, leakwatch.store.expressions; assert 'sqlalchemy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
