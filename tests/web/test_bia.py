"""Pages of impact analyses: a head nurse page by page, the CISO who decides, two people at once, the scale."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.bia import Objective
from care.domain.bia_scale import DEFAULT_SCALE
from care.domain.continuity import SheetState
from care.services.bia_list import bias_of_activity
from care.services.bia_scales import open_scale
from care.services.bia_view import open_bia
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.bia import plant_bia
from tests.web.conftest import Browse
from tests.web.continuity import Continuity, plant_continuity
from tests.web.people import People

AXES = [one.key for one in DEFAULT_SCALE.axes]


@pytest.fixture
def planted(nurse: FlaskClient, people: People, platform: Platform, hospitals: Hospitals) -> Continuity:
    return plant_continuity(platform, hospitals.valley, people.ids["cadre"])


def draft_of(platform: Platform, activity: int) -> int:
    found = bias_of_activity(platform, MACHINE, activity).draft
    assert found is not None
    return found.id


def version_of(platform: Platform, bia: int) -> str:
    return str(open_bia(platform, MACHINE, bia).version)


def send(client: FlaskClient, platform: Platform, here: str, bia: int, page: str, **typed: str) -> str:
    """Post a page of the entry and return where it leads."""
    answer = client.post(f"{here}/bia/{bia}/fill/{page}", data={"version": version_of(platform, bia), **typed})
    assert answer.status_code == 302, answer.text
    return str(answer.location).rsplit("/fill/", 1)[-1]


def test_a_head_nurse_answers_page_by_page_and_the_ciso_puts_into_force(
    nurse: FlaskClient, ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    assert "Commencer le bilan" in nurse.get(f"{here}/bia/activities/{planted.emergency}").text
    answer = nurse.post(f"{here}/bia/activities/{planted.emergency}/start", data={"source": "nothing"})
    bia = draft_of(platform, planted.emergency)
    assert answer.location == f"{here}/bia/{bia}/fill/about"
    assert "Imaginez" in nurse.get(answer.location).text
    went = send(nurse, platform, here, bia, "about", interviewed="Mme Petit, cadre", peaks="La nuit")
    assert went == f"impacts/{AXES[0]}"
    for key in AXES:
        assert "après 4 h" in nurse.get(f"{here}/bia/{bia}/fill/impacts/{key}").text
        levels = {"after-60": "1", "after-1440": "3"}
        went = send(nurse, platform, here, bia, f"impacts/{key}", **levels, why="Vu en 2024.")
    assert went == "interruption"
    page = nurse.get(f"{here}/bia/{bia}/fill/interruption").text
    assert "Vos réponses plaident pour 1 j au plus" in page
    assert "DMIA" in page
    assert send(nurse, platform, here, bia, "interruption", dmia="240", rto_other="2h30") == "data"
    assert send(nurse, platform, here, bia, "data", pdma="0", dmard="60") == "minimum"
    assert send(nurse, platform, here, bia, "minimum", minimum_service="Le tri.", minimum_percent="60") == "review"
    review = nurse.get(f"{here}/bia/{bia}/fill/review").text
    assert "Tout y est" in review
    assert "Proposer ce bilan" in review
    assert "Mettre en vigueur" not in review
    nurse.post(f"{here}/bia/{bia}/propose", data={"version": version_of(platform, bia)})
    assert "À valider" in ciso.get(f"{here}/bia?situation=proposed").text
    ciso.post(f"{here}/bia/{bia}/validate", data={"version": version_of(platform, bia)})
    view = open_bia(platform, MACHINE, bia)
    assert (view.state, view.durations[Objective.RTO].minutes, view.durations[Objective.PDMA].minutes) == (
        SheetState.CURRENT,
        150,
        0,
    )
    assert "4 h" in nurse.get(f"{here}/bia/{bia}").text
    assert nurse.get(f"{here}/bia/{bia}/fill/about").location == f"{here}/bia/{bia}"


def test_one_leaves_goes_back_and_takes_up_where_answers_are_missing(
    nurse: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    nurse.post(f"{here}/bia/activities/{planted.emergency}/start", data={"source": "nothing"})
    bia = draft_of(platform, planted.emergency)
    assert send(nurse, platform, here, bia, f"impacts/{AXES[0]}", **{"after-60": "2", "go": "back"}) == "about"
    left = nurse.post(
        f"{here}/bia/{bia}/fill/about",
        data={"go": "leave", "version": version_of(platform, bia)},
        follow_redirects=True,
    )
    assert "Tout est enregistré" in left.text
    assert "Reprendre" in left.text
    assert "Que deviennent les soins prévus" in nurse.get(f"{here}/bia/{bia}/fill/impacts").text
    assert nurse.get(f"{here}/bia/{bia}/fill/impacts/cirque").status_code == 404
    assert nurse.get(f"{here}/bia/{bia}/fill/cirque").status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"dmia": "240"}, 240),
        ({"dmia": "other", "dmia_other": "6 h"}, 360),
        ({"dmia": "", "dmia_other": "45 min"}, 45),
        ({"dmia": "240", "dmia_other": "45 min"}, 45),  # typed without pressing “another”
        ({"dmia": "240", "dmia_other": "3 h"}, 240),  # what was recorded, left beside another button
        ({"dmia": "", "dmia_other": ""}, None),
    ],
)
def test_a_duration_is_a_button_or_words(
    nurse: FlaskClient, here: str, planted: Continuity, platform: Platform, typed: dict[str, str], kept: int | None
) -> None:
    nurse.post(f"{here}/bia/activities/{planted.emergency}/start", data={"source": "nothing"})
    bia = draft_of(platform, planted.emergency)
    send(nurse, platform, here, bia, "interruption", dmia_other="3 h")
    send(nurse, platform, here, bia, "interruption", **typed)
    assert open_bia(platform, MACHINE, bia).durations[Objective.DMIA].minutes == kept


def test_what_cannot_be_is_said_and_what_was_typed_stays(
    nurse: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    nurse.post(f"{here}/bia/activities/{planted.emergency}/start", data={"source": "nothing"})
    bia = draft_of(platform, planted.emergency)
    answer = nurse.post(
        f"{here}/bia/{bia}/fill/interruption",
        data={"version": "1", "dmia_other": "0", "rto_other": "quand on pourra"},
    )
    assert answer.status_code == 400
    assert "une interruption nulle ne se tient pas" in answer.text.lower()
    assert "« quand on pourra » n’est pas une durée" in answer.text
    assert 'value="quand on pourra"' in answer.text


def test_two_people_on_the_same_question(
    nurse: FlaskClient, ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    _first, bia = plant_bia(platform, planted.emergency)
    seen = version_of(platform, bia)
    page = f"{here}/bia/{bia}/fill/minimum"
    assert ciso.post(page, data={"version": seen, "minimum_service": "Le bloc."}).status_code == 302
    late = nurse.post(page, data={"version": seen, "minimum_service": "Le tri d’abord."})
    assert late.status_code == 409
    assert "ciso a modifié le service minimal" in late.text
    assert "Le tri d’abord." in late.text
    assert "Le bloc." in late.text
    again = version_of(platform, bia)
    assert f'name="version" value="{again}"' in late.text
    assert nurse.post(page, data={"version": again, "minimum_service": "Le tri d’abord."}).status_code == 302
    stale = ciso.post(f"{here}/bia/{bia}/give-up", data={"version": seen})
    assert stale.status_code == 409
    assert "Rien n’est perdu" in stale.text


def test_a_second_version_is_compared_to_the_first(
    nurse: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    first, draft = plant_bia(platform, planted.emergency)
    page = nurse.get(f"{here}/bia/{draft}/compare/{first}").text
    assert "versions 1 et 2" in page
    assert "Équipes" in page
    assert "Le renfort arrive le matin." in page
    assert "Finances" not in page
    assert "Finances" in nurse.get(f"{here}/bia/{draft}/compare/{first}?all=1").text
    assert nurse.get(f"{here}/bia/{first}/compare/{first}").status_code == 404
    warned = nurse.get(f"{here}/bia/{draft}/fill/impacts/staff").text
    assert "Les conséquences diminuent entre 4 h et 12 h" in warned


def test_who_reads_does_not_fill(browse: Browse, here: str, planted: Continuity, platform: Platform) -> None:
    _first, draft = plant_bia(platform, planted.emergency)
    director = browse("director")
    assert director.get(f"{here}/bia/{draft}/fill/about").status_code == 403
    assert director.post(f"{here}/bia/{draft}/fill/minimum", data={"version": "9"}).status_code == 403
    assert director.post(f"{here}/bia/{draft}/give-up", data={"version": "9"}).status_code == 403
    nurse = browse("cadre")
    assert nurse.post(f"{here}/bia/activities/{planted.pay}/start", data={"source": "nothing"}).status_code == 403
    assert "Commencer le bilan" not in nurse.get(f"{here}/bia/activities/{planted.pay}").text


def test_one_hospital_is_not_read_through_the_address_of_another(
    browse: Browse, hospitals: Hospitals, planted: Continuity, platform: Platform
) -> None:
    first, draft = plant_bia(platform, planted.emergency)
    own = f"/establishments/{hospitals.far}/bia"
    for who in ("stranger", "administrator"):
        client = browse(who)
        for page in (f"{first}", f"{draft}/fill/about", f"{draft}/compare/{first}", f"activities/{planted.emergency}"):
            assert client.get(f"{own}/{page}").status_code == 404


def test_the_home_of_a_head_nurse_shows_her_activities_and_each_sees_what_waits_for_them(
    nurse: FlaskClient, ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    home = nurse.get(here).text
    assert "Vos activités" in home
    assert "Sans bilan" in home
    assert "Vos activités" not in ciso.get(here).text
    _first, draft = plant_bia(platform, planted.emergency)
    page = f"{here}/bia/activities/{planted.emergency}"
    assert f"/bia/{draft}/fill/about" in nurse.get(page).text  # who answered is asked again
    send(nurse, platform, here, draft, "about", interviewed="Anne Roy")
    assert f"/bia/{draft}/fill/review" in nurse.get(f"{here}/bia").text
    nurse.post(f"{here}/bia/{draft}/propose", data={"version": version_of(platform, draft)})
    assert "La modifier retire la proposition" in nurse.get(page).text
    assert "Lire et décider" in ciso.get(page).text
    assert "À valider" in ciso.get(page).text
    assert "par cadre." in ciso.get(f"{here}/bia/{draft}").text


def test_the_library_is_searched_and_a_model_proposed(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    found = ciso.get(f"{here}/bia/models?q=cuisine").text
    assert "Restauration" in found
    assert "Blanchisserie" not in found
    assert "Aucun modèle ne correspond" in ciso.get(f"{here}/bia/models?q=xylophone").text
    page = ciso.get(f"{here}/bia/models/urgences").text
    assert "aucun texte ne les impose" in page
    assert f"/bia/activities/{planted.emergency}?model=urgences" in page
    assert ciso.get(f"{here}/bia/models/cirque").status_code == 404
    assert 'value="urgences" selected' in ciso.get(f"{here}/bia/activities/{planted.emergency}").text
    refused = ciso.post(f"{here}/bia/activities/{planted.pay}/start", data={"source": "model", "model": "cirque"})
    assert refused.status_code == 400
    assert "Choisissez un modèle de la liste" in refused.text


def scale_form(platform: Platform, where: int, **changes: str) -> dict[str, object]:
    known = open_scale(platform, MACHINE, where)
    form: dict[str, object] = {
        "version": str(known.version), "level": list(known.draft.levels), "steps": known.draft.steps,
    }  # fmt: skip
    for number, axis in enumerate(known.draft.axes):
        form |= {
            f"key-{number}": axis.key, f"name-{number}": axis.name, f"question-{number}": axis.question,
            f"examples-{number}": axis.examples,
        }  # fmt: skip
    return {**form, **changes}


def test_the_scale_is_edited_refused_and_given_back(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    where = hospitals.valley
    added = {"name-6": "Recherche", "question-6": "Que perd la recherche ?", "out-3": "1"}
    assert ciso.post(f"{here}/bia/scale", data=scale_form(platform, where, **added)).status_code == 302
    keys = [one.key for one in open_scale(platform, MACHINE, where).draft.axes]
    assert keys == ["patient_safety", "care_continuity", "regulatory", "image", "staff", "recherche"]
    wrong = ciso.post(f"{here}/bia/scale", data=scale_form(platform, where, steps="4 h, 1 h"))
    assert wrong.status_code == 400
    assert "Les durées doivent croître" in wrong.text
    late = ciso.post(f"{here}/bia/scale", data=scale_form(platform, where, version="0", steps="2 h, 3 h"))
    assert late.status_code == 409
    assert "a modifié cette échelle entre-temps" in late.text
    assert 'value="2 h, 3 h"' in late.text
    ciso.post(f"{here}/bia/scale", data=scale_form(platform, where, forget="1"))
    assert open_scale(platform, MACHINE, where).own is False


def test_the_questionnaire_asks_everything_on_paper(nurse: FlaskClient, here: str) -> None:
    page = nurse.get(f"{here}/bia/questionnaire").text
    for axis in DEFAULT_SCALE.axes:
        assert axis.question.fr in page
    assert page.count('class="box"') == len(DEFAULT_SCALE.axes) * len(DEFAULT_SCALE.levels) * len(DEFAULT_SCALE.steps)


def test_an_establishment_without_activity_says_where_to_begin(ciso: FlaskClient, here: str) -> None:
    assert "Aucune activité encore" in ciso.get(f"{here}/bia").text


def test_the_usual_needs_of_the_model_are_unticked_then_taken(
    ciso: FlaskClient, nurse: FlaskClient, here: str, planted: Continuity
) -> None:
    page = f"{here}/bia/activities/{planted.emergency}/needs"
    offered = ciso.get(page).text
    assert "Dossier des urgences et suivi des patients présents" in offered
    assert "checked" not in offered
    refused = ciso.post(page, data={})
    assert (refused.status_code, "Cochez au moins un besoin" in refused.text) == (400, True)
    done = ciso.post(page, data={"need": ["0", "1", "x"]}, follow_redirects=True).text
    assert "2 besoins rattachés" in done
    assert "Serveur de résultats de biologie" in done
    assert ciso.get(page).text.count("déjà rattaché") == 2
    assert nurse.get(page).status_code == 403
    assert "besoins habituels" not in nurse.get(f"{here}/bia/activities/{planted.emergency}").text


def test_a_model_proposes_what_a_new_activity_is(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/bia/models/dialyse").text
    assert f"{here}/activities/new?model=dialyse" in page
    form = ciso.get(f"{here}/activities/new?model=dialyse").text
    assert 'value="Dialyse"' in form
    typed = {"name": "Dialyse", "kind": "care", "criticality": "vital", "perimeter": "care", "owner_account": "0"}
    added = ciso.post(f"{here}/activities/new?model=dialyse", data=typed)
    number = int(str(added.location).rsplit("/", 1)[-1])
    assert bias_of_activity(platform, MACHINE, number).activity.model == "dialyse"
    assert ciso.get(f"{here}/activities/new?model=cirque").status_code == 404
