"""The database as everyone else holds it: open it, begin a capture, write what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine

from leakwatch.errors import StoreError
from leakwatch.model import Identifier
from leakwatch.store import captures, keyfile, schema, writer
from leakwatch.store.batch import Batch
from leakwatch.store.engine import BUSY_SECONDS, database_url, make_engine, sqlite_path
from leakwatch.store.failures import explained


class Store:
    """An open database. Every method raises StoreError with one line where the database refuses.

    Not to be shared by threads that write; any number of processes may have the same database open.
    """

    def __init__(self, engine: Engine, where: str, evidence: Path) -> None:
        self.engine = engine
        self.where = where
        """The path, or the URL without its password."""
        self.evidence = evidence
        """The folder of the captures' folders."""
        self._key: bytes | None = None

    @classmethod
    def open(
        cls,
        url: str | None = None,
        *,
        create: bool = True,
        evidence_dir: Path | str | None = None,
        timeout: float = BUSY_SECONDS,
    ) -> Store:
        """Open a path or URL (None: the default one), create it or bring it up to date.

        `create` false refuses a database that does not exist. `evidence_dir` holds the captures' folders where the
        database is a server (else `$LEAKWATCH_EVIDENCE_DIR`, else the user's data folder). `timeout` is how many
        seconds a writer waits for another one.
        """
        address = database_url(url)
        path = sqlite_path(address)
        where = str(path) if path else address.render_as_string(hide_password=True)
        with explained(where):
            engine = make_engine(address, create=create, timeout=timeout)
        store = cls(engine, where, _evidence_folder(path, evidence_dir))
        try:
            with explained(where):
                store._bring_up_to_date()
        except BaseException:
            engine.dispose()
            raise
        return store

    def _bring_up_to_date(self) -> None:
        try:
            with self.engine.connect() as connection:
                current = schema.is_current(connection)
            if not current:
                schema.upgrade(self.engine)
        except StoreError as error:
            raise StoreError(f"database {self.where} {error}") from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    # -- connections ---------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from; what one `with` reads is one state of the database in SQLite."""
        with explained(self.where), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed whole at the end, or nothing of it."""
        with explained(self.where), self.engine.execution_options(writing=True).begin() as connection:
            yield connection

    # -- captures and runs ---------------------------------------------------------------------------------------------

    def begin_capture(self, facts: Mapping[str, Any], identifiers: Iterable[Identifier] = ()) -> str:
        """Store a capture's facts (`captures.FACTS`) and what is searched for; return its id (`c-20261121-…`).

        The same bytes (`source_sha256`) of the same device profile and app are one capture: its id is returned again.
        So is the one that `facts["capture"]` names, where it exists. Of `identifiers` only an HMAC is kept.
        """
        with self.writing() as connection:
            capture = captures.begin(connection, facts)
            writer.put_identifiers(connection, capture, [(i.name, i.type, i.value.encode()) for i in identifiers], self)
        return capture

    def update_capture(self, capture: str, facts: Mapping[str, Any]) -> None:
        """Add or replace facts of a capture, such as `ended`."""
        with self.writing() as connection:
            captures.update(connection, capture, facts)

    def capture_folder(self, capture: str) -> Path:
        """The capture's own folder (mode 0700): journal and profile copy; made if it is not there."""
        folder = self.folder_of(capture)
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: the capture's folder cannot be made: {error.strerror}") from error
        return folder

    def folder_of(self, capture: str) -> Path:
        """Where a capture's folder is: with the others, else (`--evidence-dir` was another one) where it was made."""
        folder = self.evidence / capture
        if not folder.is_dir():
            with self.reading() as connection:
                made = captures.folder(connection, capture)
            if made and Path(made).is_dir():
                return Path(made)
        return folder

    def begin_run(self, capture: str, tool_version: str, signature_digest: str) -> str:
        """Begin an analysis and return its id. Views show it once it is finished, or at once where none is."""
        with self.writing() as connection:
            return captures.begin_run(connection, capture, tool_version, signature_digest)

    def resume_run(self, capture: str) -> tuple[str, int] | None:
        """The capture's newest analysis that was never finished, and its journal offset; None if there is none."""
        with self.reading() as connection:
            return captures.unfinished_run(connection, capture)

    def finish_run(self, run: str) -> None:
        """An analysis came to its end: from now on the views show it."""
        with self.writing() as connection:
            captures.finish_run(connection, run)

    # -- findings ------------------------------------------------------------------------------------------------------

    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction; writing the same batch again changes nothing."""
        with self.writing() as connection:
            writer.write(connection, batch, self)

    def review(self, leak: str, verdict: str, who: str = "", note: str = "") -> None:
        """Store a person's judgement of a leak, `confirm` or `reject`; it outlives every new analysis."""
        with self.writing() as connection:
            writer.review(connection, leak, verdict, who, note)

    def hmac_key(self) -> bytes:
        """The database's own 32 random bytes, in a 0600 file beside it; they never leave it."""
        if self._key is None:
            self._key = keyfile.read_or_make(self.key_path)
        return self._key

    @property
    def key_path(self) -> Path:
        """Where the HMAC key lies: `<database>.key`, or `database.key` in the evidence folder for a server."""
        path = sqlite_path(self.engine.url)
        return path.with_name(path.name + ".key") if path else self.evidence / "database.key"


def _evidence_folder(path: Path | None, chosen: Path | str | None) -> Path:
    chosen = chosen or os.environ.get("LEAKWATCH_EVIDENCE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if path is not None:
        return path.parent
    import platformdirs

    return Path(platformdirs.user_data_dir("leakwatch", appauthor=False)) / "evidence"
