"""From message to match: variant, part, segment, match."""

from __future__ import annotations

from dataclasses import dataclass, field

from leakwatch.model.words import Boundary


@dataclass(frozen=True, slots=True)
class Variant:
    """One byte string to search for: an identifier in one normal form after zero or more one-way transforms.

    `chain` is the needle's own share of a leak's chain, outermost first (`("base64", "md5")`); `form` names what is
    only cosmetic (`upper`, `no separators`). `whole` asks for the whole value of a key that names the type, because
    the needle is too short or too common to mean anything elsewhere (DESIGN §4).
    """

    needle: bytes = field(repr=False)
    identifier: str
    kind: str
    chain: tuple[str, ...] = ()
    form: str = ""
    boundary: Boundary = Boundary.NONE
    whole: bool = False
    alphabet: int = 256
    """How many symbols each byte of the needle is drawn from (10 digits, 16 hex …): the base of `chance`."""
    source: str = field(default="", repr=False)
    """The whole text that a needle is a piece of; empty for all other needles."""
    inner: bytes = field(default=b"", repr=False)
    """Of the symbols of a value inside longer base64: the value, of which they lack some bits at either end."""
    inner_boundary: Boundary = Boundary.NONE


@dataclass(frozen=True, slots=True)
class Part:
    """A named place in a message.

    `location` is DESIGN §4's word (`query:idfa`, `header:X-Did`, `body`). `offset` and `length` say where the part's
    raw bytes lie in the stored message (head and body as `journal.message_bytes` lays them out); `data` may already be
    without its transfer form, as a percent-decoded query value is, and then `chain` says so. `media_type` is the
    declared type in lower case without parameters, `encodings` the declared content codings, outermost last.
    """

    location: str
    data: bytes = field(repr=False)
    offset: int = 0
    length: int = 0
    chain: tuple[str, ...] = ()
    media_type: str = ""
    encodings: tuple[str, ...] = ()

    @property
    def framed(self) -> bool:
        """True where the chain names nothing but the stream of the message: the data is as it was sent."""
        return self.chain == ("websocket",)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a part after zero or more decodings: scanned at every depth.

    `path` goes on from the part's location (`json:$.a[0].b`, joined by dots); `key` is the innermost name it stands
    under (a JSON member, a form field), empty where there is none. `whole` is true where `data` is one whole value of
    a container, not a run of text. `offset` and `length` are of the smallest known run of the stored message's bytes
    that holds it; `exact` is true where `data` is that run byte for byte, so that a match's own offset can be given.
    """

    part: Part
    data: bytes = field(repr=False)
    chain: tuple[str, ...] = ()
    path: str = ""
    key: str = ""
    depth: int = 0
    whole: bool = False
    offset: int = 0
    length: int = 0
    exact: bool = False
    parent: Segment | None = field(default=None, repr=False)
    """The segment it was decoded from; None for the part itself."""
    start: int = 0
    """Where in the parent's data the run begins that it was decoded from."""
    extent: int = -1
    """How long that run is; -1: not known, take the whole parent."""

    @property
    def location(self) -> str:
        """The part's location with the segment's path."""
        return f"{self.part.location}.{self.path}" if self.path else self.part.location


@dataclass(frozen=True, slots=True)
class Match:
    """A variant found in some bytes, from `start` up to but not including `end`."""

    variant: Variant
    start: int
    end: int
