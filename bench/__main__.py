"""`python -m bench [NAME…]`: run the named measurements, or all of them one after another."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """Every module of this folder that has a `main`, by name."""
    return sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))


def main() -> None:
    """Run what was asked for; an unknown name lists those that exist."""
    chosen = sys.argv[1:] or names()
    if unknown := [name for name in chosen if name not in names()]:
        raise SystemExit(f"bench: there is no {unknown[0]!r}; there are {', '.join(names())}")
    for name in chosen:
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "main"):
            print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
            sys.argv = [name]
            module.main()


if __name__ == "__main__":
    main()
