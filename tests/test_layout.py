"""The tree keeps its shape: every module has a twin test and a first sentence, names say what things are."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from leakwatch import resources

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "leakwatch"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_bundled" not in p.parts)
FORBIDDEN = {"utils", "util", "core", "common", "helpers", "helper", "manager", "misc", "lib"}
TESTED_AS_A_WHOLE = {
    "leakwatch/sources/pcap": "`read`: every protocol reader is driven by captures made for it, and by TShark's truth",
    "leakwatch/detector": "`Detector`: its modules are the pieces of one pure function",
    "leakwatch/decoders": "each decoder (test_listing demands one) and `unfold`; what they share has no face",
    "leakwatch/matching": "`Matcher` and the matchers that are not literal; the rest are their pieces",
    "leakwatch/evidence": "`prove`: its modules are the steps of one replay",
    "leakwatch/identifiers": "`expand`, `load_profile` and the table of kinds",
}
"""Rooms with one face: tests that mirrored every inner file would test the code, not the claim."""
NEEDS_NO_TWIN = {"leakwatch/__init__.py", "leakwatch/__main__.py"}
MAX_LINES = 350
SMALL_FOLDER = 12
"""Modules, `__init__` among them."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def twins(module: Path) -> Iterator[Path]:
    """Where the test of a module may stand.

    `leakwatch/a/b.py` is tested by `tests/a/test_b.py`. A small folder may instead have one test file for all of it,
    named after it, beside or inside its own place (`tests/test_a.py`, `tests/a/test_a.py`): its modules are steps of
    one thing that is only worth testing as a whole. `__init__.py` is tested as that whole. And a test file of the same
    folder that imports the module by its own name is its test too, whatever it is called after.
    """
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    folder = ROOT / "tests" / Path(*parts[:-1])
    if parts[-1] != "__init__":
        yield folder / f"test_{parts[-1]}.py"
        yield folder / f"test_{parts[-1].strip('_')}.py"
    small = len(list(module.parent.glob("*.py"))) <= SMALL_FOLDER
    if len(parts) > 1 and (small or parts[-1] == "__init__"):
        yield folder.parent / f"test_{parts[-2]}.py"
        yield folder / f"test_{parts[-2]}.py"


def is_imported_by_its_folders_tests(module: Path) -> bool:
    """Whether a test in the mirrored folder names the module in an import."""
    parts = module.relative_to(ROOT).with_suffix("").parts
    folder = ROOT / "tests" / Path(*parts[1:-1])
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    pattern = re.compile(
        rf"^\s*(?:import {re.escape('.'.join(parts))}\b|from {re.escape('.'.join(parts))} import"
        rf"|from {re.escape('.'.join(parts[:-1]))} import [^#\n]*\b{parts[-1]}\b)",
        re.MULTILINE,
    )
    return any(pattern.search(test.read_text("utf-8")) for test in folder.glob("test_*.py"))


def is_only_names(module: Path) -> bool:
    """Whether a module holds nothing but a docstring, imports and `__all__`."""
    body = ast.parse(module.read_text("utf-8")).body
    return all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign) for node in body)


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_every_module_has_a_twin_test(module: Path) -> None:
    room = relative(module.parent)
    if room in TESTED_AS_A_WHOLE:
        tests = ROOT / "tests" / Path(room).relative_to("leakwatch")
        assert list(tests.glob("test_*.py")), f"{tests} holds no test of {TESTED_AS_A_WHOLE[room]}"
        return
    if relative(module) in NEEDS_NO_TWIN or (module.name == "__init__.py" and is_only_names(module)):
        return
    candidates = list(dict.fromkeys(twins(module)))
    tested = any(twin.is_file() for twin in candidates) or is_imported_by_its_folders_tests(module)
    assert tested, "none of " + ", ".join(map(relative, candidates)) + ", and no test of its folder imports it"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_every_module_starts_with_a_sentence(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    first = docstring.split("\n\n")[0].replace("\n", " ")
    assert first, "no docstring"
    assert first.endswith((".", ")", ":", "…")), f"not a sentence: {first!r}"


def python_files() -> list[Path]:
    return sorted(p for top in ("leakwatch", "addons", "db", "tests", "bench") for p in (ROOT / top).rglob("*.py"))


@pytest.mark.parametrize("file", python_files(), ids=relative)
def test_no_file_is_long_and_no_name_says_nothing(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= MAX_LINES
    names = {part.removeprefix("test_").removesuffix(".py") for part in file.relative_to(ROOT).parts}
    assert not names & FORBIDDEN


def test_the_rooms_are_those_of_the_design() -> None:
    rooms = {p.stem for p in PACKAGE.iterdir() if p.is_dir() or p.suffix == ".py"} - {"__pycache__", "__init__"}
    known = {
        *("model", "identifiers", "parts", "decoders", "matching", "detector", "attribution", "analysis", "journal"),
        *("sources", "capture", "offline", "store", "audit", "evidence", "reports", "web", "cli", "devices", "demo"),
        *("resources", "testing", "errors", "__main__", "_bundled"),
    }
    assert rooms <= known, "a new room belongs into docs/architecture.md and the import contracts first"


@pytest.mark.parametrize("name", resources.FOLDERS)
def test_resources_resolve(name: str) -> None:
    assert resources.folder(name) == ROOT / name
    assert any(resources.folder(name).iterdir())


def test_only_resources_knows_where_the_folders_are() -> None:
    for module in MODULES:
        if module.name != "resources.py":
            assert "_bundled" not in module.read_text("utf-8"), relative(module)


def test_resources_are_data_and_scripts_not_packages() -> None:
    for name in resources.FOLDERS:
        assert not list((ROOT / name).rglob("__init__.py"))


def test_no_addon_script_hides_an_importable_module() -> None:
    """mitmproxy puts the script's folder first on `sys.path`: a script `json.py` would replace the library's."""
    importable = set(sys.stdlib_module_names) | set(packages_distributions()) | {"leakwatch"}
    for script in (ROOT / "addons").glob("*.py"):
        assert script.stem not in importable


def test_no_users_database_stands_in_the_tree() -> None:
    assert not [p for p in (ROOT / "db").rglob("*") if ".db" in p.name or ".sqlite" in p.name]


def test_test_folders_mirror_the_package() -> None:
    for folder in (ROOT / "tests").rglob("*/"):
        parts = folder.relative_to(ROOT / "tests").parts
        if folder.name == "__pycache__" or not any(folder.glob("test_*.py")):
            continue
        assert (PACKAGE / Path(*parts)).is_dir() or (ROOT / Path(*parts)).is_dir(), relative(folder)
