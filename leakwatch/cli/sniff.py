"""`leakwatch sniff`: watch an interface for what goes past the proxy."""

from __future__ import annotations

from pathlib import Path

import click

from leakwatch.cli.output import db_option, note, printable


@click.command()
@click.option("-i", "--interface", required=True, metavar="IFACE", help="Where the phone's traffic passes.")
@click.option(
    "--host", multiple=True, metavar="PHONE",
    help="The phone's IP address; again for its IPv6 addresses  [default: the capture's]",
)  # fmt: skip
@click.option("--capture", default=None, help="The capture to tell  [default: the only one that is running]")
@db_option()
@click.option("--evidence-dir", type=click.Path(path_type=Path), default=None, help="Where captures' folders are.")
@click.option("--duration", type=click.FloatRange(min=0), default=None, metavar="SECONDS", help="End by itself.")
def command(
    interface: str,
    host: tuple[str, ...],
    capture: str | None,
    db: str | None,
    evidence_dir: Path | None,
    duration: float | None,
) -> None:
    """Watch what goes past the proxy: direct connections, other ports, DNS, QUIC. Needs root.

    Run it where the phone's traffic passes (a hotspot, a gateway, a mirror port) beside `leakwatch proxy`: names and
    bytes go into the running capture's ledger as `bypassed`, plain payloads are searched like everything else. Without
    a running capture it only prints what it sees.
    """
    from leakwatch.capture.watching import watch

    total = watch(interface, host, capture, db, evidence_dir, duration, lambda line: click.echo(printable(line)), note)
    conversations = sum(count for count, _ in total.values())
    note(f"{conversations} conversations with {len({host for host, _ in total})} hosts went past the proxy.")
