"""Types without a shape of their own: whatever else a device or its user can be recognised by."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.identifiers.forms import Form, cases
from leakwatch.identifiers.kinds.assigned import token_forms
from leakwatch.identifiers.kinds.kind import Kind, named
from leakwatch.identifiers.kinds.person import common_name
from leakwatch.model import Boundary


def custom_forms(value: str, region: str) -> Iterator[Form]:
    """Yield the forms of whatever shape the value has; its boundary class is that of its edge characters."""
    edge = edge_boundary(value)
    for form in token_forms(value, region):
        yield form._replace(boundary=edge) if form.data == value.encode() else form
    yield from cases(value.strip(), boundary=edge_boundary(value.strip()))


def edge_boundary(value: str) -> Boundary:
    """Return the boundary class of the first and last character: digits, hex digits, letters, else none."""
    if not value:
        return Boundary.NONE
    edges = value[0] + value[-1]
    if edges.isascii() and edges.isdigit() and value.isdigit():
        return Boundary.DIGIT
    if all(c in "0123456789abcdefABCDEF" for c in value.replace("-", "")):
        return Boundary.HEX
    return Boundary.WORD if any(c.isalnum() and c.isascii() for c in edges) else Boundary.NONE


KINDS = (
    Kind(
        "custom",
        "custom identifier",
        "自定义标识",
        named("id deviceid did uuid uid cid 标识"),
        custom_forms,
        common=common_name,
    ),
    Kind(
        "other",
        "other identifier",
        "其他标识",
        named("id deviceid did uuid uid 标识"),
        custom_forms,
        common=common_name,
    ),
)
