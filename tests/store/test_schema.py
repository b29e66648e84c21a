"""Migrations, views and the documented schema are one and the same, on both databases."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from leakwatch import resources
from leakwatch.errors import StoreError
from leakwatch.model import RECORD_FIELDS
from leakwatch.store import Store, schema
from leakwatch.store.engine import database_url
from leakwatch.store.tables import metadata

ROOT = Path(__file__).resolve().parents[2]


def test_the_head_is_known_without_alembic(sqlite: Store) -> None:
    with sqlite.reading() as connection:
        assert ScriptDirectory.from_config(schema.alembic_config(connection)).get_current_head() == schema.HEAD


def test_migrations_make_the_tables(store: Store) -> None:
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert schema.is_current(connection)


def test_opening_a_current_database_loads_no_alembic(tmp_path: Path) -> None:
    Store.open(str(tmp_path / "a.db")).close()
    code = "import sys; from leakwatch.store import Store; Store.open(sys.argv[1]); assert 'alembic' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.db")], check=False).returncode == 0


def test_views_come_after_what_they_read() -> None:
    names = list(schema.views())
    assert set(names) == {file.stem for file in (resources.folder("db") / "views").glob("*.sql")}
    assert names.index("v_runs") < names.index("v_leaks") < names.index("v_sure_leaks") < names.index("v_captures")


def test_every_view_answers(store: Store) -> None:
    with store.reading() as connection:
        found = {name: list(connection.execute(text(f"SELECT * FROM {name}")).keys()) for name in schema.views()}
    assert tuple(found["v_leaks"]) == tuple(found["v_before_consent"]) == RECORD_FIELDS


def test_changed_views_are_made_anew(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(text("CREATE VIEW v_of_an_older_version AS SELECT 1 AS one"))
        connection.execute(text("UPDATE meta SET value = 'older' WHERE name = 'views'"))
    with Store.open(url) as store, store.reading() as connection:
        assert set(inspect(connection).get_view_names()) == set(schema.views())
        assert schema.views_stored(connection) == schema.views_digest()


def test_an_empty_database_is_brought_up_from_any_version(url: str) -> None:
    """Every migration can be undone and done again; what an older version made is upgraded when it is opened."""
    from alembic import command

    with Store.open(url) as store:
        with store.writing() as connection:
            for name in reversed(schema.views()):
                connection.execute(text(f"DROP VIEW {name}"))
            command.downgrade(schema.alembic_config(connection), "base")
        with store.reading() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]
            assert schema.version(connection) == ""
    with Store.open(url) as store, store.reading() as connection:
        assert schema.is_current(connection)


def test_the_alembic_command_works_on_the_checkout(tmp_path: Path) -> None:
    for arguments in (["upgrade", "head"], ["check"], ["current"]):
        command = [sys.executable, "-m", "alembic", "-x", f"db={tmp_path / 'a.db'}", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "0002 (head)" in done.stdout


def test_a_database_of_another_program_with_alembic_is_left_alone(tmp_path: Path) -> None:
    engine = create_engine(database_url(str(tmp_path / "a.db")))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('abc')"))
    engine.dispose()
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(str(tmp_path / "a.db"))


# -- the documentation -------------------------------------------------------------------------------------------------


def documented() -> dict[str, list[str]]:
    """Tables and views of docs/database.md: a heading with the name in backticks, rows that begin with a column's."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (ROOT / "docs" / "database.md").read_text("utf-8").splitlines():
        heading = re.match(r"#+ `(\w+)`", line)
        if heading:
            current = found.setdefault(heading[1], [])
        elif line.startswith("#"):
            current = []
        else:
            current += re.findall(r"`(\w+)`", line.split("|")[1]) if line.startswith("| `") else []
    return found


def test_every_table_view_and_column_is_documented(sqlite: Store) -> None:
    with sqlite.reading() as connection:
        inspector = inspect(connection)
        names = [*metadata.tables, *inspector.get_view_names()]
        real = {name: [column["name"] for column in inspector.get_columns(name)] for name in names}
    told = documented()
    same_as_leaks = {"v_sure_leaks", "v_before_consent"}
    assert set(told) == set(real)
    for name, columns in real.items():
        if name not in same_as_leaks:
            assert sorted(told[name]) == sorted(columns), name
