"""Remote accesses for the tests of pages: one in order, one at fault, one barely known, one over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.remote_access import Service, Technology
from care.services.action_query import today
from care.services.platform import Platform
from care.services.remote_access.register import REGISTER, AccessDraft
from tests.support.people import MACHINE


@dataclass(frozen=True)
class PlantedAccesses:
    """The numbers of an access in order, of one at fault, of one barely known, and of one that is closed."""

    good: int
    bad: int
    unknown: int
    over: int


def plant_accesses(platform: Platform, establishment_id: int, contract_id: int | None = None) -> PlantedAccesses:
    day = today(platform)
    good = AccessDraft(
        "Dédalis Santé", "Serveur du dossier patient", biomedical=False, criticality=3, owner="Mme Diallo",
        owner_email="diallo@hopital.test", purpose="Maintenance applicative", service=Service.MAINTENANCE,
        technology=Technology.BASTION, gateway="WALLIX 12", dedicated_gateway=True, accounts=("tm_dedalis",),
        sources=("203.0.113.0/28",), enabled=False, on_demand=True, second_factor=True, recorded=True, trace_days=400,
        contract_id=contract_id, level=2, security_plan_on=day - timedelta(days=300), report_clause=True,
        starts_on=day - timedelta(days=700), ends_on=day + timedelta(days=700),
        reviewed_on=day - timedelta(days=340), flow_reviewed_on=day - timedelta(days=30),
        attested_on=day - timedelta(days=30), emergency_contact="Astreinte DSI 01 02 03 04 05",
        emergency_how="Fermer le groupe « Dédalis » du bastion",
    )  # fmt: skip
    bad = AccessDraft(
        "LaboTech", "Automate de biologie", biomedical=True, criticality=4, owner="M. Hénaff",
        technology=Technology.SAAS_TOOL, gateway="TeamViewer", dedicated_gateway=False, enabled=True, on_demand=False,
        second_factor=False, ends_on=day - timedelta(days=10), note="Sans **contrat**.",
    )  # fmt: skip
    numbers = [
        REGISTER.add(platform, MACHINE, establishment_id, draft)
        for draft in (good, bad, AccessDraft("Ascenseurs du Nord", "Ascenseurs"), AccessDraft("Ancien", "Scanner 2012"))
    ]
    REGISTER.close(platform, MACHINE, numbers[3], day, 1)
    return PlantedAccesses(*numbers)
