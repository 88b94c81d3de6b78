"""Business impact analyses to read: the list of an establishment, one version in full, two versions compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.bia import OBJECTIVES, Axis, Decrease, Objective, Scale, decreases, remarks, suggest_dmia
from care.domain.bia_content import Content, Stage, compare, lacks
from care.domain.continuity import ACTIVITY_KINDS, SHEET_STATES, SheetState
from care.domain.durations import written
from care.services.action_query import today
from care.services.bia_rows import (
    COLUMNS,
    content_of,
    may_fill,
    may_validate,
    place_of,
    visible_activity,
    visible_bia,
)
from care.services.errors import NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, Bia
from care.store.registry import Establishment
from scanners.model import Lang, Text

REVIEW_DAYS = 365
"""An analysis older than a year is to be read again: our choice, no text gives a number."""

_GIVEN_UP = Text("Abandonné", "Given up")
_TEXT_NAMES: Mapping[str, Text] = {
    "minimum_service": Text("Ce qu’il faut garder", "What must be kept"),
    "minimum_percent": Text("Part de l’activité à garder, en %", "Part of the activity to keep, %"),
    "peaks": Text("Moments les plus difficiles", "Worst times"),
    "notes": Text("Remarques", "Notes"),
    "interviewed": Text("Personnes qui ont répondu", "Who answered"),
}


class Situation(StrEnum):
    """Where an activity stands, what asks for somebody first."""

    PROPOSED = "proposed"
    NONE = "none"
    DRAFT = "draft"
    OLD = "old"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Brief:
    """A version in short. `missing` counts what a draft still lacks; `age_days` is None before it was in force."""

    id: int
    number: int
    durations: Mapping[Objective, str]
    missing: int
    age_days: int | None
    validated_on: date | None
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class BiaLine:
    """An activity of the list, with its version in force and its draft if there are."""

    activity_id: int
    activity: str
    kind: str
    criticality: CareCriticality
    owner: str
    mine: bool
    situation: Situation
    current: Brief | None
    draft: Brief | None
    may_fill: bool
    may_validate: bool


@dataclass(frozen=True, slots=True)
class BiaList:
    """The analyses of an establishment, the most critical activities first; how many stand in each situation."""

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
class Cell:
    """One answer: after `minutes`, the level (1 and up, None when nobody answered), whether it must not be reached."""

    minutes: int
    after: str
    level: int | None
    name: str
    alarm: bool


@dataclass(frozen=True, slots=True)
class AxisView:
    """One axis with its answers. `warning` says that the consequences lessen with time."""

    key: str
    name: str
    question: str
    examples: tuple[str, ...]
    cells: tuple[Cell, ...]
    why: str
    missing: int
    warning: str


@dataclass(frozen=True, slots=True)
class DurationView:
    """One of the four durations; `remarks` are the sentences said about it."""

    objective: Objective
    name: str
    minutes: int | None
    written: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LackView:
    """Something to complete, and the page where it is."""

    stage: Stage
    axis: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in a list; `state_name` says “given up” of a draft that never went into force."""

    id: int
    number: int
    state: SheetState
    state_name: str
    created_by: str
    changed_at: datetime
    validated_at: datetime | None
    validated_by: str
    durations: Mapping[Objective, str]


@dataclass(frozen=True, slots=True)
class BiaView:
    """One version in full, in the reader's language."""

    id: int
    establishment_id: int
    activity: ActivityBrief
    number: int
    state: SheetState
    state_name: str
    levels: tuple[str, ...]
    axes: tuple[AxisView, ...]
    durations: Mapping[Objective, DurationView]
    suggested: str
    suggested_minutes: int | None
    suggestion_why: str
    minimum_service: str
    minimum_percent: int | None
    peaks: str
    notes: str
    interviewed: str
    answered_on: date | None
    model_title: str
    lacks: tuple[LackView, ...]
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    proposed_at: datetime | None
    proposed_by: str
    validated_at: datetime | None
    validated_by: str
    version: int
    may_fill: bool
    may_validate: bool

    def axis(self, key: str) -> AxisView | None:
        """The axis of that key."""
        return next((one for one in self.axes if one.key == key), None)


@dataclass(frozen=True, slots=True)
class ActivityBias:
    """The versions of an activity, latest first; its draft, its version in force, the model its name suggests."""

    activity: ActivityBrief
    versions: tuple[VersionLine, ...]
    current: VersionLine | None
    draft: VersionLine | None
    likely_model: str
    may_fill: bool


@dataclass(frozen=True, slots=True)
class AxisDifference:
    """An axis in two versions: (after how long, level before, level after), and the reasons."""

    name: str
    cells: tuple[tuple[str, str, str], ...]
    reason_before: str
    reason_after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A duration or a text in two versions."""

    name: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """Two versions of one activity, the older one first."""

    establishment_id: int
    activity: ActivityBrief
    before: VersionLine
    after: VersionLine
    axes: tuple[AxisDifference, ...]
    durations: tuple[Difference, ...]
    texts: tuple[Difference, ...]
    same_scale: bool
    changed: bool


def list_bias(platform: Platform, scope: Scope, establishment_id: int, only: Situation | None = None) -> BiaList:
    """The analyses of the activities in use of an establishment; `only` keeps one situation."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        activities = _in_use(session, establishment_id, day)
        versions = _versions_by_activity(session, [one.id for one in activities])
        lines = [_line(scope, place, one, versions[one.id], day) for one in activities]
    lines.sort(key=lambda one: (one.criticality.rank, one.activity.casefold(), one.activity_id))
    counts = {one: sum(line.situation is one for line in lines) for one in Situation}
    return BiaList(tuple(one for one in lines if only in (None, one.situation)), counts, len(lines))


def open_bia(platform: Platform, scope: Scope, bia_id: int) -> BiaView:
    """One version in full; NotFound for a stranger."""
    with platform.database.read() as session:
        row, activity = visible_bia(session, scope, bia_id)
        return _view(platform, session, scope, row, activity)


def bias_of_activity(platform: Platform, scope: Scope, activity_id: int) -> ActivityBias:
    """The versions of an activity; NotFound for a stranger."""
    with platform.database.read() as session:
        activity = visible_activity(session, scope, activity_id)
        rows = _versions_by_activity(session, [activity_id])[activity_id]
        lines = tuple(_version(row, scope.lang) for row in rows)
        likely = platform.kits.models.likely(activity.name)
        return ActivityBias(
            activity=_activity(activity, scope),
            versions=lines,
            current=next((one for one in lines if one.state is SheetState.CURRENT), None),
            draft=next((one for one in lines if one.state is SheetState.DRAFT), None),
            likely_model=activity.model or (likely.id if likely else ""),
            may_fill=may_fill(scope, activity, place_of(session, scope, activity)),
        )


def compare_bias(platform: Platform, scope: Scope, one_id: int, other_id: int) -> ComparisonView:
    """Two versions of one activity, whichever order they are given in; NotFound when they are not of one activity."""
    with platform.database.read() as session:
        one, activity = visible_bia(session, scope, one_id)
        other, _same = visible_bia(session, scope, other_id)
        if one.activity_id != other.activity_id or one.id == other.id:
            raise NotFound
        before, after = sorted((one, other), key=lambda row: row.number)
        return _comparison(before, after, activity, scope)


def _in_use(session: Session, establishment_id: int, day: date) -> Sequence[Activity]:
    query = select(Activity).where(Activity.establishment_id == establishment_id)
    return session.scalars(query.where(or_(Activity.ended_on.is_(None), Activity.ended_on > day))).all()


def _versions_by_activity(session: Session, ids: Sequence[int]) -> Mapping[int, list[Bia]]:
    """Versions, latest first. An establishment has at most a few hundred activities."""
    found: dict[int, list[Bia]] = defaultdict(list)
    for row in session.scalars(select(Bia).where(Bia.activity_id.in_(ids)).order_by(Bia.number.desc())):
        found[row.activity_id].append(row)
    return found


def _line(scope: Scope, place: Establishment, activity: Activity, rows: Sequence[Bia], day: date) -> BiaLine:
    current = next((row for row in rows if row.state is SheetState.CURRENT), None)
    draft = next((row for row in rows if row.state is SheetState.DRAFT), None)
    shown = _brief(current, day, scope.lang) if current else None
    return BiaLine(
        activity_id=activity.id,
        activity=activity.name,
        kind=ACTIVITY_KINDS[activity.kind].render(scope.lang),
        criticality=activity.criticality,
        owner=activity.owner,
        mine=activity.owner_account_id is not None and activity.owner_account_id == scope.account_id,
        situation=_situation(shown, draft),
        current=shown,
        draft=_brief(draft, day, scope.lang) if draft else None,
        may_fill=may_fill(scope, activity, place),
        may_validate=may_validate(scope, activity, place),
    )


def _situation(current: Brief | None, draft: Bia | None) -> Situation:
    if draft is not None:
        return Situation.PROPOSED if draft.proposed_at else Situation.DRAFT
    if current is None:
        return Situation.NONE
    return Situation.OLD if (current.age_days or 0) > REVIEW_DAYS else Situation.CURRENT


def _brief(row: Bia, day: date, lang: Lang) -> Brief:
    on = row.validated_at.date() if row.validated_at else None
    return Brief(
        id=row.id,
        number=row.number,
        durations=_durations_written(row, lang),
        missing=len(lacks(content_of(row))) if row.state is SheetState.DRAFT else 0,
        age_days=(day - on).days if on else None,
        validated_on=on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _durations_written(row: Bia, lang: Lang) -> Mapping[Objective, str]:
    return {one: _written(getattr(row, column), lang) for one, column in COLUMNS.items()}


def _written(minutes: int | None, lang: Lang) -> str:
    return "" if minutes is None else written(minutes, lang)


def _version(row: Bia, lang: Lang) -> VersionLine:
    return VersionLine(
        id=row.id,
        number=row.number,
        state=row.state,
        state_name=_state_name(row, lang),
        created_by=row.created_by,
        changed_at=row.changed_at,
        validated_at=row.validated_at,
        validated_by=row.validated_by,
        durations=_durations_written(row, lang),
    )


def _state_name(row: Bia, lang: Lang) -> str:
    given_up = row.state is SheetState.REPLACED and row.validated_at is None
    return (_GIVEN_UP if given_up else SHEET_STATES[row.state]).render(lang)


def _activity(row: Activity, scope: Scope) -> ActivityBrief:
    return ActivityBrief(
        id=row.id,
        establishment_id=row.establishment_id,
        name=row.name,
        kind=ACTIVITY_KINDS[row.kind].render(scope.lang),
        description=row.description,
        owner=row.owner,
        criticality=row.criticality,
        mine=row.owner_account_id is not None and row.owner_account_id == scope.account_id,
        ended_on=row.ended_on,
        model=row.model,
    )


def _view(platform: Platform, session: Session, scope: Scope, row: Bia, activity: Activity) -> BiaView:
    lang, content, place = scope.lang, content_of(row), place_of(session, scope, activity)
    suggestion = suggest_dmia(content.scale, content.answers)
    model = platform.kits.models.by_id.get(row.model)
    draft = row.state is SheetState.DRAFT
    return BiaView(
        id=row.id,
        establishment_id=activity.establishment_id,
        activity=_activity(activity, scope),
        number=row.number,
        state=row.state,
        state_name=_state_name(row, lang),
        levels=tuple(one.render(lang) for one in content.scale.levels),
        axes=tuple(_axis(content, one, lang) for one in content.scale.axes),
        durations=_durations(content, lang),
        suggested=_written(suggestion.minutes, lang),
        suggested_minutes=suggestion.minutes,
        suggestion_why=suggestion.why.render(lang),
        minimum_service=row.minimum_service,
        minimum_percent=row.minimum_percent,
        peaks=row.peaks,
        notes=row.notes,
        interviewed=row.interviewed,
        answered_on=row.answered_on,
        model_title=model.title.render(lang) if model else "",
        lacks=tuple(LackView(one.stage, one.axis, one.text.render(lang)) for one in lacks(content)) if draft else (),
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        validated_at=row.validated_at,
        validated_by=row.validated_by,
        version=row.version,
        may_fill=draft and may_fill(scope, activity, place),
        may_validate=draft and may_validate(scope, activity, place),
    )


def _axis(content: Content, axis: Axis, lang: Lang) -> AxisView:
    scale, row = content.scale, content.answers.get(axis.key, {})
    cells = tuple(_cell(scale, axis.key, step, row.get(step), lang) for step in scale.steps)
    why = content.reasons.get(axis.key, "")
    fall = next((one for one in decreases(scale, content.answers) if one.axis == axis.key), None)
    return AxisView(
        key=axis.key,
        name=axis.name.render(lang),
        question=axis.question.render(lang),
        examples=tuple(one.render(lang) for one in axis.examples),
        cells=cells,
        why=why,
        missing=sum(cell.level is None for cell in cells),
        warning=_warning(fall, explained=bool(why)).render(lang) if fall else "",
    )


def _warning(fall: Decrease, *, explained: bool) -> Text:
    """What is said of consequences that lessen with time."""
    said = Text(
        f"Les conséquences diminuent entre {written(fall.before, 'fr')} et {written(fall.after, 'fr')}.",
        f"The consequences lessen between {written(fall.before, 'en')} and {written(fall.after, 'en')}.",
    )
    if explained:
        return Text(f"{said.fr} Relisez la raison donnée.", f"{said.en} Read the reason given again.")
    return Text(
        f"{said.fr} Est-ce voulu ? Si oui, dites pourquoi ; sinon, corrigez.",
        f"{said.en} Is it meant? If so, say why; if not, correct it.",
    )


def _cell(scale: Scale, key: str, step: int, level: int | None, lang: Lang) -> Cell:
    name = scale.levels[level - 1].render(lang) if level else ""
    return Cell(step, written(step, lang), level, name, bool(level and level >= scale.alarm(key)))


def _durations(content: Content, lang: Lang) -> Mapping[Objective, DurationView]:
    said = remarks(content.scale, content.answers, content.durations)
    return {
        one: DurationView(
            objective=one,
            name=OBJECTIVES[one].render(lang),
            minutes=content.durations[one],
            written=_written(content.durations[one], lang),
            remarks=tuple(remark.text.render(lang) for remark in said if remark.objective is one),
        )
        for one in Objective
    }


def _comparison(before: Bia, after: Bia, activity: Activity, scope: Scope) -> ComparisonView:
    lang = scope.lang
    found = compare(content_of(before), content_of(after))
    axes = tuple(
        AxisDifference(
            name=one.name.render(lang),
            cells=tuple(
                (written(step, lang), old.render(lang) if old else "", new.render(lang) if new else "")
                for step, old, new in zip(one.steps, one.before, one.after, strict=True)
            ),
            reason_before=one.reason_before,
            reason_after=one.reason_after,
            changed=one.changed,
        )
        for one in found.axes
    )
    return ComparisonView(
        establishment_id=activity.establishment_id,
        activity=_activity(activity, scope),
        before=_version(before, lang),
        after=_version(after, lang),
        axes=axes,
        durations=tuple(
            Difference(
                OBJECTIVES[one.objective].render(lang),
                _written(one.before, lang),
                _written(one.after, lang),
                one.changed,
            )
            for one in found.objectives
        ),
        texts=tuple(
            Difference(_TEXT_NAMES[one.field].render(lang), one.before, one.after, one.changed) for one in found.texts
        ),
        same_scale=found.same_scale,
        changed=found.changed,
    )
