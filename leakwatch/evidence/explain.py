"""`explain`: any pasted string or file opened as a captured message would be, as a tree with what was found in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from leakwatch.decoders import Budget, unfold
from leakwatch.detector.finds import Find
from leakwatch.detector.inspector import Inspector
from leakwatch.identifiers.masking import mask
from leakwatch.model import DeviceProfile, Direction, Part, Segment
from leakwatch.store.steps import masked_layer

_MOST_NODES = 2_000
_LIMITS = {
    "depth": "what lies more than {0.max_depth} layers deep",
    "bytes": "what comes to more than {0.max_bytes:,} bytes in all",
    "ratio": "what swells more than {0.max_ratio} times",
    "time": "what takes longer than {0.max_seconds} s",
    "segments": "what follows {0.max_segments:,} pieces",
    "window": "what follows the first {0.max_window:,} bytes of a text",
    "nodes": f"what follows {_MOST_NODES:,} places",
}
"""What did not fit, by the limit's name."""
_PLACE = "value"
"""What the pasted value is called in locations."""


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier found at a node: its own share of the chain, how sure that is and why."""

    identifier: str
    kind: str
    chain: tuple[str, ...]
    form: str
    confidence: str
    chance: float
    reason: str
    value: str


@dataclass(slots=True)
class Node:
    """One thing that was opened: by which layers, where it stands, what it holds (masked), what was found in it."""

    opened_by: tuple[str, ...]
    path: str
    size: int
    shown: str
    found: list[Found] = field(default_factory=list)
    inside: list[Node] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The node and everything below it as plain data."""
        found = [{name: getattr(one, name) for name in Found.__dataclass_fields__} for one in self.found]
        inside = [node.as_dict() for node in self.inside]
        return {
            "opened_by": list(self.opened_by), "path": self.path, "bytes": self.size, "shown": self.shown,
            "found": found, "inside": inside,
        }  # fmt: skip

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """Yield every node with its depth, each before what is inside it."""
        waiting = [(depth, self)]
        while waiting:
            level, node = waiting.pop()
            yield level, node
            waiting += [(level + 1, child) for child in reversed(node.inside)]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The tree, and what did not fit into the budget."""

    root: Node
    limits: tuple[str, ...] = ()


def explain(data: bytes, profile: DeviceProfile, package: str = "", reveal: bool = False) -> Explanation:
    """Open `data` by every decoder and search it for the identifiers of `profile`, as a request's value."""
    inspector = Inspector(profile, package, prefilter=False, skim=False)
    part = Part(_PLACE, data, 0, len(data))
    finds = inspector.inspect([part], Direction.REQUEST).finds
    tree = _Tree(inspector, {i.name: i.value for i in profile.identifiers_for(package)}, reveal)
    budget = Budget()
    for count, segment in enumerate(unfold(part, budget, profile.keys)):
        if count >= _MOST_NODES:
            budget.over("nodes", 0)
            break
        tree.add(segment)
    for find in finds:
        tree.attach(find)
    limits = (_LIMITS.get(limit, f"limit on {limit}").format(budget) for limit, _ in budget.exceeded)
    return Explanation(tree.prune(), tuple(limits))


class _Tree:
    """Nodes by the segment that they show; the finds come from a second unfolding and are told by what they are."""

    def __init__(self, inspector: Inspector, values: dict[str, str], reveal: bool) -> None:
        self._inspector = inspector
        self._values = values
        self._reveal = reveal
        self._nodes: dict[tuple[Any, ...], Node] = {}
        self._root: Node | None = None

    def add(self, segment: Segment) -> Node:
        key = _identity(segment)
        if key in self._nodes:
            return self._nodes[key]
        above = segment.parent
        known = () if above is None else above.chain
        path = segment.path if above is None else segment.path.removeprefix(above.path).lstrip(".")
        node = Node(segment.chain[len(known) :], path, len(segment.data), self._text(segment))
        self._nodes[key] = node
        if above is None:
            self._root = self._root or node
        else:
            self.add(above).inside.append(node)
        return node

    def attach(self, find: Find) -> None:
        """Hang a find on its node; what the matcher undid (XOR, an alphabet of its own) becomes nodes of its own."""
        segment = find.segment
        top = segment
        while top.parent is not None:
            top = top.parent
        outer = next((other for other in find.context if other.part is not top.part and top.part.chain), None)
        if outer is not None and _identity(top) not in self._nodes:
            undone = Node(top.chain[len(outer.chain) :], "", len(top.data), self._text(top))
            self._nodes[_identity(top)] = undone
            self.add(outer).inside.append(undone)
        node = self.add(segment)
        value = self._values.get(find.identifier, "")
        node.found.append(
            Found(
                find.identifier, find.kind, find.full_chain, find.form, find.confidence.value, find.chance, find.reason,
                value if self._reveal else mask(value),
            )
        )  # fmt: skip

    def prune(self) -> Node:
        assert self._root is not None
        return self._root

    def _text(self, segment: Segment) -> str:
        if self._reveal:
            return segment.data[:4096].decode("utf-8", "backslashreplace")
        return masked_layer(segment, None, self._inspector.matcher, self._inspector.locator)


def _identity(segment: Segment) -> tuple[Any, ...]:
    above = segment.parent
    outer = _identity(above) if above is not None else ()
    return (segment.chain, segment.path, segment.start, segment.extent, segment.data, hash(outer))
