"""Continuity plans for the tests of pages: one validated with its next version drafted, one in validation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.plans import SECTIONS
from care.services import audits, plans
from care.services.action_query import today
from care.services.continuity_check import ask_check
from care.services.plan_reading import open_plan
from care.services.plan_validation import Validation, send_plan, validate_plan
from care.services.plans import PlanDraft
from care.services.platform import Platform
from care.services.work import Hold
from tests.support.audits import claimed
from tests.support.continuity import plant_activity, plant_degraded_mode, plant_need, plant_resource
from tests.support.people import MACHINE

TEXT = "La cellule de crise décide, **de jour comme de nuit**.\n\n- le directeur de garde ;\n- le RSSI."


@dataclass(frozen=True)
class Plans:
    """The numbers of what was planted."""

    activity: int
    validated: int
    draft: int
    sent: int


def write_plan(platform: Platform, establishment_id: int, title: str, *activities: int) -> int:
    """A draft with every part written."""
    plan = plans.start_plan(platform, MACHINE, establishment_id, PlanDraft(title, activities))
    for version, one in enumerate(SECTIONS, 1):
        plans.save_section(platform, MACHINE, plan, one.key, TEXT, version)
    return plan


def send(platform: Platform, plan: int) -> None:
    send_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)


def validate(platform: Platform, plan: int) -> None:
    day = today(platform)
    signed = Validation("Anne Morel", "Directrice", day, day + timedelta(days=365))
    validate_plan(platform, MACHINE, plan, signed, open_plan(platform, MACHINE, plan).version)


def plant_check(platform: Platform, establishment_id: int) -> None:
    """A consistency check asked for and recorded, as the worker does."""
    ask_check(platform, MACHINE, establishment_id)
    audits.audit(platform, Hold(platform, claimed(platform)))


def plant_plans(platform: Platform, establishment_id: int) -> Plans:
    """An activity with objectives, and plans that cover it."""
    activity = plant_activity(platform, establishment_id, "Endoscopie", 240, pdma_minutes=60)
    record = plant_resource(platform, establishment_id, "Dossier d’anesthésie", rto_minutes=480, pdma_minutes=120)
    plant_need(platform, establishment_id, activity, record)
    plant_degraded_mode(platform, activity, "Endoscopie sans dossier")
    validated = write_plan(platform, establishment_id, "PCRA de l’établissement", activity)
    send(platform, validated)
    validate(platform, validated)
    draft = plans.revise_plan(platform, MACHINE, validated)
    sent = write_plan(platform, establishment_id, "PCRA du plateau technique", activity)
    send(platform, sent)
    return Plans(activity, validated, draft, sent)
