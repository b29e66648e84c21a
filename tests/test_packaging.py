"""Wheel, sdist, wheel through sdist, editable install, bare checkout: all find the same; none ships a user's data."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from leakwatch import resources

ROOT = Path(__file__).resolve().parent.parent
STRAYS = ("user.db", "user.db-wal", "db/user.db", "db/user.db-wal", "db/user.db-shm", "leakwatch/old.sqlite3")
pytestmark = pytest.mark.timeout(300)


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def own_files() -> list[Path]:
    """What a clone would hold: the files that git tracks, or everything but caches where this is no checkout."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
        return [Path(name) for name in listed if name and (ROOT / name).is_file()]
    inside = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [p for p in inside if not any(part.startswith(".") or part == "__pycache__" for part in p.parts)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with databases of a user's lying about."""
    copy = tmp_path_factory.mktemp("packaging") / "checkout"
    for path in own_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    for name in STRAYS:
        (copy / name).write_bytes(b"a user's own")
    return copy


@pytest.fixture(scope="module")
def built(checkout: Path) -> dict[str, Path]:
    """The archives: `wheel` straight from the checkout, `sdist`, and `through`, the wheel made from the sdist."""
    straight, both = checkout.parent / "straight", checkout.parent / "both"
    build = (sys.executable, "-m", "build", "--no-isolation")
    run(*build, "--wheel", "--outdir", straight, checkout, cwd=checkout)
    run(*build, "--outdir", both, checkout, cwd=checkout)
    return {
        "wheel": next(straight.glob("*.whl")),
        "sdist": next(both.glob("*.tar.gz")),
        "through": next(both.glob("*.whl")),
    }


def names_in(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as tar:
        return {name.partition("/")[2] for name in tar.getnames()}


def test_a_wheel_is_the_same_through_the_sdist(built: dict[str, Path]) -> None:
    assert names_in(built["wheel"]) == names_in(built["through"])


@pytest.mark.parametrize("archive", ["wheel", "sdist", "through"])
def test_no_users_database_is_shipped(built: dict[str, Path], archive: str) -> None:
    assert not [name for name in names_in(built[archive]) if ".db" in name or ".sqlite" in name]


def test_the_wheel_holds_every_file_of_the_package_and_of_the_resources(built: dict[str, Path]) -> None:
    names = names_in(built["wheel"])
    for path in own_files():
        top = path.parts[0]
        if top == "leakwatch":
            assert path.as_posix() in names
        elif top in resources.FOLDERS:
            assert f"leakwatch/_bundled/{path.as_posix()}" in names
        else:
            assert path.as_posix() not in names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/"))]


def test_the_sdist_holds_what_its_tests_need(built: dict[str, Path]) -> None:
    names = names_in(built["sdist"])
    assert {"Makefile", "README.md", "LICENSE", "pyproject.toml", "tests/test_packaging.py"} <= names


def resolved(python: Path | str, cwd: Path, path: Path | None = None) -> dict[str, Path]:
    """What `leakwatch path` prints for each folder, run away from the checkout."""
    env = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"} | ({"PYTHONPATH": str(path)} if path else {})
    return {n: Path(run(python, "-m", "leakwatch", "path", n, cwd=cwd, env=env).strip()) for n in resources.FOLDERS}


def check_resources(found: dict[str, Path], below: Path) -> None:
    assert all(folder.is_relative_to(below) for folder in found.values()), found
    assert (found["signatures"] / "schema.json").is_file()
    assert (found["db"] / "migrations" / "env.py").is_file()
    assert list(found["addons"].glob("*.py"))


@pytest.mark.parametrize("archive", ["wheel", "through"])
def test_an_installed_wheel_finds_its_resources(built: dict[str, Path], archive: str, tmp_path: Path) -> None:
    target = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    run(*pip, "--target", target, built[archive], cwd=tmp_path)
    check_resources(resolved(sys.executable, tmp_path, target), target / "leakwatch" / "_bundled")


def test_an_editable_install_finds_the_checkouts_folders(checkout: Path, tmp_path: Path) -> None:
    place = tmp_path / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    # The other libraries, hatchling among them, come from here; a path file of theirs is not read, so ours is not seen.
    site = next(place.glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--no-build-isolation", "--editable", checkout, cwd=tmp_path)
    check_resources(resolved(python, tmp_path), checkout)


def test_a_bare_checkout_finds_its_folders(checkout: Path, tmp_path: Path) -> None:
    check_resources(resolved(sys.executable, tmp_path, checkout), checkout)
