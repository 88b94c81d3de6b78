"""What is installed with CaRE is under licences that were read, and is listed for who must watch it."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from tools.licences import APART, PAGE, allowed, licence, locked, page
from tools.sbom import VENDORED, sbom, written

SHAPE = {
    "type": "object",
    "required": ["bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"],
    "additionalProperties": False,
    "properties": {
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.6"},
        "serialNumber": {"pattern": "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        "version": {"type": "integer", "minimum": 1},
        "metadata": {"type": "object", "required": ["component"]},
        "components": {"type": "array", "items": {"$ref": "#/$defs/component"}},
        "dependencies": {"type": "array", "items": {"type": "object", "required": ["ref"]}},
    },
    "$defs": {
        "component": {
            "type": "object",
            "required": ["type", "name", "bom-ref"],
            "properties": {
                "type": {"enum": ["application", "library", "file"]},
                "purl": {"pattern": "^pkg:(pypi|npm)/[a-z0-9._-]+@[^@]+$"},
                "hashes": {"items": {"properties": {"content": {"pattern": "^[0-9a-f]{64}$"}}}},
                "licenses": {"minItems": 1, "items": {"minProperties": 1, "maxProperties": 1}},
                "components": {"items": {"$ref": "#/$defs/component"}},
            },
        }
    },
}  # fmt: skip


def test_every_locked_package_is_under_a_licence_that_we_may_use() -> None:
    refused = {one.name: licence(one.name) for one in locked() if not allowed(licence(one.name))}
    assert refused.keys() == APART.keys(), refused
    assert not [one.name for one in locked() if re.search("AGPL|Affero|SSPL", licence(one.name))]


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("Apache-2.0 OR GPL-3.0", True),
        ("BSD-3-Clause AND ISC", True),
        ("BSD-3-Clause AND AGPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GPL-3.0", False),
        ("", False),
    ],
)
def test_an_unknown_licence_is_refused(expression: str, may: bool) -> None:
    assert allowed(expression) is may


def test_the_page_of_licences_is_current() -> None:
    """Run `.venv/bin/python -m tools.licences` after `tools/lock.sh`."""
    assert PAGE.read_text("utf-8") == page(), "run: .venv/bin/python -m tools.licences"


def test_the_list_of_components_has_the_shape_of_cyclonedx_and_misses_nothing() -> None:
    made = sbom(1_764_000_000)
    jsonschema.validate(made, SHAPE)
    named = {(one["name"], one["version"]) for one in made["components"]}
    vendored = {(one["name"], one["version"]) for one in json.loads(VENDORED.read_text("utf-8"))}
    assert named == {(one.name, one.version) for one in locked()} | vendored
    refs = [one["bom-ref"] for one in made["components"]]
    assert len(set(refs)) == len(refs)
    assert made["dependencies"] == [{"ref": "care", "dependsOn": refs}]
    assert all(one.get("hashes") or one.get("components") for one in made["components"])
    assert made["metadata"]["timestamp"] == "2025-11-24T16:00:00Z"


def test_the_same_sources_give_the_same_list() -> None:
    assert written(1) == written(1)
    assert written(1) != written(2)
    assert "timestamp" not in sbom()["metadata"]
