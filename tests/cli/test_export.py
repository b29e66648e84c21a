"""`leakwatch export`: a stored capture as a file, found by the beginning of its id."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli.export import command
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import CaptureStarted, Request, Response
from leakwatch.sources import open_source
from leakwatch.store import Store


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "leaks.db"
    with Store.open(str(path)) as store:
        capture = store.begin_capture({"capture": "c-test-1", "app": "com.example.app"})
        with JournalWriter(store.capture_folder(capture) / "journal") as journal:
            journal.append(CaptureStarted(time=1.0, facts={}))
            journal.append(Request(time=1.0, exchange="a", host="api.example.com", port=443, body=b"sent"))
            journal.append(Response(time=2.0, exchange="a", status=200, body=b"received"))
        store.begin_capture({"capture": "c-empty", "app": "com.example.app"})
    return path


@pytest.mark.parametrize(("fmt", "source"), [("mitm", "mitmproxy"), ("har", "har")])
def test_a_capture_is_written_in_either_format(db: Path, tmp_path: Path, fmt: str, source: str) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(command, ["c-test", "--format", fmt, "-o", str(out), "--db", str(db)])
    assert done.exit_code == 0, done.output
    assert done.stdout == "" and "1 flows of c-test-1" in done.stderr
    found = open_source(out)
    assert found.format == source
    request, response = found.read()
    assert isinstance(request, Request) and request.body == b"sent"
    assert isinstance(response, Response) and response.body == b"received"


def test_a_capture_without_a_journal_says_so(db: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["c-empty", "-o", str(tmp_path / "out"), "--db", str(db)])
    assert done.exit_code != 0 and "has no journal here" in str(done.exception)
    assert not (tmp_path / "out").exists()
