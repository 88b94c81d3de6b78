"""The report and the attestation of an exercise in print: standards, what is said, what is unknown, hostile texts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from reports.exercise import render_attestation, render_exercise
from reports.exercise_attestation import compose_attestation
from reports.exercise_document import compose, duration
from reports.exercise_model import Attendee, Timing
from reports.exercise_words import WORDS as NAMES
from reports.timeline_svg import MOST_LINES, TimelineMark, timeline_charts
from reports.words import Lang
from tests.support.pdf import failures_of, squeezed, text_of
from tests.unit.reports.exercise_samples import PERSON, WORDS, attestation, large, sample
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")


@pytest.mark.parametrize("lang", LANGS)
def test_is_accessible_and_fit_for_archiving(lang: Lang) -> None:
    assert failures_of(render_exercise(sample(lang))) == []
    assert failures_of(render_attestation(attestation(lang))) == []
    assert failures_of(render_attestation(attestation(lang, (PERSON, PERSON)))) == []


def test_the_largest_exercise_stays_in_bounds() -> None:
    document = render_exercise(large())
    assert failures_of(document) == []
    assert "A259" in text_of(document)


def test_an_exercise_without_debrief_is_a_document_too() -> None:
    bare = replace(
        sample(),
        cells=(), objectives=(), by_cell=(), stimuli=(), moments=(), criteria=(), questionnaires=(), lessons=(),
        eligibility=(), previous=None, integrity=None, reactions_median=None, place="", director="", draft=True,
        overall=replace(sample().overall, share=None, observed=0.0),
    )  # fmt: skip
    document = render_exercise(bare)
    assert failures_of(document) == []
    text = text_of(document)
    assert "cet exercice n’a pas de score" in text
    assert "le débriefing n’est pas clos" in text
    assert compose(bare)["conclusion"]["tone"] == "unknown"


def test_same_report_gives_the_same_bytes() -> None:
    assert render_exercise(sample()) == render_exercise(sample())
    assert render_attestation(attestation()) == render_attestation(attestation())


def test_the_report_says_everything() -> None:
    text = squeezed(text_of(render_exercise(sample())))
    for said in (
        "HôpitaldelaVallée", "Nuitnoire", "Scorepondéré:62%", "observésur75%", "2réactionsn’ontétéobservéesparpersonne",
        "23", "1h37", "9/10", "4min18s", "82%", "Rançongiciel,lanuit1.0.0", "20/11/2026,de14:02à15:47", "prévue:1h30",
        "AnneMartin", "Lenumérodel’astreinte", "Afficherlenumérodanschaqueposte", "JeanneRoux",
        "18/12/2026", "sansaction", "D2.O1.D", "!40%", "+8min", "sauté", "Laconditionn’étaitpasremplie", "Pause",
        "5min24s", "Enretard,enpartie", "Lecâblen’étaitpasrepéré", "Deuxcâbles", "4,3/5", "oui:39%", "Desstylos!",
        "Écrannoir,03/11/2025", "54%", "nonrenseigné", "5f5f5f", "rienn’yaétéajouté",
    ):  # fmt: skip
        assert said in text, said
    assert "Provisoire" not in text


def test_what_rests_on_little_is_marked() -> None:
    weak = {one["name"]: one["weak"] for one in compose(sample())["objectives"]}
    assert weak == {
        "Alerter les bonnes personnes sans ordinateur.": False,
        "Soigner en mode dégradé.": True,
        "Communiquer.": False,
    }
    shaky = replace(sample(), overall=replace(sample().overall, observed=0.49))
    assert (compose(shaky)["conclusion"]["tone"], compose(sample())["conclusion"]["tone"]) == ("warning", "good")


def test_a_chain_that_does_not_check_out_is_said() -> None:
    proof = sample().integrity
    assert proof is not None
    assert "ne se vérifie pas" in text_of(render_exercise(replace(sample(), integrity=replace(proof, whole=False))))


def test_a_long_timeline_goes_on_over_several_pictures_of_one_scale() -> None:
    marks = [TimelineMark(f"S{rank}", "Appel", rank, rank + 1) for rank in range(MOST_LINES + 1)]
    first, second = timeline_charts(marks, 60, "fr")
    assert (len(first.rows), len(second.rows)) == (MOST_LINES, 1)
    assert second.title == "Chronogramme prévu et joué (partie 2/2)"
    assert "S0 Appel, prévu 0\u00a0min, joué 1\u00a0min" in first.description
    assert first.svg.count(">60<") == second.svg.count(">60<") == 1
    assert timeline_charts((), 60, "fr") == ()


def test_what_was_not_played_is_crossed_and_a_reserve_has_no_plan() -> None:
    (chart,) = timeline_charts([TimelineMark("S1", "A", 3, None), TimelineMark("R1", "B", None, 9)], 10, "fr")
    assert [row[1:] for row in chart.rows] == [("3\u00a0min", "non joué"), ("réserve", "9\u00a0min")]
    assert (chart.svg.count("<circle"), chart.svg.count("<path")) == (1, 1)


def test_an_attestation_is_one_page_for_each_person() -> None:
    people = tuple(replace(PERSON, name=f"Personne {rank}") for rank in range(150))
    pages = PdfReader(io.BytesIO(render_attestation(attestation(people=people)))).pages
    assert len(pages) == 150
    assert "Personne 149" in pages[149].extract_text()
    alone = render_attestation(attestation())
    assert len(PdfReader(io.BytesIO(alone)).pages) == 1
    assert "Hôpital de la Vallée" in text_of(alone)
    assert "Exercice annuel" in text_of(alone)


def test_an_attestation_keeps_to_its_page_whatever_was_played() -> None:
    wide = replace(
        attestation(),
        title="Titre interminable " * 10,
        objectives=(WORDS * 5,) * 20,
        cells=tuple(f"Cellule {rank} de longue appellation" for rank in range(20)),
        verdicts=(WORDS * 3,) * 2,
    )
    assert len(PdfReader(io.BytesIO(render_attestation(wide))).pages) == 1
    assert compose_attestation(wide)["objectives"][-1] == "… + 12"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    found = sample()
    one = found.stimuli[0]
    reaction = replace(one.reactions[0], text=text, cell=text, note=text)
    hostile = replace(
        found,
        title=text, establishment=text, finess=text, kit=text, place=text, director=text, summary=text,
        cells=(replace(found.cells[0], name=text, mission=text),),
        objectives=(replace(found.objectives[0], name=text, references=(text,)),),
        stimuli=(replace(one, id=text, title=text, channel=text, cells=(text,), why=text, reactions=(reaction,)),),
        moments=(replace(found.moments[0], text=text, by=text),),
        criteria=(replace(found.criteria[0], text=text, cell=text, notes=(text,)),),
        lessons=tuple(replace(lesson, text=text, about=text) for lesson in found.lessons),
        eligibility=(replace(found.eligibility[0], name=text, verdict=text),),
    )  # fmt: skip
    assert failures_of(render_exercise(hostile)) == []
    handed = replace(attestation(), title=text, place=text, cells=(text,), people=(Attendee(text, text, text, text),))
    assert failures_of(render_attestation(handed)) == []


def test_both_languages_have_the_same_words() -> None:
    assert NAMES["fr"].keys() == NAMES["en"].keys()
    assert compose_attestation(attestation("en")).keys() == compose_attestation(attestation()).keys()


def test_every_timing_is_counted() -> None:
    assert [one["count"] for one in compose(sample())["counts"]] == ["2", "2", "3", "2"]
    assert len(Timing) == 4


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0\u00a0min"), (3540, "59\u00a0min"), (3600, "1\u00a0h"), (3599, "1\u00a0h"), (13800, "3\u00a0h\u00a050")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds, "fr") == said
