"""`leakwatch demo`: 20 seconds of a simulated phone through a real proxy."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command()
@click.option("--db", default=None, envvar="LEAKWATCH_DB", help="Database to write to (default: a new one).")
@click.option("--format", "fmt", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option("--pace", type=click.FloatRange(0.25, 10), default=1.0, show_default=True, help="How many times as fast.")
@click.option("--quiet", is_flag=True, help="Print the summary only.")
def command(db: str | None, fmt: str, pace: float, quiet: bool) -> None:
    """Watch a simulated phone run a made-up travel app through a real proxy, offline, for about 20 seconds.

    The phone is a process of its own with real HTTPS and WebSocket clients; the hosts are stand-ins on loopback.
    Some identifiers leave before the user agrees, some after; one host refuses the proxy's certificate.
    """
    from platformdirs import user_data_path

    from leakwatch.demo.run import Demo
    from leakwatch.errors import StoreError

    folder = user_data_path("leakwatch") / "demo" / time.strftime("%Y%m%d-%H%M%S")
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StoreError(f"{folder}: the demo's folder cannot be made: {error.strerror}; is $HOME yours?") from None
    raise SystemExit(Demo(Path(folder), db or str(folder / "leakwatch.db"), fmt, pace, quiet).run())
