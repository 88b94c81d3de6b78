"""A hospital and its group with registers of governance: people, a budget, committees, a PSSI, months of figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from care.domain.access import Level, Place, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.frameworks import Confidence
from care.domain.governance import last_months
from care.services import evidence
from care.services.evidence import Details
from care.services.governance.budget_writing import BudgetDraft, set_budget
from care.services.governance.committee_writing import MeetingDraft, add_meeting
from care.services.governance.committees import read_meeting
from care.services.governance.figure_writing import FigureDraft, set_figure
from care.services.governance.figures import read_indicator
from care.services.governance.role_writing import RoleDraft, TargetDraft, add_role, set_target
from care.services.library import today as local_day
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals


@dataclass(frozen=True)
class PlantedGovernance:
    role: int
    group_role: int
    meeting: int
    group_meeting: int
    policy: int


def plant_governance(platform: Platform, hospitals: Hospitals, scope: Scope = MACHINE) -> PlantedGovernance:
    """The valley hospital and its GHT; the hill hospital has said nothing."""
    site, group = Place(Level.ESTABLISHMENT, hospitals.valley), Place(Level.GHT, hospitals.ght)
    today = local_day(platform)
    shared = RoleDraft("rssi", "Claire Moreau", "0,8", shared=True, appointed_on=today - timedelta(days=400))
    group_role = add_role(platform, scope, group, shared)
    add_role(platform, scope, site, RoleDraft("dpo", "Paul Lefèvre", "", note="À mi-temps ?"))
    role = add_role(platform, scope, site, RoleDraft("soc"))
    target = TargetDraft("1,5", "Délibération du comité stratégique du 12/01/2026", Confidence.OURS)
    set_target(platform, scope, group, "rssi", target, 0)
    _plant_budget(platform, scope, site, today.year)
    text = "Acheter une passerelle de télémaintenance\nTester la mallette avant l’été"
    held = MeetingDraft("security", today - timedelta(days=40), held=True, attendees="DG, DSI, RSSI", decisions=text)
    meeting = add_meeting(platform, scope, site, held)
    add_meeting(platform, scope, site, MeetingDraft("security", today - timedelta(days=130), held=False))
    add_meeting(platform, scope, site, MeetingDraft("digital", today - timedelta(days=10)))
    group_meeting = add_meeting(platform, scope, group, MeetingDraft("care", today + timedelta(days=20)))
    _plant_figures(platform, scope, hospitals.valley)
    first, last = today - timedelta(days=200), today + timedelta(days=165)
    details = Details(EvidenceKind.POLICY, "PSSI validée", effective_from=first, effective_to=last)
    source = evidence.Upload("pssi.pdf", BytesIO(b"%PDF-1.7 PSSI"))
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:P1")
    policy = evidence.add_evidence(platform, scope, hospitals.valley, details, source, [goal])
    return PlantedGovernance(role, group_role, meeting, group_meeting, policy)


def _plant_budget(platform: Platform, scope: Scope, site: Place, this_year: int) -> None:
    for back, digital in ((2, "1 480 000"), (1, "1 700 000")):
        draft = BudgetDraft("100 000 000", digital, "90 000", "Compte financier")
        set_budget(platform, scope, site, this_year - back, draft, 0)
    voted = BudgetDraft("", "2 100 000", "", "EPRD", voted=True)
    set_budget(platform, scope, site, this_year, voted, 0)


def _plant_figures(platform: Platform, scope: Scope, site: int) -> None:
    """Eight months, of which one is missing, the present one left out."""
    months = last_months(local_day(platform), 9)[:-1]
    for rank, month in enumerate(months):
        if rank == 5:
            continue
        name = f"{month:%Y-%m}"
        users = FigureDraft(name, str(300 + 40 * rank), "1 204", "Export de l’annuaire")
        set_figure(platform, scope, site, "mfa_dpi_users", users, 0)
        identities = FigureDraft(name, str(4100 + 30 * rank), "5000", "Requête GAM")
        set_figure(platform, scope, site, "ins_qualified", identities, 0)
    for month, part in ((months[-2], "10"), (months[-1], "25")):
        secrets = FigureDraft(f"{month:%Y-%m}", part, "100", "Inventaire des équipements", "12")
        set_figure(platform, scope, site, "ose_4d", secrets, 0)


@dataclass(frozen=True)
class PlantedEntity:
    role: int
    meeting: int
    decision: str
    figure: int


def plant_of_entity(platform: Platform, hospitals: Hospitals) -> PlantedEntity:
    """What the legal entity of the valley hospital says, and one figure of the hospital."""
    entity, today = Place(Level.LEGAL_ENTITY, hospitals.valley_entity), local_day(platform)
    role = add_role(platform, MACHINE, entity, RoleDraft("dpo", "Paul Lefèvre"))
    held = MeetingDraft("care", today - timedelta(days=3), held=True, decisions="Décider")
    meeting = add_meeting(platform, MACHINE, entity, held)
    month = f"{last_months(today, 2)[0]:%Y-%m}"
    set_figure(platform, MACHINE, hospitals.valley, "ins_qualified", FigureDraft(month, "1", "2", "x"), 0)
    _, view = read_indicator(platform, MACHINE, Place(Level.ESTABLISHMENT, hospitals.valley), "ins_qualified")
    decision = read_meeting(platform, MACHINE, entity, meeting)[1].decisions[0].key
    return PlantedEntity(role, meeting, decision, next(one.id for one in view.months if one.id))
