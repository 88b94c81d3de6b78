"""The papers of an exercise in pages: who prints, what comes, what is said when there is nothing."""

from __future__ import annotations

import io
import zipfile

import pytest

from care.services.exercises.seats import badges
from care.services.platform import Platform
from tests.support.pdf import squeezed, text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import PlantedExercises, plant_exercises


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedExercises:
    return plant_exercises(platform, hospitals.valley)


@pytest.fixture
def papers(here: str, planted: PlantedExercises) -> str:
    return f"{here}/exercises/{planted.prepared}/prints"


def test_the_page_lists_every_paper_and_its_sizes(browse: Browse, papers: str) -> None:
    page = browse("ciso").get(papers).get_data(as_text=True)
    for name in ("chronogram-a3", "chronogram-a4", "facilitator-cards", "cards", "table-signs", "observation"):
        assert f"{papers}/{name}.pdf" in page
    assert f"{papers}/all.zip" in page
    assert "Tout imprimer" in page


def test_a_paper_is_downloaded_under_its_name(browse: Browse, papers: str) -> None:
    answer = browse("ciso").get(f"{papers}/chronogram-a3.pdf")
    assert answer.mimetype == "application/pdf"
    assert "nuit-noire-chronogramme-a3.pdf" in answer.headers["Content-Disposition"]
    assert "Nuit noire" in text_of(answer.data)


def test_so_many_badges_as_asked(browse: Browse, papers: str, platform: Platform, planted: PlantedExercises) -> None:
    player = badges(platform, MACHINE, planted.prepared)[0]
    for asked, found in (("?copies=3", 3), ("", 8), ("?copies=plenty", 8)):
        text = squeezed(text_of(browse("ciso").get(f"{papers}/badges.pdf{asked}").data))
        assert text.count(player.pin) == found
    refused = browse("ciso").get(f"{papers}/badges.pdf?copies=100000")
    assert refused.status_code == 409
    assert "De 1 à 160 badges" in refused.get_data(as_text=True)


def test_everything_comes_as_one_archive(browse: Browse, papers: str) -> None:
    answer = browse("ciso").get(f"{papers}/all.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "01-chronogramme-a3.pdf" in archive.namelist()
        assert archive.testzip() is None


def test_a_director_does_not_read_the_answers_and_a_stranger_finds_nothing(browse: Browse, papers: str) -> None:
    for path in ("", "/facilitator-cards.pdf", "/all.zip"):
        assert browse("director").get(papers + path).status_code == 403
        assert browse("stranger").get(papers + path).status_code == 404


def test_what_is_no_paper_is_not_found(browse: Browse, papers: str, planted: PlantedExercises) -> None:
    ciso = browse("ciso")
    assert ciso.get(f"{papers}/nothing.pdf").status_code == 404
    assert ciso.get(f"{papers}/cards.pdf?cell=nobody").status_code == 404
    elsewhere = papers.replace(f"/{planted.prepared}/", "/999999/")
    assert ciso.get(elsewhere).status_code == 404


def test_an_address_only_this_machine_knows_is_said(browse: Browse, papers: str, platform: Platform) -> None:
    page = browse("ciso").get(papers).get_data(as_text=True)
    assert ("n’ouvriront rien sur un téléphone" in page) == (not platform.settings.public_url)
