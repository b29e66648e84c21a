"""`leakwatch proxy`: proxy a phone, show live what leaves it, sum it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import console_for, db_option

_FACTS = ("examiner", "case", "store", "app_version", "os", "root", "fresh_install", "note", "no_suspects")
"""Options that go into the capture's row as they are."""

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--device", type=_FILE, required=True, help="The device profile (YAML) of the phone.")
@click.option("--app", default="", help="Package or bundle id of the app under test.")
@db_option()
@click.option("--evidence-dir", type=_FILE, default=None, help="Where captures' folders go  [default: beside --db]")
@click.option("--listen-host", default="", help="Address to listen on  [default: every address of this computer]")
@click.option("--listen-port", type=click.IntRange(0, 65535), default=None, help="Port  [default: the mode's, 8080]")
@click.option("--mode", default="regular", show_default=True,
              help="regular, wireguard, socks5, transparent, upstream:….")  # fmt: skip
@click.option("--on-pinned", type=click.Choice(["pass", "fail"]), default="pass", show_default=True,
              help="What becomes of hosts that refuse our certificate: passed on unread, or refused.")  # fmt: skip
@click.option("--quic", type=click.Choice(["block", "pass"]), default="block", show_default=True,
              help="What becomes of QUIC: blocked, so that apps use TCP, or passed on unread.")  # fmt: skip
@click.option("--stream-over", default="1m", show_default=True, help="Longer bodies go through in chunks.")
@click.option("--confdir", type=_FILE, default=None, help="mitmproxy's folder with the CA  [default: ~/.mitmproxy]")
@click.option("--phase", default="before_consent", show_default=True, help="The phase that the capture begins in.")
@click.option("--baseline", is_flag=True, help="Record the idle phone, without the app, to compare with.")
@click.option("--examiner", default="", help="Who examines.")
@click.option("--case", default="", help="The case's number.")
@click.option("--store", default="", help="The app store that the app came from.")
@click.option("--app-version", default="", help="The app's version  [default: as --apk says]")
@click.option("--apk", type=_FILE, default=None, help="The app's package: its SHA-256, version and signer are stored.")
@click.option("--os", default="", help="The phone's system and build.")
@click.option("--root", default="", help="Whether and how the phone is rooted or jailbroken.")
@click.option("--fresh-install", is_flag=True, default=None, help="The app was installed anew for this capture.")
@click.option("--no-suspects", is_flag=True, default=None,
              help="Do not look for identifiers that the profile does not have.")  # fmt: skip
@click.option("--note", default="", help="Anything else worth keeping.")
@click.option("--encrypt-journal", "key_file", type=_FILE, default=None, metavar="KEYFILE",
              help="Encrypt the journal with this key; the file is made where there is none.")  # fmt: skip
@click.option("--format", "fmt", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option("--quiet", is_flag=True, help="Print the summary only.")
@click.option("--simulated", is_flag=True, hidden=True)  # the demo's: nobody is told how to connect a phone
@click.option("--duration", type=click.FloatRange(min=0), default=None, metavar="SECONDS", help="End by itself.")
def command(fmt: str, quiet: bool, **options: Any) -> None:
    """Proxy a phone and show live what leaves it, to whom, and when.

    Prints how to connect the phone, then the leaks as they happen. Keys mark what is going on: `a` agreed (press it,
    then tap Agree), `r` refused, `w` withdrawn, `b` background, `f` in use, `i` idle, `c` closed; `q` or Ctrl-C ends
    the capture and prints its summary. `leakwatch mark` does the same from another terminal.
    """
    from leakwatch.capture.plan import Plan, prepare
    from leakwatch.capture.screens import screen_for
    from leakwatch.capture.session import Session, end_killed
    from leakwatch.capture.summary import summarise
    from leakwatch.capture.summary_text import print_summary

    facts = {name: options.pop(name) for name in _FACTS}
    console = console_for()
    ready = prepare(Plan(facts=facts, **options))
    with ready.store:
        screen = screen_for(fmt, quiet, console)
        if ended := end_killed(ready):
            screen.say(f"{ended} capture(s) of killed proxies are being analysed to their end in the background")
        session = Session(ready, screen)
        status = session.run()
        summary = summarise(ready.store, ready.capture)
        summary.complete = session.complete
        print_summary(summary, console if fmt == "table" else console_for(stderr=True))
    # A verdict over half a journal is none: whoever calls this from a script must learn of it.
    raise SystemExit(status or (0 if session.complete else 2))
