"""One version of a business impact analysis in full, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.bia import OBJECTIVES, Decrease, Objective, decreases, remarks, suggest_dmia
from care.domain.bia_content import Content, Stage, lacks
from care.domain.bia_scale import Axis, Scale
from care.domain.continuity import SheetState
from care.domain.durations import written
from care.services.bia_list import ActivityBrief, activity_brief, state_name, written_or_blank
from care.services.bia_rows import content_of, may_fill, may_validate, place_of, visible_bia
from care.services.platform import Platform
from care.store.continuity import Activity, Bia
from scanners.model import Lang, Text


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


def open_bia(platform: Platform, scope: Scope, bia_id: int) -> BiaView:
    """One version in full; NotFound for a stranger."""
    with platform.database.read() as session:
        row, activity = visible_bia(session, scope, bia_id)
        return _view(platform, session, scope, row, activity)


def _view(platform: Platform, session: Session, scope: Scope, row: Bia, activity: Activity) -> BiaView:
    lang, content, place = scope.lang, content_of(row), place_of(session, scope, activity)
    suggestion = suggest_dmia(content.scale, content.answers)
    model = platform.kits.models.by_id.get(row.model)
    draft = row.state is SheetState.DRAFT
    return BiaView(
        id=row.id,
        establishment_id=activity.establishment_id,
        activity=activity_brief(activity, scope),
        number=row.number,
        state=row.state,
        state_name=state_name(row, lang),
        levels=tuple(one.render(lang) for one in content.scale.levels),
        axes=tuple(_axis(content, one, lang) for one in content.scale.axes),
        durations=_durations(content, lang),
        suggested=written_or_blank(suggestion.minutes, lang),
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
            written=written_or_blank(content.durations[one], lang),
            remarks=tuple(remark.text.render(lang) for remark in said if remark.objective is one),
        )
        for one in Objective
    }
