"""Rules found by their words."""

from __future__ import annotations

from care.services.rule_texts import rules_saying
from scanners.catalog import all_rules


def test_accents_and_capitals_are_no_matter_when_a_rule_is_sought() -> None:
    accented = next(rule for rule in all_rules().values() if "é" in rule.title.fr)
    for typed in (accented.title.fr, accented.title.fr.upper(), accented.title.fr.replace("é", "e"), accented.id):
        assert accented.id in rules_saying(typed)
    assert rules_saying("xylophone") == []
