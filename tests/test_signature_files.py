"""The bundled signatures: every example and counterexample, a clean lint, and the schema that editors use."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from leakwatch import resources
from leakwatch.attribution import Attributor
from leakwatch.attribution.format import json_schema
from leakwatch.attribution.index import compile_index
from leakwatch.attribution.lint import attribute_example, check_example, lint
from leakwatch.attribution.load import Signatures, read_folders

FOLDER = resources.folder("signatures")
VALIDATOR = jsonschema.Draft202012Validator(json_schema())
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def pack() -> Signatures:
    return read_folders([FOLDER])


@pytest.fixture(scope="module")
def attributor(pack: Signatures) -> Attributor:
    return Attributor(compile_index(pack))


def test_lint_is_clean() -> None:
    assert [f"{f.file.name} {f.subject}: {f.message}" for f in lint([FOLDER]) if f.level == "error"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_example_and_counterexample(path: Path, pack: Signatures, attributor: Attributor) -> None:
    names = {c.id: c.name for c in pack.companies.values()}
    examples = [e for e, origin in pack.examples if origin.path == path]
    assert [m for e in examples if (m := check_example(e, attribute_example(attributor, e), names))] == []
    for counter in [c for c, origin in pack.counterexamples if origin.path == path]:
        verdict = attribute_example(attributor, counter)
        assert verdict.sdk != counter.not_ and verdict.company != names.get(counter.not_, "\0"), counter.url


def test_the_schema_for_editors_is_the_formats_own() -> None:
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_schema_accepts_every_file(path: Path) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    VALIDATOR.validate(yaml.load(path.read_bytes(), loader))


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"version": 1, "company": {"id": "a", "name": "A"}, "colour": "red"})
