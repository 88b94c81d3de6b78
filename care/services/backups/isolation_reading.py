"""Isolation drills as people read them, and their gaps made actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Lineage, Right, Scope
from care.domain.actions import ActionSource
from care.services.action_query import today
from care.services.action_writing import ActionDraft, add_action, short_title
from care.services.backups.isolation import ISOLATIONS, IsolationDraft, due_on, last_of
from care.services.continuity_test_gaps import GapAction, GapLine, gap_lines, with_actions
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import row_to_change, rows_of, visible_row
from care.store.actions import Action, ActionSite
from care.store.backups import IsolationDrill
from scanners.model import Severity, Text

_PREFIX = "isolation"


@dataclass(frozen=True, slots=True)
class IsolationLine:
    """One drill of the list; `gaps` counts them. `ended_on`: withdrawn as a mistake."""

    id: int
    draft: IsolationDraft
    gaps: int
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class IsolationList:
    """The drills of an establishment, the last first. `due` is when the next one is due, None before the first;
    `late` that this day is over, `failed` that the last one did not cut backups off."""

    lines: tuple[IsolationLine, ...]
    withdrawn: tuple[IsolationLine, ...]
    due: date | None
    late: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class IsolationView:
    """One drill, its gaps each with its action; `other_actions` mend gaps whose words changed since."""

    id: int
    establishment_id: int
    draft: IsolationDraft
    gaps: tuple[GapLine, ...]
    other_actions: tuple[GapAction, ...]
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class IsolationRef:
    """The drill an action comes from."""

    id: int
    establishment_id: int
    held_on: date


def origin_isolation(platform: Platform, scope: Scope, source: ActionSource, source_ref: str) -> IsolationRef | None:
    """The drill that an action comes from; None when it comes from something else, or is not the reader's to see."""
    parts = source_ref.split(":")
    if source is not ActionSource.OTHER or len(parts) != 3 or parts[0] != _PREFIX or not parts[1].isdecimal():
        return None
    with platform.database.read() as session:
        try:
            row = visible_row(session, scope, IsolationDrill, int(parts[1]), see=Right.SEE_FINDINGS)
        except NotFound:
            return None
        return IsolationRef(row.id, row.establishment_id, row.held_on)


def list_isolations(platform: Platform, scope: Scope, establishment_id: int) -> IsolationList:
    """The drills of an establishment. NotFound, Forbidden."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = sorted(rows_of(session, IsolationDrill, place.id), key=lambda row: (row.held_on, row.id), reverse=True)
    last = last_of(rows)
    due = due_on(last) if last else None
    return IsolationList(
        tuple(_line(row) for row in rows if row.ended_on is None),
        tuple(_line(row) for row in rows if row.ended_on is not None),
        due,
        due is not None and due < day,
        last is not None and not last.isolated,
    )


def open_isolation(platform: Platform, scope: Scope, number: int) -> IsolationView:
    """One drill; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, IsolationDrill, number, see=Right.SEE_FINDINGS)
        place = visible_establishment(session, scope, row.establishment_id, Right.SEE_FINDINGS)
        actions = _actions(session, scope, row, place.lineage)
        gaps = with_actions(gap_lines(row.gaps), actions)
        keys = {gap.key for gap in gaps}
        return IsolationView(
            row.id,
            row.establishment_id,
            ISOLATIONS.draft_of(row),
            gaps,
            tuple(one for one in actions if one.gap not in keys),
            row.ended_on,
            row.changed_at,
            row.changed_by,
            row.version,
        )


def act_on_gap(platform: Platform, scope: Scope, number: int, key: str) -> int:
    """The action that mends a gap, created unless there is one already; its number.

    Refused when the drill has no such gap (anymore); Forbidden for who does not manage actions there.
    """
    with platform.database.write() as session:
        row = row_to_change(session, scope, IsolationDrill, number, see=Right.SEE_FINDINGS, manage=Right.MANAGE_ACTIONS)
        gap = next((one for one in gap_lines(row.gaps) if one.key == key), None)
        if gap is None:
            raise Refused(_GONE)
        ref = f"{_PREFIX}:{row.id}:{key}"
        known = session.scalar(select(Action.id).where(Action.source == ActionSource.OTHER, Action.source_ref == ref))
        if known is not None:
            return known
        draft = ActionDraft(
            title=short_title(gap.words),
            description=gap.words,
            source=ActionSource.OTHER,
            source_ref=ref,
            severity=Severity.MEDIUM,
        )
        return add_action(platform, session, scope, [row.establishment_id], draft)


_GONE = Text(
    "Cet écart n’est plus sur la fiche : elle vient d’être corrigée. Rechargez la page.",
    "This gap is no longer on the sheet: it has just been corrected. Reload the page.",
)


def _actions(session: Session, scope: Scope, row: IsolationDrill, where: Lineage) -> tuple[GapAction, ...]:
    """The actions born of a drill, for who sees actions there; none otherwise."""
    if not scope.allows(Right.SEE_ACTIONS, where):
        return ()
    rows = session.execute(
        select(Action, ActionSite.state)
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(
            Action.source == ActionSource.OTHER,
            Action.source_ref.startswith(f"{_PREFIX}:{row.id}:"),
            ActionSite.establishment_id == row.establishment_id,
        )
        .order_by(Action.id)
    )
    return tuple(
        GapAction(one.id, one.title, state, one.due_on, one.owner, one.source_ref.rpartition(":")[2])
        for one, state in rows
    )


def _line(row: IsolationDrill) -> IsolationLine:
    return IsolationLine(row.id, ISOLATIONS.draft_of(row), len(gap_lines(row.gaps)), row.ended_on)
