"""`leakwatch formats`: what can be scanned."""

import click

from leakwatch.cli.output import format_option, print_rows
from leakwatch.sources import formats


@click.command()
@format_option()
def command(fmt: str) -> None:
    """List the capture formats that `scan` reads; a file's content decides, not its name."""
    if fmt == "table":  # whose cells are cut, and here the sentences are what is asked for
        for name, reads in formats():
            click.echo(f"{name:<18}  {reads}")
    else:
        print_rows(({"format": name, "reads": reads} for name, reads in formats()), fmt, ("format", "reads"))
