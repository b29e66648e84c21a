"""Where `addons/`, `signatures/` and `db/` are; no other module may compute such a path."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
FOLDERS = ("addons", "signatures", "db")


def folder(name: str) -> Path:
    """Return the folder `name` (one of `FOLDERS`): inside an installed wheel, else beside the package in a checkout.

    Raises FileNotFoundError where neither exists, which means a broken installation.
    """
    if name not in FOLDERS:
        raise ValueError(f"no such resource folder: {name!r}; known: {', '.join(FOLDERS)}")
    for candidate in (_PACKAGE / "_bundled" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"leakwatch is installed without its folder {name!r}: install it again")
