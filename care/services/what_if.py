"""“What if this falls at 02:00?”: the question of a reader, and its answer in the reader's words and hours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import ResourceKind
from care.domain.durations import LONGEST
from care.domain.graph import Fallback, Graph, Node
from care.domain.restart import Step, restart_order
from care.domain.what_if import Course, Effect, Event, Happening, by_hour, what_if
from care.services.continuity_graph import current_graph, kind_name
from care.services.errors import Invalid, NotFound
from care.services.graph_pictures import Picture, picture_of_outage
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.what_if_words import clock, ignored_reason, summary
from care.store.continuity import Node as NodeRow
from scanners.model import Lang, Text

MOST_LOST = 5_000
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Instants outside are typing mistakes."""
MOST_SHOWN = 60
"""Activities, steps or hours on one page at first; `whole` shows all of them."""
MOST_NAMES = 8
"""Names in one cell of the hours."""


@dataclass(frozen=True, slots=True)
class Question:
    """What falls: nodes (ids) and whole kinds, at a local time, for `outage` minutes or for ever.

    `whole` asks for every line instead of the first ones.
    """

    lost: tuple[int, ...] = ()
    kinds: tuple[ResourceKind, ...] = ()
    at: datetime | None = None
    outage: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and how one says it: `02:00`, `03:00 le lendemain`, `08:00 le 25/11`."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Named:
    """A node, its kind in words."""

    id: int
    name: str
    kind: str
    is_activity: bool


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """What becomes of one activity; None for what does not happen.

    `why` are the names of what it stops without, or of what it misses first when it goes on. `modes` are degraded modes
    that take over, `unmeasured` those that would but whose duration nobody measured. `dmia` is its DMIA in minutes.
    """

    node: Named
    criticality: CareCriticality
    owner: str
    hit: Moment | None
    why: tuple[str, ...]
    modes: tuple[str, ...]
    unmeasured: tuple[str, ...]
    mode_until: Moment | None
    stops: Moment | None
    dmia: int | None
    past_dmia: Moment | None
    back: Moment | None
    hampered: Moment | None
    hampered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """Things of one sort that happen within an hour: the first names, and how many more there are."""

    what: Happening
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class HourLine:
    """One hour in which something happens, and how many activities and resources stand how at its end."""

    first: Moment
    happened: tuple[Happened, ...]
    degraded: int
    stopped: int
    vital: int
    past_dmia: int
    resources: int


@dataclass(frozen=True, slots=True)
class RestartLine:
    """One restart. `ready` is minutes from the start of the restarts; `asked` the strictest DMIA it serves.

    `late` says that it cannot be ready within that DMIA, even if the restart begins at once.
    """

    number: int
    node: Named
    restart: int | None
    ready: int
    asked: int | None
    asked_by: str
    after: tuple[str, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `total_…` count what the first lines leave out; `gone` are nodes that no longer exist.

    `at` and `back_at` are local. `ignored` are sentences on ties the order does without.
    """

    at: datetime
    back_at: Moment | None
    lost: tuple[Named, ...]
    gone: tuple[str, ...]
    summary: str
    activities: tuple[ActivityLine, ...]
    total_activities: int
    stopped: int
    vital: int
    degraded: int
    past_dmia: int
    hampered: int
    resources: int
    without_dmia: tuple[str, ...]
    hours: tuple[HourLine, ...]
    total_hours: int
    restart: tuple[RestartLine, ...]
    total_restart: int
    critical: tuple[str, ...]
    minutes: int
    untimed: int
    ignored: tuple[str, ...]
    picture: Picture | None


def answer(platform: Platform, scope: Scope, establishment_id: int, question: Question) -> Answer:
    """What happens then. NotFound for a node of nowhere or of elsewhere; Invalid for a time that is none."""
    graph, course, gone = course_of(platform, scope, establishment_id, question)
    return told(platform, scope, graph, course, gone, question)


def course_of(
    platform: Platform, scope: Scope, establishment_id: int, question: Question
) -> tuple[Graph, Course, tuple[str, ...]]:
    """The graph, the course of the outage in it, and the names of lost nodes that no longer exist."""
    _check(question)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        graph = current_graph(platform, session, establishment_id)
        lost = set(question.lost)
        gone = _ended(session, establishment_id, {one for one in lost if one not in graph.position})
    lost = {one for one in lost if one in graph.position}
    lost |= {node.id for node in graph.nodes if node.kind in question.kinds}
    return graph, what_if(graph, lost, question.outage), gone


def _check(question: Question) -> None:
    faults: dict[str, Text] = {}
    if question.at is not None and not FIRST_YEAR <= question.at.year < LAST_YEAR:
        faults["at"] = Text(
            f"La date doit être entre {FIRST_YEAR} et {LAST_YEAR} : corrigez l’année.",
            f"The date must be between {FIRST_YEAR} and {LAST_YEAR}: correct the year.",
        )
    if question.outage is not None and not 0 < question.outage <= LONGEST:
        faults["for"] = Text(
            "La durée de la panne va d’une minute à un an ; laissez le champ vide pour une panne sans fin connue.",
            "An outage lasts from one minute to one year; leave the field empty for one without a known end.",
        )
    if len(question.lost) > MOST_LOST:
        faults["lost"] = Text(
            f"Au plus {MOST_LOST} éléments à la fois : choisissez plutôt des familles entières.",
            f"At most {MOST_LOST} items at once: choose whole families instead.",
        )
    if faults:
        raise Invalid(faults)


def _ended(session: Session, establishment_id: int, missing: Collection[int]) -> tuple[str, ...]:
    """The names of nodes of this establishment that are no longer in use; NotFound when one never was here."""
    if not missing:
        return ()
    query = select(NodeRow.name).where(NodeRow.id.in_(missing), NodeRow.establishment_id == establishment_id)
    names = tuple(session.scalars(query.order_by(NodeRow.name)))
    if len(names) < len(missing):
        raise NotFound
    return names


def told(
    platform: Platform, scope: Scope, graph: Graph, course: Course, gone: tuple[str, ...], question: Question
) -> Answer:
    """An outage in the reader's words."""
    zone = ZoneInfo(platform.settings.timezone)
    at = question.at or next_night(platform)
    local = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).astimezone(zone)  # 02:30 may not exist
    teller = _Teller(graph, local, "fr" if scope.lang == "fr" else "en")
    return teller.answer(course, gone, question)


def next_night(platform: Platform) -> datetime:
    """The next 02:00 where the installation is, the hour of bad surprises: what is proposed first."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    night = now.replace(hour=2, minute=0, second=0, microsecond=0)
    return night if night > now else night + timedelta(days=1)


class _Teller:
    """Turns minutes into local instants and nodes into names."""

    def __init__(self, graph: Graph, at: datetime, lang: Lang) -> None:
        self.graph, self.at, self.lang = graph, at, lang

    def answer(self, course: Course, gone: tuple[str, ...], question: Question) -> Answer:
        """The whole answer."""
        most = None if question.whole else MOST_SHOWN
        order = restart_order(self.graph, course.fallen)
        touched = sorted(course.activities, key=_gravest_first)
        hours = by_hour(course)
        stopped = [one for one in touched if one.stops is not None]
        return Answer(
            at=self.at,
            back_at=self.moment(course.outage),
            lost=tuple(self.named(self.graph.node(one)) for one in course.lost),
            gone=gone,
            summary=summary(self.graph, course, question.kinds, self.at, self.lang),
            activities=tuple(self.activity(one) for one in touched[:most]),
            total_activities=len(touched),
            stopped=len(stopped),
            vital=sum(one.node.criticality is CareCriticality.VITAL for one in stopped),
            degraded=sum(one.stops is None and one.hit is not None for one in touched),
            past_dmia=sum(one.past_dmia is not None for one in touched),
            hampered=sum(one.stops is None and one.hit is None for one in touched),
            resources=len(course.fallen) - len(stopped),
            without_dmia=tuple(one.node.name for one in stopped if one.node.dmia is None),
            hours=tuple(
                HourLine(
                    self.instant(one.first),
                    _happened(one.events),
                    one.degraded,
                    one.stopped,
                    one.vital,
                    one.past_dmia,
                    one.resources,
                )
                for one in hours[:most]
            ),
            total_hours=len(hours),
            restart=tuple(self.step(one) for one in order.steps[:most]),
            total_restart=len(order.steps),
            critical=self.names(order.critical),
            minutes=order.minutes,
            untimed=order.untimed,
            ignored=tuple(ignored_reason(self.graph, tie, self.lang) for tie in order.ignored[:most]),
            picture=picture_of_outage(self.graph, self.lang, course, self.at),
        )

    def activity(self, effect: Effect) -> ActivityLine:
        """The line of one activity."""
        node = effect.node
        return ActivityLine(
            node=self.named(node),
            criticality=node.criticality or CareCriticality.MINOR,
            owner=node.owner,
            hit=self.moment(effect.hit),
            why=self.names(effect.stopped_by or effect.by),
            modes=_titles(effect.modes, measured=True),
            unmeasured=_titles(effect.modes, measured=False),
            mode_until=self.moment(effect.mode_until),
            stops=self.moment(effect.stops),
            dmia=node.dmia,
            past_dmia=self.moment(effect.past_dmia),
            back=self.moment(effect.back),
            hampered=self.moment(effect.hampered),
            hampered_by=self.names(effect.hampered_by),
        )

    def step(self, step: Step) -> RestartLine:
        """The line of one restart."""
        asked = step.urgency
        return RestartLine(
            number=step.number,
            node=self.named(step.node),
            restart=step.node.restart,
            ready=step.ready,
            asked=asked.minutes if asked else None,
            asked_by=self.graph.node(asked.by).name if asked else "",
            after=self.names(step.after),
            late=asked is not None and step.ready > asked.minutes,
        )

    def named(self, node: Node) -> Named:
        """A node in words."""
        return Named(node.id, node.name, kind_name(node, self.lang), node.is_activity)

    def names(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The names of nodes."""
        return tuple(self.graph.node(one).name for one in ids)

    def moment(self, minutes: int | None) -> Moment | None:
        """The instant some minutes after the loss."""
        return None if minutes is None else self.instant(minutes)

    def instant(self, minutes: int) -> Moment:
        """The same, of minutes that are known: real minutes, so that a night of clock change counts right."""
        at = (self.at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(self.at.tzinfo)
        return Moment(at, clock(at, self.at, self.lang))


def _titles(modes: Sequence[Fallback], *, measured: bool) -> tuple[str, ...]:
    return tuple(mode.title for mode in modes if (mode.holds is not None) == measured)


def _gravest_first(effect: Effect) -> tuple[int, float, float, int]:
    """Those that stop first, gravest first within, then those in degraded mode, then those hampered."""
    node, late = effect.node, float("inf")
    rank = node.criticality.rank if node.criticality else len(CareCriticality)
    standing = 0 if effect.stops is not None else 1 if effect.hit is not None else 2
    return (standing * 10 + rank, late if effect.stops is None else effect.stops, effect.hit or 0, node.id)


def _happened(events: Sequence[Event]) -> tuple[Happened, ...]:
    """Events of an hour by sort; resources that stop are told by how many names fit."""
    sorts: dict[Happening, list[str]] = {}
    for event in events:
        sorts.setdefault(event.what, []).append(event.node.name)
    return tuple(Happened(what, tuple(names[:MOST_NAMES]), len(names[MOST_NAMES:])) for what, names in sorts.items())
