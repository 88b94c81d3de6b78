"""What a person answered stands beside what is measured, on pages of findings and accesses; it hides nothing."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import func, select

from care.domain.access import Level, Place
from care.domain.programme import AnswerVerdict
from care.services.frameworks.answering import AnswerDraft, answer_requirement
from care.services.platform import Platform
from care.store.frameworks import RequirementAnswer
from tests.support.people import MACHINE, Hospitals
from tests.web.access_links import add_access, add_finding
from tests.web.conftest import Browse

TITLE = "Ce que des personnes ont répondu"
BELIED = "contredit par la mesure"


def say(platform: Platform, level: Level, number: int, item: str, verdict: AnswerVerdict, note: str = "") -> None:
    with platform.database.read() as session:
        last = session.scalar(select(func.max(RequirementAnswer.id))) or 0
    draft = AnswerDraft(item, verdict, note=note, seen=last)
    answer_requirement(platform, MACHINE, Place(level, number), "care-rules", draft)


def test_a_finding_shows_the_answers_that_it_contradicts(
    platform: Platform, hospitals: Hospitals, ciso: FlaskClient, here: str
) -> None:
    number = add_finding(platform, hospitals.valley, "remote_access.listed_single_factor", "vpn/tm_armor")
    path = f"{here}/findings/{number}"
    assert TITLE not in ciso.get(path).get_data(as_text=True)
    say(platform, Level.ESTABLISHMENT, hospitals.valley, "TLM-12", AnswerVerdict.YES, "Carte pour tous.")
    page = ciso.get(path).get_data(as_text=True)
    assert TITLE in page
    assert "Carte pour tous." in page
    assert BELIED in page
    say(platform, Level.ESTABLISHMENT, hospitals.valley, "TLM-12", AnswerVerdict.NO, "Pas encore.")
    page = ciso.get(path).get_data(as_text=True)
    assert "Pas encore." in page
    assert "Carte pour tous." not in page
    assert BELIED not in page


def test_an_access_shows_them_beside_what_it_lacks(
    platform: Platform, hospitals: Hospitals, ciso: FlaskClient, here: str
) -> None:
    number = add_access(platform, hospitals.valley)
    say(platform, Level.GHT, hospitals.ght, "TLM-29", AnswerVerdict.YES, "Écrit pour le groupement.")
    page = ciso.get(f"{here}/remote-accesses/{number}").get_data(as_text=True)
    assert "1 réponse donnée à ces exigences" in page
    assert "Écrit pour le groupement." in page
    assert BELIED in page
    assert "Pas de contact pour la coupure d’urgence" in page, "it hides no fault"


def test_answers_of_others_are_not_there(platform: Platform, hospitals: Hospitals, browse: Browse, here: str) -> None:
    number = add_finding(platform, hospitals.valley, "remote_access.listed_single_factor", "vpn/tm_armor")
    say(platform, Level.ESTABLISHMENT, hospitals.hill, "TLM-12", AnswerVerdict.YES, "Ailleurs.")
    page = browse("director").get(f"{here}/findings/{number}").get_data(as_text=True)
    assert TITLE not in page
