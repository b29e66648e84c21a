"""What a decoder is given and what it gives back: the contract every file of this folder keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from leakwatch.decoders.budget import Budget
from leakwatch.model import Keys

NO_KEYS = Keys()


class Piece(NamedTuple):
    """Something that a decoder found inside the bytes it was given.

    `start` and `extent` are the run of the given bytes that it came from (-1: all of them). `path` is the element that
    it adds to the location, `key` the name it stands under, `whole` that it is one whole value. `chain` None stands
    for the decoder's own name; an empty one adds no layer.
    """

    data: bytes
    start: int = 0
    extent: int = -1
    path: str = ""
    key: str = ""
    whole: bool = False
    chain: tuple[str, ...] | None = None
    media_type: str = ""
    claims: bool = True
    """Decoders of lower rank leave this run alone; false for a second reading beside the bytes as they stand."""


@dataclass(slots=True)
class Context:
    """What a decoder may know of the bytes it is given, besides the bytes."""

    budget: Budget
    keys: Keys = NO_KEYS
    media_type: str = ""
    """The declared type, of a part's own bytes and of a multipart field's; lower case, no parameters."""
    announced: str = ""
    """The content coding that the message's head declares for these bytes."""
    whole: bool = False
    """The bytes are one whole value, not a run of text."""
    text: bool = True
    """The bytes are readable text in UTF-8."""
    form: bool = False
    """The bytes are a value of a query or form, where `+` stands for a space."""
    parent: str = ""
    """The chain's last name: what these bytes were taken out of."""
    around: Callable[[], Iterable[bytes]] = tuple
    """What these bytes stand in, nearest first."""

    def room(self, size: int) -> int:
        """Return how many bytes may be produced from `size` bytes of input."""
        return self.budget.room(size)

    def over(self, size: int, produced: int) -> None:
        """Note that output was cut: `size` bytes of input had given `produced` when the limit came."""
        reason = "bytes" if self.budget.max_bytes - self.budget.spent <= produced else "ratio"
        self.budget.over(reason, size)


class Decoder(Protocol):
    """One file of this folder: a module with these names.

    `RANK` settles who opens what: a run that was opened by a decoder of higher rank is not opened again by a lower
    one, and a decoder with `WHOLE` that found anything is the only one to open those bytes. Encodings and text layers
    have rank 0 and do not hinder each other. `TAKES` is `text`, `bytes` or `any`: readable text is not shown to a
    decoder of binary formats unless the message announces one. `sniff` must be cheap (a `find`, a magic number, one
    compiled pattern); `decode` never raises, whatever the bytes are. A module with `LOOKS_AROUND = True` asks for
    `Context.around`, too.
    """

    NAME: str
    RANK: int
    WHOLE: bool
    TAKES: str

    def sniff(self, data: bytes, context: Context, /) -> bool:
        """Tell quickly whether `decode` is worth trying."""

    def decode(self, data: bytes, context: Context, /) -> Iterable[Piece]:
        """Yield what is inside."""
