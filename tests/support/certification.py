"""Registers of a hospital as a certification finds them: some fresh, some stale, some empty."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.programme import AnswerVerdict, Extent, Gravity, IncidentKind, IncidentState, Inquiry, PatientImpact
from care.services.certification.mock_notes import NoteDraft, take_notes
from care.services.certification.mock_visits import MockDraft, open_mock
from care.services.library import today as local_day
from care.services.platform import Platform
from care.store.governance import AwarenessSession, Committee, MonthlyFigure, SecurityRole
from care.store.incidents import Incident


def plant_registers(platform: Platform, establishment_id: int) -> None:
    """A CISO with a date, a committee of 14 months ago, a recent session, an old phishing test, a figure of INS of the
    month past and one of MSS of five months ago, an open incident."""
    now = platform.clock.now()
    today, by = now.date(), {"changed_at": now, "changed_by": "tests"}
    place = f"establishment:{establishment_id}"
    with platform.database.write() as session:
        session.add_all(
            [
                SecurityRole(holder=place, function="rssi", name="M. Garde", appointed_on=date(2024, 1, 8), **by),
                Committee(
                    holder=place,
                    kind="copil",
                    held_on=today - timedelta(days=430),
                    held=True,
                    decisions="Voter la PSSI",
                    **by,
                ),
                _session(establishment_id, "session", "Hameçonnage aux urgences", today - timedelta(days=40), now),
                _session(establishment_id, "phishing", "Test de printemps", today - timedelta(days=500), now),
                _incident(establishment_id, now),
            ]
        )
        for code, back in (("ins_qualified", 1), ("mss_letters", 5)):
            _add_figure(session, _figure(establishment_id, code, _month(today, back), now))


def _month(day: date, before: int) -> date:
    first = day.replace(day=1)
    for _ in range(before):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _session(place: int, kind: str, title: str, held_on: date, now: datetime) -> AwarenessSession:
    return AwarenessSession(
        establishment_id=place,
        kind=kind,
        title=title,
        held_on=held_on,
        planned=False,
        digital_risk=True,
        people={"nurses": {"asked": 120, "came": 84}} if kind == "session" else {},
        results={"all": {"sent": 900, "clicked": 96}} if kind == "phishing" else {},
        changed_at=now,
        changed_by="tests",
    )


def _add_figure(session: Session, figure: MonthlyFigure) -> None:
    """Unless the figures of governance were planted before."""
    known = session.query(MonthlyFigure).filter_by(
        establishment_id=figure.establishment_id, code=figure.code, month=figure.month
    )
    if known.one_or_none() is None:
        session.add(figure)


def _figure(place: int, code: str, month: date, now: datetime) -> MonthlyFigure:
    return MonthlyFigure(
        establishment_id=place,
        code=code,
        month=month,
        part=930,
        whole=1000,
        source="DPI",
        changed_at=now,
        changed_by="tests",
    )


def _incident(place: int, now: datetime) -> Incident:
    return Incident(
        establishment_id=place,
        number=90,
        title="Messagerie indisponible",
        detected_at=now - timedelta(days=3),
        state=IncidentState.OPEN,
        kind=IncidentKind.UNKNOWN,
        patient_impact=PatientImpact.UNKNOWN,
        extent=Extent.LOCAL,
        gravity=Gravity.UNKNOWN,
        created_at=now,
        created_by="tests",
        changed_at=now,
        changed_by="tests",
    )


def open_rehearsal(platform: Platform, scope: Scope, establishment_id: int, title: str = "Visite à blanc") -> int:
    """A mock visit of three themes by three methods, open."""
    draft = MockDraft(
        title=title,
        framework="has",
        items=("pca_pra_modes_degrades", "hygiene_sensibilisation", "ins"),
        methods=(Inquiry.SYSTEM_AUDIT, Inquiry.TARGETED_TRACER, Inquiry.OBSERVATION),
        starts_on=local_day(platform),
        ends_on=None,
        units="Réanimation, pharmacie",
    )
    return open_mock(platform, scope, establishment_id, draft)


def note_rehearsal(platform: Platform, scope: Scope, establishment_id: int, visit_id: int) -> None:
    """A kit that nobody finds, a locked session, one element left out."""
    traced = [
        NoteDraft(
            "pca_pra_modes_degrades",
            AnswerVerdict.NO,
            "Le kit papier est dans un bureau fermé la nuit ; les listes datent de mars.",
            "Cadre de nuit, deux infirmiers",
            "Relevé des contrôles du kit",
        )
    ]
    take_notes(platform, scope, establishment_id, visit_id, Inquiry.TARGETED_TRACER, traced)
    seen = [NoteDraft("hygiene_sensibilisation", AnswerVerdict.YES, "Douze postes vus, tous verrouillés.")]
    take_notes(platform, scope, establishment_id, visit_id, Inquiry.OBSERVATION, seen)
