"""Evidence book and certification report in print: standards, honest scores, what is stale first, hostile texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reports.certification import (
    MOST_GAPS,
    CertificationReport,
    PrintedCriterion,
    PrintedElement,
    PrintedGap,
    PrintedLine,
    PrintedMock,
    PrintedPiece,
    PrintedScore,
    PrintedSite,
    PrintedSource,
    PrintedTheme,
    compose,
    render_certification,
)
from reports.words import Lang
from tests.support.pdf import failures_of, squeezed, text_of
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")
NOTICE = "Score indicatif CaRE, non opposable : la HAS seule décide."
DAY = date(2026, 3, 2)


def element(number: int = 1, words: str = "Le kit papier est contrôlé", *, alarming: bool = False) -> PrintedElement:
    pieces = (PrintedPiece("Relevé du kit", "Compte rendu", DAY, date(2027, 3, 2), 12, "fresh", "À jour"),)
    return PrintedElement(
        id=f"3.6-02.{number}",
        title=words,
        text="Ce que demande l’élément.",
        level="Impératif" if alarming else "",
        alarming=alarming,
        status="Non atteint" if alarming else "Atteint",
        answer="Non" if alarming else "Oui",
        note="Vu la nuit",
        given="02/03/2026, Mme Roux",
        why=("« Relevé du kit » (compte rendu, 02/03/2026)",),
        missing=("La confirmation d’une personne",) if alarming else (),
        pieces=pieces,
    )


def site(name: str = "Hôpital de la Vallée", *, scored: bool = True) -> PrintedSite:
    score = PrintedScore("Manuel", 0, 50 if scored else None, 2, 3)
    stale = PrintedLine("Kit de réanimation", "Réanimation", DAY, date(2026, 4, 1), "stale", "Périmé")
    sources = (
        PrintedSource("Kits papier", "Observation", "stale", "Périmé", (stale,), 2, False),
        PrintedSource("Exercices de crise", "Audit système", "absent", "Rien au dossier", (), 0, False),
        PrintedSource("Registre des incidents", "Audit système", "absent", "Rien au dossier", (), 0, True),
        PrintedSource("Audits", "Audit système", "fresh", "À jour", (), 0, False),
    )
    return PrintedSite(
        name=name,
        finess="010000037",
        manual="Manuel (2025)",
        source="Haute Autorité de santé",
        notice=NOTICE,
        scored=scored,
        score=score,
        sections=(PrintedScore("Chapitre 3", 0, 50, 2, 3), PrintedScore("Objectif 3.6", 1, 50, 2, 3)),
        criteria=(
            PrintedCriterion(
                "3.6-02", "Risques numériques", "Chapitre 3", score, (element(), element(2, alarming=True))
            ),
        ),
        themes=(PrintedTheme("Continuité", "Revue de moins de 12 mois (proposition CaRE).", sources),),
        gaps=(PrintedGap("Périmé", "Kits papier", "Réanimation", False), PrintedGap("Impératif", "3.6-02.2", "", True)),
        mocks=(PrintedMock("Printemps", DAY, 2, 7, 1, (("Kit papier", "Non / Oui", "Fermé la nuit"),), "Le kit."),),
    )


def report(lang: Lang = "fr", *sites: PrintedSite, book: bool = False) -> CertificationReport:
    return CertificationReport(
        lang=lang,
        issued_at=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
        place="Hôpital de la Vallée",
        finess="010000037",
        book=book,
        sites=sites or (site(),),
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("book", [True, False])
def test_is_accessible_and_fit_for_archiving(lang: Lang, book: bool) -> None:
    assert failures_of(render_certification(report(lang, book=book))) == []


def test_several_establishments_and_none_are_documents_too() -> None:
    group = report("fr", site(), site("Hôpital de la Colline", scored=False))
    assert failures_of(render_certification(group)) == []
    assert failures_of(render_certification(replace(group, sites=()))) == []
    assert [row[2] for row in compose(group)["compared"]["rows"]] == ["50\u00a0%", "–"]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_certification(report(book=True)) == render_certification(report(book=True))


def test_it_says_what_the_score_is_worth_and_what_to_handle_first() -> None:
    text = squeezed(text_of(render_certification(report(book=True))))
    for words in (NOTICE, "1 impératif sans « oui »", "1 source périmée", "1 source sans rien au dossier"):
        assert squeezed(words) in text
    assert squeezed("Contredit l’autoévaluation") in text
    assert squeezed("02/03/2026 → 02/03/2027") in text
    assert squeezed("Non visible par l’auteur") in text


def test_a_report_tells_only_what_is_to_mend_and_a_book_everything() -> None:
    told = compose(report())["sites"][0]
    assert told["criteria"] == []
    assert [one["name"] for one in told["themes"][0]["sources"]] == [
        "Kits papier",
        "Exercices de crise",
        "Registre des incidents",
    ]
    whole = compose(report(book=True))["sites"][0]
    assert len(whole["themes"][0]["sources"]) == 4
    assert len(whole["criteria"][0]["elements"]) == 2


def test_a_hidden_source_is_counted_neither_way() -> None:
    assert (site().stale, site().absent, site().alarming) == (1, 1, 1)


def test_without_a_formula_no_score_is_shown() -> None:
    facts = compose(report("fr", site(scored=False)))["sites"][0]["facts"]
    assert not any(name == "Score indicatif" for name, _ in facts)


def test_grave_gaps_come_first_and_a_long_table_says_what_it_left_out() -> None:
    many = replace(site(), gaps=tuple(PrintedGap("Périmé", f"n° {n}", "", n > MOST_GAPS) for n in range(MOST_GAPS + 5)))
    told = compose(report("fr", many))["sites"][0]
    assert [one["grave"] for one in told["gaps"][:5]] == [True, True, True, True, False]
    assert told["gaps_cut"].startswith("5 écarts de plus")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_set_as_they_are(hostile: str) -> None:
    one = replace(element(words=hostile), note=hostile, missing=(hostile,))
    criterion = PrintedCriterion("1", hostile, hostile, PrintedScore("", 0, None, 0, 1), (one,))
    odd = replace(site(hostile), criteria=(criterion,))
    assert failures_of(render_certification(report("fr", odd, book=True))) == []
