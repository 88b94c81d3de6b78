"""The deadlines of continuity: what is to be read again, checked, decided, made or tried, and until when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.bia_content import decision_due, review_due
from care.domain.continuity import PlanState, SheetState, TestState
from care.domain.crisis import number_check
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.jobs import JobKind, JobState
from care.domain.paper_kits import next_check
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.paper_kits import CheckLine, last_checks
from care.store.continuity import Activity, Bia, ContinuityTest, DegradedMode, PaperKit, Plan
from care.store.crisis import CrisisContact, CrisisPack
from care.store.exercises import Exercise
from care.store.jobs import Job
from scanners.model import Text


def bia_decisions(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Impact analyses that their owner proposed, for who puts them into force: nobody in particular."""
    query = (
        select(Bia, Activity)
        .join(Activity, Activity.id == Bia.activity_id)
        .where(Bia.state == SheetState.DRAFT, Bia.proposed_at.is_not(None))
        .where(Activity.ended_on.is_(None), *there(Activity.establishment_id, wanted))
    )
    for row, activity in session.execute(query):
        due_on = decision_due(wanted.day(row.proposed_at or row.changed_at))
        if due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.BIA_DECISION,
                identity=f"bia_decision:{row.id}",
                place=at_site(activity.establishment_id),
                title=Text(
                    f"Bilan d’impact proposé, à lire et à mettre en vigueur : « {activity.name} »",
                    f"Proposed impact analysis, to read and put into force: “{activity.name}”",
                ),
                due_on=due_on,
                changed_at=row.changed_at,
                address=f"/establishments/{activity.establishment_id}/bia/{row.id}",
            )


def bia_reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Impact analyses in force that are to be gone through again, unless the next one already waits for a decision."""
    proposed = select(Bia.activity_id).where(Bia.state == SheetState.DRAFT, Bia.proposed_at.is_not(None))
    query = (
        select(Bia, Activity)
        .join(Activity, Activity.id == Bia.activity_id)
        .where(Bia.state == SheetState.CURRENT, Bia.activity_id.not_in(proposed))
        .where(Activity.ended_on.is_(None), *there(Activity.establishment_id, wanted))
    )
    for row, activity in session.execute(query):
        due_on = review_due(wanted.day(row.validated_at or row.changed_at))
        if due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.BIA_REVIEW,
                identity=f"bia_review:{activity.id}",
                place=at_site(activity.establishment_id),
                title=Text(
                    f"Reprendre le bilan d’impact de « {activity.name} »",
                    f"Go through the impact analysis of “{activity.name}” again",
                ),
                due_on=due_on,
                changed_at=row.changed_at,
                address=f"/establishments/{activity.establishment_id}/bia/activities/{activity.id}",
                owner=activity.owner,
                owner_account_id=activity.owner_account_id,
            )


def sheet_reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Degraded modes in force that are to be read again; the owner of the activity does it."""
    query = (
        select(DegradedMode, Activity)
        .join(Activity, Activity.id == DegradedMode.activity_id)
        .where(DegradedMode.state == SheetState.CURRENT, DegradedMode.review_on <= wanted.until)
        .where(Activity.ended_on.is_(None), *there(Activity.establishment_id, wanted))
    )
    for sheet, activity in session.execute(query):
        yield Deadline(
            kind=DeadlineKind.SHEET_REVIEW,
            identity=f"sheet:{sheet.series}",
            place=at_site(activity.establishment_id),
            title=Text(
                f"Relire le mode dégradé « {sheet.title} »",
                f"Read the degraded mode “{sheet.title}” again",
            ),
            due_on=sheet.review_on or wanted.until,
            changed_at=sheet.changed_at,
            address=f"/establishments/{activity.establishment_id}/degraded/{sheet.id}",
            owner=sheet.owner or activity.owner,
            owner_account_id=activity.owner_account_id,
        )


def kit_checks(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Paper kits to be checked, and those found incomplete, due until somebody finds them complete."""
    query = (
        select(PaperKit, Activity)
        .join(Activity, Activity.id == PaperKit.activity_id)
        .where(PaperKit.retired_on.is_(None), Activity.ended_on.is_(None))
        .where(*there(Activity.establishment_id, wanted))
    )
    rows = session.execute(query).all()
    last = last_checks(session, [kit.id for kit, _activity in rows])
    for kit, activity in rows:
        check = last.get(kit.id)
        due_on = next_check(
            wanted.day(kit.created_at),
            kit.check_every_days,
            check.checked_on if check else None,
            complete=check is not None and check.complete,
        )
        if due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.KIT_CHECK,
                identity=f"kit:{kit.id}",
                place=at_site(activity.establishment_id),
                title=_kit_title(kit, check),
                due_on=due_on,
                changed_at=max(kit.changed_at, check.recorded_at) if check else kit.changed_at,
                address=f"/establishments/{activity.establishment_id}/degraded/kits/{kit.id}",
                owner=kit.owner,
                owner_account_id=activity.owner_account_id,
            )


def _kit_title(kit: PaperKit, check: CheckLine | None) -> Text:
    named_fr, named_en = f"« {kit.name} » ({kit.place})", f"“{kit.name}” ({kit.place})"
    if check is not None and not check.complete:
        return Text(f"Compléter le kit papier {named_fr}", f"Complete the paper kit {named_en}")
    return Text(f"Vérifier le kit papier {named_fr}", f"Check the paper kit {named_en}")


def crisis_contacts(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Directories of crisis with numbers that nobody tried lately: one deadline each, on the first that falls due."""
    query = select(CrisisContact).where(or_(CrisisContact.phone != "", CrisisContact.fallback != ""))
    due: dict[int, list[date]] = defaultdict(list)
    changed: dict[int, datetime] = {}
    for row in session.scalars(query.where(*there(CrisisContact.establishment_id, wanted))):
        due_on = number_check(row.checked_on, wanted.day(row.changed_at))
        if due_on <= wanted.until:
            due[row.establishment_id].append(due_on)
            changed[row.establishment_id] = max(row.changed_at, changed.get(row.establishment_id, row.changed_at))
    for site, days in due.items():
        count = len(days)
        yield Deadline(
            kind=DeadlineKind.CONTACTS,
            identity=f"contacts:{site}",
            place=at_site(site),
            title=Text(
                f"Appeler pour vérifier l’annuaire de crise ({count} contact{'s' if count > 1 else ''})",
                f"Call to check the crisis directory ({count} contact{'s' if count > 1 else ''})",
            ),
            due_on=min(days),
            changed_at=changed[site],
            address=f"/establishments/{site}/crisis/contacts",
        )


def crisis_packs(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """The latest pack of each establishment that goes out of date: a newer one should have been made."""
    latest = select(func.max(CrisisPack.id)).group_by(CrisisPack.establishment_id)
    query = select(CrisisPack).where(CrisisPack.id.in_(latest), CrisisPack.expires_on <= wanted.until)
    for row in session.scalars(query.where(*there(CrisisPack.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.CRISIS_PACK,
            identity=f"crisis_pack:{row.establishment_id}",
            place=at_site(row.establishment_id),
            title=Text("Fin de validité de la mallette de crise", "The crisis pack goes out of date"),
            due_on=row.expires_on,
            changed_at=row.made_at,
            address=f"/establishments/{row.establishment_id}/crisis/packs",
        )
    yield from _failed_packs(session, wanted)


def _failed_packs(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Packs that could not be made, as long as none was made since."""
    last = select(func.max(Job.id)).where(Job.kind == JobKind.CRISIS_PACK).group_by(Job.establishment_id)
    since = (
        select(func.max(CrisisPack.made_at))
        .where(CrisisPack.establishment_id == Job.establishment_id)
        .correlate(Job)
        .scalar_subquery()
    )
    query = select(Job, since).where(Job.id.in_(last), Job.state == JobState.FAILED)
    found: Iterable[tuple[Job, datetime | None]] = session.execute(query.where(*there(Job.establishment_id, wanted)))
    for row, made_at in found:
        site, at = row.establishment_id or 0, row.finished_at or row.submitted_at
        if made_at is None or made_at < at:
            yield Deadline(
                kind=DeadlineKind.CRISIS_PACK,
                identity=f"crisis_pack_failed:{site}",
                place=at_site(site),
                title=Text("La mallette de crise n’a pas pu être faite", "The crisis pack could not be made"),
                due_on=wanted.day(at),
                changed_at=at,
                address=f"/establishments/{site}/crisis/packs",
                dated=False,
            )


def plan_reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Validated continuity plans that are to be revised."""
    query = select(Plan).where(Plan.state == PlanState.VALIDATED, Plan.review_on <= wanted.until)
    for row in session.scalars(query.where(*there(Plan.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.PLAN_REVIEW,
            identity=f"plan:{row.series}",
            place=at_site(row.establishment_id),
            title=Text(f"Réviser le plan « {row.title} »", f"Revise the plan “{row.title}”"),
            due_on=row.review_on or wanted.until,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/pcra/{row.id}",
        )


def tests(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Tests of continuity to come, and those whose day is over without a result; not those whose exercise was played:
    their result comes of the debrief, which is a deadline of its own."""
    played = select(Exercise.test_id).where(Exercise.ended_at.is_not(None))
    query = select(ContinuityTest).where(
        ContinuityTest.state == TestState.PLANNED,
        ContinuityTest.planned_on <= wanted.until,
        ContinuityTest.id.not_in(played),
    )
    for row in session.scalars(query.where(*there(ContinuityTest.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.TEST,
            identity=f"test:{row.id}",
            place=at_site(row.establishment_id),
            title=_test_title(row.title, over=row.planned_on < wanted.today),
            due_on=row.planned_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/tests/{row.id}",
            owner=row.leader,
        )


def _test_title(title: str, *, over: bool) -> Text:
    if over:
        return Text(f"Résultat à enregistrer : essai « {title} »", f"Result to record: test “{title}”")
    return Text(f"Essai prévu : « {title} »", f"Planned test: “{title}”")


SOURCES: tuple[Source, ...] = (
    Source(
        DeadlineKind.BIA_DECISION, bia_decisions, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (14, 7, 1), weekly=True
    ),
    Source(DeadlineKind.BIA_REVIEW, bia_reviews, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (30, 7), weekly=True),
    Source(
        DeadlineKind.SHEET_REVIEW, sheet_reviews, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (30, 7), weekly=True
    ),
    Source(DeadlineKind.KIT_CHECK, kit_checks, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (7, 1), weekly=True),
    Source(
        DeadlineKind.PLAN_REVIEW, plan_reviews, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (60, 30, 7), weekly=True
    ),
    Source(DeadlineKind.CONTACTS, crisis_contacts, Right.SEE_CONTACTS, Right.MANAGE_CONTINUITY, (7,), weekly=True),
    Source(DeadlineKind.CRISIS_PACK, crisis_packs, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (7, 1), weekly=True),
    Source(DeadlineKind.TEST, tests, Right.SEE_CONTINUITY, Right.MANAGE_CONTINUITY, (30, 7), weekly=True),
)
"""The sources of continuity, in the order of a letter."""
