"""`leakwatch mark`: say what the tester does, from another terminal or afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import db_option, format_option, print_rows

_COLUMNS = ("mark", "time", "axes", "made_by", "who", "uncertainty", "note", "corrected")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--capture", default=None, help="The capture  [default: the only one that is running]")
@db_option()
@click.option("--evidence-dir", type=click.Path(path_type=Path), default=None, help="Where captures' folders are.")
@click.option("--at", default=None, metavar="TIME", help="When: ISO 8601, or seconds since the capture's start.")
@click.option("--uncertainty", type=click.FloatRange(0, 86400), default=None, metavar="SECONDS",
              help="How far the true moment may lie before; for scripts  [default: 3, a hand's]")  # fmt: skip
@click.option("--who", default="", help="Who marks or corrects.")
@click.option("--note", default="", help="Anything worth keeping about the mark.")
@click.option("--correct", default=None, metavar="MARK", help="Correct this mark; the first record stays.")
@click.option("--remove", is_flag=True, help="With --correct: take the mark back.")
@click.option("--why", default="", help="With --correct: why.")
@click.option("--list", "listing", is_flag=True, help="List the capture's marks and their corrections.")
@format_option()
def command(words: tuple[str, ...], db: str | None, evidence_dir: Path | None, fmt: str, **options: Any) -> None:
    """Mark what is happening in a capture.

    WORDS are `agreed`, `refused`, `withdrawn`, `in_use` (or `in_use:FUNCTION`), `idle`, `background`, `closed`,
    `personalisation_off`, `permission_denied`, `logged_out`, `after_update`, or pairs such as `consent=given`. Mark
    before you tap: a boundary errs in the app's favour. A stored capture needs --capture and --at.
    """
    from leakwatch.capture import marking
    from leakwatch.store import Store

    with Store.open(db, create=False, evidence_dir=evidence_dir) as store:
        capture = marking.capture_to_mark(store, options["capture"])
        if options["listing"]:
            print_rows(({**row, "axes": _pairs(row["axes"])} for row in marking.marks(store, capture)), fmt, _COLUMNS)
        elif options["correct"]:
            _correct(store, capture, words, options)
        else:
            _mark(store, capture, words, options)


def _mark(store: Any, capture: str, words: tuple[str, ...], options: dict[str, Any]) -> None:
    from leakwatch.capture import marking
    from leakwatch.journal.marks import parse_mark

    fields: dict[str, Any] = {"who": options["who"], "note": options["note"]}
    if options["at"] is not None:
        fields["time"] = _moment(store, capture, options["at"])
    if options["uncertainty"] is not None:
        fields |= {"uncertainty": options["uncertainty"], "by": "script"}
    mark = marking.set_mark(store, capture, parse_mark(" ".join(words)), **fields)
    click.echo(f"{capture} {mark.id} {_pairs(mark.axes)}")


def _correct(store: Any, capture: str, words: tuple[str, ...], options: dict[str, Any]) -> None:
    from leakwatch.capture import marking
    from leakwatch.journal.marks import parse_mark

    new: dict[str, Any] = {}
    if words:
        new["axes"] = parse_mark(" ".join(words))
    if options["at"] is not None:
        new["time"] = _moment(store, capture, options["at"])
    if bool(new) == options["remove"]:
        raise click.UsageError("--correct takes new words, a new --at, or both; --remove takes the mark back instead")
    marking.correct_mark(store, capture, options["correct"], new, options["who"], options["why"])
    click.echo(f"{capture} {options['correct']} {'removed' if options['remove'] else 'corrected'}")


def _moment(store: Any, capture: str, text: str) -> float:
    from leakwatch.capture.marking import started
    from leakwatch.journal.marks_file import parse_time

    return parse_time(text, started(store, capture))


def _pairs(axes: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in dict(axes).items())
