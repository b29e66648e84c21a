"""How a command is run where it was installed: its modules are compiled, whatever the environment says of that."""

from __future__ import annotations

import os
from pathlib import Path


def environment(cache: Path) -> dict[str, str]:
    """Return the environment in which compiled modules are kept in `cache`; the first run fills it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(cache)}
