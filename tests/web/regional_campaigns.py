"""Regional campaigns under way, for the tests of pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from care.domain.access import Level, Place
from care.domain.asked_campaigns import questions_mark
from care.domain.bundles import written_moment
from care.domain.campaign_words import CampaignWord, written_word
from care.domain.federation import Way
from care.domain.questionnaires import Answer, Question, QuestionKind
from care.domain.regional import CampaignKind, Said
from care.services.federation.pulling import pull_campaigns
from care.services.federation.receiving import receive
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, create_campaign, excuse
from care.services.regional.questions import questions_of, set_questions
from care.services.regional.sheets import save_sheet
from care.store.regional import RegionalCampaign
from care.store.registry import Establishment
from tests.support.federation import Sender
from tests.support.people import MACHINE, Hospitals, valid_finess
from tests.support.regions import PaperRegion


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


def plant_questionnaire(platform: Platform, hospitals: Hospitals, sender: Sender | None = None) -> int:
    """A questionnaire with a question of each kind; the hill hospital sent its answers, from its own installation when
    it has one. Its number."""
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
    if sender is None:
        save_sheet(platform, MACHINE, hospitals.hill, number, answers, 0, send=True)
    else:
        _tell(platform, sender, number)
    return number


def _tell(platform: Platform, sender: Sender, number: int) -> None:
    now, finess = platform.clock.now(), valid_finess("01000004")
    with platform.database.read() as session:
        campaign, asked = session.get_one(RegionalCampaign, number).identifier or "", questions_of(session, number)
    answers: dict[int, Answer] = {1: "yes", 2: 1, 3: 1200, 4: "unknown"}
    word = CampaignWord(campaign, finess, Said.DONE, now, questions_mark(asked), answers)
    receive(platform, MACHINE, sender.bundle(now, {finess: []}, campaigns=[written_word(word)]), Way.FILE)


def plant_asked(platform: Platform, hospitals: Hospitals, region: PaperRegion, link_id: int) -> int:
    """What a region asks of the valley hospital from its own installation: a questionnaire and audits, nothing said of
    either. The number of the audits."""
    now = platform.clock.now()
    with platform.database.read() as session:
        finess = session.get_one(Establishment, hospitals.valley).finess
    common = {
        "note": "Merci de répondre avant l’été.",
        "opens_at": written_moment(now - timedelta(days=1)),
        "closes_at": written_moment(now + timedelta(days=20)),
        "establishments": [{"finess": finess, "excused": ""}],
    }
    asked = {"words": "Vos sauvegardes sont-elles hors ligne ?", "kind": "yes_no", "choices": []}
    sheet = {"campaign": str(UUID(int=1)), "kind": "questionnaire", "title": "Sauvegardes 2026", "questions": [asked]}
    audits = {"campaign": str(UUID(int=2)), "kind": "exposure", "title": "Façades de Bretagne", "questions": []}
    region.asking, region.asking_at = [{**sheet, **common}, {**audits, **common}], now
    pull_campaigns(replace(platform, courier=region), MACHINE, link_id)
    with platform.database.read() as session:
        return session.scalars(
            select(RegionalCampaign.id).where(
                RegionalCampaign.link_id == link_id, RegionalCampaign.kind == CampaignKind.EXPOSURE
            )
        ).one()
