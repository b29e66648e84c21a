"""Paths and URLs, the modes of the files, and the settings that make five writers get along."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from leakwatch.errors import StoreError
from leakwatch.store import Store, default_url
from leakwatch.store.engine import database_url, make_engine


def test_where_the_database_is_when_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEAKWATCH_DB", str(tmp_path / "named.db"))
    assert default_url() == str(tmp_path / "named.db")
    monkeypatch.delenv("LEAKWATCH_DB")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Path(default_url()).parts[-2:] == ("leakwatch", "leakwatch.db")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/a/b.db", "sqlite:////a/b.db"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("postgresql://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
    ],
)
def test_paths_and_urls(text: str, url: str) -> None:
    assert database_url(text).render_as_string(hide_password=False) == url


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_url("x.db").database == str(tmp_path / "x.db")


@pytest.mark.parametrize("text", ["mysql://h/n", "sqlite://", "sqlite:///:memory:", "://", "oracle+x://a"])
def test_what_is_no_database_of_ours(text: str) -> None:
    with pytest.raises(StoreError) as error:
        database_url(text)
    assert "\n" not in str(error.value)


def test_every_file_is_private_even_with_a_wide_umask(tmp_path: Path) -> None:
    import os

    before = os.umask(0)
    try:
        with Store.open(str(tmp_path / "new" / "a.db")) as store:
            store.begin_capture({})
            store.hmac_key()
            files = sorted((tmp_path / "new").iterdir())
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in files}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("a.db", "a.db-shm", "a.db-wal", "a.db.key"), 0o600)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_settings_of_sqlite(tmp_path: Path) -> None:
    engine = make_engine(database_url(str(tmp_path / "a.db")), create=True, timeout=3)
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert told == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 3000, "synchronous": 1}
    engine.dispose()
