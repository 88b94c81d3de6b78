"""The pages of the chronogram: who reads it, forms that lose nothing, a workbook out and back."""

from __future__ import annotations

import io

import openpyxl
import pytest
from flask.testing import FlaskClient

from care.services.exercises.chronogram import read_chronogram, read_parts, read_stimulus
from care.services.exercises.editing import save_stimulus
from care.services.exercises.workbook_import import preview_workbook
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import PlantedExercises, plant_exercises


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedExercises:
    return plant_exercises(platform, hospitals.valley)


@pytest.fixture
def page(here: str, planted: PlantedExercises) -> str:
    return f"{here}/exercises/{planted.prepared}/chronogram"


def typed(platform: Platform, exercise: int, stimulus: str, **changes: str) -> dict[str, object]:
    """The form of a stimulus as a browser would send it back."""
    found = read_stimulus(platform, MACHINE, exercise, stimulus)
    raw = found.raw
    assert raw is not None
    rows = {
        f"expects-{n}-{name}": str(one[name] if one[name] is not None else "")
        for n, one in enumerate(raw["expects"])
        for name in ("id", "text", "within", "weight", "objective", "cell")
    }
    plain = {name: raw[name] if raw[name] is not None else "" for name in ("id", "at", "channel", "sender", "title")}
    return {**plain, **rows, "to": raw["to"], "body": raw["body"], "mark": found.mark, **changes}


def test_only_those_who_conduct_it_read_it(browse: Browse, page: str) -> None:
    assert browse("ciso").get(page).status_code == 200
    assert browse("director").get(page).status_code == 403
    assert browse("stranger").get(page).status_code == 404
    assert "Chronogramme" not in browse("director").get(page.removesuffix("/chronogram")).get_data(as_text=True)


def test_the_whole_of_it_with_hours(
    ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises
) -> None:
    text = ciso.get(page).get_data(as_text=True)
    found = read_chronogram(platform, MACHINE, planted.prepared)
    assert len(found.ids) > 1
    assert all(f'id="{one}"' in text for one in found.ids)
    assert "Décaler dans le temps" in text
    live = ciso.get(page.replace(f"exercises/{planted.prepared}/", f"exercises/{planted.live}/")).get_data(as_text=True)
    assert "Décaler dans le temps" not in live
    assert "n’est plus en préparation" in live


def test_change_a_stimulus(ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises) -> None:
    first = read_chronogram(platform, MACHINE, planted.prepared).ids[0]
    assert ciso.get(f"{page}/stimuli/{first}").status_code == 200
    body = typed(platform, planted.prepared, first, title="Un tout autre titre")
    assert ciso.post(f"{page}/stimuli/{first}", data=body).status_code == 302
    after = read_stimulus(platform, MACHINE, planted.prepared, first)
    assert after.raw is not None
    assert after.raw["title"] == "Un tout autre titre"
    assert after.raw["expects"]


def test_a_fault_is_said_beside_its_field(
    ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises
) -> None:
    first = read_chronogram(platform, MACHINE, planted.prepared).ids[0]
    body = typed(platform, planted.prepared, first, at="900", **{"expects-0-within": "0"})
    answer = ciso.post(f"{page}/stimuli/{first}", data=body)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'id="expects-0-within-wrong"' in text
    assert 'value="900"' in text
    body = typed(platform, planted.prepared, first, body="{{rien_de_tel}}", title="Gardé")
    text = ciso.post(f"{page}/stimuli/{first}", data=body).get_data(as_text=True)
    assert "« rien_de_tel » n’existe pas" in text
    assert 'value="Gardé"' in text


def test_two_people_on_one_stimulus(
    ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises
) -> None:
    first = read_chronogram(platform, MACHINE, planted.prepared).ids[0]
    late = typed(platform, planted.prepared, first, title="Saisie tardive")
    found = read_stimulus(platform, MACHINE, planted.prepared, first)
    save_stimulus(platform, MACHINE, planted.prepared, first, {**(found.raw or {}), "title": "Plus rapide"}, found.mark)
    answer = ciso.post(f"{page}/stimuli/{first}", data=late)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Entre-temps" in text
    assert "Saisie tardive" in text
    assert "Plus rapide" in text
    mark = read_stimulus(platform, MACHINE, planted.prepared, first).mark
    assert mark in text
    assert ciso.post(f"{page}/stimuli/{first}", data={**late, "mark": mark}).status_code == 302


def test_add_shift_and_remove(ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises) -> None:
    found = read_chronogram(platform, MACHINE, planted.prepared)
    new = {
        "id": "s90", "at": "3", "channel": "phone", "sender": "ARS", "to": "ward", "title": "L’ARS appelle",
        "body": "Que se passe-t-il ?",
    }  # fmt: skip
    cell = next(iter(read_stimulus(platform, MACHINE, planted.prepared, "").cells))
    form = ciso.get(f"{page}/new?at=3").get_data(as_text=True)
    assert 'value="3"' in form
    assert ciso.post(f"{page}/new", data={**new, "to": cell}).status_code == 302
    after = read_chronogram(platform, MACHINE, planted.prepared)
    assert "S90" in after.ids
    moved = ciso.post(
        f"{page}/shift", data={"stimulus": "S90", "minutes": "+2", "version": str(after.version)}, follow_redirects=True
    )
    assert "1 stimulus décalé." in moved.get_data(as_text=True)
    stale = ciso.post(
        f"{page}/shift", data={"stimulus": "S90", "minutes": "2", "version": str(after.version)}, follow_redirects=True
    )
    assert "Entre-temps" in stale.get_data(as_text=True)
    mark = read_stimulus(platform, MACHINE, planted.prepared, "S90").mark
    assert ciso.post(f"{page}/stimuli/S90/remove", data={"mark": mark}).status_code == 302
    assert read_chronogram(platform, MACHINE, planted.prepared).ids == found.ids


def test_parts_keep_what_was_typed(ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises) -> None:
    assert ciso.get(f"{page}/parts").status_code == 200
    found = read_parts(platform, MACHINE, planted.prepared)
    rows = found.raw["phases"]
    body: dict[str, object] = {"mark": found.marks["phases"], "id": [*(one["id"] for one in rows), ""]}
    for n, one in enumerate([*rows, {"title": "Trop tard", "start": 9999}]):
        body |= {f"title-{n}": one["title"], f"start-{n}": str(one["start"])}
    answer = ciso.post(f"{page}/parts/phases", data=body)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Trop tard" in text
    assert f'id="phases-start-{len(rows)}-wrong"' in text
    body[f"start-{len(rows)}"] = str(found.duration - 1)
    assert ciso.post(f"{page}/parts/phases", data=body).status_code == 302
    assert read_parts(platform, MACHINE, planted.prepared).raw["phases"][-1]["title"] == "Trop tard"
    assert ciso.post(f"{page}/parts/phases", data=body).status_code == 409


def test_documents(ciso: FlaskClient, page: str) -> None:
    sent = {"file": (io.BytesIO(b"%PDF-1.7 note"), "Ma note.pdf")}
    assert ciso.post(f"{page}/documents", data=sent).status_code == 302
    with ciso.get(f"{page}/documents/ma-note.pdf") as answer:
        assert answer.data == b"%PDF-1.7 note"
        assert "attachment" in answer.headers["Content-Disposition"]
    program = {"file": (io.BytesIO(b"MZ\x90\x00 program"), "note.pdf")}
    refused = ciso.post(f"{page}/documents", data=program)
    assert refused.status_code == 400
    assert "un programme ne l’est jamais" in refused.get_data(as_text=True)
    assert ciso.post(f"{page}/documents", data={}).status_code == 400
    assert ciso.post(f"{page}/documents/ma-note.pdf/remove").status_code == 302
    assert ciso.get(f"{page}/documents/ma-note.pdf").status_code == 404


def test_a_workbook_out_and_back(ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises) -> None:
    taken = ciso.get(f"{page}.xlsx").data
    same = ciso.post(f"{page}/import", data={"file": (io.BytesIO(taken), "c.xlsx")})
    assert "dit la même chose" in same.get_data(as_text=True)
    book = openpyxl.load_workbook(io.BytesIO(taken))
    book["Chronogramme"].cell(2, 8).value = "Titre du tableur"
    out = io.BytesIO()
    book.save(out)
    shown = ciso.post(f"{page}/import", data={"file": (io.BytesIO(out.getvalue()), "c.xlsx")}).get_data(as_text=True)
    assert "Titre du tableur" in shown
    found = preview_workbook(platform, MACHINE, planted.prepared, out.getvalue())
    sent = {"stimuli": found.sent, "seen": found.seen}
    assert ciso.post(f"{page}/import/confirm", data=sent).status_code == 302
    assert "Titre du tableur" in ciso.get(page).get_data(as_text=True)
    again = ciso.post(f"{page}/import/confirm", data=sent)
    assert again.status_code == 409
    assert "Entre-temps" in again.get_data(as_text=True)
    bad = ciso.post(f"{page}/import", data={"file": (io.BytesIO(b"PK nothing"), "c.xlsx")})
    assert bad.status_code == 400
    assert "n’est pas un classeur" in bad.get_data(as_text=True)
    assert ciso.post(f"{page}/import", data={}).status_code == 400
    assert ciso.post(f"{page}/import/confirm", data={"stimuli": "[", "seen": ""}).status_code == 409
