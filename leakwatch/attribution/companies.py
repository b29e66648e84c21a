"""The company graph: names, parents and groups, and whose company the app under test is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MAX_GENERATIONS = 16
_LEGAL = re.compile(
    r"[\s,.·]+|(?:股份有限公司|有限责任公司|有限公司|科技|网络|（[^）]*）|\([^)]*\))"
    r"|\b(?:inc|ltd|llc|limited|gmbh|corp|corporation|co|plc|ab|sa|bv|company)\b",
    re.IGNORECASE,
)


def plain_name(name: str) -> str:
    """Return a company's name without case, spaces and legal form, for comparison."""
    return _LEGAL.sub("", name.casefold())


class Companies:
    """Companies by id, with their parents (rows of the index: name, parent, country, names, app packages)."""

    def __init__(self, rows: dict[str, list[Any]]) -> None:
        self._rows = rows

    def name(self, company: str) -> str:
        """Return the company's name, its id where no file describes it, '' for ''."""
        row = self._rows.get(company)
        return str(row[0]) if row else company

    def country(self, company: str) -> str:
        """Return the company's country; where it has none, its nearest parent's."""
        return next((str(self._rows[c][2]) for c in self.line(company) if c in self._rows and self._rows[c][2]), "")

    def parent(self, company: str) -> str:
        """Return the id of the direct parent, or ''."""
        row = self._rows.get(company)
        return str(row[1]) if row else ""

    def line(self, company: str) -> list[str]:
        """Return the company and its parents, nearest first; a circle ends it."""
        found: list[str] = []
        while company and company not in found and len(found) < MAX_GENERATIONS:
            found.append(company)
            company = self.parent(company)
        return found

    def group(self, company: str) -> str:
        """Return the id of the topmost parent."""
        line = self.line(company)
        return line[-1] if line else ""

    def named(self, name: str) -> list[str]:
        """Return the companies that bear this name or alias, legal form and case aside."""
        wanted = plain_name(name)
        if len(wanted) < 2:
            return []
        return [c for c, row in self._rows.items() if wanted == c or any(plain_name(n) == wanted for n in row[3])]

    def of_package(self, package: str) -> list[str]:
        """Return the companies whose own apps' packages begin so."""
        return [c for c, row in self._rows.items() if any(_begins(package, prefix) for prefix in row[4])]

    def relation(self, company: str, owners: Iterable[str]) -> str:
        """Return `same` (one of the owners), `group` (common topmost parent) or ''."""
        owners = list(owners)
        if company in owners:
            return "same"
        group = self.group(company)
        return "group" if any(self.group(owner) == group for owner in owners) else ""


def _begins(package: str, prefix: str) -> bool:
    return package == prefix or package.startswith(prefix + ".")
