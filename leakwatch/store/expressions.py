"""The expression language of `--fail-on` and filters: `party=third and phase in (before_consent, refused)`."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from leakwatch.errors import QueryError
from leakwatch.journal.marks import APP, CONSENT, SWITCHES
from leakwatch.model import RECORD_FIELDS, Confidence, Direction, Party

Predicate = Callable[[Mapping[str, Any]], bool]

NUMBERS = frozenset({"index", "port", "offset", "length", "chance"})
FLAGS = frozenset({"boundary"})
LISTS = frozenset({"chain"})
_RANKS = {"confidence": [Confidence.WEAK.value, Confidence.STRONG.value, Confidence.CERTAIN.value]}
"""Words that have an order: `confidence > weak`."""
WORDS: dict[str, list[str]] = {
    **_RANKS,
    "party": [party.value for party in Party],
    "direction": [direction.value for direction in Direction],
    "phase": ["unknown", "before_consent", "refused", "withdrawn", *SWITCHES, *APP, "consented"],
    "consent": ["unknown", *CONSENT],
}
"""Fields that hold one of few words: a misspelt one would never match, so it is refused."""
_DEEPEST = 50

_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>!=|==|=|<=|>=|<|>|\(|\)|\[|\]|,)
    |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'
    |(?P<word>[^\s=!<>()\[\],"']+))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def parse_expression(text: str) -> Predicate:
    """Compile an expression over the leak record's fields into a predicate of a record as a dict.

    `field = value`, `!=`, `<`, `>`, `<=`, `>=`, `field in (a, b)`, joined by `and`, `or`, `not` and parentheses;
    values with spaces stand in quotes. A list (`chain`) equals a value that is one of its items; `confidence` has
    the order weak, strong, certain. Raises QueryError for anything else, naming the nearest field.
    """
    return _Parser(text).parse()


def check_field(name: str, fields: tuple[str, ...] = RECORD_FIELDS) -> str:
    """Return `name` if it is a field; else raise QueryError with the nearest one."""
    if name in fields:
        return name
    near = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"fields: {', '.join(fields)}"
    raise QueryError(f"there is no field {name!r}; {hint}")


class _Parser:
    """Recursive descent over the tokens; each token is (what, text), where what is `sign`, `word` or `quoted`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split(text))
        self._place = 0
        self._depth = 0

    def parse(self) -> Predicate:
        if not self._tokens:
            raise QueryError("the expression is empty; write for example party=third")
        result = self._either()
        if self._place < len(self._tokens):
            raise self._wrong("nothing more")
        return result

    @staticmethod
    def _split(text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if not found:
                rest = stripped[place:].strip()[:20]
                raise QueryError(f"expression: {rest!r} cannot be read (an open quote, a lone !)")
            place = found.end()
            what = found.lastgroup or "word"
            value = found[what]
            if what in {"double", "single"}:
                what, value = "quoted", re.sub(r"\\(.)", r"\1", value)
            tokens.append((what, value))
        return tokens

    # -- grammar -------------------------------------------------------------------------------------------------------

    def _either(self) -> Predicate:
        terms = [self._both()]
        while self._take_word("or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else lambda record: any(term(record) for term in terms)

    def _both(self) -> Predicate:
        terms = [self._factor()]
        while self._take_word("and"):
            terms.append(self._factor())
        return terms[0] if len(terms) == 1 else lambda record: all(term(record) for term in terms)

    def _factor(self) -> Predicate:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError(f"expression: more than {_DEEPEST} levels; write it flatter")
        try:
            if self._take_word("not"):
                inner = self._factor()
                return lambda record: not inner(record)
            if self._take_sign("("):
                inner = self._either()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Predicate:
        what, name = self._next("a field")
        if what != "word":
            raise self._wrong("a field", back=1)
        check_field(name)
        if self._take_word("in"):
            values = self._values(name)
            return lambda record: any(_equal(record.get(name), value) for value in values)
        what, sign = self._next("one of = != < > in")
        if what != "sign" or sign not in {"=", "==", "!=", *_COMPARE}:
            raise self._wrong("one of = != < > in", back=1)
        value = self._value(name)
        if sign in {"=", "=="}:
            return lambda record: _equal(record.get(name), value)
        if sign == "!=":
            return lambda record: not _equal(record.get(name), value)
        compare = _COMPARE[sign]
        return lambda record: _ordered(compare, name, record.get(name), value)

    def _values(self, name: str) -> list[Any]:
        closing = ")" if self._take_sign("(") else "]" if self._take_sign("[") else ""
        values = [self._value(name)]
        while self._take_sign(","):
            values.append(self._value(name))
        if closing:
            self._expect(closing)
        return values

    def _value(self, name: str) -> Any:
        what, text = self._next("a value")
        if what == "sign":
            raise self._wrong("a value", back=1)
        return typed(name, text)

    # -- tokens --------------------------------------------------------------------------------------------------------

    def _next(self, wanted: str) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise self._wrong(wanted)
        self._place += 1
        return self._tokens[self._place - 1]

    def _take_word(self, word: str) -> bool:
        if self._place < len(self._tokens):
            what, text = self._tokens[self._place]
            if what == "word" and text.lower() == word:
                self._place += 1
                return True
        return False

    def _take_sign(self, sign: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place] == ("sign", sign):
            self._place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._wrong(repr(sign))

    def _wrong(self, wanted: str, back: int = 0) -> QueryError:
        place = self._place - back
        found = repr(self._tokens[place][1]) if place < len(self._tokens) else "its end"
        return QueryError(f"expression {self._text[:80]!r}: {wanted} expected, found {found}")


def typed(name: str, text: str) -> Any:
    """Read a value as its field's type; raises QueryError where it cannot be one."""
    if name in NUMBERS:
        try:
            return float(text)
        except ValueError:
            raise QueryError(f"{name} is a number, {text!r} is none") from None
    if name in FLAGS:
        if text.lower() in {"true", "yes", "1"}:
            return True
        if text.lower() in {"false", "no", "0"}:
            return False
        raise QueryError(f"{name} is true or false, not {text!r}")
    if name in WORDS and text not in WORDS[name]:
        raise QueryError(f"{name} is one of {', '.join(WORDS[name])}, not {text!r}")
    return text


def _equal(found: Any, value: Any) -> bool:
    if isinstance(found, list | tuple):
        return value in found
    return bool(found == value)


def _ordered(compare: Callable[[Any, Any], bool], name: str, found: Any, value: Any) -> bool:
    if name in _RANKS:
        words = _RANKS[name]
        return found in words and compare(words.index(found), words.index(value))
    if isinstance(found, list | tuple):
        return any(compare(item, value) for item in found)
    try:
        return bool(compare(found, value))
    except TypeError:
        return False
