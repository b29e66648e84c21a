"""`leakwatch path`: where the folders that are loaded by path lie."""

import click

from leakwatch import resources


@click.command()
@click.argument("folder", type=click.Choice(resources.FOLDERS))
def command(folder: str) -> None:
    """Print where FOLDER is, for `mitmdump -s "$(leakwatch path addons)/…"` and for editors."""
    click.echo(resources.folder(folder))
