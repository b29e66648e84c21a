"""Plain Python of the standard library alone: what a stranger runs, printed as it stands, and what checks the rest."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from leakwatch.evidence.plain import compression, digests, layers, places, writing

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: function
    for module in (layers, compression, digests, places, writing)
    for name, function in vars(module).items()
    if inspect.isfunction(function)
}
"""Every function that may be printed, by its name."""
PLAIN_DIGESTS: dict[str, tuple[str, ...]] = {
    "crc32": ("checksum", "crc32"), "adler32": ("checksum", "adler32"), "md4": ("md4",),
    "fnv1a32": ("fnv1a", "32"), "fnv1a64": ("fnv1a", "64"), "mmh3_32": ("murmur3_32",), "mmh3_128": ("murmur3_128",),
    "xxh32": ("xxhash", "32"), "xxh64": ("xxhash", "64"),
}  # fmt: skip
"""Digests that openssl does not have: the function that makes one, in hex, and its arguments."""
NEEDS = {"near": ("moved",)}
"""Functions that call others."""


def source(names: list[str]) -> str:
    """Return the source of these functions and of what they call, each once."""
    wanted = dict.fromkeys(other for name in names for other in (*NEEDS.get(name, ()), name))
    return "\n\n".join(inspect.getsource(FUNCTIONS[name]).rstrip() for name in wanted)
