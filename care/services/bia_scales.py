"""The scale of impacts of an establishment: read, edited, given back. Analyses keep the one they were answered with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.bia_scale import DEFAULT_SCALE, Axis, Scale, ScaleError, key_of
from care.domain.continuity import SheetState
from care.domain.durations import minutes_of, written
from care.services.bia_rows import scale_in
from care.services.errors import Invalid, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.continuity import Activity, Bia, BiaScale
from care.store.registry import Establishment
from scanners.model import Lang, Text

_BETWEEN = re.compile(r"[;\n]|,(?=\s)")
"""Between two durations; the comma of 1,5 j is none."""


@dataclass(frozen=True, slots=True)
class AxisText:
    """An axis in one language. `key` is empty for a new one; `examples` has one line per level."""

    key: str
    name: str
    question: str
    examples: str = ""


@dataclass(frozen=True, slots=True)
class ScaleDraft:
    """A scale as typed in one language; `steps` are durations separated by commas, semicolons or lines."""

    axes: tuple[AxisText, ...]
    levels: tuple[str, ...]
    steps: str


@dataclass(frozen=True, slots=True)
class ScaleView:
    """The scale in use. `own` is False when it is ours; `drafts` counts those begun under an earlier one."""

    establishment_id: int
    draft: ScaleDraft
    steps: tuple[str, ...]
    own: bool
    version: int
    changed_at: datetime | None
    changed_by: str
    may_change: bool
    drafts: int


def open_scale(platform: Platform, scope: Scope, establishment_id: int) -> ScaleView:
    """The scale in use in an establishment, in the reader's language."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        row = session.get(BiaScale, establishment_id)
        scale = scale_in(row) if row else DEFAULT_SCALE
        return ScaleView(
            establishment_id=establishment_id,
            draft=as_typed(scale, scope.lang),
            steps=tuple(written(step, scope.lang) for step in scale.steps),
            own=row is not None,
            version=row.version if row else 0,
            changed_at=row.changed_at if row else None,
            changed_by=row.changed_by if row else "",
            may_change=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            drafts=_drafts(session, establishment_id),
        )


def as_typed(scale: Scale, lang: Lang) -> ScaleDraft:
    """A scale as a person would type it."""
    axes = tuple(
        AxisText(
            one.key,
            one.name.render(lang),
            one.question.render(lang),
            "\n".join(example.render(lang) for example in one.examples),
        )
        for one in scale.axes
    )
    levels = tuple(one.render(lang) for one in scale.levels)
    return ScaleDraft(axes, levels, ", ".join(written(step, lang) for step in scale.steps))


def set_scale(platform: Platform, scope: Scope, establishment_id: int, draft: ScaleDraft, seen: int) -> None:
    """Record a scale seen at version `seen`. Analyses already begun or in force keep theirs.

    Invalid names `axes`, `levels` or `steps`; Refused when somebody changed it since.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(session, scope, establishment_id, seen)
        scale = read_scale(draft, scale_in(row) if row else DEFAULT_SCALE, scope.lang)
        if row is None:
            row = BiaScale(establishment_id=establishment_id, version=0)
            session.add(row)
        kept = scale.to_json()
        row.axes, row.levels, row.steps = kept["axes"], kept["levels"], kept["steps"]
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        session.flush()
        detail = {"axes": len(scale.axes), "levels": len(scale.levels), "steps": len(scale.steps)}
        record(session, scope, "bia_scale.set", _thing(establishment_id), now, detail)


def forget_scale(platform: Platform, scope: Scope, establishment_id: int, seen: int) -> None:
    """Go back to our scale."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(session, scope, establishment_id, seen)
        if row is None:
            return
        session.delete(row)
        session.flush()
        record(session, scope, "bia_scale.forgotten", _thing(establishment_id), now)


def read_scale(draft: ScaleDraft, before: Scale, lang: Lang) -> Scale:
    """The scale somebody typed in one language; Invalid names the part at fault.

    A text left as it was keeps its two languages; one that changed is the establishment's own, the same in both.
    """
    steps = _steps(draft.steps)
    known = {text.render(lang): text for text in _texts(before)}

    def kept(words: str) -> Text:
        typed = " ".join(words.split())
        return known.get(typed) or Text(typed, typed)

    keys = [one.key for one in draft.axes if one.key]
    axes = []
    for one in draft.axes:
        key = one.key or key_of(one.name, keys)
        keys.append(key)
        examples = tuple(kept(line) for line in one.examples.splitlines() if line.strip())
        axes.append(Axis(key, kept(one.name), kept(one.question), examples))
    _check_examples(axes, len(draft.levels))
    try:
        return Scale(tuple(axes), tuple(kept(one) for one in draft.levels), steps)
    except ScaleError as error:
        raise Invalid({error.part: error.text}) from error


def _texts(scale: Scale) -> list[Text]:
    found = list(scale.levels)
    for axis in (*DEFAULT_SCALE.axes, *scale.axes):
        found += [axis.name, axis.question, *axis.examples]
    return [*DEFAULT_SCALE.levels, *found]


def _check_examples(axes: Sequence[Axis], levels: int) -> None:
    wrong = next((one for one in axes if one.examples and len(one.examples) != levels), None)
    if wrong is not None:
        raise Invalid(
            {
                "axes": Text(
                    f"« {wrong.name.fr} » a {len(wrong.examples)} exemples pour {levels} niveaux : écrivez-en un par"
                    " niveau, ou aucun.",
                    f"“{wrong.name.en}” has {len(wrong.examples)} examples for {levels} levels: write one per level,"
                    " or none.",
                )
            }
        )


def _steps(typed: str) -> tuple[int, ...]:
    words = [one.strip() for one in _BETWEEN.split(typed) if one.strip()]
    found = []
    for one in words:
        try:
            found.append(minutes_of(one.rstrip(".")))
        except ValueError as error:
            said = Text(
                f"« {one[:40]} » n’est pas une durée : écrivez par exemple 30 min, 4 h, 2 j.",
                f"“{one[:40]}” is not a duration: write for example 30 min, 4 h, 2 d.",
            )
            raise Invalid({"steps": said}) from error
    return tuple(found)


def _thing(establishment_id: int) -> Thing:
    return Thing("bia_scale", establishment_id, establishment_id)


def _drafts(session: Session, establishment_id: int) -> int:
    mine = select(Activity.id).where(Activity.establishment_id == establishment_id)
    query = select(func.count()).select_from(Bia)
    return session.scalar(query.where(Bia.state == SheetState.DRAFT, Bia.activity_id.in_(mine))) or 0


def _to_change(session: Session, scope: Scope, establishment_id: int, seen: int) -> BiaScale | None:
    """The row to change, locked. Two people who write a first one wait for each other on the establishment."""
    visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
    session.execute(
        select(Establishment.id).where(Establishment.id == establishment_id).with_for_update(key_share=True)
    )
    row = session.scalars(
        select(BiaScale)
        .where(BiaScale.establishment_id == establishment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if (row.version if row else 0) != seen:
        who = row.changed_by if row else ""
        raise Refused(
            Text(
                f"{who or 'Quelqu’un'} a modifié cette échelle entre-temps. Rien n’est perdu : comparez avec ce que"
                " vous avez saisi, puis enregistrez de nouveau.",
                f"{who or 'Somebody'} changed this scale in the meantime. Nothing is lost: compare with what you"
                " typed, then save again.",
            )
        )
    return row
