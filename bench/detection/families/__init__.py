"""The families that must be found; importing this package registers them all."""

from bench.detection.families import (
    carriers,
    compression,
    containers,
    digests,
    encodings,
    forms,
    obfuscation,
    places,
)
from bench.detection.families.registry import FAMILIES

__all__ = [
    "FAMILIES", "carriers", "compression", "containers", "digests", "encodings", "forms", "obfuscation", "places",
]  # fmt: skip
