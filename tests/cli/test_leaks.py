"""`leakwatch leaks`: what is listed without being asked, filters, groups, and values that stay masked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from click.testing import Result

from leakwatch.model import RECORD_FIELDS

Ask = Callable[..., Result]
IMEI = "867530912345671"


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def numbers(result: Result) -> str:
    """The leaks of a listing by the digit that each id repeats."""
    return "".join(str(row["leak"])[1] for row in rows(result))


def test_certain_and_strong_are_listed_with_every_field(ask: Ask) -> None:
    found = rows(ask("leaks", "--format", "jsonl"))
    assert [str(row["leak"])[1] for row in found] == ["1", "3", "2"]
    assert all(tuple(row) == RECORD_FIELDS for row in found)
    assert {row["phase"] for row in found} == {"before_consent", "consented"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--confidence", "weak"), "1432"),
        (("--confidence", "certain"), "132"),
        (("--direction", "request"), "12"),
        (("--phase", "before_consent"), "13"),
        (("--party", "third", "--identifier", "imei"), "132"),
        (("--party", "first"), ""),
        (("--sdk", "umeng", "--company", "友盟", "--kind", "imei"), "132"),
        (("--host", "*.umeng.example"), "132"),
        (("--capture", "c-2026"), "132"),
        (("--since", "2026-11-18T11:07"), "2"),
        (("--until", "2026-11-18T11:07"), "13"),
        (("--limit", "1"), "1"),
        (("--worst",), "123"),
    ],
)
def test_filters(ask: Ask, arguments: tuple[str, ...], expected: str) -> None:
    assert numbers(ask("leaks", "--format", "jsonl", *arguments)) == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--party", "thrid"), "party is one of first"),
        (("--capture", "c-1999"), "there is no capture"),
        (("--since", "soon"), "cannot be read"),
        (("--group-by", "sdkk"), "did you mean 'sdk'"),
        (("--limit", "0"), "Invalid value"),
    ],
)
def test_a_wrong_question_is_refused_in_one_line(ask: Ask, arguments: tuple[str, ...], told: str) -> None:
    result = ask("leaks", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_groups(ask: Ask) -> None:
    (row,) = rows(ask("leaks", "--group-by", "sdk, identifier", "--format", "jsonl"))
    assert (row["sdk"], row["identifier"], row["leaks"], row["before_consent"]) == ("umeng", "imei", 3, 2)


def test_a_table_labels_responses_and_masks(ask: Ask) -> None:
    result = ask("leaks")
    assert "→ Umeng" in result.stdout
    assert "← from Umeng" in result.stdout
    assert "8675********671" in result.stdout
    assert IMEI not in result.stdout
    assert "weak ones are left out" in result.stderr


def test_reveal_takes_the_value_from_the_profiles_copy(ask: Ask) -> None:
    assert {row["value"] for row in rows(ask("leaks", "--format", "jsonl", "--reveal"))} == {IMEI}


def test_csv_and_json(ask: Ask) -> None:
    table = list(csv.DictReader(io.StringIO(ask("leaks", "--format", "csv").stdout, newline="")))
    assert (len(table), tuple(table[0])) == (3, RECORD_FIELDS)
    assert len(json.loads(ask("leaks", "--format", "json").stdout)) == 3


def test_nothing_found_is_said_and_is_no_failure(ask: Ask) -> None:
    result = ask("leaks", "--party", "first")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no leak matches" in result.stderr
    assert "weak" not in result.stderr, "there is none to add"


def test_a_csv_of_nothing_has_its_heading(ask: Ask) -> None:
    assert ask("leaks", "--party", "first", "--format", "csv").stdout.strip() == ",".join(RECORD_FIELDS)
