"""`leakwatch device`: make a device profile by questions, and check one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.output import format_option, note, print_rows

if TYPE_CHECKING:
    from leakwatch.identifiers.kinds import Kind
    from leakwatch.model import App, DeviceProfile, Identifier


@click.group()
def command() -> None:
    """Make and check device profiles: what a test device can be recognised by."""


# -- check -------------------------------------------------------------------------------------------------------------


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option()
def check(file: Path, fmt: str) -> None:
    """Check every identifier in FILE and say how many byte strings each will be searched as."""
    from leakwatch.identifiers.profile import check_profile, load_profile

    profile = load_profile(file)
    findings = check_profile(file)
    for finding in findings:
        note(f"leakwatch: {file}:{finding.line}: {finding.text}")
    rows = list(_rows(profile, {(f.app, f.identifier): f for f in reversed(findings)}))
    columns = ["identifier", "kind", "app", "value", "variants", "verdict"]
    if fmt == "table" and not profile.apps:
        columns.remove("app")
    print_rows(rows, fmt, columns if fmt == "table" else [*columns, "finding"])
    total = sum(row["variants"] for row in rows)
    note(f"{len(rows)} identifiers become {total:,} variants; {len(findings)} doubtful.")


def _rows(profile: DeviceProfile, findings: dict[tuple[str, str], Any]) -> Iterator[dict[str, Any]]:
    from leakwatch.identifiers.masking import mask
    from leakwatch.identifiers.variants import variants_of

    owned = [("", i) for i in profile.identifiers] + [(a.package, i) for a in profile.apps for i in a.identifiers]
    for package, identifier in owned:
        finding = findings.get((package, identifier.name))
        yield {
            "identifier": identifier.name,
            "kind": identifier.type,
            "app": package,
            "value": mask(identifier.value),
            "variants": len(variants_of(identifier, profile.region, profile.keys)),
            "verdict": finding.level if finding else "ok",
            "finding": finding.text if finding else "",
        }


# -- new ---------------------------------------------------------------------------------------------------------------


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Ask for what can be read off a phone and write it to FILE, readable by you alone."""
    from leakwatch.errors import ProfileError
    from leakwatch.identifiers.kinds import KINDS
    from leakwatch.identifiers.writing import write_profile
    from leakwatch.model import DeviceProfile

    if file.exists():
        raise ProfileError(f"{file}: is there already and is not overwritten; choose another name")
    note("Only what is given here can be found in the traffic. Leave blank what you do not know: just press Enter.")
    label = click.prompt("A name for this phone", default="phone", err=True)
    region = _region()
    found = [i for kind in KINDS.values() if kind.ask for i in _ask(kind, region)]
    if not found:
        raise ProfileError(f"{file}: not written: nothing was given to search for")
    write_profile(DeviceProfile(label, region, tuple(found), apps=_apps()), file)
    note(f"\n{file} holds {len(found)} identifiers. Next: leakwatch device check {shlex.quote(str(file))}")


def _region() -> str:
    while True:
        text: str = click.prompt("Country of its SIM, two letters (CN, US)", default="CN", err=True).strip().upper()
        if len(text) == 2 and text.isascii() and text.isalpha():
            return text
        note("  Two letters, please.")


def _ask(kind: Kind, region: str) -> Iterator[Identifier]:
    """Ask for one kind until it is blank, or good, or kept against advice; IMEI and SIM come in pairs."""
    note(f"\n{kind.label_en} · {kind.label_zh}\n  {kind.why}\n  {kind.ask}")
    pair = kind.type in ("imei", "imsi", "iccid", "phone")
    for number in (1, 2) if pair else (1,):
        identifier = _answer(kind.type, kind.type if number == 1 else f"{kind.type}{number}", region)
        if identifier is None:
            return
        yield identifier


def _answer(type_: str, name: str, region: str) -> Identifier | None:
    from leakwatch.identifiers.profile import check_identifier
    from leakwatch.model import Identifier

    while True:
        value: str = click.prompt(f"  {name}", default="", show_default=False, err=True).strip()
        if not value:
            return None
        identifier = Identifier(type_, name, value)
        findings = check_identifier(identifier, region)
        for finding in findings:
            note(f"  {finding.text}")
        if not findings or all(f.level == "note" for f in findings):
            return identifier
        if findings[0].level == "warning" and click.confirm("  Keep it all the same?", default=False, err=True):
            return Identifier(type_, name, value, unchecked=True)


def _apps() -> tuple[App, ...]:
    from leakwatch.model import App

    note("\nThe app to be tested: its own domains tell the first party from third parties.")
    package: str = click.prompt("  package or bundle id", default="", show_default=False, err=True).strip()
    if not package:
        return ()
    company: str = click.prompt("  company", default="", show_default=False, err=True).strip()
    domains: str = click.prompt("  its domains, with commas between", default="", show_default=False, err=True)
    return (App(package, tuple(d.strip().lower() for d in domains.split(",") if d.strip()), company),)
