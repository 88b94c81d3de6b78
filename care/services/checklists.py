"""The « plan blanc numérique » checklist: where an establishment stands, item by item, and the actions it decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import ActionSource, ActionState
from care.domain.crisis import ITEM_STATES, Checklist, Item, ItemState, Progress, progress_of
from care.services.action_writing import ActionDraft, create_action, short_title
from care.services.audit_report import DocumentError
from care.services.crisis_rows import FIELDS, check_version
from care.services.errors import Invalid, NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import lines_of
from care.store.actions import Action, ActionSite
from care.store.crisis import ChecklistAnswer
from reports.crisis_model import CheckLine, CheckPart, CheckSheet
from reports.crisis_pack import render_checklist
from reports.errors import ReportError
from reports.words import Lang
from scanners.model import Scalar, Severity, Text

LONGEST_NOTE = 2_000
SAY_WHY = Text(
    "Dites en une phrase pourquoi ce point est sans objet ici.", "Say in one sentence why this does not apply here."
)
FIELD_NAMES: Mapping[str, Text] = {
    "state": Text("la réponse", "the answer"),
    "note": Text("la note", "the note"),
}


@dataclass(frozen=True, slots=True)
class LinkedAction:
    """An action created from an item."""

    id: int
    title: str
    state: ActionState


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item: its words in the reader's language, the answer if there is one, the actions created from it.

    `refs` are the objectives it serves, as people write them: `D2.O1.B`.
    """

    id: str
    text: str
    why: str
    refs: tuple[str, ...]
    state: ItemState | None
    note: str
    changed_at: datetime | None
    changed_by: str
    version: int
    actions: tuple[LinkedAction, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A part and its progress."""

    id: str
    title: str
    intro: str
    items: tuple[ItemView, ...]
    progress: Progress


@dataclass(frozen=True, slots=True)
class ChecklistView:
    """A checklist in one establishment."""

    id: str
    title: str
    origin: str
    parts: tuple[PartView, ...]
    progress: Progress
    may_answer: bool
    may_act: bool

    @property
    def items(self) -> tuple[ItemView, ...]:
        """Every item, in order."""
        return tuple(item for part in self.parts for item in part.items)


def open_checklist(platform: Platform, scope: Scope, establishment_id: int) -> ChecklistView:
    """The checklist of an establishment."""
    checklist = platform.kits.crisis.checklist
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        answers = _answers(session, establishment_id, checklist)
        sees_actions = scope.allows(Right.SEE_ACTIONS, place.lineage)
        actions = _actions(session, establishment_id, checklist) if sees_actions else {}
        parts = tuple(
            PartView(
                part.id,
                part.title.render(scope.lang),
                part.intro.render(scope.lang),
                tuple(_item(item, answers.get(item.id), actions.get(item.id, ()), scope.lang) for item in part.items),
                progress_of(_state(answers.get(item.id)) for item in part.items),
            )
            for part in checklist.parts
        )
        return ChecklistView(
            id=checklist.id,
            title=checklist.title.render(scope.lang),
            origin=checklist.origin.render(scope.lang),
            parts=parts,
            progress=progress_of(_state(answers.get(item.id)) for item in checklist.items),
            may_answer=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
            may_act=scope.allows(Right.MANAGE_ACTIONS, place.lineage),
        )


def _answers(session: Session, establishment_id: int, checklist: Checklist) -> dict[str, ChecklistAnswer]:
    query = select(ChecklistAnswer).where(
        ChecklistAnswer.establishment_id == establishment_id, ChecklistAnswer.checklist == checklist.id
    )
    return {row.item: row for row in session.scalars(query)}


def _actions(session: Session, establishment_id: int, checklist: Checklist) -> dict[str, list[LinkedAction]]:
    """The actions created from items, by item."""
    refs = {source_ref(checklist, item): item.id for item in checklist.items}
    query = (
        select(Action.id, Action.title, Action.source_ref, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(
            ActionSite.establishment_id == establishment_id,
            Action.source == ActionSource.QUESTION,
            Action.source_ref.in_(refs),
        )
        .order_by(Action.id)
    )
    found: dict[str, list[LinkedAction]] = defaultdict(list)
    for number, title, ref, state in session.execute(query):
        found[refs[ref]].append(LinkedAction(number, title, state))
    return found


def source_ref(checklist: Checklist, item: Item) -> str:
    """How an action names the item it comes from: `plan-blanc:cells`."""
    return f"{checklist.id}:{item.id}"


def _state(row: ChecklistAnswer | None) -> ItemState | None:
    return None if row is None else ItemState(row.state)


def _item(item: Item, row: ChecklistAnswer | None, actions: Sequence[LinkedAction], lang: str) -> ItemView:
    return ItemView(
        id=item.id,
        text=item.text.render(lang),
        why=item.why.render(lang),
        refs=tuple(ref.replace("care-d2:", "D2.") for ref in item.refs),
        state=_state(row),
        note="" if row is None else row.note,
        changed_at=None if row is None else row.changed_at,
        changed_by="" if row is None else row.changed_by,
        version=0 if row is None else row.version,
        actions=tuple(actions),
    )


def answer(
    platform: Platform, scope: Scope, establishment_id: int, item_id: str, state: ItemState, note: str, version: int
) -> None:
    """Answer an item seen at `version` (0 when it had no answer). Refused when somebody was quicker."""
    now, said = platform.clock.now(), lines_of(note)
    checklist, item = _known(platform, item_id)
    _check_note(state, said)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        row = session.get(ChecklistAnswer, (establishment_id, checklist.id, item.id), with_for_update=True)
        thing = Thing("checklist_item", f"{establishment_id}:{source_ref(checklist, item)}", establishment_id)
        check_version(platform, session, row, version, thing, FIELD_NAMES)
        if row is None:
            row = ChecklistAnswer(
                establishment_id=establishment_id, checklist=checklist.id, item=item.id, state="", version=0
            )
            session.add(row)
        changed = [name for name, value in (("state", state.value), ("note", said)) if getattr(row, name) != value]
        if not changed:
            return
        row.state, row.note, row.version = state.value, said, row.version + 1
        row.changed_at, row.changed_by = now, scope.actor
        detail: dict[str, Scalar] = {FIELDS: ",".join(changed), "version": row.version, "state": state.value}
        record(session, scope, "checklist.answered", thing, now, detail)


def _check_note(state: ItemState, said: str) -> None:
    if len(said) > LONGEST_NOTE:
        raise Invalid({"note": Text(f"{LONGEST_NOTE} caractères au plus.", f"{LONGEST_NOTE} characters at most.")})
    if state is ItemState.NOT_APPLICABLE and not said:
        raise Invalid({"note": SAY_WHY})


def act_on(platform: Platform, scope: Scope, establishment_id: int, item_id: str) -> int:
    """Create an action from an item, for who manages actions; returns its number."""
    checklist, item = _known(platform, item_id)
    title = item.text.render(scope.lang)
    draft = ActionDraft(
        title=short_title(title),
        description=item.why.render(scope.lang),
        source=ActionSource.QUESTION,
        source_ref=source_ref(checklist, item),
        severity=Severity.MEDIUM,
    )
    return create_action(platform, scope, [establishment_id], draft)


def _known(platform: Platform, item_id: str) -> tuple[Checklist, Item]:
    checklist = platform.kits.crisis.checklist
    found = next((item for item in checklist.items if item.id == item_id), None)
    if found is None:
        raise NotFound
    return checklist, found


def checklist_pdf(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The checklist with its answers, to print."""
    view = open_checklist(platform, scope, establishment_id)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        name, finess = place.name, place.finess
    sheet = CheckSheet(
        lang=cast("Lang", scope.lang),
        establishment=name,
        finess=finess,
        made_at=platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)),
        title=view.title,
        origin=view.origin,
        progress=progress_words(view.progress, scope.lang),
        parts=tuple(
            CheckPart(part.title, part.intro, tuple(_line(item, scope.lang) for item in part.items))
            for part in view.parts
        ),
    )
    try:
        return render_checklist(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _line(item: ItemView, lang: str) -> CheckLine:
    state = item.state.value if item.state else ""
    words = ITEM_STATES[item.state].render(lang) if item.state else ""
    return CheckLine(item.text, item.why, item.refs, state, words, item.note)


def progress_words(progress: Progress, lang: str) -> str:
    """The progress in one sentence."""
    done, left = progress.counts[ItemState.YES], progress.counts[None]
    asked = sum(progress.counts.values()) - progress.counts[ItemState.NOT_APPLICABLE]
    points, items = ("point" if done < 2 else "points"), ("item" if done == 1 else "items")
    fr = f"{done} {points} en place sur {asked} ({progress.share}\u00a0%) ; {left} sans réponse."
    en = f"{done} {items} in place out of {asked} ({progress.share}%); {left} without an answer."
    return Text(fr, en).render(lang)
