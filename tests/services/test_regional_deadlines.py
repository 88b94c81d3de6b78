"""Deadlines between a region and its establishments: what campaigns wait for, visits planned, steps to carry on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from care.domain.access import Level, Place, Scope
from care.domain.deadlines import DeadlineKind
from care.domain.questionnaires import Question, QuestionKind
from care.domain.regional import CampaignKind
from care.domain.support import ContactKind
from care.services import mandates, targets
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.library import today as local_day
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, create_campaign, excuse
from care.services.regional.exposures import decline_audit
from care.services.regional.questions import set_questions
from care.services.regional.sheets import save_sheet
from care.services.support.editing import ContactDraft, FileDraft, add_contact, save_file
from care.services.targets import TargetDraft
from tests.support.clock import FixedClock
from tests.support.people import Hospitals


def told(platform: Platform, scope: Scope, place: int) -> list[tuple[DeadlineKind, str, date]]:
    kinds = (DeadlineKind.CAMPAIGN, DeadlineKind.SUPPORT_CONTACT, DeadlineKind.SUPPORT_STEP)
    found = list_deadlines(platform, scope, place, DeadlineFilter(per_page=200)).page.lines
    return [(one.kind, one.title, one.due_on) for one in found if one.kind in kinds]


def campaign(platform: Platform, grades: Scope, hospitals: Hospitals, kind: CampaignKind) -> int:
    today = local_day(platform)
    draft = CampaignDraft("Hiver", today, today + timedelta(days=20), kind=kind)
    return create_campaign(platform, grades, Place(Level.REGION, hospitals.region), draft)


@pytest.mark.both_databases
def test_a_questionnaire_is_due_until_it_is_sent(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    number = campaign(platform, grades, hospitals, CampaignKind.QUESTIONNAIRE)
    assert told(platform, ciso, hospitals.valley) == [], "without questions there is nothing to do"
    set_questions(platform, grades, number, [Question(0, "Un EDR ?", QuestionKind.YES_NO)], 1)
    end = local_day(platform) + timedelta(days=20)
    assert told(platform, ciso, hospitals.valley) == [
        (DeadlineKind.CAMPAIGN, "Questionnaire à envoyer : « Hiver »", end)
    ]
    save_sheet(platform, ciso, hospitals.valley, number, {1: "yes"}, 0)
    assert len(told(platform, ciso, hospitals.valley)) == 1, "a draft is not sent"
    save_sheet(platform, ciso, hospitals.valley, number, {1: "yes"}, 1, send=True)
    assert told(platform, ciso, hospitals.valley) == []
    excuse(platform, grades, number, hospitals.hill, "Fusion")
    assert told(platform, grades, hospitals.hill) == []
    excuse(platform, grades, number, hospitals.hill, "")
    assert len(told(platform, grades, hospitals.hill)) == 1
    clock.forward(days=30)
    assert told(platform, grades, hospitals.hill) == [], "once it is over nothing can be done"


@pytest.mark.both_databases
def test_an_exercise_to_play_and_an_audit_to_allow_then_planned(
    platform: Platform, machine: Scope, grades: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    campaign(platform, grades, hospitals, CampaignKind.EXERCISE)
    campaign(platform, grades, hospitals, CampaignKind.EXPOSURE)
    titles = {title for _kind, title, _day in told(platform, ciso, hospitals.valley)}
    assert titles == {"Exercice à jouer : « Hiver »", "Cible ou mandat à enregistrer : « Hiver »"}
    today = local_day(platform)
    draft = MandateDraft("A", "B", "C", ("203.0.113.0/24",), (), today, today + timedelta(days=90),
                         unsigned_why="Essai")  # fmt: skip
    mandate = mandates.add_mandate(platform, machine, hospitals.valley, draft)
    target = TargetDraft("exposure", "Façade", {"targets": ["203.0.113.10"]}, {}, mandate)
    number = targets.add_target(platform, machine, hospitals.valley, target)
    other = campaign(platform, grades, hospitals, CampaignKind.EXPOSURE)
    titles = {title for _kind, title, _day in told(platform, ciso, hospitals.valley)}
    assert "Audit d’exposition planifié : Façade (« Hiver »)" in titles
    decline_audit(platform, ciso, hospitals.valley, other, number, "Non")
    assert "planifié" not in repr(told(platform, ciso, hospitals.valley))


@pytest.mark.both_databases
def test_the_establishment_expects_visits_and_the_region_its_steps(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    today = local_day(platform)
    save_file(platform, grades, hospitals.valley, FileDraft("Maya", "Relire le PCRA", today - timedelta(days=2)), 0)
    visit = ContactDraft(ContactKind.VISIT, today + timedelta(days=3), "Maya")
    add_contact(platform, grades, hospitals.valley, visit)
    contact = (DeadlineKind.SUPPORT_CONTACT, "Visite sur place avec la région : Maya", visit.held_on)
    step = (DeadlineKind.SUPPORT_STEP, "Accompagnement : Relire le PCRA", today - timedelta(days=2))
    assert told(platform, ciso, hospitals.valley) == [contact]
    assert told(platform, grades, hospitals.valley) == [step, contact]
    clock.forward(days=5)
    untold = (DeadlineKind.SUPPORT_STEP, "Visite sur place, compte rendu à écrire : Maya", visit.held_on)
    assert told(platform, ciso, hospitals.valley) == []
    assert told(platform, grades, hospitals.valley) == [step, untold]
