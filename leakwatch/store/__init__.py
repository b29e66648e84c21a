"""The store: SQLAlchemy tables, one writer, and the only read side; loads SQLAlchemy only when a name is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leakwatch.store.batch import Batch
    from leakwatch.store.database import Store
    from leakwatch.store.engine import default_url

__all__ = ["Batch", "Store", "default_url"]

_HOMES = {"Store": "database", "Batch": "batch", "default_url": "engine"}


def __getattr__(name: str) -> Any:
    """Import a public name from its module at first use (PEP 562), so that expressions cost no SQLAlchemy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
