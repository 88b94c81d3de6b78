"""The investment plan in print: standards, determinism, exact figures, what is missing, hostile texts, bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reports.investment import (
    MOST_ACTIONS,
    InvestmentReport,
    PlanRow,
    PricedAction,
    UnpricedAction,
    compose,
    render_investment,
)
from reports.words import Lang, Severity, euros
from tests.support.pdf import failures_of, text_of
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")
TITLE = "Bastion d’administration"


def unpriced(number: int = 8, title: str = "Segmenter le réseau biomédical") -> UnpricedAction:
    return UnpricedAction(
        number, title, Severity.HIGH, date(2026, 6, 30), 2.5, "Jeanne Roux", ("Hôpital de la Vallée",)
    )


def plan(lang: Lang = "fr", years: int = 3) -> InvestmentReport:
    """Two actions over some years; the second is shared with others."""
    first = PricedAction(
        1,
        TITLE,
        ("Hôpital de la Vallée", "Hôpital de la Colline"),
        ("Budget propre",),
        False,
        (1_250_050, *[0] * (years - 1)),
    )
    second = PricedAction(2, "Licences", ("Hôpital de la Vallée",), ("CaRE D2",), True, (0, *[33_333] * (years - 1)))
    by_year = tuple(a + b for a, b in zip(first.cents, second.cents, strict=True))
    return InvestmentReport(
        lang=lang,
        issued_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        place="GHT des Deux Rives",
        finess="",
        years=tuple(range(2026, 2026 + years)),
        by_year=by_year,
        by_kind=(PlanRow("Investissement", by_year),),
        by_entity=(PlanRow("Hôpital de la Vallée", by_year),),
        by_funding=(PlanRow("Budget propre", first.cents), PlanRow("CaRE D2", second.cents)),
        actions=(first, second),
        unpriced=(unpriced(),),
        outside_cents=4_000,
        seen=2,
        establishments=3,
    )  # fmt: skip


def empty(lang: Lang = "fr") -> InvestmentReport:
    return replace(
        plan(lang), by_year=(0, 0, 0), by_kind=(), by_entity=(), by_funding=(), actions=(), unpriced=(), outside_cents=0
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("years", [1, 3, 8])
def test_is_accessible_and_fit_for_archiving(lang: Lang, years: int) -> None:
    assert failures_of(render_investment(plan(lang, years))) == []


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_plan_is_a_document_too(lang: Lang) -> None:
    document = render_investment(empty(lang))
    assert failures_of(document) == []
    said = compose(empty(lang))["conclusion"]
    assert (said["tone"], said["unseen"]) == ("unknown", "")


def test_same_plan_gives_the_same_bytes() -> None:
    assert render_investment(plan()) == render_investment(plan())


def test_figures_are_exact_and_all_written_alike() -> None:
    text = text_of(render_investment(plan())).replace("\u202f", " ")
    for wanted in ("GHT des Deux Rives", TITLE, "12 500,50", "333,33", "666,66", "13 167,16", "0,00", "2026 à 2028"):
        assert wanted in text, wanted


def test_whole_euros_are_written_without_cents() -> None:
    whole = replace(plan(), actions=tuple(replace(one, cents=(100, 0, 0)) for one in plan().actions))
    assert compose(whole)["actions"][0]["cents"] == ["1", "0", "0", "1"]


def test_what_nobody_priced_is_said_on_the_first_lines_and_listed() -> None:
    said = compose(plan())["conclusion"]
    assert said["findings"] == f"{euros(1_316_716, 'fr')} de dépenses prévues (2026 à 2028) pour 2 actions."
    assert said["unseen"].startswith("1 action ouverte n’est pas chiffrée")
    assert "Segmenter le réseau biomédical" in text_of(render_investment(plan()))
    assert compose(replace(plan(), unpriced=()))["conclusion"]["unseen"] == ""


def test_what_the_figures_leave_out_is_said() -> None:
    notes = " ".join(compose(plan())["notes"])
    assert f"{euros(4_000, 'fr')} sur d’autres années" in notes
    assert "2 établissements, parmi les 3" in notes
    assert "action partagée" in notes
    alone = replace(plan(), outside_cents=0, seen=3, actions=plan().actions[:1])
    assert len(compose(alone)["notes"]) == 1


def test_long_lists_are_cut_and_the_cut_is_said() -> None:
    many = replace(plan(), actions=plan().actions[:1] * (MOST_ACTIONS + 3))
    assert len(compose(many)["actions"]) == MOST_ACTIONS
    assert compose(many)["actions_cut"].startswith("3 lignes de plus")


def test_hundreds_of_actions_stay_in_bounds() -> None:
    crowded = replace(plan(), actions=plan().actions[:1] * MOST_ACTIONS, unpriced=(unpriced(),) * 300)
    assert failures_of(render_investment(crowded)) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    report = plan()
    hostile = replace(
        report,
        place=text,
        finess=text,
        by_kind=(replace(report.by_kind[0], name=text),),
        by_entity=(replace(report.by_entity[0], name=text),),
        by_funding=(replace(report.by_funding[0], name=text),),
        actions=tuple(replace(one, title=text, sites=(text,) * 6, fundings=(text,)) for one in report.actions),
        unpriced=(replace(unpriced(), title=text, owner=text, sites=(text,)),),
    )
    assert failures_of(render_investment(hostile)) == []


def test_both_languages_have_the_same_words() -> None:
    assert compose(plan("fr"))["words"].keys() == compose(plan("en"))["words"].keys()


@pytest.mark.parametrize(
    ("cents", "fr", "en"),
    [
        (1_250_050, "12\u202f500,50\u00a0€", "€12,500.50"),
        (1_250_000, "12\u202f500\u00a0€", "€12,500"),
        (5, "0,05\u00a0€", "€0.05"),
        (-150, "−1,50\u00a0€", "−€1.50"),
    ],
)
def test_money_is_written_as_people_write_it(cents: int, fr: str, en: str) -> None:
    assert (euros(cents, "fr"), euros(cents, "en")) == (fr, en)
