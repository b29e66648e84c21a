"""What leakwatch knows about one type of identifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from leakwatch.identifiers.forms import Form
from leakwatch.model import Boundary

Validate = Callable[[str, str], tuple[str, ...]]
Forms = Callable[[str, str], Iterator[Form]]


def anything(value: str, region: str = "") -> tuple[str, ...]:
    """Find no problem: the type has no shape to check."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of identifier: how to check it, what it is written like, which keys name it.

    `validate(value, region)` returns problems in words, without the value; `forms(value, region)` yields normal forms,
    the value as typed first. `keys` are the names that apps and servers give it, in lower case without `_`, `-`, `.`
    and spaces. A needle narrower than `min_length` columns (a Chinese character takes two) counts only as the whole
    value of a key that names the type. `permanent`: neither the user nor a factory reset can change it. `item`: one of
    a set (contacts, messages), which gets a shorter list of variants. `common(value)` says that many devices or
    people have the same. `ask` tells a tester where to read it off a phone (without it
    `device new` does not ask), `why` what it gives away.
    """

    type: str
    label_en: str
    label_zh: str
    keys: tuple[str, ...]
    forms: Forms
    validate: Validate = anything
    boundary: Boundary = Boundary.WORD
    min_length: int = 6
    permanent: bool = False
    item: bool = False
    placeholders: frozenset[str] = frozenset()
    common: Callable[[str], bool] = lambda value: False
    ask: str = ""
    why: str = "Whoever has it can tie what different apps know to one device or person."


def named(words: str) -> tuple[str, ...]:
    """Return names separated by blanks, each also with the endings that apps give to its digest (`imei_md5`)."""
    names = words.split()
    digested = (name + ending for name in names if name.isascii() for ending in _DIGESTED)
    return tuple(dict.fromkeys((*names, *digested)))


_DIGESTED = ("md5", "sha1", "sha256", "sm3", "crc32", "hash", "hashed", "enc")
