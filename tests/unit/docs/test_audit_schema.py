"""The published JSON schema describes what audits really write."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from scanners.archive import Archive, Manifest
from scanners.catalog import SCANNERS
from scanners.model import LANGS, Finding, Gap, Severity, Status, Verdict
from scanners.result import AuditResult, as_json, judge
from scanners.runner import run_rules
from tests.unit.kernel.samples import UNREAD, Facts, rule

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "care-audit-1.schema.json").read_text("utf-8"))
CHECKER = FormatChecker()
CHECKER.checks("date-time", raises=ValueError)(datetime.fromisoformat)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=CHECKER)
NOW = datetime(2026, 11, 3, 21, 4, tzinfo=UTC)


def judged(scanner: str, facts: Any) -> AuditResult:
    manifest = Manifest(scanner, 1, "cible", NOW.isoformat(), NOW.isoformat(), "care test")
    return judge(Archive(manifest, facts, "0" * 64))


def kernel_result(facts: Facts) -> AuditResult:
    """A result with every status: passed, failed, not assessable, error."""

    def broken(_facts: Facts) -> Verdict:
        raise ZeroDivisionError

    rules = [
        rule(lambda facts: Verdict(len(facts.accounts)), "passes"),
        rule(lambda facts: Verdict(1, (Finding("a", {"n": 1, "b": True, "f": 0.5, "s": "x", "none": None}),)), "fails"),
        rule(lambda facts: Verdict(1), "whole", whole=True),
        rule(broken, "breaks"),
    ]
    return AuditResult("ad", "cible", NOW, NOW, "a" * 64, run_rules(rules, facts), facts.gaps)


def documents() -> Iterator[dict[str, Any]]:
    for lang in LANGS:
        yield as_json(kernel_result(Facts(("a",))), lang)
        yield as_json(kernel_result(Facts(("a",), (Gap("accounts", UNREAD, truncated=True),))), lang)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_status_of_the_kernel_fits() -> None:
    seen = set()
    for document in documents():
        VALIDATOR.validate(json.loads(json.dumps(document)))
        seen |= {outcome["status"] for outcome in document["outcomes"]}
    assert seen == {status.value for status in Status}


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("state", ["HEALTHY", "BROKEN"])
def test_results_of_the_specimens_fit(scanner: str, state: str) -> None:
    facts = getattr(importlib.import_module(f"tests.unit.{scanner}.specimens"), state)
    for lang in LANGS:
        VALIDATOR.validate(json.loads(json.dumps(as_json(judged(scanner, facts), lang))))


def test_every_field_written_is_described() -> None:
    document = next(documents())
    outcome = next(found for found in document["outcomes"] if found["findings"])
    described = SCHEMA["$defs"]
    assert document.keys() == SCHEMA["properties"].keys()
    assert outcome.keys() == described["outcome"]["properties"].keys()
    assert outcome["findings"][0].keys() == described["finding"]["properties"].keys()


def test_words_are_those_of_the_model() -> None:
    outcome = SCHEMA["$defs"]["outcome"]["properties"]
    assert outcome["status"]["enum"] == [status.value for status in Status]
    assert outcome["severity"]["enum"] == [severity.value for severity in Severity]
    assert SCHEMA["properties"]["scanner"]["enum"] == list(SCANNERS)


@pytest.mark.parametrize(
    "damage",
    [
        {"schema": "care-audit/2"},
        {"facts_sha256": "abc"},
        {"started_at": "hier"},
        {"outcomes": [{"rule": "ad.x"}]},
        {"gaps": [{"section": "users", "truncated": False, "reason": ""}]},
    ],
)
def test_what_is_wrong_is_refused(damage: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(next(documents()) | damage)


def test_silence_is_refused() -> None:
    document = next(documents())
    failed = next(outcome for outcome in document["outcomes"] if outcome["findings"])
    assert not VALIDATOR.is_valid(document | {"outcomes": [failed | {"findings": []}]})
    assert not VALIDATOR.is_valid(document | {"outcomes": [failed | {"status": "not_assessable", "findings": []}]})


def test_the_guide_speaks_of_the_same_schema() -> None:
    guide = (DOCS / "json.md").read_text("utf-8")
    assert SCHEMA["properties"]["schema"]["const"] in guide
    assert all(f"`{status.value}`" in guide for status in Status)
