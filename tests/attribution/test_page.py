"""The page of the pack is generated: it names every SDK, and the one in docs is the one that would be made now."""

from pathlib import Path

from leakwatch.attribution.catalogue import listing, pack_of
from leakwatch.attribution.page import page

PAGE = Path(__file__).parents[2] / "docs" / "signatures.md"


def test_every_sdk_stands_on_the_page() -> None:
    pack = pack_of(())
    text = page(pack)
    assert [row["sdk"] for row in listing(pack) if f"| `{row['sdk']}` |" not in text] == []


def test_the_page_in_docs_is_up_to_date() -> None:
    made_by = "make it anew: leakwatch signatures page -o docs/signatures.md"
    assert PAGE.read_text(encoding="utf-8") == page(pack_of(())), made_by
