"""The pages of questions: answered section by section, printed, typed in again from paper."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.programme import AnswerVerdict
from care.domain.remote_access import Service
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.support.questions import line_of, plant_access, say
from tests.web.conftest import Browse

YES, NO = AnswerVerdict.YES, AnswerVerdict.NO


def text_of(client: FlaskClient, path: str, code: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == code, answer.status_code
    return answer.get_data(as_text=True)


def answered(platform: Platform, hospitals: Hospitals, item: str) -> tuple[object, object]:
    answer = line_of(platform, MACHINE, hospitals.valley, item).answer
    return (answer.verdict, answer.value) if answer else (None, None)


def test_where_the_questions_stand(ciso: FlaskClient, browse: Browse, here: str) -> None:
    page = text_of(ciso, f"{here}/questions")
    assert "Contrats des fournisseurs" in page
    assert "Préparer la feuille" in page
    director = browse("director")
    assert "Préparer la feuille" not in text_of(director, f"{here}/questions")
    assert "disabled" in text_of(director, f"{here}/questions/tlm_ways")


def test_a_section_is_answered_and_the_next_one_follows(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = text_of(ciso, f"{here}/questions/det_logs")
    assert "6 questions attendent une réponse" in page
    assert "attendu : 365 au moins" in page
    sent = {"value-DET-01": ["servers", "network"], "note-DET-01": "Pare-feu à venir", "value-DET-06": "400",
            "verdict-DET-03": "yes", "verdict-DET-05": "no", "given_on": ""}  # fmt: skip
    assert ciso.post(f"{here}/questions/det_logs", data=sent).location.endswith("/questions/det_watch")
    assert answered(platform, hospitals, "DET-01") == (AnswerVerdict.PARTLY, ("servers", "network"))
    assert answered(platform, hospitals, "DET-06") == (YES, 400)
    assert answered(platform, hospitals, "DET-05") == (NO, None)
    again = text_of(ciso, f"{here}/questions/det_logs")
    assert "2 questions attendent une réponse" in again
    assert "Déjà répondu" in again
    assert 'value="400"' in again
    assert "/actions/new?requirement=care-rules:DET-05" in again
    assert "/actions/new?requirement=care-rules:DET-06" not in again
    after = ciso.post(f"{here}/questions/det_watch", data={"verdict-DET-02": "yes"}).location
    assert after.endswith("/questions/sav_policy")
    assert ciso.post(f"{here}/questions/sav_watch", data={"verdict-SAV-27": "yes"}).location.endswith("/questions")
    assert ciso.post(f"{here}/questions/det_logs", data={"stay": "1"}).location.endswith("/questions")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"value-DET-06": "un an"}, "Ce nombre ou cette date ne se lit pas"),
        ({"value-DET-06": "40000"}, "Un nombre entier de 0 à 36500 est attendu."),
        ({"verdict-DET-03": "partly"}, "Dites pourquoi, en une phrase"),
        ({"note-DET-03": "Deux serveurs"}, "Choisissez une réponse, ou effacez la précision."),
        ({"verdict-DET-03": "yes", "given_on": "2999-01-01"}, "invraisemblable"),
    ],
)
def test_what_cannot_be_recorded_is_shown_again_with_all_that_was_typed(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, sent: dict[str, str], words: str
) -> None:
    answer = ciso.post(f"{here}/questions/det_logs", data={"verdict-DET-04": "yes", "note-DET-05": "", **sent})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert words in page
    assert 'id="v-DET-04-yes" value="yes" data-key="1" checked' in page
    assert answered(platform, hospitals, "DET-04") == (None, None)


def test_somebody_was_quicker(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    say(platform, MACHINE, hospitals.valley, "DET-03", YES)
    answer = ciso.post(f"{here}/questions/det_logs", data={"verdict-DET-03": "no", "seen-DET-03": "0"})
    assert answer.status_code == 409
    assert "Entre-temps" in answer.get_data(as_text=True)


def test_a_condition_is_asked_until_the_register_knows(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    assert "Aucune téléassistance ici" in text_of(ciso, f"{here}/questions/tlm_ways")
    ciso.post(f"{here}/questions/tlm_ways", data={"verdict-TLM-06": "absent"})
    assert answered(platform, hospitals, "TLM-06") == (AnswerVerdict.NOT_APPLICABLE, None)
    plant_access(platform, hospitals.valley, service=Service.ASSISTANCE)
    page = text_of(ciso, f"{here}/questions/tlm_ways")
    assert "le registre des accès distants montre le contraire" in page
    assert "v-TLM-06-absent" not in page


def test_a_form_is_prepared_printed_and_typed_in(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    nothing = ciso.post(f"{here}/questions/print", data={})
    assert nothing.status_code == 400
    assert "Choisissez une partie au moins." in nothing.get_data(as_text=True)
    there = ciso.post(f"{here}/questions/print", data={"sections": ["det_logs", "pdt_sessions"]}).location
    code = there.rpartition("/")[2]
    page = text_of(ciso, there)
    assert page.index('id="q-PDT-11"') < page.index('id="q-DET-01"')
    assert "1. PDT-11" in page
    pdf = ciso.get(f"{there}/form.pdf")
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    found = ciso.get(f"{here}/questions/find?code=%20{code.lower()}")
    assert found.location == there
    sent = {"verdict-PDT-12": "yes", "value-PDT-11": "2026-02-01", "filled_by": "Paul Brun", "given_on": "2026-02-20"}
    assert ciso.post(there, data=sent).location.endswith("/questions")
    answer = line_of(platform, MACHINE, hospitals.valley, "PDT-12").answer
    assert answer is not None
    assert (answer.note, answer.given_on.isoformat()) == (f"[{code} – Paul Brun]", "2026-02-20")
    assert answered(platform, hospitals, "PDT-11") == (YES, "2026-02-01")


def test_an_unknown_code_says_so(ciso: FlaskClient, here: str) -> None:
    page = text_of(ciso, f"{here}/questions/find?code=ZZZZZZ", 404)
    assert "Aucun formulaire de cet établissement n’a ce code" in page
    assert ciso.get(f"{here}/questions/paper/ZZZZZZ").status_code == 404
    assert ciso.get(f"{here}/questions/no_such").status_code == 404


def test_strangers_see_nothing_and_readers_write_nothing(browse: Browse, here: str) -> None:
    stranger, director = browse("stranger"), browse("director")
    for path in ("questions", "questions/tlm_ways", "questions/find?code=ABCDEF"):
        assert stranger.get(f"{here}/{path}").status_code == 404
    assert director.post(f"{here}/questions/tlm_ways", data={"verdict-TLM-13": "yes"}).status_code == 403
    assert director.post(f"{here}/questions/print", data={"sections": "tlm_ways"}).status_code == 403


def test_the_requirement_leads_to_its_question_and_shows_the_value(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    say(platform, MACHINE, hospitals.valley, "DET-06", value=90)
    page = text_of(ciso, f"{here}/programme/care-rules/DET-06")
    assert "Répondre dans le questionnaire" in page
    assert "/questions/det_logs#q-DET-06" in page
    assert "<strong>90 jours</strong>" in page
    assert "Répondre dans le questionnaire" not in text_of(ciso, f"{here}/programme/anssi-hygiene/37")


def test_there_is_one_place_to_answer(ciso: FlaskClient, here: str, hospitals: Hospitals) -> None:
    """The page of a section sends to the questionnaire; a yes without the value it wants is refused."""
    section = f"{here}/programme/care-rules/section"
    assert ciso.get(f"{section}/PDT").location.endswith(f"{here}/questions/pdt_fleet")
    assert ciso.get(f"{section}/SAV").location.endswith(f"{here}/questions/sav_policy")
    assert ciso.get(f"{here}/programme/care-d2/section/O3").status_code == 200
    sent = {"verdict": "yes", "method": "declaration", "note": "", "given_on": "", "seen": "0"}
    refused = ciso.post(f"{here}/programme/care-rules/DET-06/answer", data=sent)
    assert refused.status_code == 400
    assert "Cette exigence demande un nombre, une date ou des cases" in refused.get_data(as_text=True)
    assert ciso.post(f"{here}/programme/care-rules/TLM-13/answer", data=sent).status_code == 302
