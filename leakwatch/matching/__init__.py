"""Matching: literal needles at the speed of the wire, and beside them what is not literal (coordinates, XOR, salts)."""

from leakwatch.matching.matcher import Matcher, MatchStream

__all__ = ["MatchStream", "Matcher"]
