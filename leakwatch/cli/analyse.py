"""`leakwatch analyse`: run today's detection over stored journals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

_COLUMNS = ("capture", "app", "leaks", "leaks_before", "run")


@click.command()
@click.argument("captures", nargs=-1)
@db_option()
@click.option("--evidence-dir", type=click.Path(path_type=Path), default=None, help="Where captures' folders are.")
@click.option("--key", type=click.Path(path_type=Path), default=None, metavar="KEYFILE",
              help="Key of an encrypted journal  [default: the one it was made with]")  # fmt: skip
@click.option("--hook-log", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="Keys and plaintexts that a hook on the device saw; kept with each of the CAPTURES.")  # fmt: skip
@click.option("--resolver-log", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="What the phone's DNS resolver answered; kept with each of the CAPTURES.")  # fmt: skip
@click.option("--mmdb", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="Where addresses are registered, by your own MMDB file.")  # fmt: skip
@click.option("--no-suspects", is_flag=True, help="Do not look for identifiers that the profile does not have.")
@click.option("--unfinished", is_flag=True, help="Only end what killed proxies left unfinished.")
@format_option()
def command(
    captures: tuple[str, ...],
    db: str | None,
    evidence_dir: Path | None,
    key: Path | None,
    hook_log: Path | None,
    resolver_log: Path | None,
    mmdb: Path | None,
    no_suspects: bool,
    unfinished: bool,
    fmt: str,
) -> None:
    """Analyse stored CAPTURES anew from their journals; without any, all of them.

    Leaks keep their ids, marks and reviews stay, and the earlier analysis is shown until the new one is finished. The
    journal of a proxy that was killed is brought to its end. A capture that cannot be analysed gets one line, does not
    stop the others, and makes the exit status 2.
    """
    from leakwatch.capture.analysing import unfinished as killed
    from leakwatch.store import Store, queries

    failed: list[str] = []
    with Store.open(db, create=False, evidence_dir=evidence_dir) as store:
        if captures:
            chosen = [queries.resolve_capture(store, name) for name in captures]
        else:
            chosen = [str(row["capture"]) for row in queries.captures(store)]
        if unfinished:
            left = {folder.name for folder in killed(store)}
            chosen = [capture for capture in chosen if capture in left]
        logs = (hook_log, resolver_log)
        how = {"suspects": not no_suspects, "mmdb": mmdb}
        rows = (_analyse(store, capture, key, failed, logs, how) for capture in dict.fromkeys(chosen))
        print_rows((row for row in rows if row), fmt, _COLUMNS)
    if failed:
        raise SystemExit(2)


def _analyse(
    store: Any,
    capture: str,
    key: Path | None,
    failed: list[str],
    logs: tuple[Path | None, Path | None],
    how: dict[str, Any],
) -> dict[str, Any]:
    """Analyse one capture; an empty row where that failed."""
    from leakwatch.capture import analysing
    from leakwatch.errors import LeakwatchError
    from leakwatch.store import queries

    (before,) = queries.view(store, "v_captures", capture)
    try:
        journal = analysing.journal_in(store.folder_of(capture))
        hook_log, resolver_log = logs
        if hook_log is not None:
            analysing.keep_hook_log(hook_log, store.folder_of(capture))
        if resolver_log is not None:
            analysing.keep_resolver_log(resolver_log, store.folder_of(capture))
        what = analysing.recorded(journal, key or analysing.key_file(store, capture))
        note(f"analysing {capture} ({journal.stat().st_size / 1e6:.1f} MB)")
        analysing.analyse(store, what, **how)
    except LeakwatchError as error:
        failed.append(capture)
        note(f"leakwatch: {error}")
        return {}
    (row,) = queries.view(store, "v_captures", capture)
    return {**row, "leaks_before": before["leaks"]}
