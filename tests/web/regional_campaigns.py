"""Regional campaigns under way, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta

from care.domain.access import Level, Place
from care.domain.questionnaires import Question, QuestionKind
from care.domain.regional import CampaignKind
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, create_campaign, excuse
from care.services.regional.questions import set_questions
from care.services.regional.sheets import save_sheet
from tests.support.people import MACHINE, Hospitals


def plant_regional(platform: Platform, hospitals: Hospitals) -> int:
    """A campaign of the region of two hospitals, one of them excused; any kit will do. Its number."""
    today = local_day(platform)
    draft = CampaignDraft("Campagne d’automne", today, today + timedelta(days=60), note="Jouez-en un avant l’hiver.")
    number = create_campaign(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)
    excuse(platform, MACHINE, number, hospitals.hill, "Ouvre en janvier")
    return number


def plant_exposure(platform: Platform, hospitals: Hospitals) -> int:
    """Exposure audits of the region, of what its hospitals have as targets. Its number."""
    today = local_day(platform)
    draft = CampaignDraft("Façades de l’hiver", today, today + timedelta(days=40), kind=CampaignKind.EXPOSURE)
    return create_campaign(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)


def plant_questionnaire(platform: Platform, hospitals: Hospitals) -> int:
    """A questionnaire with a question of each kind; the hill hospital sent its answers. Its number."""
    today = local_day(platform)
    draft = CampaignDraft("Où en sont les EDR ?", today, today + timedelta(days=30), kind=CampaignKind.QUESTIONNAIRE)
    number = create_campaign(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)
    questions = (
        Question(0, "Avez-vous un EDR sur tous les serveurs ?", QuestionKind.YES_NO),
        Question(0, "Qui le surveille ?", QuestionKind.CHOICE, ("Nous-mêmes", "Un prestataire", "Personne")),
        Question(0, "Sur combien de postes ?", QuestionKind.NUMBER),
        Question(0, "Depuis quand ?", QuestionKind.DATE),
    )
    set_questions(platform, MACHINE, number, questions, 1)
    answers = {1: "yes", 2: "1", 3: "1200", 4: "unknown"}
    save_sheet(platform, MACHINE, hospitals.hill, number, answers, 0, send=True)
    return number
