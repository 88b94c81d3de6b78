"""Continuity and recovery plans (PCRA) to write: begun, edited part by part, revised, archived. Nothing is deleted.

Versions of one plan share a series: at most one is validated, at most one is being written or validated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState
from care.domain.node_names import folded
from care.domain.plans import SectionKey
from care.services.errors import Invalid
from care.services.places import visible_establishment
from care.services.plan_rows import (
    PENDING,
    activity_ids,
    check_seen,
    check_state,
    locked_plan,
    next_number,
    note,
    series_of,
    touch,
)
from care.services.platform import Platform
from care.services.typed_texts import MAX_LINE, MAX_TEXT, length_faults, line_of, lines_of
from care.store.bulk import among
from care.store.continuity import Activity, Plan, PlanActivity
from scanners.model import Text

MAX_ACTIVITIES = 500
"""More activities than a hospital has: a bound, not a rule."""


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """What a plan is called and which activities (ids) it covers."""

    title: str
    activities: tuple[int, ...] = ()


def start_plan(platform: Platform, scope: Scope, establishment_id: int, draft: PlanDraft) -> int:
    """Begin a plan, as a draft, and return its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        title, covered = _checked(session, establishment_id, draft, 0)
        row = _new_row(establishment_id, 0, 1, title, {}, scope.actor, now)
        session.add(row)
        session.flush()
        row.series = row.id
        _cover(session, row.id, covered)
        note(session, scope, row, "started", now)
        return row.id


def save_outline(platform: Platform, scope: Scope, plan_id: int, draft: PlanDraft, seen: int) -> None:
    """Change the title and the activities of a draft seen at version `seen`."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.MANAGE_CONTINUITY)
        check_seen(platform, session, row, seen, ("title", "activities"))
        check_state(row, PlanState.DRAFT)
        before = activity_ids(session, row.id)
        title, covered = _checked(session, row.establishment_id, draft, row.series, before)
        changed = [
            name for name, same in (("title", title == row.title), ("activities", covered == before)) if not same
        ]
        if not changed:
            return
        row.title = title
        _cover(session, row.id, covered)
        touch(row, scope.actor, now)
        note(session, scope, row, "saved", now, ", ".join(changed))


def save_section(platform: Platform, scope: Scope, plan_id: int, key: SectionKey, text: str, seen: int) -> None:
    """Write one part of a draft. Refused when somebody wrote the same part since version `seen`; others may have
    moved on."""
    now, kept = platform.clock.now(), lines_of(text)
    if faults := length_faults({"text": (kept, MAX_TEXT)}):
        raise Invalid(faults)
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.MANAGE_CONTINUITY)
        check_seen(platform, session, row, seen, (key.value,))
        check_state(row, PlanState.DRAFT)
        if row.sections.get(key.value, "") == kept:
            return
        row.sections = {**row.sections, key.value: kept}
        touch(row, scope.actor, now)
        note(session, scope, row, "saved", now, key.value)


def revise_plan(platform: Platform, scope: Scope, plan_id: int) -> int:
    """Begin the next version of a plan from the one shown; the one being written or validated if there is."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.MANAGE_CONTINUITY)
        versions = series_of(session, row.series)
        pending = next((one for one in versions if one.state in PENDING), None)
        if pending is not None:
            return pending.id
        _check_title(session, row.establishment_id, row.title, row.series)
        number = next_number(session, row.series)
        draft = _new_row(row.establishment_id, row.series, number, row.title, row.sections, scope.actor, now)
        session.add(draft)
        session.flush()
        _cover(session, draft.id, _still_used(session, activity_ids(session, row.id)))
        note(session, scope, draft, "revised", now, replaces=row.number)
        return draft.id


def archive_plan(platform: Platform, scope: Scope, plan_id: int, seen: int) -> None:
    """Take a validated plan out of force with nothing in its place, or give up a draft: both stay readable."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row, _place = locked_plan(session, scope, plan_id, Right.MANAGE_CONTINUITY)
        check_seen(platform, session, row, seen)
        check_state(row, PlanState.DRAFT, PlanState.VALIDATED)
        given_up = row.state is PlanState.DRAFT
        row.state = PlanState.ARCHIVED
        touch(row, scope.actor, now)
        note(session, scope, row, "given_up" if given_up else "archived", now, "state")


def _checked(
    session: Session, establishment_id: int, draft: PlanDraft, series: int, already: Collection[int] = ()
) -> tuple[str, list[int]]:
    """The title and the activities of a draft, cleaned; Invalid with all that is wrong."""
    title, covered = line_of(draft.title), sorted(set(draft.activities))
    faults = length_faults({"title": (title, MAX_LINE)})
    if not title:
        faults["title"] = Text("Donnez un titre au plan.", "Give the plan a title.")
    if not _known(session, establishment_id, covered, already):
        faults["activities"] = Text("Choisissez des activités de la liste.", "Choose activities of the list.")
    if faults:
        raise Invalid(faults)
    _check_title(session, establishment_id, title, series)
    return title, covered


def _known(session: Session, establishment_id: int, covered: list[int], already: Collection[int]) -> bool:
    """Whether all are activities of the establishment, in use or covered already."""
    if len(covered) > MAX_ACTIVITIES:
        return False
    rows = session.execute(
        select(Activity.id, Activity.ended_on).where(
            Activity.establishment_id == establishment_id, among(session, Activity.id, covered)
        )
    )
    found = {number for number, ended_on in rows if ended_on is None or number in already}
    return found == set(covered)


def _check_title(session: Session, establishment_id: int, title: str, series: int) -> None:
    """Two living plans never share a name: people ask for a plan by its name."""
    rows = session.scalars(
        select(Plan)
        .where(Plan.establishment_id == establishment_id, Plan.series != series, Plan.state != PlanState.ARCHIVED)
        .order_by(Plan.id)
    )
    other = next((row for row in rows if folded(row.title) == folded(title)), None)
    if other is not None:
        raise Invalid(
            {
                "title": Text(
                    f"« {other.title} » existe déjà (version {other.number}) : ouvrez ce plan, ou donnez un titre qui "
                    "distingue les deux.",
                    f"“{other.title}” already exists (version {other.number}): open that plan, or give a title that "
                    "tells them apart.",
                )
            }
        )


def _still_used(session: Session, covered: list[int]) -> list[int]:
    rows = session.scalars(select(Activity.id).where(among(session, Activity.id, covered), Activity.ended_on.is_(None)))
    return sorted(rows)


def _cover(session: Session, plan_id: int, covered: Collection[int]) -> None:
    session.execute(delete(PlanActivity).where(PlanActivity.plan_id == plan_id))
    session.add_all(PlanActivity(plan_id=plan_id, activity_id=number) for number in covered)
    session.flush()


def _new_row(
    establishment_id: int, series: int, number: int, title: str, sections: Mapping[str, str], actor: str, now: datetime
) -> Plan:
    return Plan(
        establishment_id=establishment_id,
        series=series,
        number=number,
        state=PlanState.DRAFT,
        title=title,
        sections=dict(sections),
        created_at=now,
        created_by=actor,
        changed_at=now,
        changed_by=actor,
        version=1,
    )
