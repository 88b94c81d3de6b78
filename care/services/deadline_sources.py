"""Where deadlines come from: one function a kind, each one query, in `SOURCES`. A new subject adds its own there;
those of continuity, exercises and governance have their own module.

A source is given a `Wanted` and yields what is due by `until`, overdue things included, of one establishment or of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Right
from care.domain.actions import ActionState
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.evidence import FILED_BY_PEOPLE
from care.domain.findings import State, Verdict
from care.domain.schedule import Recurrence
from care.services import (
    answer_deadlines,
    application_deadlines,
    awareness_deadlines,
    continuity_deadlines,
    exercise_deadlines,
    incident_deadlines,
    regional_deadlines,
    register_deadlines,
    visit_deadlines,
)
from care.services.alerts import deadlines as alert_deadlines
from care.services.backups import deadlines as backup_deadlines
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.federation import deadlines as federation_deadlines
from care.services.governance import deadlines as governance_deadlines
from care.services.rule_texts import titles_of
from care.store.accounts import Account, AccountGrant
from care.store.actions import Action, ActionSite
from care.store.evidence import Evidence, StoredContent
from care.store.findings import FindingRow
from care.store.jobs import Schedule
from care.store.restraints import Exclusion
from care.store.runs import Run
from care.store.targets import Mandate, Target
from scanners.model import Text

AUDIT_GRACE = timedelta(days=1)
"""An audit that has not been recorded a day after its time is said to be late: our choice, twice the longest audit."""
_OPEN_ACTIONS = tuple(state for state in ActionState if not state.over)


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
        .where(*there(ActionSite.establishment_id, wanted))
    )
    for number, title, due_on, changed_at, owner, owner_id, site in session.execute(query):
        yield Deadline(
            kind=DeadlineKind.ACTION,
            identity=f"action:{number}",
            place=at_site(site),
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
    rows = session.execute(query.where(*there(FindingRow.establishment_id, wanted))).all()
    named = {(site, rule) for site, rule, *_ in rows}
    fr, en = titles_of(session, named, "fr"), titles_of(session, named, "en")
    for site, rule, verdict, end, count, since in rows:
        until = wanted.day(end or wanted.now)
        yield Deadline(
            kind=DeadlineKind.DECISION,
            identity=f"decision:{site}:{rule}:{verdict}:{until}",
            place=at_site(site),
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
    for row in session.scalars(query.where(*there(Evidence.establishment_id, wanted))):
        title = row.title or row.name
        yield Deadline(
            kind=DeadlineKind.EVIDENCE,
            identity=f"evidence:{row.id}",
            place=at_site(row.establishment_id),
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
    for row, verified_at in session.execute(query.where(*there(Evidence.establishment_id, wanted))):
        title = row.title or row.name
        yield Deadline(
            kind=DeadlineKind.BROKEN_EVIDENCE,
            identity=f"broken:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Fichier abîmé ou manquant : {title}", f"Damaged or missing file: {title}"),
            due_on=wanted.day(verified_at),
            changed_at=verified_at,
            address=f"/establishments/{row.establishment_id}/evidence/{row.id}",
            owner=row.owner,
            owner_account_id=row.owner_account_id,
            dated=False,
        )


def mandates(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Mandates that end while a target that is still audited stands on them, and exclusions from audits."""
    in_use = select(Target.mandate_id).where(Target.archived_at.is_(None), Target.mandate_id.is_not(None))
    query = select(Mandate).where(
        Mandate.valid_to <= wanted.until, Mandate.withdrawn_at.is_(None), Mandate.id.in_(in_use)
    )
    for row in session.scalars(query.where(*there(Mandate.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.MANDATE,
            identity=f"mandate:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Fin du mandat « {row.reference} »", f"End of the mandate “{row.reference}”"),
            due_on=row.valid_to,
            changed_at=row.created_at,
            address=f"/establishments/{row.establishment_id}/mandates",
        )
    yield from _exclusions(session, wanted)


def _exclusions(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Exclusions from audits that end: once they have, what they spared is looked at again by itself."""
    query = select(Exclusion).where(
        Exclusion.until <= wanted.until, Exclusion.until >= wanted.today, Exclusion.lifted_at.is_(None)
    )
    for row in session.scalars(query.where(*there(Exclusion.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.MANDATE,
            identity=f"exclusion:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(
                f"Fin de l’exclusion de « {row.what} » : les audits y regarderont de nouveau",
                f"End of the exclusion of “{row.what}”: audits will look there again",
            ),
            due_on=row.until,
            changed_at=row.created_at,
            address=f"/establishments/{row.establishment_id}/restraints",
        )


def grants(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Roles that end: told to who holds them and to who may extend them; one that has ended is no longer a matter."""
    query = (
        select(AccountGrant)
        .join(AccountGrant.account)
        .options(joinedload(AccountGrant.account))
        .where(Account.active, AccountGrant.expires_at > wanted.now, AccountGrant.expires_at <= wanted.until_instant)
    )
    for row in session.scalars(query.where(*there(AccountGrant.establishment_id, wanted))):
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
    for row, name, recorded_at in session.execute(query.where(*there(Schedule.establishment_id, wanted))):
        since = max(row.created_at, recorded_at) if recorded_at else row.created_at
        missed = Recurrence.of(row.cron).after(since, wanted.zone)
        if missed + AUDIT_GRACE < wanted.now:
            yield Deadline(
                kind=DeadlineKind.AUDIT,
                identity=f"audit:{row.target_id}",
                place=at_site(row.establishment_id),
                title=Text(f"Audit programmé non fait : {name}", f"Scheduled audit not done: {name}"),
                due_on=wanted.day(missed),
                changed_at=since,
                address=f"/establishments/{row.establishment_id}/targets/{row.target_id}",
            )


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
    *continuity_deadlines.SOURCES,
    *exercise_deadlines.SOURCES,
    *visit_deadlines.SOURCES,
    *answer_deadlines.SOURCES,
    *application_deadlines.SOURCES,
    *awareness_deadlines.SOURCES,
    *incident_deadlines.SOURCES,
    *governance_deadlines.SOURCES,
    *register_deadlines.SOURCES,
    *backup_deadlines.SOURCES,
    *regional_deadlines.SOURCES,
    *alert_deadlines.SOURCES,
    *federation_deadlines.SOURCES,
)
"""Every source of deadlines, in the order of a letter."""

FARTHEST = max(step for source in SOURCES for step in source.steps)
"""Days ahead that reminders look."""
