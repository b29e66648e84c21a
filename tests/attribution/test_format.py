"""The format: every category is in the schema, bare references mean recalled, mistakes name their field."""

import pytest
from pydantic import ValidationError

from leakwatch.attribution.format import CATEGORIES, INFRASTRUCTURE_CATEGORIES, Endpoint, FieldMap, Sdk, json_schema


def test_categories() -> None:
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 20 and set(CATEGORIES) > INFRASTRUCTURE_CATEGORIES
    assert json_schema()["$defs"]["Sdk"]["properties"]["category"]["enum"] == list(CATEGORIES)


def test_an_endpoint_needs_its_reasoning_and_real_hosts_paths_and_ranges() -> None:
    good = {"hosts": ["a.com", ".b.com", "c*.d.com"], "paths": ["/x"], "ip": ["203.0.113.0/24"], "reasoning": "because"}
    assert Endpoint.model_validate(good).references == []
    for name, value in (("hosts", ["com"]), ("paths", ["x"]), ("ip", ["203.0.113.1/24"]), ("reasoning", "")):
        with pytest.raises(ValidationError, match=name):
            Endpoint.model_validate(good | {name: value})


def test_ids_are_kebab_case() -> None:
    for text in ("Umeng", "a_b", "-a", "a--b", "友盟", "a" * 65, ""):
        with pytest.raises(ValidationError):
            Sdk.model_validate({"id": text, "name": "x", "category": "push"})


def test_field_maps_name_a_place() -> None:
    for path in ("query:idfa", "json:$.a.b[]", "header:X-Did", "imei", "d.imei"):
        assert FieldMap(path=path, kind="imei").filled_by == "unknown"
    with pytest.raises(ValidationError):
        FieldMap(path="", kind="imei")
