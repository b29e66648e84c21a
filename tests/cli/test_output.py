"""Rows are printed one way: data alone on stdout, nothing that steers a terminal or a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.cli import output

ROWS = [
    {"capture": "c-1", "party": "third", "chain": ["gzip", "md5"], "count": 3, "share": 0.5, "ok": True, "none": None},
    {"capture": "c-2", "party": "first", "chain": [], "count": 0, "share": 1e-9, "ok": False, "none": None},
]


def printed(capfd: pytest.CaptureFixture[str], rows: Any, fmt: str, columns: list[str] | None = None) -> str:
    output.print_rows(rows, fmt, columns)
    return capfd.readouterr().out


def test_jsonl_is_one_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert [json.loads(line) for line in printed(capfd, ROWS, "jsonl").splitlines()] == ROWS
    assert [json.loads(line) for line in printed(capfd, ROWS, "jsonl", ["count", "x"]).splitlines()] == [
        {"count": 3, "x": None},
        {"count": 0, "x": None},
    ]


def test_json_is_one_array(capfd: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capfd, ROWS, "json")) == ROWS
    assert json.loads(printed(capfd, [], "json")) == []


def test_json_is_unescaped_utf8_and_lone_surrogates_survive(capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(capfd, [{"name": "张三 é", "bad": "a\ud800b"}], "jsonl")
    assert "张三 é" in text
    assert json.loads(text) == {"name": "张三 é", "bad": "a\ud800b"}


def test_rows_stream(capfd: pytest.CaptureFixture[str]) -> None:
    def rows() -> Iterator[dict[str, int]]:
        yield {"n": 1}
        seen.append(capfd.readouterr().out)
        yield {"n": 2}

    for fmt, first in (("jsonl", '{"n": 1}\n'), ("csv", "n\r\n1\r\n")):
        seen: list[str] = []
        assert output.print_rows(rows(), fmt) == 2
        assert seen == [first]
        capfd.readouterr()


def test_csv_reads_back(capfd: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capfd, ROWS, "csv"), newline="")))
    assert rows[0] == {
        "capture": "c-1",
        "party": "third",
        "chain": "gzip › md5",
        "count": "3",
        "share": "0.5",
        "ok": "true",
        "none": "",
    }
    assert printed(capfd, [], "csv", ["a", "b"]) == "a,b\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(capfd: pytest.CaptureFixture[str], text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(printed(capfd, [{"a": text, "n": -1}], "csv"), newline=""))
    assert row["a"] == f"'{text}"
    assert row["n"] == "-1"


@pytest.mark.parametrize("fmt", ["json", "jsonl", "csv"])
def test_data_steers_no_terminal_either(capfd: pytest.CaptureFixture[str], fmt: str) -> None:
    hostile = "\x1b[2J\x9b31m\x7f\u202e\u2066\ud800 同意前 é 😀"
    text = printed(capfd, [{"url": hostile}], fmt)
    assert not any((ord(c) < 32 and c not in "\r\n") or 127 <= ord(c) < 160 or 0x2028 <= ord(c) < 0x206A for c in text)
    assert "同意前 é 😀" in text
    if fmt != "csv":
        (row,) = json.loads(f"[{text}]") if fmt == "jsonl" else json.loads(text)
        assert row["url"] == hostile


def test_a_csv_cell_is_one_line_and_no_formula_after_a_tab(capfd: pytest.CaptureFixture[str]) -> None:
    assert printed(capfd, [{"a": "\t=1", "b": "x\r\ny"}], "csv").splitlines() == ["a,b", "\\x09=1,x\\x0d\\x0ay"]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_printable_leaves_nothing_that_steers_a_terminal(text: str) -> None:
    shown = output.printable(text)
    shown.encode()
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff")


def test_printable_leaves_what_is_drawn() -> None:
    assert output.printable("同意前 é 😀 › «x»") == "同意前 é 😀 › «x»"
    assert output.printable("\x1b[31mred\x07\u202e") == "\\x1b[31mred\\x07\\u202e"
    assert output.printable("a\nb") == "a\\x0ab"
    assert output.printable("a\nb", keep_lines=True) == "a\nb"


@given(st.text(max_size=80), st.integers(3, 40))
def test_shorten_keeps_both_ends(text: str, width: int) -> None:
    short = output.shorten(text, width)
    assert len(short) <= width
    if len(text) > width:
        head, _, tail = short.rpartition("…") if short.count("…") == 1 else (short[:1], "", short[-1:])
        assert text.startswith(head) and text.endswith(tail)
    else:
        assert short == text


def test_a_table_holds_every_row(capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(capfd, ROWS, "table", ["capture", "chain", "count", "ok"])
    assert "\x1b" not in text
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["capture", "chain", "count", "ok"]
    assert lines[2:] == [["c-1", "gzip", "›", "md5", "3", "yes"], ["c-2", "0", "no"]]
    assert printed(capfd, [], "table") == ""


@pytest.mark.parametrize(("total", "columns"), [(80, 5), (40, 2), (24, 1), (200, 8)])
def test_a_table_fits_the_terminal(total: int, columns: int) -> None:
    widths = output._fit([22, 40, 12, 9, 14, 3, 30, 20], total)
    assert len(widths) == columns
    assert sum(widths) + 3 * (len(widths) - 1) <= max(total, 22)
    assert widths[0] == 22
    assert widths[2:5] == [12, 9, 14][: max(len(widths) - 2, 0)], "short cells stay whole"


def test_chinese_takes_two_cells() -> None:
    from rich.cells import cell_len

    assert cell_len(output.cut("广东省深圳市南山区科技园" * 3, 20)) <= 20
    assert output.cut("short", 20) == "short"


def test_hostile_cells_stay_on_their_line(capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(capfd, [{"url": "https://x/\x1b]0;title\x07\n\u202eevil[bold]"}], "table")
    assert "\x1b" not in text
    assert "[bold]" in text
    assert len(text.splitlines()) == 3


def test_options_are_the_same_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    @output.db_option()
    @output.format_option()
    def command(db: str | None, fmt: str) -> None:
        click.echo(f"{db} {fmt}")

    monkeypatch.delenv("LEAKWATCH_DB", raising=False)
    run = CliRunner().invoke
    assert run(command, []).output == "None table\n"
    assert run(command, ["--db", "x.db", "--format", "csv"]).output == "x.db csv\n"
    assert run(command, [], env={"LEAKWATCH_DB": "y.db"}).output == "y.db table\n"
    assert run(command, ["--format", "xml"]).exit_code == 2


def test_notes_go_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    output.note("said\nto people \x1b[2J")
    assert capfd.readouterr() == ("", "said\nto people \\x1b[2J\n")
