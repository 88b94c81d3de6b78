"""A regional report in print: standards, the state in words, what is hidden, who did not answer, hostile names."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest

from reports.region_charts import trend_chart
from reports.region_document import compose, own_line, render_region
from reports.region_model import RegionGoal, RegionReport
from reports.region_pictures import region_pictures
from reports.region_state import state_of
from reports.words import Lang
from tests.support.pdf import failures_of, squeezed, text_of
from tests.unit.reports.region_samples import MONTH, SECRET_NAME, counts, national, own, report
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")


@pytest.mark.parametrize("lang", LANGS)
def test_every_form_fulfils_the_standards_and_is_the_same_twice(lang: Lang) -> None:
    for made in (report(lang), national(lang), own(lang)):
        document = render_region(made)
        assert failures_of(document) == []
        assert document == render_region(made)


def test_the_report_says_its_figures_with_their_base_and_what_is_withheld() -> None:
    text = squeezed(text_of(render_region(report())))
    for said in (
        "Rapport régional de cyber-résilience",
        "octobre 2026",
        "64 % (22 / 34)",
        "répondants 34 / 41",
        "sans réponse 7",
        "valeur la plus ancienne 02/09/2026",
        "masqué",
        "non calculé",
        "choix de CaRE, à vérifier",
        "aucun établissement n’est nommé",
    ):
        assert squeezed(said) in text


def test_establishments_are_named_to_entitled_readers_alone() -> None:
    entitled = render_region(report(public=False))
    assert failures_of(entitled) == []
    assert squeezed(SECRET_NAME) in squeezed(text_of(entitled))
    assert squeezed(SECRET_NAME) not in squeezed(text_of(render_region(report())))


def test_an_establishment_sees_its_own_line() -> None:
    text = squeezed(text_of(render_region(own())))
    assert squeezed("Votre établissement dans sa région") in text
    assert squeezed("Hôpital de la Baie") in text
    assert squeezed("Votre établissement : oui") in text or squeezed("Votre établissement : non") in text


def test_the_state_begins_with_who_answered_then_goals_then_what_moved() -> None:
    said = state_of(report())
    assert said[0].startswith("En octobre 2026, 34 établissements ont répondu")
    assert (
        "64\u00a0% (22\u00a0/\u00a034) pour un objectif de 100\u00a0% ; il en manque 19, dont 7 sans réponse."
        in said[1]
    )
    assert "de 29\u00a0% (10\u00a0/\u00a034) en octobre 2025 à 64\u00a0%" in said[2]


def with_first(made: RegionReport, **changes: object) -> RegionReport:
    family = made.families[0]
    first = replace(family.indicators[0], **changes)
    return replace(made, families=(replace(family, indicators=(first,)),))


def test_too_few_answers_conclude_nothing_and_a_hidden_figure_is_counted_as_hidden() -> None:
    figure = report().families[0].indicators[0].figure
    assert figure is not None
    few = with_first(report(), figure=replace(figure, counts=counts(9, 12, answered=12, asked=41)))
    assert "rien ne peut en être conclu" in state_of(few)[-1]
    assert not any("objectif" in one for one in state_of(few))
    whole = report()
    hidden = with_first(whole, figure=replace(figure, counts=None))
    both = replace(whole, families=(*hidden.families, *whole.families[1:]))
    assert state_of(both)[-1].startswith("Un indicateur est masqué")
    assert state_of(hidden) == (
        "Aucun chiffre ne peut être dit pour octobre 2026 : rien n’a été calculé, ou tout est masqué.",
    )


def test_a_goal_is_told_as_reached_missed_or_hanging_on_who_did_not_answer() -> None:
    goal = RegionGoal(70, report().indicators[0].goals[0].since, "", "", reached=True)
    assert "l’objectif de 70\u00a0% est atteint" in state_of(with_first(report(), goal=goal, direction="down"))[1]
    open_goal = replace(goal, percent=60, reached=None)
    said = state_of(with_first(report(), goal=open_goal))[1]
    assert "rien ne dit si l’objectif de 60\u00a0% est atteint : 7 sans réponse" in said
    assert "il en manque" not in said


def test_a_series_whose_definition_changed_says_no_move_and_joins_no_line() -> None:
    first = report().indicators[0]
    series = tuple(replace(one, version="0" if one.month < 202605 else "1") for one in first.series)
    made = with_first(report(), series=series)
    assert not any("octobre 2025" in one for one in state_of(made))
    drawn = trend_chart(made.indicators[0], made)
    assert drawn is not None
    assert drawn.header[1:3] == ("Bretagne (version 0)", "Bretagne (version 1)")
    assert all("non renseigné" in row[1:3] for row in drawn.rows)
    sums = report().indicators[2]
    changed = replace(sums, series=tuple(replace(one, version="0") for one in sums.series[:-1]) + sums.series[-1:])
    drawn = trend_chart(changed, report())
    assert drawn is not None
    assert drawn.rows[0][1] == "0 (version 0)"


def test_an_own_value_of_another_version_is_set_aside() -> None:
    made = own()
    old = tuple(replace(one, version="0", other_version=True) for one in made.indicators[0].own)
    assert "autre version" in own_line(replace(made.indicators[0], own=old), made)
    assert "oui" not in own_line(replace(made.indicators[0], own=old), made)
    rows = trend_chart(replace(made.indicators[3], own=old), made)
    assert rows is not None
    assert {row[2] for row in rows.rows} == {"non renseigné"}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_set_as_they_are(hostile: str) -> None:
    made = with_first(replace(report(), place=hostile), title=hostile, formula=hostile, source=hostile, note=hostile)
    assert failures_of(render_region(made)) == []


def test_the_months_of_a_table_are_all_there_latest_first() -> None:
    months = compose(report())["families"][0]["details"][0]["months"]["rows"]
    assert [one[0] for one in months][:2] == ["2026-10", "2026-09"]
    assert (len(months), f"{MONTH}"[:4]) == (13, "2026")


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("lang", LANGS)
def test_pictures_are_16_9_described_and_the_same_twice(lang: Lang) -> None:
    for made in (report(lang), national(lang), own(lang), report(lang, public=False)):
        content = region_pictures(made)
        assert content == region_pictures(made)
        files = unzipped(content)
        described = files.pop("descriptions.txt").decode("utf-8-sig")
        for name, picture in files.items():
            assert struct.unpack(">II", picture[16:24]) == (1920, 1080)
            assert name in described
        assert "34\u00a0/\u00a041" in described
        assert (SECRET_NAME in described) is False


def test_a_picture_of_long_texts_stays_one_picture() -> None:
    long = "Établissements dont les sauvegardes immuables sont restaurées entièrement chaque année " * 4
    family = report().families[0]
    many = tuple(replace(family.indicators[0], title=f"{rank} {long}", source=long) for rank in range(9))
    files = unzipped(region_pictures(replace(report(), families=(replace(family, indicators=many),))))
    assert len(files) == 1 + 2 + 1 + 9  # descriptions; cover and state; cards; a chart each


@pytest.mark.parametrize("hostile", HOSTILE[:4])
def test_hostile_texts_are_drawn_as_they_are(hostile: str) -> None:
    made = with_first(replace(report(), place=hostile), title=hostile, code=hostile[:40], doubt=hostile)
    assert len(unzipped(region_pictures(made))) >= 4
