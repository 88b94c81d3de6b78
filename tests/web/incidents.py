"""Incidents for the tests of pages and pictures: one under way with its timeline, one closed last year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.incidents import Happening
from care.domain.programme import Extent, IncidentKind, PatientImpact
from care.services.incidents.clocks import NoticeAct, NoticeDraft, record_notice
from care.services.incidents.closing import close_incident, write_lessons
from care.services.incidents.reading import open_incident
from care.services.incidents.writing import (
    EventDraft,
    FirstWords,
    IncidentDraft,
    change_incident,
    note_event,
    register_incident,
)
from care.services.platform import Platform
from tests.support.people import MACHINE


@dataclass(frozen=True)
class PlantedIncidents:
    """Their ids, and that of the first line of the timeline of the one under way."""

    open: int
    closed: int
    line: int


def plant_incidents(platform: Platform, establishment_id: int) -> PlantedIncidents:
    """A ransomware detected thirty hours ago, declared to the CERT Santé alone; a power cut closed for a reason."""
    now = platform.clock.now().replace(second=0, microsecond=0)
    detected = now - timedelta(hours=30)
    words = FirstWords("Rançongiciel au laboratoire", detected, "Laboratoire, urgences")
    number = register_incident(platform, MACHINE, establishment_id, words)
    draft = IncidentDraft(
        words.title,
        detected,
        began_at=detected - timedelta(hours=6),
        kind=IncidentKind.MALICIOUS,
        cause="Compte de télémaintenance",
        services=words.services,
        degraded_mode=True,
        degraded_minutes=26 * 60,
        patient_impact=PatientImpact.POTENTIAL,
        availability=True,
        personal_data=True,
        extent=Extent.LOCAL,
    )
    change_incident(platform, MACHINE, number, draft, 1)
    line = note_event(
        platform,
        MACHINE,
        number,
        EventDraft(Happening.FACT, "Les automates ne rendent plus rien.", detected + timedelta(minutes=5)),
    )
    decision = EventDraft(Happening.DECISION, "Internet est coupé.", detected + timedelta(minutes=40))
    note_event(platform, MACHINE, number, decision)
    wrong = note_event(platform, MACHINE, number, EventDraft(Happening.MEASURE, "42 postes éteints."))
    note_event(platform, MACHINE, number, EventDraft(Happening.MEASURE, "24 postes éteints.", corrects=wrong))
    sent = NoticeDraft(NoticeAct.SENT, detected + timedelta(hours=2), "SIG-2026-0042", "Texte envoyé.")
    record_notice(platform, MACHINE, number, "cert_sante", 0, sent, 0)
    write_lessons(
        platform,
        MACHINE,
        number,
        "Nommer les comptes de télémaintenance.\nTenir la liste des automates hors ligne.",
        open_incident(platform, MACHINE, number).version,
    )
    old = now - timedelta(days=400)
    closed = register_incident(platform, MACHINE, establishment_id, FirstWords("Coupure électrique", old, "Imagerie"))
    close_incident(platform, MACHINE, closed, "Repris de l’ancien registre.", 1)
    return PlantedIncidents(number, closed, line)
