"""When an audit may go on: the days and hours of its mandate, without the quiet hours, the freezes and the stop of its
establishment. Whoever starts audits asks here, the region's campaigns included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.campaign_calendar import SHORTEST, Allowed, Window, windows
from care.domain.restraints import Frozen, Quiet, Silence, closing, outside, silences, silent_at
from care.services.errors import Refused
from care.services.mandates import row_mapping, time_refusal, valid_mandate
from care.services.platform import Platform
from care.services.scanning import MANDATE, takes
from care.store.restraints import AuditStop, Freeze, QuietHours
from care.store.targets import Mandate, Target
from scanners.exposure.mandate import Mandate as Authorisation
from scanners.exposure.mandate import parse_mandate
from scanners.model import Text

_AHEAD = timedelta(days=92)
"""How far an audit that may not start now looks for the next moment when it may: a freeze of a summer fits in."""
_OFF_HOURS = Text(
    "Le mandat n’autorise pas l’audit à cette heure : il attend la prochaine plage.",
    "The mandate does not allow the audit at this hour: it waits for the next window.",
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The next moment when an audit may start, and what holds it back until then."""

    at: datetime
    why: Text


def check_not_stopped(session: Session, establishment_id: int) -> None:
    """Refused while everything is stopped in the establishment."""
    stop = session.get(AuditStop, establishment_id)
    if stop is not None:
        raise Refused(
            Text(
                f"{stop.stopped_by} a tout arrêté ici ({stop.reason}) : aucun audit ne démarre. Autorisez-les de "
                "nouveau sur la page « Exclusions et horaires ».",
                f"{stop.stopped_by} stopped everything here ({stop.reason}): no audit starts. Allow them again on the "
                "page “Exclusions and hours”.",
            )
        )


def authorised(platform: Platform, session: Session, target: Target, at: datetime) -> Authorisation:
    """The authorisation of an audit at that moment. Refused says why there is none."""
    authorisation = valid_mandate(session, target.mandate_id, at)
    silence = _silent_at(platform, session, target.establishment_id, at)
    if silence is not None:
        raise Refused(_told(silence, ZoneInfo(platform.settings.timezone)))
    return authorisation


def opens_later(platform: Platform, session: Session, target: Target, now: datetime) -> Opening | None:
    """When an audit that may not go on now may again; None when it may now, needs no mandate, or will not in months:
    `authorised` then says why."""
    mandate = _mandate(session, target)
    if mandate is None or mandate.withdrawn_at is not None:
        return None
    off_hours, silence = time_refusal(mandate, now), _silent_at(platform, session, target.establishment_id, now)
    if off_hours is None and silence is None:
        return None
    found = open_windows(platform, session, target.establishment_id, _allowed(mandate), now, now + _AHEAD)
    later = next((first for first, _last in found if first > now), None)
    why = _OFF_HOURS if silence is None else _told(silence, ZoneInfo(platform.settings.timezone))
    return Opening(later, why) if later else None


def closes_at(platform: Platform, session: Session, target: Target, now: datetime) -> datetime | None:
    """When an audit that goes on now must stop, `now` when it may not go on; None when nothing ends for months."""
    mandate = _mandate(session, target)
    if mandate is None:
        return None
    end = now + _AHEAD
    found = open_windows(platform, session, target.establishment_id, _allowed(mandate), now, end, shortest=timedelta(0))
    closes = now if mandate.withdrawn_at is not None else closing(found, now) or now
    return closes if closes < end else None


def open_windows(
    platform: Platform,
    session: Session,
    establishment_id: int,
    allowed: Allowed,
    start: datetime,
    end: datetime,
    *,
    shortest: timedelta = SHORTEST,
) -> tuple[Window, ...]:
    """The times between two instants when audits of an establishment may go on."""
    held_back = _silences(platform, session, establishment_id, start, end)
    return outside(windows(allowed, start, end, shortest), held_back, shortest)


def _mandate(session: Session, target: Target) -> Mandate | None:
    if not takes(target.scanner, MANDATE) or target.mandate_id is None:
        return None
    return session.get(Mandate, target.mandate_id)


def _allowed(mandate: Mandate) -> Allowed:
    found = parse_mandate(row_mapping(mandate))
    return Allowed(found.valid_from, found.valid_to, found.hours, found.timezone)


def _silent_at(platform: Platform, session: Session, establishment_id: int, at: datetime) -> Silence | None:
    return silent_at(_silences(platform, session, establishment_id, at, at + timedelta(seconds=1)), at)


def _silences(
    platform: Platform, session: Session, establishment_id: int, start: datetime, end: datetime
) -> tuple[Silence, ...]:
    quiet = session.scalars(select(QuietHours).where(QuietHours.establishment_id == establishment_id))
    freezes = session.scalars(select(Freeze).where(Freeze.establishment_id == establishment_id))
    return silences(_quiet(quiet), _frozen(freezes), ZoneInfo(platform.settings.timezone), start, end)


def _quiet(rows: Iterable[QuietHours]) -> list[Quiet]:
    return [Quiet(frozenset(map(int, row.weekdays)), *hours_of(row.hours), row.reason) for row in rows]


def hours_of(written: str) -> tuple[time, time]:
    """The two times of `07:30-18:00`; ValueError when it is written otherwise."""
    opens, _dash, closes = written.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def _frozen(rows: Iterable[Freeze]) -> list[Frozen]:
    return [Frozen(row.first_day, row.last_day, row.reason) for row in rows]


def _told(silence: Silence, zone: ZoneInfo) -> Text:
    why, end = silence.why, silence.end.astimezone(zone)
    if isinstance(why, Frozen):
        return Text(
            f"Audits gelés du {why.first:%d/%m/%Y} au {why.last:%d/%m/%Y} inclus ({why.reason}) : aucun audit "
            "d’exposition ne part. Attendez la fin du gel, ou supprimez-le.",
            f"Audits frozen from {why.first} to {why.last} included ({why.reason}): no exposure audit starts. Wait for "
            "the end of the freeze, or remove it.",
        )
    return Text(
        f"Heures calmes jusqu’au {end:%d/%m/%Y à %H:%M} ({why.reason}) : aucun audit d’exposition ne part. Relancez-le "
        "ensuite, ou programmez-le : il attend de lui-même.",
        f"Quiet hours until {end:%Y-%m-%d at %H:%M} ({why.reason}): no exposure audit starts. Run it afterwards, or "
        "schedule it: it waits by itself.",
    )
