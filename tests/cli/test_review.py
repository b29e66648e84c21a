"""`leakwatch review`: judgements are kept, listed, shown with the leak, and outlive a new analysis."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Ask = Callable[..., Result]


def test_every_judgement_stays_and_is_shown_with_the_leak(ask: Ask) -> None:
    assert ask("review", "0101", "reject", "--who", "王芳", "--note", "a test account").exit_code == 0
    assert ask("review", "0101", "confirm", "--who", "王芳").exit_code == 0
    assert ask("review", "0202", "reject").exit_code == 0
    rows = json.loads(ask("review", "0101", "--format", "json").stdout)
    assert [(row["leak"], row["verdict"], row["who"], row["note"]) for row in rows] == [
        ("01" * 8, "reject", "王芳", "a test account"),
        ("01" * 8, "confirm", "王芳", ""),
    ]
    assert len(json.loads(ask("review", "--format", "json").stdout)) == 3
    shown = [line.split(" · ") for line in ask("show", "0101").stdout.splitlines() if line.startswith("   review")]
    assert [(words[0].split()[-1], words[1]) for words in shown] == [("reject", "王芳"), ("confirm", "王芳")]


def test_nothing_yet(ask: Ask) -> None:
    result = ask("review", "--format", "jsonl")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was judged yet" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ff", "confirm"), "there is no leak"),
        (("0", "confirm"), "is not one"),
        (("0101", "perhaps"), "is not one of"),
        (("0101", "--who", "x"), "belong to a verdict"),
    ],
)
def test_wrong_usage_is_said_and_stores_nothing(ask: Ask, arguments: tuple[str, ...], told: str) -> None:
    result = ask("review", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert json.loads(ask("review", "--format", "json").stdout) == []
