"""Reviews of the remote accesses: opened for every open access, decided by owners, reminded, closed with minutes.

An access without an owner, or whose owner has no address, is decided by who runs the review. Revoking closes nothing by
itself: the access has a finding and a deadline until somebody ended it in the register (ADR 0034). Reviews come back by
themselves, at the rhythm of the establishment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.access_links import LinkKind, ReviewVerdict
from care.domain.access_reviews import AHEAD, PATIENCE
from care.domain.mail import deliverable
from care.domain.node_names import folded
from care.services import notices
from care.services.access_links import letters
from care.services.access_links.by_link import Decision, write_decisions
from care.services.access_links.rhythm import standings
from care.services.access_links.rows import (
    MAX_ACCESSES,
    Made,
    add_link,
    answers_of,
    can_mail,
    handed,
    new_token,
    public_link,
)
from care.services.deadline_source import at_site
from care.services.errors import Invalid, NotFound, Refused
from care.services.in_charge import People
from care.services.library import today
from care.services.own_targets import wait_for_others
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.decided import to_carry_out
from care.services.remote_access.handing import open_accesses
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of
from care.services.work import Hold
from care.store.access_links import AccessAnswer, AccessLink, AccessReview
from care.store.registry import Establishment
from care.store.remote_access import RemoteAccess
from scanners.model import Scalar, Text

LONGEST = timedelta(days=365)
"""The farthest end of a review: it is yearly (ReCyF 10.A.6)."""
GRACE = timedelta(days=60)
"""Links of owners stay good that long after the end that was set, so that who is late still answers."""
AGAIN = timedelta(days=30)
"""A link that is sent again is good that long at least."""
MOST_NAMED = 10
"""Owners that a letter names; the page has them all."""
REMIND_BEFORE, REMIND_EVERY = 7, 7
"""Days before the end of the first reminder, then between two: our choice."""


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """A review to open."""

    title: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review as lists show it: how many accesses, decided, to close."""

    id: int
    title: str
    due_on: date
    opened_at: datetime
    closed_at: datetime | None
    total: int
    decided: int
    revoked: int
    late: bool


@dataclass(frozen=True, slots=True)
class DecidedAccess:
    """One access of a review. `ended`: its line of the register is closed since; `stands`: what was
    decided is the last word on it, and is still to be carried out."""

    answer_id: int
    access_id: int
    supplier: str
    equipment: str
    verdict: ReviewVerdict | None
    note: str
    decided_at: datetime | None
    decided_by: str
    ended: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class OwnerPart:
    """What one owner decides; `name` is "" for accesses without an owner."""

    link_id: int
    name: str
    email: str
    opened_at: datetime | None
    signed_by: str
    reminded_on: date | None
    accesses: tuple[DecidedAccess, ...]

    @property
    def left(self) -> int:
        """Accesses not decided yet."""
        return sum(one.verdict is None for one in self.accesses)


@dataclass(frozen=True, slots=True)
class Review:
    """A review with its parts, the late ones first."""

    line: ReviewLine
    opened_by: str
    closed_by: str
    evidence_id: int | None
    owners: tuple[OwnerPart, ...]
    may_manage: bool
    escalated_on: date | None

    @property
    def to_close(self) -> tuple[DecidedAccess, ...]:
        """Accesses revoked whose line is still open."""
        return self._standing(ReviewVerdict.REVOKED)

    @property
    def to_correct(self) -> tuple[DecidedAccess, ...]:
        """Accesses whose correction nobody made."""
        return self._standing(ReviewVerdict.CHANGED)

    def _standing(self, verdict: ReviewVerdict) -> tuple[DecidedAccess, ...]:
        accesses = (one for owner in self.owners for one in owner.accesses)
        return tuple(one for one in accesses if one.verdict is verdict and one.stands and not one.ended)


def list_reviews(platform: Platform, scope: Scope, establishment_id: int) -> tuple[ReviewLine, ...]:
    """The reviews of an establishment, newest first. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        query = select(AccessReview).where(AccessReview.establishment_id == establishment_id)
        rows = session.scalars(query.order_by(AccessReview.id.desc())).all()
        counts = _counts(session, [row.id for row in rows])
        return tuple(_line(row, counts[row.id], today(platform)) for row in rows)


def open_review(
    platform: Platform, scope: Scope, establishment_id: int, draft: ReviewDraft
) -> tuple[int, tuple[Made, ...]]:
    """Open a review of every open access; its number, and the links of owners, which are never shown again.

    Invalid by field; Refused when there is no access, or while another review is open.
    """
    title, due_on = _checked(draft, today(platform))
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        return _open(platform, session, scope, place, title, due_on)


def _open(
    platform: Platform, session: Session, scope: Scope, place: Establishment, title: str, due_on: date
) -> tuple[int, tuple[Made, ...]]:
    """Open a review and ask its owners, in this transaction."""
    now = platform.clock.now()
    accesses = _to_review(session, place.id)
    row = AccessReview(establishment_id=place.id, title=title, due_on=due_on, opened_at=now, opened_by=scope.actor)
    session.add(row)
    session.flush()
    made = [_ask_owner(platform, session, scope, row, place, owned) for owned in _by_owner(accesses).values()]
    detail: dict[str, Scalar] = {"title": title, "accesses": len(accesses), "owners": len(made)}
    record(session, scope, "access_review.opened", review_thing(row), now, detail)
    return row.id, tuple(one for one in made if one is not None)


def read_review(platform: Platform, scope: Scope, establishment_id: int, review_id: int) -> Review:
    """One review. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        return review_in(
            session, review_row(session, establishment_id, review_id), today(platform),
            may_manage=scope.allows(Right.MANAGE_TARGETS, place.lineage),
        )  # fmt: skip


def decide_here(
    platform: Platform, scope: Scope, establishment_id: int, review_id: int, decisions: Mapping[int, Decision]
) -> int:
    """Decide accesses in the place of their owners; how many changed. Invalid by field; Refused once closed."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = _open_row(session, establishment_id, review_id)
        answers = answers_of(session, [link.id for link in _links(session, row.id)])
        count = write_decisions(answers, decisions, {}, scope.name or scope.actor, now)
        record(session, scope, "access_review.decided", review_thing(row), now, {"accesses": count})
        return count


def renew_link(platform: Platform, scope: Scope, establishment_id: int, review_id: int, link_id: int) -> Made:
    """A new link for an owner, the former opens nothing any more. Refused once closed; NotFound."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = _open_row(session, establishment_id, review_id)
        link = next((one for one in _links(session, row.id) if one.id == link_id and one.name), None)
        if link is None:
            raise NotFound
        made = _again(platform, session, scope.lang, row, place, link)
        record(
            session,
            scope,
            "access_review.reminded",
            review_thing(row),
            now,
            {"owner": link.name, "mailed": made.mailed},
        )
        return made


def remind_owners(platform: Platform, hold: Hold) -> None:
    """The job of every day: reviews that come back, owners who are late, in one transaction with its end."""
    day = today(platform)
    with platform.database.write() as session:
        opened = open_due(platform, session, day)
        count = remind_due(platform, session, day)
        told = escalate_due(platform, session, day)
        hold.finish(
            session,
            Text(
                f"Revues ouvertes : {opened}. Responsables relancés : {count}. Revues signalées : {told}.",
                f"Reviews opened: {opened}. Owners reminded: {count}. Reviews told of: {told}.",
            ),
        )


def open_due(platform: Platform, session: Session, day: date) -> int:
    """Open the reviews whose day comes near, where the rhythm says so; how many. Twice the same day opens once."""
    zone = ZoneInfo(platform.settings.timezone)
    count = 0
    for standing in standings(session, zone, day).values():
        if standing.review_id is not None or not standing.rhythm.opens or standing.due_on - AHEAD > day:
            continue
        place = session.get_one(Establishment, standing.establishment_id)
        due_on = max(standing.due_on, day + AHEAD)
        _open(platform, session, machine_scope("CaRE"), place, f"Revue périodique – {due_on:%m/%Y}", due_on)
        count += 1
    return count


def remind_due(platform: Platform, session: Session, day: date) -> int:
    """Remind by mail the owners who have not decided everything, a week before the end, then every week; how many.

    Twice the same day reminds once.
    """
    count = 0
    soon = day + timedelta(days=REMIND_BEFORE)
    query = select(AccessReview).where(AccessReview.closed_at.is_(None), AccessReview.due_on <= soon)
    for row in session.scalars(query.order_by(AccessReview.id)).all():
        place = session.get_one(Establishment, row.establishment_id)
        left = _left(session, row.id)
        for link in _links(session, row.id, lock=True):
            if left.get(link.id) and can_mail(platform, link) and _due(link, day):
                _again(platform, session, "fr", row, place, link)
                link.reminded_on = day
                count += 1
    return count


def escalate_due(platform: Platform, session: Session, day: date) -> int:
    """Tell those in charge, once a review, that its owners do not answer, a week after its end; how many reviews.

    Without a relay nobody is told, and nothing is noted: the page and the deadlines tell all the same.
    """
    query = select(AccessReview).where(
        AccessReview.closed_at.is_(None), AccessReview.escalated_on.is_(None), AccessReview.due_on <= day - PATIENCE
    )
    rows = session.scalars(query.order_by(AccessReview.id).with_for_update()).all()
    people = People(session, platform.clock.now()) if rows else None
    count = 0
    for row in rows:
        left = _left(session, row.id)
        silent = [link for link in _links(session, row.id) if left.get(link.id)]
        if people is None or not silent or not _tell_of(platform, session, people, row, silent, left):
            continue
        row.escalated_on = day
        record(
            session,
            machine_scope("CaRE"),
            "access_review.escalated",
            review_thing(row),
            platform.clock.now(),
            {"owners": len(silent), "accesses": sum(left.values())},
        )
        count += 1
    return count


def _tell_of(
    platform: Platform,
    session: Session,
    people: People,
    row: AccessReview,
    silent: Sequence[AccessLink],
    left: Mapping[int, int],
) -> bool:
    """Write to those in charge which owners have not answered; whether anybody was told."""
    place = session.get_one(Establishment, row.establishment_id)
    told = [
        notices.tell(
            platform,
            session,
            account_id,
            "late_review",
            purpose_key=f"access_review:{row.id}:{account_id}",
            establishment_id=place.id,
            site=place.name,
            review=row.title,
            due=row.due_on,
            owners=[{"name": link.name, "count": left[link.id]} for link in silent[:MOST_NAMED]],
            more=max(0, len(silent) - MOST_NAMED),
            address=notices.address(platform, f"/establishments/{place.id}/access-reviews/{row.id}"),
        )
        for account_id in sorted(people.in_charge(session, at_site(place.id), Right.MANAGE_TARGETS))
    ]
    return any(one is not None for one in told)


def review_in(session: Session, row: AccessReview, day: date, *, may_manage: bool) -> Review:
    """A review as it stands in this transaction."""
    links = _links(session, row.id)
    answers: dict[int, list[AccessAnswer]] = defaultdict(list)
    for one in answers_of(session, [link.id for link in links]):
        answers[one.link_id].append(one)
    ids = [one.access_id for owned in answers.values() for one in owned]
    held = {one.id: one for one in session.scalars(select(RemoteAccess).where(RemoteAccess.id.in_(ids)))}
    last = {one.answer_id for one in to_carry_out(session, ids, UTC).values()}
    owners = tuple(
        OwnerPart(
            link.id, link.name, link.email, link.opened_at, link.signed_by, link.reminded_on,
            tuple(_decided(one, held[one.access_id], stands=one.id in last) for one in answers[link.id]),
        )
        for link in links
    )  # fmt: skip
    counts = _counts(session, [row.id])[row.id]
    ordered = tuple(sorted(owners, key=lambda one: (not one.left, one.name.casefold())))
    return Review(
        _line(row, counts, day), row.opened_by, row.closed_by, row.evidence_id, ordered, may_manage, row.escalated_on
    )


def _checked(draft: ReviewDraft, day: date) -> tuple[str, date]:
    title = line_of(draft.title)
    faults: dict[str, Text] = {}
    if not title or len(title) > MAX_LINE:
        faults["title"] = Text("Donnez un titre court à la revue.", "Give the review a short title.")
    if draft.due_on is None or not day <= draft.due_on <= day + LONGEST:
        faults["due_on"] = Text(
            "Choisissez une échéance dans l’année qui vient.", "Choose an end within a year from now."
        )
    if faults or draft.due_on is None:
        raise Invalid(faults)
    return title, draft.due_on


def _to_review(session: Session, establishment_id: int) -> Sequence[RemoteAccess]:
    wait_for_others(session, establishment_id)
    query = select(AccessReview.title).where(
        AccessReview.establishment_id == establishment_id, AccessReview.closed_at.is_(None)
    )
    going_on = session.scalar(query)
    if going_on is not None:
        raise Refused(
            Text(
                f"La revue « {going_on} » est encore ouverte : closez-la d’abord.",
                f"The review “{going_on}” is still open: close it first.",
            )
        )
    accesses = open_accesses(session, establishment_id)
    if not accesses:
        raise Refused(
            Text("Le registre n’a aucun accès ouvert à revoir.", "The register has no open access to review.")
        )
    return accesses


def _by_owner(accesses: Iterable[RemoteAccess]) -> dict[tuple[str, int], list[RemoteAccess]]:
    """Accesses by owner, in parts that one page can hold."""
    owned: dict[str, list[RemoteAccess]] = defaultdict(list)
    ordered = sorted(accesses, key=lambda one: (one.supplier, one.equipment, one.id))
    for one in ordered:  # two people may answer under one name, such as that of a department
        owned[f"{folded(one.owner)} {one.owner_email.casefold()}" if one.owner else ""].append(one)
    return {
        (name, start): rows[start : start + MAX_ACCESSES]
        for name, rows in sorted(owned.items())
        for start in range(0, len(rows), MAX_ACCESSES)
    }


def _ask_owner(
    platform: Platform,
    session: Session,
    scope: Scope,
    row: AccessReview,
    place: Establishment,
    owned: list[RemoteAccess],
) -> Made | None:
    """The part of one owner, with its link and letter; None when nobody owns these."""
    email = next((one.owner_email for one in owned if deliverable(one.owner_email)), "")
    link = AccessLink(
        establishment_id=row.establishment_id, kind=LinkKind.OWNER, review_id=row.id, name=owned[0].owner, email=email,
        created_at=row.opened_at, created_by=scope.actor, expires_at=_expiry(platform, row.due_on),
    )  # fmt: skip
    token = add_link(session, link, owned, scope.lang)
    if not link.name:
        return None
    url = public_link(platform, token)
    letter = letters.to_owner(scope.lang, place.name, row.title, link.name, len(owned), url, row.due_on)
    return handed(platform, session, link, token, letter)


def _again(
    platform: Platform, session: Session, lang: str, row: AccessReview, place: Establishment, link: AccessLink
) -> Made:
    token = new_token(link)
    link.expires_at = max(link.expires_at, platform.clock.now() + AGAIN)
    left = _left(session, row.id).get(link.id, 0)
    url = public_link(platform, token)
    return handed(
        platform, session, link, token, letters.reminder(lang, place.name, row.title, link.name, left, url, row.due_on)
    )


def _expiry(platform: Platform, due_on: date) -> datetime:
    end = datetime.combine(due_on + GRACE, datetime.min.time(), ZoneInfo(platform.settings.timezone))
    return end.astimezone(ZoneInfo("UTC"))


def _due(link: AccessLink, day: date) -> bool:
    return link.reminded_on is None or day - link.reminded_on >= timedelta(days=REMIND_EVERY)


def review_row(session: Session, establishment_id: int, review_id: int, *, lock: bool = False) -> AccessReview:
    """A review of an establishment; NotFound."""
    row = session.get(AccessReview, review_id, with_for_update=lock or None)
    if row is None or row.establishment_id != establishment_id:
        raise NotFound
    return row


def _open_row(session: Session, establishment_id: int, review_id: int) -> AccessReview:
    row = review_row(session, establishment_id, review_id, lock=True)
    if row.closed_at is not None:
        raise Refused(Text("Cette revue est close.", "This review is closed."))
    return row


def _links(session: Session, review_id: int, *, lock: bool = False) -> Sequence[AccessLink]:
    query = select(AccessLink).where(AccessLink.review_id == review_id).order_by(AccessLink.id)
    return session.scalars(query.with_for_update() if lock else query).all()


def _left(session: Session, review_id: int) -> dict[int, int]:
    """How many accesses each link still waits for."""
    query = (
        select(AccessAnswer.link_id, func.count())
        .join(AccessLink, AccessLink.id == AccessAnswer.link_id)
        .where(AccessLink.review_id == review_id, AccessAnswer.verdict.is_(None))
        .group_by(AccessAnswer.link_id)
    )
    return dict(session.execute(query).all())


def _counts(session: Session, review_ids: list[int]) -> dict[int, tuple[int, int, int]]:
    """Total, decided and revoked accesses of reviews."""
    query = (
        select(AccessLink.review_id, AccessAnswer.verdict, func.count())
        .join(AccessAnswer, AccessAnswer.link_id == AccessLink.id)
        .where(AccessLink.review_id.in_(review_ids))
        .group_by(AccessLink.review_id, AccessAnswer.verdict)
    )
    found: dict[int, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for review_id, verdict, count in session.execute(query):
        if review_id is not None:
            total, decided, revoked = found[review_id]
            decided += count if verdict is not None else 0
            revoked += count if verdict is ReviewVerdict.REVOKED else 0
            found[review_id] = total + count, decided, revoked
    return found


def _line(row: AccessReview, counts: tuple[int, int, int], day: date) -> ReviewLine:
    total, decided, revoked = counts
    late = row.closed_at is None and row.due_on < day
    return ReviewLine(row.id, row.title, row.due_on, row.opened_at, row.closed_at, total, decided, revoked, late)


def _decided(row: AccessAnswer, held: RemoteAccess, *, stands: bool) -> DecidedAccess:
    return DecidedAccess(
        row.id, row.access_id, row.shown["supplier"], row.shown["equipment"], row.verdict, row.note, row.decided_at,
        row.decided_by, held.ended_on is not None, stands,
    )  # fmt: skip


def review_thing(row: AccessReview) -> Thing:
    """A review as the trail names it."""
    return Thing("access_review", row.id, row.establishment_id)
