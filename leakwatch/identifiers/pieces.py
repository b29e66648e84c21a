"""Cuts a long text into needles, so that any long enough piece of it holds at least one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, islice

_WINDOW, _STEP = 24, 8
"""Columns: 24 letters are a phrase nobody else writes; so are 12 Chinese characters (two columns each)."""
_SENTENCE = 20
_WIDE = 0x250
"""The first letter beyond Latin's blocks."""
_OWN = 6
"""Columns of a piece that have to be its own: one message with a code is like another from the same sender."""

_SHARED = re.compile(
    r"【[^】]{0,20}】|\[[^\]]{0,20}\]|(?:您|你|本次|此次|的|登录|注册|手机|动态|短信|校验|验证|码|密码|为|是|[：:]){2,}"
    r"|(?:[一二三五十]|\d{1,4})?\s?分钟(?:内)?(?:有效|输入|完成)?|有效期?|内有效|切勿|请勿|勿|请不要|不要|告诉|告知|泄[露漏]|转发|提供|给?他人|任何人"
    r"|如非本人操作|非本人操作|请忽略(?:本|此)?短?信?|感谢您?的?使用|退订回?[TtNR]?|回[TtNR]退订|尊敬的(?:客户|用户)"
    r"|(?i:your|verification|security|code|is|valid|for|minutes?|do not share|with anyone|expires? in|never|this|it)\b"
    r"|[\s，,。.！!；;：:、]"
)
_SENTENCES = re.compile(r"[^\s。！？；!?;.](?:[^\n\r。！？；!?;.]|\.(?!\s))*(?<!\s)")
_MOST = 64
"""Windows of one text; a longer text gets a longer step."""


def width(text: str) -> int:
    """Return how much `text` says, in columns: a character beyond Latin letters counts as two."""
    return sum(1 if ord(char) < _WIDE else 2 for char in text)


def pieces(text: str) -> Iterator[str]:
    """Yield windows of at least 24 columns every 8, and whole sentences of 20: any piece of 40 columns holds one.

    Over 64 windows the step grows, so that the count stays bounded and the shortest piece found grows with the text.
    Pieces that hold little but phrases which every service's messages share are left out: they name nobody.
    """
    columns = [0, *accumulate(map(width, text))]
    shared = bytearray(len(text))
    for phrase in _SHARED.finditer(text):
        shared[phrase.start() : phrase.end()] = b"\1" * len(phrase[0])
    own = [0, *accumulate(0 if common else width(char) for char, common in zip(text, shared))]
    for start, end in (*_sentences(text), *_windows(columns)):
        # A row of dashes is no phrase.
        if own[end] - own[start] >= _OWN and len(set(text[start:end])) > 4:
            yield text[start:end]


def _windows(columns: list[int]) -> Iterator[tuple[int, int]]:
    if columns[-1] <= _WINDOW:
        return
    step = max(_STEP, -(-columns[-1] // _MOST))
    for column in (*range(0, columns[-1] - _WINDOW, step), columns[-1] - _WINDOW):
        start = bisect_left(columns, column)
        yield start, min(bisect_left(columns, columns[start] + _WINDOW), len(columns) - 1)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    found = (run.span() for run in _SENTENCES.finditer(text))
    yield from islice(((a, b) for a, b in found if width(text[a:b]) >= _SENTENCE and b - a < len(text)), _MOST)
