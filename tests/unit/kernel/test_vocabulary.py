"""Every evidence key a rule uses has its words in both languages."""

import importlib

import pytest

from scanners.catalog import SCANNERS, rules_of
from scanners.model import Finding
from scanners.runner import run_rules
from scanners.vocabulary import EVIDENCE, evidence_rows


@pytest.mark.parametrize("scanner", SCANNERS)
def test_every_evidence_key_of_the_broken_specimen_has_a_name(scanner: str) -> None:
    broken = importlib.import_module(f"tests.unit.{scanner}.specimens").BROKEN
    outcomes = run_rules(rules_of(scanner), broken)
    used = {key for outcome in outcomes for finding in outcome.findings for key in finding.evidence}
    assert used
    assert used - set(EVIDENCE) == set()


def test_values_are_written_for_people() -> None:
    finding = Finding("x", {"days": 3, "enabled": True, "percent": 12.5, "date": "2026-03-01T10:20:30+00:00", "dn": ""})
    assert evidence_rows(finding, "fr") == (
        ("Jours", "3"),
        ("Actif", "oui"),
        ("Pourcentage", "12,5"),
        ("Date", "01/03/2026 10:20"),
    )
    assert evidence_rows(finding, "en")[2] == ("Percentage", "12.5")
