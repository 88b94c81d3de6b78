"""The deadlines of an establishment: one list for people, one file for their calendars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.deadlines import Deadline, DeadlineKind
from care.services import notices
from care.services.deadline_source import Wanted
from care.services.deadline_sources import SOURCES
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.registry import Establishment
from reports.calendar import Entry, calendar, uid_of
from scanners.model import Text

AHEAD = timedelta(days=366)
"""How far the list looks: a year and a day."""
KIND_NAMES: Mapping[DeadlineKind, Text] = {
    DeadlineKind.ACTION: Text("Actions", "Actions"),
    DeadlineKind.DECISION: Text("Risques acceptés et reports", "Accepted risks and postponements"),
    DeadlineKind.AUDIT: Text("Audits programmés", "Scheduled audits"),
    DeadlineKind.EVIDENCE: Text("Preuves qui expirent", "Evidence that expires"),
    DeadlineKind.BROKEN_EVIDENCE: Text("Preuves abîmées", "Damaged evidence"),
    DeadlineKind.ANSWER: Text("Réponses à redonner", "Answers to give again"),
    DeadlineKind.MANDATE: Text("Mandats", "Mandates"),
    DeadlineKind.GRANT: Text("Accès", "Access"),
    DeadlineKind.CONTACTS: Text("Annuaire de crise", "Crisis directory"),
    DeadlineKind.CRISIS_PACK: Text("Mallette de crise", "Crisis pack"),
    DeadlineKind.BIA_DECISION: Text("Bilans d’impact à valider", "Impact analyses to decide"),
    DeadlineKind.BIA_REVIEW: Text("Bilans d’impact à reprendre", "Impact analyses to go through again"),
    DeadlineKind.SHEET_REVIEW: Text("Revues de fiches", "Reviews of sheets"),
    DeadlineKind.KIT_CHECK: Text("Vérifications de kits papier", "Checks of paper kits"),
    DeadlineKind.PLAN_REVIEW: Text("Révisions de plans", "Reviews of plans"),
    DeadlineKind.TEST: Text("Essais de continuité", "Tests of continuity"),
    DeadlineKind.EXERCISE: Text("Débriefings d’exercices", "Debriefs of exercises"),
    DeadlineKind.APPLICATION: Text("Dossiers CaRE", "CaRE files"),
    DeadlineKind.AWARENESS: Text("Sensibilisation et formation", "Awareness and training"),
    DeadlineKind.HOSTING: Text("Hébergements de données de santé", "Hosting of health data"),
    DeadlineKind.CONTRACT: Text("Contrats de fournisseurs", "Contracts of suppliers"),
    DeadlineKind.REMOTE_ACCESS: Text("Accès distants", "Remote accesses"),
    DeadlineKind.BACKUP: Text("Sauvegardes", "Backups"),
    DeadlineKind.DECLARATION: Text("Déclarations d’incidents", "Declarations of incidents"),
    DeadlineKind.INCIDENT: Text("Incidents à clore", "Incidents to close"),
    DeadlineKind.VISIT: Text("Visites de certification", "Certification visits"),
    DeadlineKind.COMMITTEE: Text("Comités", "Committees"),
    DeadlineKind.CAMPAIGN: Text("Campagnes régionales", "Regional campaigns"),
    DeadlineKind.SUPPORT_CONTACT: Text("Visites et contacts de la région", "Visits and contacts of the region"),
    DeadlineKind.SUPPORT_STEP: Text("Accompagnement à mener", "Support to carry on"),
    DeadlineKind.ALERT: Text("Alertes à répondre", "Alerts to answer"),
    DeadlineKind.INSTALLATION: Text("Installations en retard", "Installations that are late"),
    DeadlineKind.REGION_LINK: Text("Envois aux régions", "Regions that are sent to"),
}
_CALENDAR = Text("Échéances", "Deadlines")


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """What a reader asked to see; None asks for every kind."""

    kind: DeadlineKind | None = None
    late_only: bool = False
    number: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One deadline in the reader's language. `week` is the Monday of its week, None once late; `days` may be
    negative, `distance` says them in words.

    `address` is its page, from the root of the platform.
    """

    kind: DeadlineKind
    title: str
    due_on: date
    days: int
    distance: str
    week: date | None
    owner: str
    address: str

    @property
    def late(self) -> bool:
        """Whether its day is over."""
        return self.days < 0


@dataclass(frozen=True, slots=True)
class DeadlineList:
    """A page of deadlines, the oldest first; how many are late, and how many there are of each kind."""

    page: Page[DeadlineLine]
    late: int
    by_kind: Mapping[DeadlineKind, int]
    may_export: bool


def list_deadlines(platform: Platform, scope: Scope, establishment_id: int, wanted: DeadlineFilter) -> DeadlineList:
    """What falls due in an establishment, of what the reader may see there. One query a kind, whatever the size."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    asked = _asked(platform, establishment_id)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id)
        found = list(_visible(session, scope, place, asked))
        may_export = scope.allows(Right.EXPORT, place.lineage)
    by_kind = Counter(one.kind for one in found)
    late = sum(one.late(asked.today) for one in found)
    kept = sorted((one for one in found if _fits(one, wanted, asked.today)), key=lambda one: (one.due_on, one.key))
    first = (number - 1) * per_page
    lines = tuple(_line(one, asked.today, scope.lang) for one in kept[first : first + per_page])
    return DeadlineList(Page(lines, number, per_page, len(kept)), late, by_kind, may_export)


def calendar_file(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The same deadlines as an iCalendar file, for who may export."""
    asked = _asked(platform, establishment_id)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
        found = sorted(_visible(session, scope, place, asked), key=lambda one: (one.due_on, one.key))
        name, finess = place.name, place.finess
    entries = (_entry(platform, one, finess, scope.lang) for one in found)
    return calendar(f"{_CALENDAR.render(scope.lang)} – {name}", entries)


def _asked(platform: Platform, establishment_id: int) -> Wanted:
    now, zone = platform.clock.now(), ZoneInfo(platform.settings.timezone)
    return Wanted(now, now.astimezone(zone).date() + AHEAD, zone, establishment_id, platform)


def _visible(session: Session, scope: Scope, place: Establishment, asked: Wanted) -> Iterator[Deadline]:
    for source in SOURCES:
        if scope.allows(source.see, place.lineage):
            yield from source.gather(session, asked)


def _fits(one: Deadline, wanted: DeadlineFilter, today: date) -> bool:
    return wanted.kind in {None, one.kind} and (one.late(today) or not wanted.late_only)


def _line(one: Deadline, today: date, lang: str) -> DeadlineLine:
    late = one.late(today)
    return DeadlineLine(
        kind=one.kind,
        title=one.title.render(lang),
        due_on=one.due_on,
        days=(one.due_on - today).days,
        distance=distance((one.due_on - today).days).render(lang),
        week=None if late else one.due_on - timedelta(days=one.due_on.weekday()),
        owner=one.owner,
        address=one.address,
    )


def _entry(platform: Platform, one: Deadline, finess: str, lang: str) -> Entry:
    """An entry whose identifier holds the thing, not its date: a date that moves, moves in the calendar too.

    Names of people stay out: such files travel.
    """
    return Entry(
        uid=uid_of(finess, one.identity),
        title=one.title.render(lang),
        starts=one.due_on,
        changed_at=one.changed_at,
        address=notices.address(platform, one.address),
        category=KIND_NAMES[one.kind].render(lang),
    )


def distance(days: int) -> Text:
    """How far a day is, in words: negative once it is over."""
    if days == 0:
        return Text("aujourd’hui", "today")
    if days == 1:
        return Text("demain", "tomorrow")
    if days > 0:
        return Text(f"dans {days} jours", f"in {days} days")
    ago = -days
    return Text(f"dépassée de {ago} jour{'s' if ago > 1 else ''}", f"{ago} day{'s' if ago > 1 else ''} overdue")
