"""Letters of alerts, by a job: to the CISO and the administrators of each establishment, each person once.

People are those of the establishment itself, of its legal entity or of its GHT. For an alert that another installation
sent, those of the whole platform are told when there is nobody nearer: a hospital's own administrator is often such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import PLATFORM, Level, Place, Role
from care.domain.alerts import EXPOSURE_NAMES, FINAL_ANSWERS, SEVERITY_WORDS, Exposure
from care.domain.notices import after_quiet
from care.services import notices
from care.services.place_choices import SeenSite, seen_sites
from care.services.platform import Platform
from care.services.readers import Reader, readers
from care.services.work import Hold
from care.store.accounts import Account
from care.store.alerts import Alert, AlertPlace
from care.store.registry import Establishment
from scanners.collection import Cancelled
from scanners.model import Severity, Text

TOLD_ROLES = frozenset({Role.CISO, Role.ADMINISTRATOR})
MOST_LINES = 60
_AT_ONCE = 100
"""People written to in one transaction: others write in between."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a letter says of one establishment."""

    establishment_id: int
    name: str
    exposure: Exposure


def tell(platform: Platform, hold: Hold) -> None:
    """The job: the letters of an alert, or its reminders. Done twice, nobody is written to twice."""
    alert_id, reminder = int(str(hold.claim.args["alert"])), str(hold.claim.args["reminder"])
    if not notices.relayed(platform):
        with platform.database.write() as session:
            hold.finish(session, notices.NO_RELAY)
        return
    with platform.database.read() as session:
        alert = session.get_one(Alert, alert_id)
        told = _told(session, alert, platform.clock.now(), unsettled=bool(reminder))
        known = readers(platform, session, frozenset(told))
    written = 0
    for part in _parts(sorted(known)):
        if hold.cancelled():
            raise Cancelled
        written += _write(platform, alert, [(known[one], told[one]) for one in part], reminder)
    with platform.database.write() as session:
        if not reminder:
            _count(session, alert, [about for one in known for about in told[one]])
        hold.finish(session, Text(f"Messages de l’alerte : {written}.", f"Messages of the alert: {written}."))


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))


def _told(session: Session, alert: Alert, now: datetime, *, unsettled: bool) -> dict[int, list[_About]]:
    """What each account is told, by account."""
    query = select(AlertPlace).where(AlertPlace.alert_id == alert.id)
    if unsettled:
        query = query.where(AlertPlace.answer.not_in(FINAL_ANSWERS))
    places = {one.establishment_id: one for one in session.scalars(query)}
    sites = seen_sites(session, [Establishment.id.in_(_sent_to(alert))])
    people = _people(session, now)
    found: dict[int, list[_About]] = defaultdict(list)
    for site in (one for one in sites if one.id in places):
        about = _About(site.id, site.name, places[site.id].exposure)
        for account_id in sorted(_in_charge(people, site, wide=bool(alert.origin))):
            found[account_id].append(about)
    return found


def _sent_to(alert: Alert) -> Select[int]:
    return select(AlertPlace.establishment_id).where(AlertPlace.alert_id == alert.id)


def _people(session: Session, now: datetime) -> Mapping[Place, frozenset[int]]:
    """Who holds one of the roles told, by place."""
    found: dict[Place, set[int]] = defaultdict(set)
    for account in session.scalars(select(Account).where(Account.active).options(selectinload(Account.grants))):
        for grant in (one.grant for one in account.grants):
            if grant.role in TOLD_ROLES and grant.current(now):
                found[grant.place].add(account.id)
    return {place: frozenset(ids) for place, ids in found.items()}


def _in_charge(people: Mapping[Place, frozenset[int]], site: SeenSite, *, wide: bool) -> frozenset[int]:
    above = [place for place, _name in site.above()]
    near = [Place(Level.ESTABLISHMENT, site.id), *(one for one in above if one.level is not Level.REGION)]
    far = [*(one for one in above if one.level is Level.REGION), PLATFORM]
    found = _holding(people, near)
    return found or (_holding(people, far) if wide else found)


def _holding(people: Mapping[Place, frozenset[int]], places: Iterable[Place]) -> frozenset[int]:
    return frozenset().union(*(people.get(one, frozenset()) for one in places))


def _write(platform: Platform, alert: Alert, people: Sequence[tuple[Reader, list[_About]]], reminder: str) -> int:
    now, urgent = platform.clock.now(), alert.severity is Severity.CRITICAL
    with platform.database.write() as session:
        sent = [
            notices.send_letter(
                platform,
                session,
                reader,
                "alert",
                now if urgent else after_quiet(now, reader.choice, reader.zone),
                f"alert:{alert.identifier}:{reader.account_id}:{reminder}",
                abouts[0].establishment_id if len(abouts) == 1 else None,
                **_values(platform, alert, reader, abouts, bool(reminder)),
            )
            for reader, abouts in people
        ]
    return sum(one is not None for one in sent)


def _values(
    platform: Platform, alert: Alert, reader: Reader, abouts: Sequence[_About], reminder: bool
) -> Mapping[str, object]:
    shown = abouts[:MOST_LINES]
    first = abouts[0].establishment_id
    path = f"/establishments/{first}/alerts/{alert.id}" if len(abouts) == 1 else f"/establishments/{first}/alerts"
    return {
        "reminder": reminder,
        "title": alert.title,
        "reference": alert.reference,
        "severity": SEVERITY_WORDS[alert.severity].render(reader.lang),
        "answer_by": format_date(alert.answer_by, "long", locale=reader.lang) if alert.answer_by else "",
        "lines": [(one.name, EXPOSURE_NAMES[one.exposure].render(reader.lang)) for one in shown],
        "more": len(abouts) - len(shown),
        "message": alert.message.splitlines(),
        "link": alert.link,
        "address": notices.address(platform, path),
    }


def _count(session: Session, alert: Alert, abouts: Iterable[_About]) -> None:
    """Note how many people of each establishment were written to; none is worth knowing too."""
    counts: dict[int, int] = defaultdict(int)
    for one in abouts:
        counts[one.establishment_id] += 1
    for place in session.scalars(select(AlertPlace).where(AlertPlace.alert_id == alert.id).with_for_update()):
        place.told = counts[place.establishment_id]
