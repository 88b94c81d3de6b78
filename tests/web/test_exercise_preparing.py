"""An exercise from its kit to its cancellation, in pages; what a director reads, what a stranger never finds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from care.services.exercises.overview import open_overview
from care.services.exercises.preparing import change_exercise
from care.services.exercises.reading import list_exercises
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.continuity import plant_continuity
from tests.web.exercises import PlantedExercises, plant_exercises

KIT = "rancongiciel-nuit-debutant"


@pytest.fixture
def here(hospitals: Hospitals) -> str:
    return f"/establishments/{hospitals.valley}/exercises"


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedExercises:
    return plant_exercises(platform, hospitals.valley)


@pytest.fixture
def later(platform: Platform) -> datetime:
    return platform.clock.now().replace(second=0, microsecond=0) + timedelta(days=20)


def typed(at: datetime, **fields: str) -> dict[str, str]:
    return {
        "title": "Nuit de novembre",
        "planned_at": f"{at:%Y-%m-%dT}14:30",
        "place": "Salle du conseil",
        "director": "Anne Martin",
        "plan": "0",
        **fields,
    }


def test_an_exercise_is_created_in_the_words_of_the_house(
    platform: Platform, hospitals: Hospitals, browse: Browse, here: str, later: datetime
) -> None:
    planted = plant_continuity(platform, hospitals.valley)
    ciso = browse("ciso")
    assert "Préparer cet exercice" in ciso.get(f"{here}/kits/{KIT}").text
    form = ciso.get(f"{here}/new?kit={KIT}")
    assert "Rançongiciel" in form.text
    answer = ciso.post(f"{here}/new?kit={KIT}", data=typed(later, nodes=str(planted.emergency)))
    assert answer.status_code == 302
    (line,) = list_exercises(platform, MACHINE, hospitals.valley).to_come
    assert answer.location.endswith(f"/exercises/{line.id}/words")
    paris = line.planned_at.astimezone(ZoneInfo("Europe/Paris"))
    assert f"{paris:%H:%M}" == "14:30", "the hour of the establishment, not of Greenwich"
    words = ciso.get(answer.location).text
    assert re.search(r'<option value="DPI" selected>DPI – proposé</option>', words)
    assert "<mark>DPI</mark>" in words
    overview = ciso.get(f"{here}/{line.id}").text
    assert "Urgences" in overview
    assert "mots sont encore ceux du kit" in overview


def test_words_are_heard_before_they_are_recorded(
    platform: Platform, browse: Browse, here: str, planted: PlantedExercises
) -> None:
    ciso, page = browse("ciso"), f"{here}/{planted.prepared}/words"
    heard = ciso.post(page, data={"version": "1", "own-dpi": "Easily", "action": "preview"})
    assert "<mark>Easily</mark>" in heard.text
    assert 'value="Easily"' in heard.text
    assert "Rien n’est encore enregistré" in heard.text
    before = open_overview(platform, MACHINE, planted.prepared)
    assert before.unsaid == before.words
    assert ciso.post(page, data={"version": "1", "own-dpi": "Easily", "pick-dpi": "DPI"}).status_code == 302
    assert open_overview(platform, MACHINE, planted.prepared).unsaid == before.words - 1
    late = ciso.post(page, data={"version": "1", "own-dpi": "Autre mot"})
    assert late.status_code == 409
    assert "Entre-temps" in late.text
    assert 'value="Autre mot"' in late.text, "what was typed is not lost"
    long = ciso.post(page, data={"version": "2", "own-dpi": "x" * 300})
    assert (long.status_code, "200 au plus" in long.text) == (400, True)


def test_a_change_made_meanwhile_is_shown_and_nothing_typed_is_lost(
    platform: Platform, browse: Browse, here: str, planted: PlantedExercises, later: datetime
) -> None:
    ciso, page = browse("ciso"), f"{here}/{planted.prepared}/edit"
    form = ciso.get(page).text
    assert 'name="version" value="1"' in form
    plan = open_overview(platform, MACHINE, planted.prepared).plan
    change_exercise(platform, MACHINE, planted.prepared, type(plan)("Autre titre", plan.planned_at), 1)
    late = ciso.post(page, data=typed(later, version="1"))
    assert late.status_code == 409
    for said in ("Entre-temps", "Enregistré à cet instant", "Autre titre", 'value="Nuit de novembre"', 'value="2"'):
        assert said in late.text, said
    assert ciso.post(page, data=typed(later, version="2")).status_code == 302
    assert "Nuit de novembre" in ciso.get(f"{here}/{planted.prepared}").text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "Ce champ est requis"),
        ("planned_at", "", "Ce champ est requis"),
        ("planned_at", "demain", "Cette date et cette heure ne se lisent pas"),
        ("planned_at", "2001-02-03T10:00", "Ce jour est passé"),
        ("planned_at", "0202-02-03T10:00", "invraisemblable"),
        ("plan", "999", "Choisissez"),
        ("nodes", "999", "choix valide"),
        ("director", "x" * 201, "200"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browse: Browse, here: str, later: datetime, field: str, value: str, said: str
) -> None:
    answer = browse("ciso").post(f"{here}/new?kit={KIT}", data=typed(later) | {field: value})
    assert answer.status_code == 400
    assert said in answer.text


def test_an_exercise_is_cancelled_with_its_reason(browse: Browse, here: str, planted: PlantedExercises) -> None:
    ciso = browse("ciso")
    refused = ciso.post(f"{here}/{planted.prepared}/cancel", data={"version": "1", "reason": ""})
    assert refused.status_code == 400
    assert '<details class="choice" open>' in refused.text
    stale = ciso.post(f"{here}/{planted.prepared}/cancel", data={"version": "0", "reason": "Grève"})
    assert stale.status_code == 409
    assert ciso.post(f"{here}/{planted.prepared}/cancel", data={"version": "1", "reason": "Grève"}).status_code == 302
    page = ciso.get(f"{here}/{planted.prepared}").text
    assert "Annulé : Grève" in page
    assert "Cet exercice n’aura pas lieu" not in page
    assert ciso.get(f"{here}/{planted.prepared}/edit").status_code == 404


def test_an_exercise_over_is_copied_not_changed(
    browse: Browse, here: str, planted: PlantedExercises, later: datetime
) -> None:
    ciso = browse("ciso")
    assert ciso.get(f"{here}/{planted.over}/edit").status_code == 404
    assert "Ce que les joueurs ont entendu" in ciso.get(f"{here}/{planted.over}/words").text
    form = ciso.get(f"{here}/{planted.over}/copy").text
    assert 'value="Hier"' in form
    copied = ciso.post(f"{here}/{planted.over}/copy", data=typed(later, title="Demain"))
    assert copied.status_code == 302
    page = ciso.get(copied.location).text
    assert "Demain" in page
    assert "En préparation" in page


def test_a_director_reads_without_code_nor_buttons(browse: Browse, here: str, planted: PlantedExercises) -> None:
    director, ciso = browse("director"), browse("ciso")
    code = re.search(r'class="code-big"[^>]*>([A-Z2-9]{6})<', ciso.get(f"{here}/{planted.prepared}").text)
    assert code
    page = director.get(f"{here}/{planted.prepared}").text
    assert "Qui joue" in page
    for shown in ("Modifier", "Copier", "n’aura pas lieu", "La suite", "Animer"):
        assert shown in ciso.get(f"{here}/{planted.prepared}").text, shown
    for hidden in (code[1], "Modifier", "n’aura pas lieu", "Mots de l’établissement", "La suite"):
        assert hidden not in page, hidden
    assert "Préparer un exercice" not in director.get(here).text


def test_an_exercise_of_another_establishment_is_not_found(
    app: Flask, browse: Browse, hospitals: Hospitals, planted: PlantedExercises
) -> None:
    administrator = browse("administrator")
    for page in ("", "/edit", "/words", "/copy"):
        wrong = f"/establishments/{hospitals.hill}/exercises/{planted.prepared}{page}"
        assert administrator.get(wrong).status_code == 404, "the address of another hospital"
    assert browse("stranger").get(f"/establishments/{hospitals.far}/exercises/{planted.prepared}").status_code == 404


def test_times_are_those_of_the_establishment_in_winter_and_summer(
    platform: Platform, browse: Browse, hospitals: Hospitals, here: str, planted: PlantedExercises
) -> None:
    year = platform.clock.now().year + 1
    ciso = browse("ciso")
    for version, (month, hour) in enumerate(((1, 8), (7, 7)), 1):
        data = typed(datetime(year, month, 15, tzinfo=UTC), planned_at=f"{year}-{month:02}-15T09:00")
        data["version"] = str(version)
        assert ciso.post(f"{here}/{planted.prepared}/edit", data=data).status_code == 302
        at = open_overview(platform, MACHINE, planted.prepared).plan.planned_at
        assert at == datetime(year, month, 15, hour, tzinfo=UTC)
        assert f'value="{year}-{month:02}-15T09:00"' in ciso.get(f"{here}/{planted.prepared}/edit").text
