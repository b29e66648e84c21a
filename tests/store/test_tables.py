"""The tables keep recorded and derived apart, and no column can hold what is not to be stored."""

from __future__ import annotations

from sqlalchemy import Boolean, Double, Text

from leakwatch.model import RECORD_FIELDS
from leakwatch.store import tables
from leakwatch.store.schema import views

RECORDED = {"meta", "capture", "identifier", "mark", "mark_correction", "flow", "ledger", "review"}
DERIVED = {"analysis_run", "phase", "attribution", "leak", "suspect"}


def test_recorded_and_derived_are_apart() -> None:
    assert set(tables.metadata.tables) == RECORDED | DERIVED
    for name in RECORDED - {"ledger"}:
        parents = {key.column.table.name for key in tables.metadata.tables[name].foreign_keys}
        assert not parents & DERIVED, f"{name} would go when an analysis goes"


def test_a_leaks_fields_have_one_home_each() -> None:
    """Attribution and phase are joined by the view, so that neither can contradict the leak."""
    own = {column.name for column in tables.leak.columns}
    joined = {column.name for column in tables.attribution.columns} - {"run", "exchange", "reason"}
    derived = {"phase", "consent", "boundary"}
    assert own & set(RECORD_FIELDS) | joined | derived == set(RECORD_FIELDS)
    assert not own & joined
    assert own - set(RECORD_FIELDS) == {"run", "at"}


def test_names_are_never_longer_than_postgresql_takes() -> None:
    for table in tables.metadata.tables.values():
        names = [table.name, *(str(c.name) for c in table.columns), *(str(i.name) for i in table.indexes)]
        names += [str(constraint.name) for constraint in table.constraints]
        assert all(len(name) <= 63 for name in names)
    assert all(len(name) <= 63 for name in views())


def test_text_is_never_null() -> None:
    for table in tables.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Text | Boolean):
                assert not column.nullable, column
            elif column.nullable:
                assert isinstance(column.type, Double) or column.name == "source_size"
