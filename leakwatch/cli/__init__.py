"""The command line: parses, calls, prints; each command is a module that is imported only when it runs."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from leakwatch import __version__
from leakwatch.errors import LeakwatchError

COMMANDS: dict[str, str] = {
    "demo": "Watch a simulated phone leak through a real proxy, in 20 seconds.",
    "proxy": "Proxy a phone and show live what leaves it.",
    "sniff": "Watch an interface for what goes past the proxy.",
    "mark": "Mark the phase of a running or stored capture (consent, app state, switches).",
    "scan": "Find leaks in captured files.",
    "leaks": "List and filter stored leaks.",
    "show": "Show one leak: its request, the bytes marked in place, its chain.",
    "review": "Confirm or reject a leak; the judgement outlives every new analysis.",
    "prove": "Replay a leak from the value and from the journal's bytes.",
    "explain": "Decode any string or file and show what it holds.",
    "suspects": "List values that look like identifiers of nobody's profile.",
    "links": "Say which recipients could link identifiers, in a capture or across apps.",
    "captures": "List the stored captures.",
    "coverage": "Print what could not be seen.",
    "device": "Make and check device profiles.",
    "analyse": "Analyse stored journals anew.",
    "export": "Write a capture as a mitmproxy flow file or HAR.",
    "db": "Upgrade and check a database.",
    "signatures": "Ask and maintain the signatures of SDKs and companies.",
    "formats": "List the capture formats that scan reads.",
    "path": "Print where addons, signatures or db are.",
}
"""Every command with its one-line help. `NAME` lives in `leakwatch/cli/NAME.py` as a click command `command`."""


class LazyGroup(click.Group):
    """A click group that imports a command's module only to run it, so that `--help` costs next to nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"leakwatch.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the command line, which may print a help that nobody reads to its end."""
        with _quiet_without_reader():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what a user can mend becomes one line on stderr and an exit status, never a traceback."""
        try:
            with _quiet_without_reader():
                return super().invoke(ctx)
        except LeakwatchError as error:
            click.echo(f"leakwatch: {error}", err=True)
            ctx.exit(error.exit_status)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leakwatch")
def cli() -> None:
    """See what an app sends about its user, to whom, and when."""


def main() -> None:
    """Run the command line. What the terminal's encoding cannot write (a GBK or ASCII locale) is escaped, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    cli()


@contextmanager
def _quiet_without_reader() -> Iterator[None]:
    """A reader that went away (`| head`) is no failure: end with status 0, where click itself would exit with 1."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still in its buffer
        raise click.exceptions.Exit(0) from None
