"""Measures of registers that people keep: restore tests, incidents, actions. An empty register is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, or_, select

from care.domain.actions import OPEN_STATES
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.declaration_clocks import CERT_SANTE
from care.domain.months import first_day
from care.domain.programme import IncidentKind, PatientImpact
from care.services.indicators.look import Look, Told
from care.services.indicators.of_audits import RESTORE_OVERDUE, held
from care.store.actions import Action, ActionSite
from care.store.continuity import ContinuityTest
from care.store.incidents import Incident, IncidentNotice


def restored_in_the_year(look: Look) -> Iterator[Told]:
    """SAV-TEST: a restore test that did not fail within twelve months, by the register or by the last backup audit."""
    last, audits = _last_restores(look), look.outcomes(RESTORE_OVERDUE)
    for site in sorted({*last, *audits}):
        on, audited = last.get(site), held(audits.get(site, ()))
        in_register = on is not None and look.recent(on)
        if in_register or audited is not None or site in last:
            yield Told(site, int(in_register or audited is True), 1, look.day)


def _last_restores(look: Look) -> Mapping[int, date | None]:
    """Of who entered a restore test, the last that did not fail; None when none was done."""
    done = (ContinuityTest.state == TestState.DONE) & (ContinuityTest.done_on <= look.day)
    counts = done & or_(ContinuityTest.result.is_(None), ContinuityTest.result != TestResult.FAILED)
    rows = look.session.execute(
        select(ContinuityTest.establishment_id, func.max(case((counts, ContinuityTest.done_on))))
        .where(
            look.here(ContinuityTest.establishment_id),
            ContinuityTest.kind == TestKind.RESTORE,
            look.entered_test(),
        )
        .group_by(ContinuityTest.establishment_id)
    )
    return dict(rows.all())


# Incidents reported to CERT Santé


class _Reported(NamedTuple):
    """A reported incident and the day of its first report; None is not known."""

    on: date
    malicious: bool | None
    patients: bool | None
    degraded: bool | None


def reported(look: Look) -> Iterator[Told]:
    """INC-SIG: incidents first reported in the month."""
    start = first_day(look.month)
    for site, found in sorted(_by_site(look).items()):
        yield Told(site, sum(one.on >= start for one in found), 1, look.day)


def reported_malicious(look: Look) -> Iterator[Told]:
    """INC-SIG-MAL: those of malicious origin, of those whose origin is known, over twelve months."""
    return _share(look, lambda one: one.malicious)


def reported_with_patients(look: Look) -> Iterator[Told]:
    """INC-SIG-PAT: those with possible or proven consequences for patients."""
    return _share(look, lambda one: one.patients)


def reported_degraded(look: Look) -> Iterator[Told]:
    """INC-SIG-DEG: those that imposed degraded mode."""
    return _share(look, lambda one: one.degraded)


def _share(look: Look, says: Callable[[_Reported], bool | None]) -> Iterator[Told]:
    for site, found in sorted(_by_site(look).items()):
        known = [says(one) for one in found if one.on >= look.first and says(one) is not None]
        yield Told(site, known.count(True), len(known), look.day)


def _by_site(look: Look) -> Mapping[int, list[_Reported]]:
    """The incidents reported of every establishment that keeps the register: an empty list for none."""
    kept = select(Incident.establishment_id).where(
        look.here(Incident.establishment_id), (Incident.created_at <= look.end) | (Incident.detected_at <= look.end)
    )
    found: dict[int, list[_Reported]] = {site: [] for site in look.session.scalars(kept.distinct())}
    first = (
        select(IncidentNotice.incident_id, func.min(IncidentNotice.sent_at).label("sent_at"))
        .where(IncidentNotice.duty == CERT_SANTE, IncidentNotice.not_due.is_(False), IncidentNotice.sent_at <= look.end)
        .group_by(IncidentNotice.incident_id)
        .subquery()
    )
    columns = (Incident.establishment_id, first.c.sent_at, Incident.kind, Incident.patient_impact)
    rows = look.session.execute(
        select(*columns, Incident.degraded_mode)
        .join(first, first.c.incident_id == Incident.id)
        .where(look.here(Incident.establishment_id))
    )
    for site, sent_at, kind, impact, degraded in rows:
        if site in found:
            found[site].append(_Reported(look.local(sent_at), _malicious(kind), _touched(impact), degraded))
    return found


def _malicious(kind: IncidentKind) -> bool | None:
    return None if kind is IncidentKind.UNKNOWN else kind is IncidentKind.MALICIOUS


def _touched(impact: PatientImpact) -> bool | None:
    return None if impact is PatientImpact.UNKNOWN else impact is not PatientImpact.NONE


# Actions


def late_actions(look: Look) -> Iterator[Told]:
    """ACT-RET: open actions past their due date; due on the day itself is not late."""
    is_open = or_(ActionSite.state.in_(OPEN_STATES), ActionSite.changed_at > look.end)
    late = is_open & (Action.due_on < look.day)
    rows = look.session.execute(
        select(
            ActionSite.establishment_id,
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
        )
        .join(Action, Action.id == ActionSite.action_id)
        .where(look.here(ActionSite.establishment_id), Action.created_at <= look.end)
        .group_by(ActionSite.establishment_id)
        .order_by(ActionSite.establishment_id)
    )
    for site, opened, overdue in rows:
        yield Told(site, int(overdue or 0), int(opened or 0), look.day)
