"""Bringing a database to this version's schema: Alembic's migrations, then the views, under one lock."""

from __future__ import annotations

import hashlib
import re
from graphlib import TopologicalSorter
from typing import Any

from sqlalchemy import Connection, Engine, inspect, select, text

from leakwatch import resources
from leakwatch.errors import StoreError
from leakwatch.store.tables import meta

HEAD = "0002"
"""The newest migration, known without loading Alembic (a test compares it with `db/migrations`)."""

_ADVISORY_LOCK = 0x6C65616B  # "leak": any number that all of us use


def version(connection: Connection) -> str:
    """The database's schema version; empty for an empty database. Raises StoreError for somebody else's."""
    names = inspect(connection).get_table_names()
    if "alembic_version" not in names:
        if names:
            raise StoreError("belongs to another program; name another one with --db")
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found and "capture" not in names:
        raise StoreError("belongs to another program; name another one with --db")
    return str(found or "")


def is_current(connection: Connection) -> bool:
    """True where neither tables nor views need anything done."""
    return version(connection) == HEAD and views_stored(connection) == views_digest()


def upgrade(engine: Engine) -> str:
    """Bring the database to HEAD and its views with it, in one transaction; return the version it had before.

    Any number of processes may call it at once: the first does the work, the others find it done.
    """
    with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = version(connection)
        if before != HEAD:
            _migrate(connection, before)
        if before != HEAD or views_stored(connection) != views_digest():
            _create_views(connection)
        return before


def _migrate(connection: Connection, before: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before and before not in known:
        raise StoreError(f"was written by a newer leakwatch (its schema is {before}); install that version")
    command.upgrade(config, "head")


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration for our migrations over an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.folder("db") / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


# -- views -------------------------------------------------------------------------------------------------------------


def views() -> dict[str, str]:
    """The views by name, each after those that it reads; one file of `db/views` is one view."""
    texts = {file.stem: file.read_text("utf-8") for file in (resources.folder("db") / "views").glob("*.sql")}
    reads = {name: {n for n in texts if n != name and re.search(rf"\b{n}\b", sql)} for name, sql in texts.items()}
    return {name: texts[name] for name in TopologicalSorter(dict(sorted(reads.items()))).static_order()}


def views_digest() -> str:
    """One digest over all view files."""
    return hashlib.sha256("\0".join(f"{name}\0{sql}" for name, sql in views().items()).encode()).hexdigest()


def views_stored(connection: Connection) -> str:
    """The digest of the views that the database has."""
    return str(connection.execute(select(meta.c.value).where(meta.c.name == "views")).scalar() or "")


def _create_views(connection: Connection) -> None:
    ready = connection.execution_options(no_parameters=True)
    found = set(inspect(connection).get_view_names())
    texts = views()
    for name in [*reversed(texts), *sorted(found - set(texts))]:
        if name in found and name.startswith("v_"):
            ready.exec_driver_sql(f"DROP VIEW {name}")
    for sql in texts.values():
        ready.exec_driver_sql(sql)
    connection.execute(meta.delete().where(meta.c.name == "views"))
    connection.execute(meta.insert().values(name="views", value=views_digest()))
