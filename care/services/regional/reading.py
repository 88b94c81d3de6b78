"""Following regional campaigns: counted in SQL, in a number of queries that does not grow with the region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Right, Scope, place_at
from care.domain.continuity import TestKind, TestState
from care.domain.exercises import ExerciseStage
from care.domain.regional import CampaignKind, Progress, Said, furthest
from care.services.errors import Forbidden
from care.services.place_choices import SeenSite, seen_sites
from care.services.places import place_lineage, place_name, visible_establishment
from care.services.platform import Platform
from care.services.regional.campaigns import campaign_row, days_of
from care.services.territories import territories_in
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise, ExerciseStep
from care.store.regional import CampaignPlace, RegionalCampaign
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.support import CampaignAnswer, CampaignAudit

_STAGES: Mapping[ExerciseStage, Progress] = {
    ExerciseStage.PREPARED: Progress.PLANNED,
    ExerciseStage.LIVE: Progress.LIVE,
    ExerciseStage.DEBRIEF: Progress.PLAYED,
    ExerciseStage.CLOSED: Progress.DEBRIEFED,
}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in a list. `asked` are the establishments not excused, `joined` those that began what is asked,
    `counting` those that did it: an exercise that counts, a questionnaire sent, every audit recorded."""

    id: int
    kind: CampaignKind
    place: str
    title: str
    about: str
    opens_on: date
    closes_on: date
    note: str
    version: int
    asked: int
    joined: int
    counting: int
    over: bool


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """How far one establishment is; `exercise` is the one that is furthest."""

    establishment_id: int
    name: str
    ght: str
    progress: Progress
    excused: str
    exercise_id: int | None
    exercise: str
    planned_at: datetime | None
    steps: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A campaign establishment by establishment, those who are least far first."""

    campaign: CampaignLine
    places: tuple[PlaceLine, ...]
    counts: Mapping[Progress, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A campaign as an establishment sees it, with its own exercises that it may tie to it."""

    id: int
    title: str
    place: str
    about: str
    note: str
    opens_on: date
    closes_on: date
    over: bool
    excused: str
    mine: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]


def counts_between(first: date, last: date) -> ColumnElement[bool]:
    """Whether a continuity test counts as the crisis exercise of a period: `care.domain.eligibility`, in SQL."""
    test = ContinuityTest
    return and_(
        test.state == TestState.DONE,
        test.kind.not_in((TestKind.RESTORE, TestKind.FAILOVER)),
        test.done_on.between(first, last),
        test.in_maintenance.is_(False),
        test.cyber_triggered.is_(True),
        test.degraded_played.is_(True),
        test.management_present.is_(True),
        func.trim(test.directorates) != "",
    )


def places_to_run(platform: Platform, scope: Scope) -> tuple[tuple[Place, str], ...]:
    """The regions and GHT where this person may open a campaign, by name."""
    with platform.database.read() as session:
        found = territories_in(session, scope, Right.RUN_CAMPAIGN, inhabited=True)
        return tuple((place, name) for place, name in found if place != PLATFORM)


def read_campaign(platform: Platform, scope: Scope, campaign_id: int) -> CampaignLine:
    """One campaign of any kind. NotFound."""
    with platform.database.read() as session:
        return campaign_lines(platform, session, scope, [campaign_row(session, scope, campaign_id)])[0]


def list_campaigns(platform: Platform, scope: Scope) -> tuple[CampaignLine, ...]:
    """The campaigns this person runs, the latest first. Forbidden for who runs none."""
    if not scope.allows_somewhere(Right.RUN_CAMPAIGN):
        raise Forbidden
    with platform.database.read() as session:
        rows = session.scalars(
            select(RegionalCampaign)
            .where(RegionalCampaign.link_id.is_(None))
            .order_by(RegionalCampaign.opens_at.desc())
        ).all()
        mine = [row for row in rows if scope.allows(Right.RUN_CAMPAIGN, place_lineage(session, place_at(row.place)))]
        return campaign_lines(platform, session, scope, mine)


def campaign_lines(
    platform: Platform, session: Session, scope: Scope, rows: Sequence[RegionalCampaign]
) -> tuple[CampaignLine, ...]:
    """The lines of some campaigns, with what is counted of them."""
    asked, done = (
        _asked(session, rows),
        {**_done(session, rows), **_sheets_done(session, rows), **_audits_done(session, rows)},
    )
    now, zone = platform.clock.now(), ZoneInfo(platform.settings.timezone)
    found = []
    for row in rows:
        opens_on, closes_on = days_of(row, zone)
        joined, counting = done.get(row.id, (0, 0))
        found.append(
            CampaignLine(
                id=row.id,
                kind=row.kind,
                place=place_name(session, place_at(row.place), scope.lang),
                title=row.title,
                about=row.about,
                opens_on=opens_on,
                closes_on=closes_on,
                note=row.note,
                version=row.version,
                asked=asked.get(row.id, 0),
                joined=joined,
                counting=counting,
                over=row.closes_at < now,
            )
        )
    return tuple(found)


def _asked(session: Session, rows: Iterable[RegionalCampaign]) -> dict[int, int]:
    ids = [row.id for row in rows]
    query = select(CampaignPlace.campaign_id, func.count()).where(
        CampaignPlace.campaign_id.in_(ids), CampaignPlace.excused == ""
    )
    found = session.execute(query.group_by(CampaignPlace.campaign_id))
    return {row[0]: row[1] for row in found}


def _done(session: Session, rows: Iterable[RegionalCampaign]) -> dict[int, tuple[int, int]]:
    """By campaign: establishments not excused with an exercise tied to it, and with one that counts."""
    counting = case((_counts_in_campaign(), Exercise.establishment_id))
    query = (
        select(
            Exercise.campaign_id,
            func.count(Exercise.establishment_id.distinct()),
            func.count(counting.distinct()),
        )
        .join(RegionalCampaign, RegionalCampaign.id == Exercise.campaign_id)
        .join(ContinuityTest, ContinuityTest.id == Exercise.test_id)
        .join(CampaignPlace, _is_place_of_exercise())
        .where(
            Exercise.campaign_id.in_([row.id for row in rows]),
            Exercise.stage != ExerciseStage.CANCELLED,
            CampaignPlace.excused == "",
        )
        .group_by(Exercise.campaign_id)
    )
    return {key or 0: (joined, counted) for key, joined, counted in session.execute(query)}


def _sheets_done(session: Session, rows: Iterable[RegionalCampaign]) -> dict[int, tuple[int, int]]:
    """By questionnaire: establishments not excused that began to answer, and that sent their answers."""
    sheet = CampaignAnswer
    mine = and_(
        CampaignPlace.campaign_id == sheet.campaign_id, CampaignPlace.establishment_id == sheet.establishment_id
    )
    query = (
        select(sheet.campaign_id, func.count(), func.count(sheet.sent_at))
        .join(CampaignPlace, mine)
        .where(sheet.campaign_id.in_([row.id for row in rows]), CampaignPlace.excused == "")
        .group_by(sheet.campaign_id)
    )
    return {key: (begun, sent) for key, begun, sent in session.execute(query)}


def _audits_done(session: Session, rows: Iterable[RegionalCampaign]) -> dict[int, tuple[int, int]]:
    """By campaign of exposure audits: establishments not excused that began, an audit planned here or agreed in their
    own installation, and that did all; each counts once, however it is told of."""
    audit, place = CampaignAudit, CampaignPlace
    mine = and_(place.campaign_id == audit.campaign_id, place.establishment_id == audit.establishment_id)
    query = (
        select(
            place.campaign_id,
            place.said,
            func.count(audit.target_id),
            func.count(Run.recorded_at),
        )
        .outerjoin(audit, mine)
        .outerjoin(Run, Run.id == audit.run_id)
        .where(
            place.campaign_id.in_([row.id for row in rows if row.kind is CampaignKind.EXPOSURE]), place.excused == ""
        )
        .group_by(place.campaign_id, place.establishment_id, place.said)
    )
    found: dict[int, tuple[int, int]] = {}
    for key, said, planned, recorded in session.execute(query):
        joined, done = found.get(key, (0, 0))
        all_done = said is Said.DONE or planned == recorded > 0
        found[key] = (joined + (planned > 0 or said in (Said.BEGUN, Said.DONE)), done + all_done)
    return found


def _is_place_of_exercise() -> ColumnElement[bool]:
    return and_(
        CampaignPlace.campaign_id == Exercise.campaign_id,
        CampaignPlace.establishment_id == Exercise.establishment_id,
    )


def _counts_in_campaign() -> ColumnElement[bool]:
    """Whether the exercise of a row counts, on a day of its campaign."""
    inside = and_(Exercise.started_at >= RegionalCampaign.opens_at, Exercise.started_at <= RegionalCampaign.closes_at)
    return and_(counts_between(date(1970, 1, 1), date(2100, 12, 31)), inside)


def follow_campaign(platform: Platform, scope: Scope, campaign_id: int) -> FollowUp:
    """A campaign, establishment by establishment. NotFound."""
    with platform.database.read() as session:
        row = campaign_row(session, scope, campaign_id, kind=CampaignKind.EXERCISE)
        line = campaign_lines(platform, session, scope, [row])[0]
        places = places_of(session, row)
    rank = list(Progress)
    places.sort(key=lambda one: (one.progress is Progress.EXCUSED, rank.index(one.progress), one.name))
    return FollowUp(line, tuple(places), Counter(one.progress for one in places))


def places_of(session: Session, row: RegionalCampaign) -> list[PlaceLine]:
    """Every establishment of a campaign and how far it is: three queries, however many they are."""
    asked = {
        one.establishment_id: one.excused
        for one in session.scalars(select(CampaignPlace).where(CampaignPlace.campaign_id == row.id))
    }
    sites = seen_sites(session, [Establishment.id.in_(select(CampaignPlace.establishment_id).where(
        CampaignPlace.campaign_id == row.id
    ))])  # fmt: skip
    exercises = _exercises(session, row)
    return [_place(site, asked.get(site.id, ""), exercises.get(site.id)) for site in sites]


@dataclass(frozen=True, slots=True)
class _Tied:
    id: int
    title: str
    planned_at: datetime
    steps: int
    progress: Progress


def _exercises(session: Session, row: RegionalCampaign) -> dict[int, _Tied]:
    """By establishment, the exercise of the campaign that is furthest."""
    steps = (
        select(ExerciseStep.exercise_id, func.count().label("done"))
        .where(ExerciseStep.done.is_(True))
        .group_by(ExerciseStep.exercise_id)
        .subquery()
    )
    query = (
        select(
            Exercise.establishment_id,
            Exercise.id,
            Exercise.title,
            Exercise.planned_at,
            Exercise.stage,
            func.coalesce(steps.c.done, 0),
            _counts_in_campaign(),
        )
        .join(RegionalCampaign, RegionalCampaign.id == Exercise.campaign_id)
        .join(ContinuityTest, ContinuityTest.id == Exercise.test_id)
        .outerjoin(steps, steps.c.exercise_id == Exercise.id)
        .where(Exercise.campaign_id == row.id, Exercise.stage != ExerciseStage.CANCELLED)
        .order_by(Exercise.id)
    )
    found: dict[int, _Tied] = {}
    for place, number, title, planned_at, stage, done, counts in session.execute(query):
        progress = _progress(stage, done, counts=bool(counts))
        known = found.get(place)
        if known is None or furthest(known.progress, progress) is progress:
            found[place] = _Tied(number, title, planned_at, done, progress)
    return found


def _progress(stage: ExerciseStage, steps: int, *, counts: bool) -> Progress:
    if counts:
        return Progress.COUNTS
    if stage is ExerciseStage.PREPARED and steps:
        return Progress.PREPARING
    return _STAGES[stage]


def _place(site: SeenSite, excused: str, tied: _Tied | None) -> PlaceLine:
    progress = Progress.EXCUSED if excused else tied.progress if tied else Progress.NOTHING
    return PlaceLine(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        progress=progress,
        excused=excused,
        exercise_id=tied.id if tied else None,
        exercise=tied.title if tied else "",
        planned_at=tied.planned_at if tied else None,
        steps=tied.steps if tied else 0,
    )


def asked_of(platform: Platform, scope: Scope, establishment_id: int) -> tuple[Asked, ...]:
    """The campaigns that ask an exercise of an establishment, the latest first. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_EXERCISES)
        rows = session.execute(
            select(RegionalCampaign, CampaignPlace.excused)
            .join(CampaignPlace, CampaignPlace.campaign_id == RegionalCampaign.id)
            .where(CampaignPlace.establishment_id == place.id, RegionalCampaign.kind == CampaignKind.EXERCISE)
            .order_by(RegionalCampaign.opens_at.desc())
        ).all()
        query = select(Exercise.id, Exercise.title, Exercise.kit, Exercise.campaign_id).where(
            Exercise.establishment_id == place.id, Exercise.stage != ExerciseStage.CANCELLED
        )
        exercises = session.execute(query.order_by(Exercise.planned_at.desc())).all()
        zone = ZoneInfo(platform.settings.timezone)
        found = []
        for row, excused in rows:
            opens_on, closes_on = days_of(row, zone)
            fitting = [one for one in exercises if not row.about or one.kit == row.about]
            found.append(
                Asked(
                    id=row.id,
                    title=row.title,
                    place=place_name(session, place_at(row.place), scope.lang),
                    about=row.about,
                    note=row.note,
                    opens_on=opens_on,
                    closes_on=closes_on,
                    over=row.closes_at < platform.clock.now(),
                    excused=excused,
                    mine=tuple((one.id, one.title) for one in exercises if one.campaign_id == row.id),
                    others=tuple((one.id, one.title) for one in fitting if one.campaign_id is None),
                )
            )
        return tuple(found)


def open_to(platform: Platform, scope: Scope, establishment_id: int, kit: str) -> tuple[tuple[int, str], ...]:
    """The campaigns not over that ask an exercise of this kit, or of any, of an establishment: number and title.
    NotFound, Forbidden."""
    return tuple(
        (one.id, one.title)
        for one in asked_of(platform, scope, establishment_id)
        if not one.over and not one.excused and one.about in ("", kit)
    )
