"""Where deadlines come from: one function a kind, each one query, in `SOURCES`. A new subject adds its own there.

A source is given a `Wanted` and yields what is due by `until`, overdue things included, of one establishment or of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Level, Place, Right
from care.domain.actions import ActionState
from care.domain.continuity import PlanState, SheetState, TestState
from care.domain.crisis import number_check
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.evidence import FILED_BY_PEOPLE
from care.domain.findings import State, Verdict
from care.domain.jobs import JobKind, JobState
from care.domain.paper_kits import next_check
from care.domain.schedule import Recurrence
from care.services.paper_kits import CheckLine, last_checks
from care.services.rule_texts import titles_of
from care.store.accounts import Account, AccountGrant
from care.store.actions import Action, ActionSite
from care.store.continuity import Activity, ContinuityTest, DegradedMode, PaperKit, Plan
from care.store.crisis import CrisisContact, CrisisPack
from care.store.evidence import Evidence, StoredContent
from care.store.findings import FindingRow
from care.store.jobs import Job, Schedule
from care.store.runs import Run
from care.store.targets import Mandate, Target
from scanners.model import Text

AUDIT_GRACE = timedelta(days=1)
"""An audit that has not been recorded a day after its time is said to be late: our choice, twice the longest audit."""
_OPEN_ACTIONS = tuple(state for state in ActionState if not state.over)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: deadlines up to `until` included, seen at `now`, on the clock of `zone`."""

    now: datetime
    until: date
    zone: tzinfo
    establishment_id: int | None = None

    @property
    def today(self) -> date:
        """The day it is in `zone`."""
        return self.now.astimezone(self.zone).date()

    @property
    def until_instant(self) -> datetime:
        """The end of the last day wanted (UTC)."""
        return datetime.combine(self.until, time.max, self.zone).astimezone(UTC)

    def day(self, moment: datetime) -> date:
        """The day of an instant, in `zone`."""
        return moment.astimezone(self.zone).date()


Gather = Callable[[Session, Wanted], Iterator[Deadline]]


@dataclass(frozen=True, slots=True)
class Source:
    """Deadlines of one kind: who sees them, who is told of those that nobody in particular owns, and when.

    `steps` are the days before the date on which a reminder is given; once late there is one, or one a week if
    `weekly`. With `tells_both` those in charge are told as well as the owner.
    """

    kind: DeadlineKind
    gather: Gather
    see: Right
    tell: Right
    steps: tuple[int, ...]
    weekly: bool = False
    tells_both: bool = False


def _site(establishment_id: int) -> Place:
    return Place(Level.ESTABLISHMENT, establishment_id)


def _there(column: Any, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a column
    return () if wanted.establishment_id is None else (column == wanted.establishment_id,)


def actions(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Actions that are not over, in each establishment where they are not."""
    query = (
        select(
            Action.id,
            Action.title,
            Action.due_on,
            Action.changed_at,
            Action.owner,
            Action.owner_account_id,
            ActionSite.establishment_id,
        )
        .join(ActionSite, ActionSite.action_id == Action.id)
        .where(ActionSite.state.in_(_OPEN_ACTIONS), Action.due_on <= wanted.until)
        .where(*_there(ActionSite.establishment_id, wanted))
    )
    for number, title, due_on, changed_at, owner, owner_id, site in session.execute(query):
        yield Deadline(
            kind=DeadlineKind.ACTION,
            identity=f"action:{number}",
            place=_site(site),
            title=Text(title, title),
            due_on=due_on,
            changed_at=changed_at,
            address=f"/establishments/{site}/actions/{number}",
            owner=owner,
            owner_account_id=owner_id,
        )


def decisions(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Accepted risks and postponements that end, those of one rule and one date together."""
    columns = (FindingRow.establishment_id, FindingRow.rule, FindingRow.decided_as, FindingRow.decided_until)
    query = (
        select(*columns, func.count(), func.min(FindingRow.first_seen_at).label("since"))
        .where(
            FindingRow.state.in_((State.ACCEPTED, State.POSTPONED)), FindingRow.decided_until <= wanted.until_instant
        )
        .group_by(*columns)
    )
    rows = session.execute(query.where(*_there(FindingRow.establishment_id, wanted))).all()
    named = {(site, rule) for site, rule, *_ in rows}
    fr, en = titles_of(session, named, "fr"), titles_of(session, named, "en")
    for site, rule, verdict, end, count, since in rows:
        until = wanted.day(end or wanted.now)
        yield Deadline(
            kind=DeadlineKind.DECISION,
            identity=f"decision:{site}:{rule}:{verdict}:{until}",
            place=_site(site),
            title=_decision(Text(fr[site, rule], en[site, rule]), verdict, count),
            due_on=until,
            changed_at=since,
            address=f"/establishments/{site}/findings?rule={rule}&state={verdict}",
        )


def _decision(title: Text, verdict: Verdict | None, count: int) -> Text:
    if verdict is Verdict.ACCEPTED:
        return Text(f"Fin du risque accepté : {title.fr} ({count})", f"Accepted risk ends: {title.en} ({count})")
    return Text(f"Fin du report : {title.fr} ({count})", f"Postponement ends: {title.en} ({count})")


def evidence(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Evidence filed by people whose effective period ends and that nothing has replaced."""
    query = select(Evidence).where(
        Evidence.effective_to <= wanted.until, Evidence.current, Evidence.kind.in_(FILED_BY_PEOPLE)
    )
    for row in session.scalars(query.where(*_there(Evidence.establishment_id, wanted))):
        title = row.title or row.name
        yield Deadline(
            kind=DeadlineKind.EVIDENCE,
            identity=f"evidence:{row.id}",
            place=_site(row.establishment_id),
            title=Text(f"Fin de validité de la preuve : {title}", f"Evidence no longer in effect: {title}"),
            due_on=row.effective_to or wanted.until,
            changed_at=row.changed_at or row.added_at,
            address=f"/establishments/{row.establishment_id}/evidence/{row.id}",
            owner=row.owner,
            owner_account_id=row.owner_account_id,
        )


def broken_evidence(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Evidence whose file no longer has its hash, or is missing, as the last check saw it: due at once.

    Archives of facts among it name machines: it is for who may see findings.
    """
    query = (
        select(Evidence, StoredContent.verified_at)
        .join(StoredContent, StoredContent.sha256 == Evidence.sha256)
        .where(StoredContent.sound.is_(False))
    )
    for row, verified_at in session.execute(query.where(*_there(Evidence.establishment_id, wanted))):
        title = row.title or row.name
        yield Deadline(
            kind=DeadlineKind.BROKEN_EVIDENCE,
            identity=f"broken:{row.id}",
            place=_site(row.establishment_id),
            title=Text(f"Fichier abîmé ou manquant : {title}", f"Damaged or missing file: {title}"),
            due_on=wanted.day(verified_at),
            changed_at=verified_at,
            address=f"/establishments/{row.establishment_id}/evidence/{row.id}",
            owner=row.owner,
            owner_account_id=row.owner_account_id,
            dated=False,
        )


def mandates(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Mandates that end while a target that is still audited stands on them."""
    in_use = select(Target.mandate_id).where(Target.archived_at.is_(None), Target.mandate_id.is_not(None))
    query = select(Mandate).where(
        Mandate.valid_to <= wanted.until, Mandate.withdrawn_at.is_(None), Mandate.id.in_(in_use)
    )
    for row in session.scalars(query.where(*_there(Mandate.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.MANDATE,
            identity=f"mandate:{row.id}",
            place=_site(row.establishment_id),
            title=Text(f"Fin du mandat « {row.reference} »", f"End of the mandate “{row.reference}”"),
            due_on=row.valid_to,
            changed_at=row.created_at,
            address=f"/establishments/{row.establishment_id}/mandates",
        )


def grants(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Roles that end: told to who holds them and to who may extend them; one that has ended is no longer a matter."""
    query = (
        select(AccountGrant)
        .join(AccountGrant.account)
        .options(joinedload(AccountGrant.account))
        .where(Account.active, AccountGrant.expires_at > wanted.now, AccountGrant.expires_at <= wanted.until_instant)
    )
    for row in session.scalars(query.where(*_there(AccountGrant.establishment_id, wanted))):
        end = wanted.day(row.expires_at or wanted.now)
        yield Deadline(
            kind=DeadlineKind.GRANT,
            identity=f"grant:{row.id}",
            place=row.grant.place,
            title=Text(f"Fin d’un rôle de {row.account.name}", f"A role of {row.account.name} ends"),
            due_on=end,
            changed_at=row.account.created_at,
            address=f"/accounts/{row.account_id}",
            owner=row.account.name,
            owner_account_id=row.account_id,
        )


def late_audits(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Audits that should have come back by themselves and have not been recorded since."""
    last = select(func.max(Run.recorded_at)).where(Run.target_id == Schedule.target_id).scalar_subquery()
    query = (
        select(Schedule, Target.name, last)
        .join(Target, Target.id == Schedule.target_id)
        .where(Schedule.enabled.is_(True), Target.archived_at.is_(None))
    )
    for row, name, recorded_at in session.execute(query.where(*_there(Schedule.establishment_id, wanted))):
        since = max(row.created_at, recorded_at) if recorded_at else row.created_at
        missed = Recurrence.of(row.cron).after(since, wanted.zone)
        if missed + AUDIT_GRACE < wanted.now:
            yield Deadline(
                kind=DeadlineKind.AUDIT,
                identity=f"audit:{row.target_id}",
                place=_site(row.establishment_id),
                title=Text(f"Audit programmé non fait : {name}", f"Scheduled audit not done: {name}"),
                due_on=wanted.day(missed),
                changed_at=since,
                address=f"/establishments/{row.establishment_id}/targets/{row.target_id}",
            )


def sheet_reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Degraded modes in force that are to be read again; the owner of the activity does it."""
    query = (
        select(DegradedMode, Activity)
        .join(Activity, Activity.id == DegradedMode.activity_id)
        .where(DegradedMode.state == SheetState.CURRENT, DegradedMode.review_on <= wanted.until)
        .where(Activity.ended_on.is_(None), *_there(Activity.establishment_id, wanted))
    )
    for sheet, activity in session.execute(query):
        yield Deadline(
            kind=DeadlineKind.SHEET_REVIEW,
            identity=f"sheet:{sheet.series}",
            place=_site(activity.establishment_id),
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
        .where(*_there(Activity.establishment_id, wanted))
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
                place=_site(activity.establishment_id),
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
    for row in session.scalars(query.where(*_there(CrisisContact.establishment_id, wanted))):
        due_on = number_check(row.checked_on, wanted.day(row.changed_at))
        if due_on <= wanted.until:
            due[row.establishment_id].append(due_on)
            changed[row.establishment_id] = max(row.changed_at, changed.get(row.establishment_id, row.changed_at))
    for site, days in due.items():
        count = len(days)
        yield Deadline(
            kind=DeadlineKind.CONTACTS,
            identity=f"contacts:{site}",
            place=_site(site),
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
    for row in session.scalars(query.where(*_there(CrisisPack.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.CRISIS_PACK,
            identity=f"crisis_pack:{row.establishment_id}",
            place=_site(row.establishment_id),
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
    found: Iterable[tuple[Job, datetime | None]] = session.execute(query.where(*_there(Job.establishment_id, wanted)))
    for row, made_at in found:
        site, at = row.establishment_id or 0, row.finished_at or row.submitted_at
        if made_at is None or made_at < at:
            yield Deadline(
                kind=DeadlineKind.CRISIS_PACK,
                identity=f"crisis_pack_failed:{site}",
                place=_site(site),
                title=Text("La mallette de crise n’a pas pu être faite", "The crisis pack could not be made"),
                due_on=wanted.day(at),
                changed_at=at,
                address=f"/establishments/{site}/crisis/packs",
                dated=False,
            )


def plan_reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Validated continuity plans that are to be revised."""
    query = select(Plan).where(Plan.state == PlanState.VALIDATED, Plan.review_on <= wanted.until)
    for row in session.scalars(query.where(*_there(Plan.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.PLAN_REVIEW,
            identity=f"plan:{row.series}",
            place=_site(row.establishment_id),
            title=Text(f"Réviser le plan « {row.title} »", f"Revise the plan “{row.title}”"),
            due_on=row.review_on or wanted.until,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/pcra/{row.id}",
        )


def tests(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Tests of continuity to come, and those whose day is over without a result."""
    query = select(ContinuityTest).where(
        ContinuityTest.state == TestState.PLANNED, ContinuityTest.planned_on <= wanted.until
    )
    for row in session.scalars(query.where(*_there(ContinuityTest.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.TEST,
            identity=f"test:{row.id}",
            place=_site(row.establishment_id),
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
    Source(DeadlineKind.ACTION, actions, Right.SEE_ACTIONS, Right.MANAGE_ACTIONS, (14, 7, 1), weekly=True),
    Source(DeadlineKind.DECISION, decisions, Right.SEE_FINDINGS, Right.DECIDE_FINDING, (14, 7, 1)),
    Source(DeadlineKind.AUDIT, late_audits, Right.SEE_FINDINGS, Right.RUN_AUDIT, (), weekly=True),
    Source(DeadlineKind.EVIDENCE, evidence, Right.SEE_EVIDENCE, Right.MANAGE_ACTIONS, (30, 7)),
    Source(
        DeadlineKind.BROKEN_EVIDENCE, broken_evidence, Right.SEE_FINDINGS, Right.MANAGE_ACTIONS, (), tells_both=True
    ),
    Source(DeadlineKind.MANDATE, mandates, Right.SEE_FINDINGS, Right.MANAGE_TARGETS, (30, 7)),
    Source(DeadlineKind.GRANT, grants, Right.MANAGE_ACCOUNTS, Right.MANAGE_ACCOUNTS, (30, 7), tells_both=True),
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
"""Every source of deadlines, in the order of a letter."""

FARTHEST = max(step for source in SOURCES for step in source.steps)
"""Days ahead that reminders look."""
