"""The remediation plan in print: standards, contents, what is late, hostile texts, bounds."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from reports.plan_actions import (
    MOST_ACTIONS,
    MOST_FINDINGS,
    ActionPlan,
    PlanAction,
    PlanSite,
    Progress,
    compose,
    render_plan,
)
from reports.words import Lang, Severity
from tests.support.pdf import failures_of, squeezed, text_of
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")
DAY = date(2026, 11, 22)


def action(number: int = 1, **changes: object) -> PlanAction:
    usual = PlanAction(
        number=number,
        title="Renouveler le mot de passe krbtgt",
        severity=Severity.CRITICAL,
        criticality="Vital",
        state=Progress.IN_PROGRESS,
        sites=(
            PlanSite("Hôpital de la Vallée", Progress.IN_PROGRESS),
            PlanSite("Hôpital de la Colline", Progress.CLOSED, DAY),
        ),
        due_on=date(2026, 11, 10),
        late_days=12,
        owner="Jeanne Roux",
        cents=1_250_050,
        effort_days=2.5,
        funding="CaRE D1",
        findings=("Mot de passe krbtgt ancien – HOPITAL",),
        finding_count=1,
        reason="Gravité critique, vital pour les soins, en retard de 12 jours.",
        description="Deux renouvellements à dix heures d’intervalle.\nPrévenir l’exploitation.",
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def plan(lang: Lang = "fr") -> ActionPlan:
    """One late action, one unpriced one to come, one done."""
    second = action(
        2, title="Segmenter le réseau", severity=Severity.HIGH, state=Progress.TO_DO, late_days=-40, cents=None,
        effort_days=None, due_on=date(2027, 1, 1), findings=(), finding_count=0, description="",
    )  # fmt: skip
    ended = (PlanSite("Hôpital de la Vallée", Progress.CLOSED, DAY),)
    done = action(3, title="Fermer Telnet", state=Progress.CLOSED, late_days=None, sites=ended)
    return ActionPlan(
        lang=lang,
        issued_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        day=DAY,
        place="GHT des Deux Rives",
        finess="",
        actions=(action(), second, done),
        first=(action(), second),
        several_sites=True,
    )


@pytest.mark.parametrize("lang", LANGS)
def test_is_accessible_and_fit_for_archiving(lang: Lang) -> None:
    assert failures_of(render_plan(plan(lang))) == []


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_plan_is_a_document_too(lang: Lang) -> None:
    empty = replace(plan(lang), actions=(), first=(), several_sites=False)
    assert failures_of(render_plan(empty)) == []
    assert compose(empty)["conclusion"]["tone"] == "unknown"


def test_same_plan_gives_the_same_bytes() -> None:
    assert render_plan(plan()) == render_plan(plan())


def test_says_everything_of_an_action() -> None:
    text = squeezed(text_of(render_plan(plan())))
    for wanted in (
        "GHT des Deux Rives", "Renouveler le mot de passe krbtgt", "Jeanne Roux", "10/11/2026", "12 500,50",
        "2,5 jours", "CaRE D1", "Mot de passe krbtgt ancien – HOPITAL", "en retard de 12 jours",
        "Prévenir l’exploitation.",
        "Hôpital de la Colline – close (22/11/2026)", "non chiffré", "non estimé", "Fermer Telnet", "Vital",
    ):  # fmt: skip
        assert squeezed(wanted) in text, wanted


def test_one_establishment_is_not_repeated_under_each_action() -> None:
    document = compose(replace(plan(), several_sites=False))
    assert {card["sites_more"] for section in document["sections"] for card in section["actions"]} == {""}
    assert not any(card["sites"] for section in document["sections"] for card in section["actions"])


class TestConclusion:
    def test_what_is_late_alerts(self) -> None:
        said = compose(plan())["conclusion"]
        assert (said["tone"], said["unseen"]) == ("alert", "1 action est en retard.")
        assert said["findings"] == "2 actions en cours ou à faire, dont 2 de gravité critique ou élevée."

    def test_nothing_late_nothing_grave_is_good(self) -> None:
        calm = action(severity=Severity.LOW, late_days=-1)
        said = compose(replace(plan(), actions=(calm,)))["conclusion"]
        assert (said["tone"], said["unseen"]) == ("good", "Aucune n’est en retard.")

    def test_money_tells_what_nobody_priced(self) -> None:
        assert compose(plan())["money"].endswith("12\u202f500,50\u00a0€. 1 action n’est pas chiffrée.")
        unpriced = replace(plan(), actions=plan().actions[1:2])
        assert compose(unpriced)["money"] == "1 action n’est pas chiffrée."

    def test_an_action_over_is_never_late(self) -> None:
        assert [item["number"] for item in compose(plan())["late"]] == ["1"]
        assert [item["number"] for item in compose(plan())["over"]] == ["3"]


def test_long_lists_are_cut_and_the_cut_is_said() -> None:
    many = compose(replace(plan(), actions=(action(),) * (MOST_ACTIONS + 7)))
    assert sum(len(section["actions"]) for section in many["sections"]) == MOST_ACTIONS
    assert many["sections_cut"].startswith("7 actions de plus")
    assert many["late_cut"]
    crowded = action(findings=("x",) * (MOST_FINDINGS + 1), finding_count=1_000)
    card = compose(replace(plan(), actions=(crowded,)))["sections"][0]["actions"][0]
    assert (len(card["findings"]), card["findings_more"]) == (MOST_FINDINGS, "… + 992")


def test_hundreds_of_actions_stay_in_bounds() -> None:
    assert failures_of(render_plan(replace(plan(), actions=(action(),) * 400))) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    hostile = action(
        title=text, criticality=text, sites=(PlanSite(text, Progress.BLOCKED),) * 20, owner=text, funding=text,
        findings=(text,) * 20, finding_count=50, reason=text, description=text,
    )  # fmt: skip
    document = render_plan(
        replace(plan(), place=text, finess=text, narrowed=text, actions=(hostile,), first=(hostile,))
    )
    assert failures_of(document) == []


def test_the_synthesis_is_one_page_with_the_longest_texts() -> None:
    long = "Un intitulé d’une longueur déraisonnable " * 30
    crowded = replace(plan(), first=(action(title=long, reason=long, owner=long),) * 5, narrowed=long)
    sheets = PdfReader(io.BytesIO(render_plan(crowded))).pages
    assert squeezed(sheets[0].extract_text()).count("10/11/2026") == 5


def test_both_languages_have_the_same_words() -> None:
    assert compose(plan("fr"))["words"].keys() == compose(plan("en"))["words"].keys()
