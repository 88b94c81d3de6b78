"""The questions as shipped: every requirement has one, each fills the right field, a wrong file is refused."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from click.testing import CliRunner

from care.adapters.asked_requirements import asked_requirements
from care.adapters.frameworks import FOLDER as FRAMEWORKS
from care.adapters.frameworks import framework_of
from care.adapters.kit_reading import KitError, Node
from care.adapters.kits import PackagedKits
from care.adapters.questions import FOLDER, NOUN, read_questions
from care.cli import main_group
from care.domain.questions import ValueKind
from scanners.backup.facts import AnswerKey
from scanners.catalog import rules_of
from scanners.model import Kind
from scanners.workstations.facts import DETECTION_MEANS, LOG_SOURCES, Answers

FILE = "care-rules.yaml"
FRAMEWORK = framework_of(FRAMEWORKS / FILE)
QUESTIONS = PackagedKits().questions
DOMAINS = {"SAV": 35, "TLM": 29, "PDT": 20, "DET": 12}
"""Domain facts, 8, 9 and 10."""


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / FILE).read_text("utf-8"))
    return found


def read(changed: dict[str, Any]) -> None:
    read_questions(Node(FILE, "", changed, NOUN), FRAMEWORK)


def test_every_requirement_of_the_domains_has_its_question() -> None:
    wanted = [f"{domain}-{number:02}" for domain, last in DOMAINS.items() for number in range(1, last + 1)]
    assert [one for one in wanted if one not in QUESTIONS.by_item] == []
    assert sorted(QUESTIONS.by_item) == sorted(wanted)
    assert set(wanted) <= {item.id for item in FRAMEWORK.requirements}


def test_every_declared_answer_of_workstations_is_asked_once() -> None:
    asked = [one.answers for one in QUESTIONS.by_item.values() if one.answers and not one.item.startswith("SAV-")]
    told = {one.name for one in fields(Answers)} - {"establishment", "isolated"}
    assert sorted(asked) == sorted(told)


def test_the_rule_that_judges_an_answer_refers_to_its_question() -> None:
    """Otherwise an answer would be judged under one requirement and shown under another."""
    declared = {str(ref) for rule in rules_of("workstations") if "answers" in rule.reads for ref in rule.refs}
    filling = {
        f"care-rules:{one.item}"
        for one in QUESTIONS.by_item.values()
        if one.answers and not one.item.startswith("SAV-")
    }
    assert filling == {ref for ref in declared if ref.startswith("care-rules:")}


def test_every_answer_of_a_backup_plan_is_asked_under_the_requirement_of_its_rule() -> None:
    asked = {one.answers: f"care-rules:{one.item}" for one in QUESTIONS.by_item.values() if one.item.startswith("SAV-")}
    asked.pop("")
    assert set(asked) == set(get_args(AnswerKey)) - {"failed_jobs_without_ticket"}, "tickets are counted, not asked"
    judged = {rule.id.partition(".")[2]: {str(ref) for ref in rule.refs} for rule in rules_of("backup")}
    assert {key: ref for key, ref in asked.items() if ref not in judged[key]} == {}


def test_every_rule_on_backups_of_domain_facts_is_listed() -> None:
    """Measured, computed, or asked of a person: `care rules --json` forgets none."""
    listed = {one["id"]: one for one in told()}
    assert {f"care-rules:SAV-{number:02}" for number in range(1, 36)} <= set(listed)
    assert {listed[f"care-rules:SAV-{number:02}"]["kind"] for number in (9, 10, 29)} <= {"measured", "computed"}
    assert listed["care-rules:SAV-06"]["rules"] == []
    assert "GHT" in listed["care-rules:SAV-35"]["condition"]


def test_choices_are_those_that_rules_know() -> None:
    by_field = {one.answers: one.value for one in QUESTIONS.by_item.values() if one.value}
    for name, known in (("log_sources", LOG_SOURCES), ("detection_means", DETECTION_MEANS)):
        value = by_field[name]
        assert value is not None
        assert value.kind is ValueKind.CHOICES
        assert tuple(one.id for one in value.choices) == known


def test_thresholds_are_those_of_the_framework() -> None:
    parameters = FRAMEWORK.parameters
    dated = {one.item: one.value.months for one in QUESTIONS.by_item.values() if one.value and one.value.months}
    assert dated["PDT-02"] == parameters["unmanaged_months"].value
    assert dated["PDT-01"] == parameters["inventory_months"].value
    assert dated["TLM-26"] == parameters["access_review_months"].value
    lock = QUESTIONS.by_item["PDT-13"].value
    assert lock is not None
    assert lock.most == parameters["lock_minutes"].value


def _twice(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"].append(found["sections"][0]["questions"][0])


def _unknown(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"][0]["item"] = "TLM-99"


def _elsewhere(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"][0]["item"] = "PDT-01"


def _when(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"][0]["when"] = "never_said"


def _no_unit(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"][0]["value"] = {"kind": "number", "least": 3}


def _one_choice(found: dict[str, Any]) -> None:
    found["sections"][0]["questions"][0]["value"] = {"kind": "choices", "choices": [{"id": "a", "fr": "A", "en": "A"}]}


def _months_of_number(found: dict[str, Any]) -> None:
    unit = {"fr": "jours", "en": "days"}
    found["sections"][0]["questions"][0]["value"] = {"kind": "number", "unit": unit, "months": 3}


def _domain(found: dict[str, Any]) -> None:
    found["sections"][0]["domain"] = "XYZ"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_twice, "TLM-01, question posée deux fois"),
        (_unknown, "exigence inconnue : TLM-99"),
        (_elsewhere, "PDT-01 n’est pas de TLM"),
        (_when, "condition inconnue : never_said"),
        (_no_unit, "une unité est attendue"),
        (_one_choice, "deux choix différents"),
        (_months_of_number, "clé inconnue : months"),
        (_domain, "section inconnue : XYZ"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(spoil: Any, words: str) -> None:
    found = document()
    read(found)
    spoil(found)
    with pytest.raises(KitError) as refusal:
        read(found)
    assert words in refusal.value.text.fr
    assert FILE in refusal.value.text.fr


def told() -> list[dict[str, Any]]:
    answer = CliRunner().invoke(main_group, ["rules", "--json"])
    assert answer.exit_code == 0
    found: list[dict[str, Any]] = json.loads(answer.stdout)["questions"]
    return found


def test_care_rules_lists_every_id_as_measured_computed_or_asked() -> None:
    listed = {one["id"]: one for one in told()}
    wanted = {f"care-rules:{item}" for item in QUESTIONS.by_item}
    assert set(listed) == wanted
    assert {one["kind"] for one in listed.values()} == {kind.value for kind in Kind}
    assert listed["care-rules:DET-11"]["kind"] == "measured"
    assert "exposure.telnet_exposed" in listed["care-rules:DET-11"]["rules"]
    assert (listed["care-rules:TLM-25"]["kind"], listed["care-rules:TLM-25"]["rules"]) == ("declared", [])
    assert listed["care-rules:DET-06"]["value"] == "number"
    assert "téléassistance" in listed["care-rules:TLM-06"]["condition"]
    assert set(listed["care-rules:TLM-07"]) == {
        "id", "kind", "title", "help", "section", "condition", "value", "rules",
    }  # fmt: skip


def test_only_the_whole_catalogue_lists_questions() -> None:
    answer = CliRunner().invoke(main_group, ["rules", "--scanner", "backup", "--json"])
    assert "questions" not in json.loads(answer.stdout)


def test_each_question_says_where_to_look_shortly() -> None:
    for one in asked_requirements():
        for lang in ("fr", "en"):
            assert 10 < len(one.question.look.render(lang)) <= 160, one.ref
    assert Path(FOLDER / FILE).name == f"{QUESTIONS.framework}.yaml"
