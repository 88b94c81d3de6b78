"""Reminders: once a day, what is due is gathered, shared out among people, and told to each of them once.

Who is told: the person who owns the thing; when nobody does, or they may no longer see it, whoever holds the right to
deal with it nearest to the place: the establishment's own people before those of its GHT, of its region or of the
platform. A reminder given is written down (`notice_told`) in the transaction that records its letter, so that neither a
second worker, nor a replayed day, nor a clock going back tells it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import delete
from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.deadlines import Deadline, DeadlineKind, step_of
from care.domain.notices import Digest, after_quiet, next_digest
from care.services import notices
from care.services.deadline_source import Source, Wanted
from care.services.deadline_sources import FARTHEST, SOURCES
from care.services.deadlines import KIND_NAMES, distance
from care.services.in_charge import People
from care.services.places import place_lineage, place_name, preload
from care.services.platform import Platform
from care.services.readers import Reader, readers
from care.services.work import Hold
from care.store.notices import NoticeTold
from care.store.upsert import conflict_insert
from scanners.model import Text

MOST_LINES = 60
"""Longest digest, in deadlines; the others are counted. A letter is read, a list is consulted."""
_KEPT = timedelta(days=800)
"""Reminders given are forgotten after two years and a bit: no deadline is told so long after."""


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline and the step that makes it worth telling; `where` names its place, in both languages."""

    deadline: Deadline
    step: str
    where: Text

    @property
    def key(self) -> str:
        """What is told once to each person."""
        return f"{self.deadline.key}|{self.step}"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One deadline of a letter, in the reader's language."""

    title: str
    when: str
    short: str
    where: str
    address: str


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The deadlines of one kind."""

    title: str
    lines: tuple[LetterLine, ...]


def remind(platform: Platform, hold: Hold) -> None:
    """The job of the day. Without a relay nothing is told, so that everything still is once there is one."""
    if not notices.relayed(platform):
        with platform.database.write() as session:
            hold.finish(session, notices.NO_RELAY)
        return
    now, zone = platform.clock.now(), ZoneInfo(platform.settings.timezone)
    wanted = Wanted(now, now.astimezone(zone).date() + timedelta(days=FARTHEST), zone, platform=platform)
    with platform.database.read() as session:
        shared = _share_out(session, wanted)
        known = readers(platform, session, frozenset(shared))
    told = 0
    for account_id, reader in sorted(known.items()):
        if hold.cancelled():
            break
        told += _tell(platform, reader, shared[account_id], wanted)
    with platform.database.write() as session:
        session.execute(delete(NoticeTold).where(NoticeTold.told_at < now - _KEPT))
        hold.finish(session, Text(f"Rappels donnés : {told}.", f"Reminders given: {told}."))


def _share_out(session: Session, wanted: Wanted) -> dict[int, list[Due]]:
    """What each account is to be told, by account."""
    people = People(session, wanted.now)
    shared: dict[int, dict[str, Due]] = defaultdict(dict)
    for source in SOURCES:
        due = [one for one in source.gather(session, wanted) if _step(source, one, wanted.today)]
        held = preload(session, {one.place for one in due})
        for one in due:
            told = Due(one, _step(source, one, wanted.today), _where(session, one.place))
            for account_id in _to_tell(session, people, source, one):
                shared[account_id].setdefault(told.key, told)
        del held
    return {account_id: list(due.values()) for account_id, due in shared.items()}


def _step(source: Source, one: Deadline, today: date) -> str:
    return step_of(one.due_on, today, source.steps, weekly=source.weekly)


def _where(session: Session, place: Place) -> Text:
    return Text(place_name(session, place, "fr"), place_name(session, place, "en"))


def _to_tell(session: Session, people: People, source: Source, one: Deadline) -> Iterator[int]:
    """The accounts to tell, each once."""
    owner = one.owner_account_id
    owned = owner is not None and _may_own(session, people, source, one, owner)
    if owned and owner is not None:
        yield owner
    if not owned or source.tells_both:
        yield from people.in_charge(session, one.place, source.tell) - {owner}


def _may_own(session: Session, people: People, source: Source, one: Deadline, owner: int) -> bool:
    if source.kind is DeadlineKind.GRANT:  # a role of theirs ends: they may know
        return people.known(owner)
    return people.holds(owner, source.see, place_lineage(session, one.place))


def _tell(platform: Platform, reader: Reader, due: Sequence[Due], wanted: Wanted) -> int:
    """Give one person what they were not told yet, as they like it. Returns how many reminders that is."""
    at = _when(reader, wanted.now)
    if at is None:
        return 0
    with platform.database.write() as session:
        new = _not_told_yet(session, reader.account_id, due, wanted.now)
        if not new:
            return 0
        if reader.choice.digest is Digest.OFF:
            for one in new:
                _one_by_one(platform, session, reader, one, at, wanted.today)
        else:
            _together(platform, session, reader, new, at, wanted.today)
    return len(new)


def _when(reader: Reader, now: datetime) -> datetime | None:
    """When this person's reminders of today are to be sent; None when it is not their day or they want none."""
    if reader.choice.digest is Digest.OFF:
        return after_quiet(now, reader.choice, reader.zone) if reader.choice.immediate else None
    return next_digest(now, reader.choice, reader.zone)


def _not_told_yet(session: Session, account_id: int, due: Sequence[Due], now: datetime) -> list[Due]:
    """Write down as told what was not, and return that; another worker doing the same gets the rest."""
    insert = conflict_insert(session.get_bind().dialect.name, NoticeTold)
    rows = [{"account_id": account_id, "key": one.key, "told_at": now} for one in sorted(due, key=lambda one: one.key)]
    query = insert.on_conflict_do_nothing().returning(NoticeTold.key)
    new = set(session.scalars(query, rows)) if rows else set()
    return [one for one in due if one.key in new]


def _one_by_one(platform: Platform, session: Session, reader: Reader, one: Due, at: datetime, today: date) -> None:
    line = _line(platform, one, today, reader)
    purpose = f"reminder:{reader.account_id}:{one.key}"[:200]
    notices.send_letter(platform, session, reader, "reminder", at, purpose, _establishment(one), line=line)


def _together(
    platform: Platform, session: Session, reader: Reader, new: Sequence[Due], at: datetime, today: date
) -> None:
    shown = sorted(new, key=lambda one: (one.deadline.due_on, one.key))[:MOST_LINES]
    late = sum(one.deadline.late(today) for one in new)
    told = sha256("\n".join(sorted(one.key for one in new)).encode()).hexdigest()
    purpose = f"digest:{reader.account_id}:{told}"
    establishments = {_establishment(one) for one in new}
    notices.send_letter(
        platform,
        session,
        reader,
        "digest",
        at,
        purpose,
        establishments.pop() if len(establishments) == 1 else None,
        late=late,
        soon=len(new) - late,
        more=len(new) - len(shown),
        groups=_groups(platform, shown, today, reader),
    )


def _groups(platform: Platform, due: Iterable[Due], today: date, reader: Reader) -> tuple[LetterGroup, ...]:
    by_kind: Mapping[str, list[Due]] = defaultdict(list)
    for one in due:
        by_kind[one.deadline.kind].append(one)
    return tuple(
        LetterGroup(
            KIND_NAMES[source.kind].render(reader.lang),
            tuple(_line(platform, one, today, reader) for one in by_kind[source.kind]),
        )
        for source in SOURCES
        if by_kind[source.kind]
    )


def _line(platform: Platform, due: Due, today: date, reader: Reader) -> LetterLine:
    one, lang = due.deadline, reader.lang
    own_role = one.kind is DeadlineKind.GRANT and one.owner_account_id == reader.account_id
    short = distance((one.due_on - today).days).render(lang)
    day = format_date(one.due_on, "long", locale=lang)
    when = Text(f"Échéance le {day}, {short}", f"Due on {day}, {short}")
    return LetterLine(
        title=one.title.render(lang),
        when=when.render(lang),
        short=short,
        where=due.where.render(lang),
        address=notices.address(platform, notices.ACCOUNT_PAGE if own_role else one.address),
    )


def _establishment(due: Due) -> int | None:
    place = due.deadline.place
    return place.id if place.level is Level.ESTABLISHMENT else None
