"""The job that measures every establishment of this platform: each night, and when a person asks."""

from __future__ import annotations

from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.jobs import JobKind
from care.domain.months import Month
from care.services import jobs
from care.services.errors import Forbidden
from care.services.indicators.definitions import read_definitions
from care.services.indicators.measuring import answers, month_is_over, open_months, write
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.registry import Establishment
from scanners.model import Text


def measure_all(platform: Platform, hold: Hold) -> None:
    """The job: every establishment, for the months still open; each month is read, then written in one transaction."""
    changed, months = 0, open_months(today(platform))
    for done, month in enumerate(months):
        if hold.cancelled():
            return
        hold.progress(done / len(months), _measuring(month))
        changed += measure_month(platform, month)
    with platform.database.write() as session:
        hold.finish(session, _measured(changed))


def measure_month(platform: Platform, month: Month) -> int:
    """Measure every establishment for one month. Returns how many values changed."""
    day = today(platform)
    with platform.database.read() as session:
        sites = _everything(session)
        found = answers(platform, session, sites, month, day, read_definitions(platform, session))
    with platform.database.write() as session:
        return write(platform, session, sites, month, found, over=month_is_over(month, day))


def ask(platform: Platform, scope: Scope) -> int | None:
    """Have everything measured as soon as a worker is free; returns the job, None when somebody asked this minute.

    Forbidden for who follows no region.
    """
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden
    now = platform.clock.now()
    minute = now.astimezone(UTC)
    with platform.database.write() as session:
        order = jobs.Order(JobKind.MEASURE, slot_key=f"measure@{minute:%Y-%m-%dT%H:%M}+")
        job_id = jobs.submit(platform, session, order, scope.actor)
        if job_id is not None:
            record(session, scope, "indicators.measure_asked", Thing("job", job_id, None), now)
        return job_id


def _everything(session: Session) -> list[int]:
    return list(session.scalars(select(Establishment.id).order_by(Establishment.id)))


def _measuring(month: Month) -> Text:
    year, number = divmod(month, 100)
    return Text(f"Mesure du mois {number:02}/{year}.", f"Measuring month {year}-{number:02}.")


def _measured(changed: int) -> Text:
    return Text(f"Valeurs d’indicateurs changées : {changed}.", f"Values of indicators changed: {changed}.")
