"""Containers, encodings and compressions, one file each, and `unfold`, which applies them at every depth."""

from leakwatch.decoders.budget import Budget
from leakwatch.decoders.listing import DECODERS
from leakwatch.decoders.names import CHAIN_NAMES, SILENT, canonical, silent
from leakwatch.decoders.piece import Context, Decoder, Piece
from leakwatch.decoders.unfolding import unfold

__all__ = [
    "CHAIN_NAMES",
    "DECODERS",
    "SILENT",
    "Budget",
    "Context",
    "Decoder",
    "Piece",
    "canonical",
    "silent",
    "unfold",
]
