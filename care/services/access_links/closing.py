"""A review closed: what was decided goes into the register, its minutes are filed as evidence."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_links import REVIEW_VERDICTS, ReviewVerdict
from care.domain.access_reviews import carried_out_by
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.services import evidence
from care.services.access_links.reviews import (
    DecidedAccess,
    Review,
    read_review,
    review_in,
    review_row,
    review_thing,
)
from care.services.action_writing import ActionDraft, Chosen, add_action, short_title
from care.services.audit_report import DocumentError
from care.services.errors import Refused
from care.services.evidence_details import Details
from care.services.evidence_files import Upload
from care.services.frameworks.marks import mark_establishment
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.store.remote_access import RemoteAccess
from reports.access_review import PrintedDecision, PrintedOwner, ReviewMinutes, render_review_minutes
from reports.errors import ReportError
from scanners.model import Scalar, Severity, Text

YEARLY_REVIEW = ThingRef(ThingKind.REQUIREMENT, "care-rules:TLM-26")
"""What the minutes of a review prove."""


def close_review(platform: Platform, scope: Scope, establishment_id: int, review_id: int) -> int:
    """Close a review: what was confirmed is reviewed in the register, its minutes are filed, what is to be closed or
    corrected makes an action; the number of the minutes.

    Refused when nobody decided anything, when it is closed already, or when somebody decided in the meantime.
    NotFound, Forbidden, Invalid, DocumentError.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        name = place.name
    shown = read_review(platform, scope, establishment_id, review_id)
    _check(shown)
    content = _minutes(platform, scope, name, shown, now)
    prepared = evidence.prepare(platform, establishment_id, _details(scope, shown, today(platform)), content)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        visible_establishment(session, scope, establishment_id, Right.ADD_EVIDENCE)
        filed = evidence.file_prepared(session, prepared, [YEARLY_REVIEW], now, scope.actor)
        row = review_row(session, establishment_id, review_id, lock=True)
        if review_in(session, row, today(platform), may_manage=True) != shown:
            raise Refused(
                Text(
                    "Quelqu’un a répondu entre-temps : relisez la revue, puis recommencez.",
                    "Somebody answered in the meantime: read the review again, then start over.",
                )
            )
        _reviewed(session, scope, shown, ZoneInfo(platform.settings.timezone), now)
        row.closed_at, row.closed_by, row.evidence_id = now, scope.actor, filed.id
        mark_establishment(session, establishment_id, now)
        evidence.tell_filed(session, scope, filed, now)
        detail: dict[str, Scalar] = {"title": row.title, "decided": shown.line.decided, "revoked": shown.line.revoked}
        record(session, scope, "access_review.closed", review_thing(row), now, detail)
        _act(platform, session, scope, establishment_id, shown)
        return filed.id


def _act(platform: Platform, session: Session, scope: Scope, establishment_id: int, shown: Review) -> None:
    """One action for what is to be closed, one for what is to be corrected, due with the first of these accesses."""
    for ordered, standing in ((_CLOSING, shown.to_close), (_CORRECTING, shown.to_correct)):
        if not standing:
            continue
        zone, day = ZoneInfo(platform.settings.timezone), today(platform)
        decided = min(one.decided_at for one in standing if one.decided_at is not None).astimezone(zone).date()
        due_on = carried_out_by(ordered.verdict, decided)
        lines = [_line(one) for one in standing]
        draft = ActionDraft(
            title=short_title(f"{ordered.title.render(scope.lang)} – {shown.line.title}"),
            description=shortened(lines, scope.lang),
            source_ref=f"access_review:{shown.line.id}",
            severity=ordered.severity,
            due_on=max(due_on, day) if due_on else None,
        )
        add_action(platform, session, scope, [establishment_id], draft, Chosen(rule=ordered.rule))


def _line(one: DecidedAccess) -> str:
    """An access and the remark of its owner, which came by a link: on one line."""
    said = " ".join(one.note.split())
    return f"- {one.supplier} – {one.equipment}" + (f" : {said}" if said else "")


def shortened(lines: Sequence[str], lang: str) -> str:
    """Lines of a description: those that find room, and how many more there are."""
    kept: list[str] = []
    room = MOST_SIGNS
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            more = len(lines) - len(kept)
            return "\n".join([*kept, Text(f"- et {more} autres", f"- and {more} more").render(lang)])
        kept.append(line)
    return "\n".join(kept)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """What is done about a decision: the rule that follows it, and the action that is made of it."""

    verdict: ReviewVerdict
    rule: str
    severity: Severity
    title: Text


_CLOSING = _Ordered(
    ReviewVerdict.REVOKED,
    "remote_access.register_to_close",
    Severity.HIGH,
    Text("Fermer les accès distants qui ne servent plus", "Close the remote accesses that are no longer needed"),
)
_CORRECTING = _Ordered(
    ReviewVerdict.CHANGED,
    "remote_access.register_to_correct",
    Severity.MEDIUM,
    Text("Corriger des accès distants", "Correct remote accesses"),
)
MOST_SIGNS = 9_000
"""Of the description of an action: its bound less what ends it."""


def _check(shown: Review) -> None:
    if shown.line.closed_at is not None:
        raise Refused(Text("Cette revue est close.", "This review is closed."))
    if not shown.line.decided:
        raise Refused(
            Text(
                "Personne n’a encore rien décidé : il n’y a rien à clore.",
                "Nobody decided anything yet: there is nothing to close.",
            )
        )


def _reviewed(session: Session, scope: Scope, shown: Review, zone: ZoneInfo, now: datetime) -> None:
    """The register says when an access was reviewed: the day of its owner's decision. What is to be closed stays open
    there until somebody closed it."""
    for owner in shown.owners:
        for one in owner.accesses:
            if one.decided_at is None or one.verdict is ReviewVerdict.REVOKED:
                continue
            access = session.get_one(RemoteAccess, one.access_id, with_for_update=True)
            day = one.decided_at.astimezone(zone).date()
            if access.reviewed_on is None or access.reviewed_on < day:
                access.reviewed_on = day
                access.version, access.changed_at, access.changed_by = access.version + 1, now, scope.actor


def _details(scope: Scope, shown: Review, day: date) -> Details:
    title = Text(f"Revue des accès à distance : {shown.line.title}", f"Review of remote accesses: {shown.line.title}")
    return Details(EvidenceKind.MINUTES, title.render(scope.lang)[: evidence.MAX_TITLE], effective_from=day)


def _minutes(platform: Platform, scope: Scope, place: str, shown: Review, now: datetime) -> Upload:
    zone = ZoneInfo(platform.settings.timezone)
    minutes = ReviewMinutes(
        lang="en" if scope.lang == "en" else "fr",
        issued_at=now.astimezone(zone),
        place=place,
        title=shown.line.title,
        opened_at=shown.line.opened_at.astimezone(zone),
        opened_by=shown.opened_by,
        due_on=shown.line.due_on,
        closed_by=scope.name or scope.actor,
        owners=tuple(
            PrintedOwner(one.name, one.signed_by, tuple(_printed(access, scope, zone) for access in one.accesses))
            for one in shown.owners
        ),
    )
    try:
        content = render_review_minutes(minutes)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    return Upload(f"revue-acces-{shown.line.id}.pdf", io.BytesIO(content))


def _printed(one: DecidedAccess, scope: Scope, zone: ZoneInfo) -> PrintedDecision:
    return PrintedDecision(
        one.supplier,
        one.equipment,
        REVIEW_VERDICTS[one.verdict].render(scope.lang) if one.verdict else "",
        one.verdict is ReviewVerdict.REVOKED and not one.ended,
        one.note,
        one.decided_by,
        one.decided_at.astimezone(zone) if one.decided_at else None,
    )
