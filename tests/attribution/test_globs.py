"""Globs agree with the regular expressions they stand for."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leakwatch.attribution.globs import Glob


@given(st.text("ab*", max_size=8), st.text("ab\n", max_size=12))
def test_globs_agree_with_regular_expressions(pattern: str, text: str) -> None:
    regex = ".*".join(re.escape(piece) for piece in pattern.split("*"))
    assert Glob.parse(pattern).matches(text) == bool(re.fullmatch(regex, text, re.DOTALL))
