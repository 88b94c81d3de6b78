"""Business impact analyses in short: where each activity of an establishment stands, and the versions of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.bia import Objective
from care.domain.bia_content import Stage, lacks, review_due
from care.domain.continuity import ACTIVITY_KINDS, SHEET_STATES, SheetState
from care.domain.durations import written
from care.services.bia_rows import COLUMNS, content_of, may_fill, may_validate, place_of, visible_activity
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, Bia
from care.store.registry import Establishment
from scanners.model import Lang, Text

_GIVEN_UP = Text("Abandonné", "Given up")


class Situation(StrEnum):
    """Where an activity stands, what asks for somebody first."""

    PROPOSED = "proposed"
    NONE = "none"
    DRAFT = "draft"
    OLD = "old"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in short; `state_name` says “given up” of a draft that never went into force.

    `missing` counts what a draft still lacks; `resume` is the page where it is taken up: that of the first thing it
    lacks, else the last.
    """

    id: int
    number: int
    state: SheetState
    state_name: str
    created_by: str
    changed_at: datetime
    proposed_at: datetime | None
    validated_at: datetime | None
    validated_by: str
    durations: Mapping[Objective, str]
    missing: int
    resume: Stage


@dataclass(frozen=True, slots=True)
class BiaLine:
    """An activity in use, with its version in force and its draft if there are; `model` is what its name suggests.

    `age_days` counts since the version in force was decided.
    """

    activity_id: int
    activity: str
    kind: str
    criticality: CareCriticality
    owner: str
    mine: bool
    model: str
    situation: Situation
    current: VersionLine | None
    age_days: int | None
    draft: VersionLine | None
    may_fill: bool
    may_validate: bool


@dataclass(frozen=True, slots=True)
class BiaList:
    """The analyses of an establishment: the reader's own activities, then the most critical; how many stand where."""

    lines: tuple[BiaLine, ...]
    counts: Mapping[Situation, int]
    total: int


@dataclass(frozen=True, slots=True)
class ActivityBrief:
    """The activity an analysis is about."""

    id: int
    establishment_id: int
    name: str
    kind: str
    description: str
    owner: str
    criticality: CareCriticality
    mine: bool
    ended_on: date | None
    model: str


@dataclass(frozen=True, slots=True)
class ActivityBias:
    """The versions of an activity, latest first; its draft, its version in force, the model its name suggests."""

    activity: ActivityBrief
    versions: tuple[VersionLine, ...]
    current: VersionLine | None
    draft: VersionLine | None
    likely_model: str
    may_fill: bool
    may_validate: bool


def list_bias(platform: Platform, scope: Scope, establishment_id: int, only: Situation | None = None) -> BiaList:
    """The analyses of the activities in use of an establishment; `only` keeps one situation."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        activities = _in_use(session, establishment_id, now.date())
        versions = _versions_by_activity(session, [one.id for one in activities])
        lines = [_line(platform, scope, place, one, versions[one.id], now) for one in activities]
    lines.sort(key=lambda one: (not one.mine, one.criticality.rank, one.activity.casefold(), one.activity_id))
    counts = {one: sum(line.situation is one for line in lines) for one in Situation}
    return BiaList(tuple(one for one in lines if only in (None, one.situation)), counts, len(lines))


def bias_of_activity(platform: Platform, scope: Scope, activity_id: int) -> ActivityBias:
    """The versions of an activity; NotFound for a stranger."""
    with platform.database.read() as session:
        activity = visible_activity(session, scope, activity_id)
        rows = _versions_by_activity(session, [activity_id])[activity_id]
        lines = tuple(version_line(row, scope.lang) for row in rows)
        place = place_of(session, scope, activity)
        return ActivityBias(
            activity=activity_brief(activity, scope),
            versions=lines,
            current=next((one for one in lines if one.state is SheetState.CURRENT), None),
            draft=next((one for one in lines if one.state is SheetState.DRAFT), None),
            likely_model=_likely(platform, activity),
            may_fill=may_fill(scope, activity, place),
            may_validate=may_validate(scope, activity, place),
        )


def _in_use(session: Session, establishment_id: int, day: date) -> Sequence[Activity]:
    query = select(Activity).where(Activity.establishment_id == establishment_id)
    return session.scalars(query.where(or_(Activity.ended_on.is_(None), Activity.ended_on > day))).all()


def _versions_by_activity(session: Session, ids: Sequence[int]) -> Mapping[int, list[Bia]]:
    """Versions, latest first. An establishment has at most a few hundred activities."""
    found: dict[int, list[Bia]] = defaultdict(list)
    for row in session.scalars(select(Bia).where(Bia.activity_id.in_(ids)).order_by(Bia.number.desc())):
        found[row.activity_id].append(row)
    return found


def _likely(platform: Platform, activity: Activity) -> str:
    """The model of an activity: the one it began from, else the one its name suggests, "" when there is none."""
    suggested = None if activity.model else platform.kits.models.likely(activity.name)
    return suggested.id if suggested else activity.model


def _line(
    platform: Platform, scope: Scope, place: Establishment, activity: Activity, rows: Sequence[Bia], now: datetime
) -> BiaLine:
    """The line of an activity; `now` is on the clock of the installation."""
    current = next((row for row in rows if row.state is SheetState.CURRENT), None)
    draft = next((row for row in rows if row.state is SheetState.DRAFT), None)
    since = current and current.validated_at
    in_force_on = since.astimezone(now.tzinfo).date() if since else None
    return BiaLine(
        activity_id=activity.id,
        activity=activity.name,
        kind=ACTIVITY_KINDS[activity.kind].render(scope.lang),
        criticality=activity.criticality,
        owner=activity.owner,
        mine=_is_mine(activity, scope),
        model=_likely(platform, activity),
        situation=_situation(current, draft, old=in_force_on is not None and now.date() > review_due(in_force_on)),
        current=version_line(current, scope.lang) if current else None,
        age_days=(now.date() - in_force_on).days if in_force_on else None,
        draft=version_line(draft, scope.lang) if draft else None,
        may_fill=may_fill(scope, activity, place),
        may_validate=may_validate(scope, activity, place),
    )


def _is_mine(activity: Activity, scope: Scope) -> bool:
    return activity.owner_account_id is not None and activity.owner_account_id == scope.account_id


def _situation(current: Bia | None, draft: Bia | None, *, old: bool) -> Situation:
    if draft is not None:
        return Situation.PROPOSED if draft.proposed_at else Situation.DRAFT
    if current is None:
        return Situation.NONE
    return Situation.OLD if old else Situation.CURRENT


def _durations(row: Bia, lang: Lang) -> Mapping[Objective, str]:
    return {one: written_or_blank(getattr(row, column), lang) for one, column in COLUMNS.items()}


def written_or_blank(minutes: int | None, lang: Lang) -> str:
    """A duration in words, "" when nobody gave one."""
    return "" if minutes is None else written(minutes, lang)


def version_line(row: Bia, lang: Lang) -> VersionLine:
    """A version in short."""
    missing = lacks(content_of(row)) if row.state is SheetState.DRAFT else ()
    return VersionLine(
        id=row.id,
        number=row.number,
        state=row.state,
        state_name=state_name(row, lang),
        created_by=row.created_by,
        changed_at=row.changed_at,
        proposed_at=row.proposed_at,
        validated_at=row.validated_at,
        validated_by=row.validated_by,
        durations=_durations(row, lang),
        missing=len(missing),
        resume=missing[0].stage if missing else Stage.REVIEW,
    )


def state_name(row: Bia, lang: Lang) -> str:
    """What a version is called; a draft that never went into force was given up."""
    given_up = row.state is SheetState.REPLACED and row.validated_at is None
    return (_GIVEN_UP if given_up else SHEET_STATES[row.state]).render(lang)


def activity_brief(row: Activity, scope: Scope) -> ActivityBrief:
    """The activity an analysis is about, in the reader's language."""
    return ActivityBrief(
        id=row.id,
        establishment_id=row.establishment_id,
        name=row.name,
        kind=ACTIVITY_KINDS[row.kind].render(scope.lang),
        description=row.description,
        owner=row.owner,
        criticality=row.criticality,
        mine=_is_mine(row, scope),
        ended_on=row.ended_on,
        model=row.model,
    )
