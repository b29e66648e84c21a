"""Which files are scanned: names, folders, globs, standard input, and what a manifest knows of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from leakwatch.errors import SourceError
from leakwatch.offline.jobs import Job, jobs_of, read_manifest, standard_input_spooled

NOTHING = Job(Path())


def test_a_folder_is_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.har", "a/c.har", ".git/x.har", "a/.hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    jobs = jobs_of([str(tmp_path)], NOTHING)
    assert [j.path.relative_to(tmp_path).as_posix() for j in jobs] == ["a/c.har", "b.har"]
    assert all(j.found for j in jobs)


def test_a_file_named_with_glob_characters_is_itself(tmp_path: Path) -> None:
    odd = tmp_path / "a[1].har"
    odd.touch()
    (tmp_path / "a1.har").touch()
    assert [j.path for j in jobs_of([str(odd)], NOTHING)] == [odd]
    assert [j.path.name for j in jobs_of([str(tmp_path / "*.har")], NOTHING)] == ["a1.har", "a[1].har"]


def test_what_leads_nowhere_stays_a_job_so_that_it_is_reported(tmp_path: Path) -> None:
    wanted = str(tmp_path / "*.none")
    assert [str(j.path) for j in jobs_of([wanted], NOTHING)] == [wanted]


def test_named_paths_take_their_facts_from_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "a.har").touch()
    (tmp_path / "b.har").touch()
    manifest = tmp_path / "m.csv"
    manifest.write_text("path;app;version\na.har;com.a;3\n")
    a, b = jobs_of([str(tmp_path)], Job(Path(), app="com.default"), manifest)[:2]
    assert (a.app, a.facts) == ("com.a", {"app_version": "3"})
    assert (b.app, b.facts) == ("com.default", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column path"),
        ("app\ncom.a\n", "no column path"),
        ("path,ap\nx,y\n", "did you mean app"),
        ("path,app\n,y\n", ":2: this row names no path"),
        ('path,app\n"x,y\n', "m.csv:"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(text)
    with pytest.raises(SourceError) as refused:
        list(read_manifest(manifest, NOTHING))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_standard_input_is_spooled_and_removed() -> None:
    with standard_input_spooled([Job(Path("-")), Job(Path("x"))], io.BytesIO(b"data")) as (piped, other):
        assert piped.path.read_bytes() == b"data"
        assert piped.path.stat().st_mode & 0o077 == 0
        assert (piped.shown, other.shown) == ("stdin", "x")
    assert not piped.path.exists()
