"""An awareness plan, for the tests of pages: held, planned, late, cancelled, two tests of phishing, a year known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from care.domain.awareness import Attendance, Headcount, PhishingCounts, PhishingResults, SessionKind
from care.services.action_query import today
from care.services.awareness import SessionDraft, YearDraft, add_session, cancel_session, set_year
from care.services.phishing_reading import read_phishing
from care.services.platform import Platform
from tests.support.people import MACHINE
from tests.support.phishing import crowd, gophish


@dataclass(frozen=True)
class PlantedAwareness:
    """The numbers of a session held, of one planned and of a test of phishing."""

    held: int
    planned: int
    phishing: int


def plant_awareness(platform: Platform, establishment_id: int) -> PlantedAwareness:
    day = today(platform)

    def add(kind: SessionKind, title: str, on: date, **more: object) -> int:
        return add_session(platform, MACHINE, establishment_id, SessionDraft(kind, title, on, **more))  # type: ignore[arg-type]

    people = {"nurses": Attendance(120, 84), "medical": Attendance(40, 12), "administrative": Attendance(None, 22)}
    held = add(
        SessionKind.SESSION, "Reconnaître un mail piégé", day, people=people, note="Deux heures, **salle des congrès**."
    )
    add(SessionKind.TRAINING, "Réagir à un incident numérique", day, people={"digital": Attendance(14, 11)})
    add(SessionKind.CAMPAIGN, "Affiches : un mot de passe ne se prête pas", day - timedelta(days=90))
    asked = {"nurses": Attendance(60, None)}
    planned = add(SessionKind.SESSION, "Équipes de nuit", day + timedelta(days=20), planned=True, people=asked)
    add(SessionKind.SESSION, "Accueil des internes", day - timedelta(days=3), planned=True)
    mistake = add(SessionKind.SESSION, "Saisi deux fois", day)
    cancel_session(platform, MACHINE, mistake, 1)
    former = PhishingResults(PhishingCounts(850, None, 161, 40, None), {})
    add(SessionKind.PHISHING, "Faux colis", day - timedelta(days=200), results=former)
    results = read_phishing(gophish(crowd())).results
    phishing = add(SessionKind.PHISHING, "Fausse fiche de paie", day - timedelta(days=10), results=results)
    known = {"nurses": Headcount(420, 84, 30), "medical": Headcount(150, None, None)}
    set_year(platform, MACHINE, establishment_id, day.year, YearDraft(known, "Bilan de formation, DRH"), 0)
    return PlantedAwareness(held, planned, phishing)
