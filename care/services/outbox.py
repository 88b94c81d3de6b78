"""The outbox: mail is recorded with the change that causes it, then sent by a job.

A message is marked `sending` before it leaves and `sent` after. Whatever stops in between leaves it `uncertain`: it is
shown, and sent again, with the same Message-ID, only when a person asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.jobs import JobKind
from care.domain.mail import MAX_ATTEMPTS, TOO_OLD, TROUBLED, MailState, delay_after, deliverable, without_keys
from care.services import jobs
from care.services.errors import Forbidden, NotFound, Refused
from care.services.mailing import MaybeSent, NotSent
from care.services.paging import Page, bounds
from care.services.places import within
from care.services.platform import Platform
from care.services.readers import end_of_quiet
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.outbox import Mail, MailAttachment
from care.store.registry import Establishment
from care.store.upsert import conflict_insert
from scanners.model import Text

_LEASE = timedelta(minutes=5)
_AT_ONCE = 50
_BAD_ADDRESS = Text(
    "Cette adresse est mal écrite : aucun relais ne saurait qu’en faire. Corrigez-la dans le compte de la personne.",
    "This address is not well written: no relay would know what to do with it. Correct it in the person’s account.",
)
_INTERRUPTED = Text(
    "L’envoi a été interrompu : impossible de savoir si le message est parti. Renvoyez-le si son destinataire ne l’a "
    "pas reçu.",
    "Sending was interrupted: nobody can tell whether the message left. Send it again if its recipient did not get it.",
)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that leaves with a message; `media_type` as `application/pdf`. Mail is read on the way: nothing that only
    some may read."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person, sent at `due_at` (UTC) or at once when None.

    Of two letters with one `purpose_key` only the first is recorded. One with an `account_id` leaves outside the quiet
    hours of that account, also when something delayed it. One that could not leave within `stale_after` is kept for a
    person to decide on: its news may be old by then.
    """

    recipient: str
    subject: str
    body: str
    establishment_id: int | None = None
    purpose_key: str | None = None
    due_at: datetime | None = None
    account_id: int | None = None
    stale_after: timedelta | None = None
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class MailView:
    """A message of the outbox. `trouble` says why it is waiting, uncertain or failed; `establishment` is a name."""

    id: int
    recipient: str
    subject: str
    state: MailState
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    trouble: str
    establishment: str
    message_id: str
    body: str

    @property
    def may_send_again(self) -> bool:
        """Whether a person may have it sent once more."""
        return self.state in TROUBLED


@dataclass(frozen=True, slots=True)
class MailFilter:
    """What a reader asked to see; an empty value asks for everything. `words` are sought in recipient and subject."""

    state: MailState | None = None
    words: str = ""
    number: int = 1
    per_page: int = 50


@dataclass(frozen=True, slots=True)
class MailList:
    """A page of messages, the latest first, and how many there are in each state among those of the same words."""

    page: Page[MailView]
    by_state: Mapping[MailState, int]


def post(platform: Platform, session: Session, letter: Letter) -> int | None:
    """Record a message in the caller's write transaction and ask for its sending; None when it was already recorded."""
    now = platform.clock.now()
    row = {
        "establishment_id": letter.establishment_id,
        "account_id": letter.account_id,
        "message_id": make_msgid(domain=platform.settings.smtp_from.rpartition("@")[2] or "care.invalid"),
        "purpose_key": letter.purpose_key,
        "recipient": _one_line(letter.recipient)[:320],
        "subject": _one_line(letter.subject)[:300].rstrip(),
        "body": _storable(letter.body),
        "state": MailState.WAITING,
        "created_at": now,
        "due_at": letter.due_at or now,
        "stale_at": letter.stale_after and (letter.due_at or now) + letter.stale_after,
        "attempts": 0,
        "trouble_fr": "",
        "trouble_en": "",
    }
    insert = conflict_insert(session.get_bind().dialect.name, Mail).values(**row)
    mail_id = session.scalar(insert.on_conflict_do_nothing().returning(Mail.id))
    if mail_id is not None:
        session.add_all(
            MailAttachment(mail_id=mail_id, number=rank, name=one.name, media_type=one.media_type, content=one.content)
            for rank, one in enumerate(letter.attached, start=1)
        )
        order = jobs.Order(JobKind.MAIL, slot_key=f"mail:{mail_id}", due_at=letter.due_at)
        jobs.submit(platform, session, order, "CaRE")
    return mail_id


def send_waiting(platform: Platform, hold: Hold) -> None:
    """The sender's job: every message that is due, one after the other."""
    sent = 0
    while not hold.cancelled() and sent < _AT_ONCE and _send_one(platform):
        sent += 1
    with platform.database.write() as session:
        hold.finish(session, Text(f"Messages traités : {sent}.", f"Messages handled: {sent}."))


def reap(platform: Platform) -> int:
    """Mark uncertain the messages whose sender died while sending, failed those that went stale. Returns how many.

    Messages dated by a clock that has gone back since are made due now, and a sender is asked for.
    """
    now = platform.clock.now()
    stuck = (Mail.state == MailState.SENDING, or_(Mail.lease_until < now, Mail.lease_until > now + 2 * _LEASE))
    ahead = (Mail.state == MailState.WAITING, Mail.created_at > now, Mail.due_at >= Mail.created_at)
    stale = (Mail.state == MailState.WAITING, Mail.stale_at < now)
    with platform.database.read() as session:
        if session.scalar(select(Mail.id).where(or_(and_(*stuck), and_(*ahead), and_(*stale))).limit(1)) is None:
            return 0
    with platform.database.write() as session:
        for mail in session.scalars(select(Mail).where(*ahead).with_for_update(skip_locked=True)).all():
            mail.due_at = now
            _ask_for_sending(platform, session, mail)
        rows = session.scalars(select(Mail).where(*stuck).with_for_update(skip_locked=True)).all()
        for row in rows:
            _note(row, MailState.UNCERTAIN, _INTERRUPTED)
        late = session.scalars(select(Mail).where(*stale).with_for_update(skip_locked=True)).all()
        for row in late:
            _note(row, MailState.FAILED, _too_late(row))
        return len(rows) + len(late)


def send_again(platform: Platform, scope: Scope, mail_id: int) -> None:
    """Send an uncertain or failed message once more, with its own Message-ID, because a person chose to."""
    with platform.database.write() as session:
        release(platform, session, scope, troubled(session, mail_id, *_seen(scope)))


def release(platform: Platform, session: Session, scope: Scope, mail: Mail) -> None:
    """Let a message leave, at once: a person said so. In the caller's write transaction."""
    now = platform.clock.now()
    mail.state, mail.due_at = MailState.WAITING, now
    mail.account_id = mail.stale_at = None
    jobs.submit(platform, session, jobs.Order(JobKind.MAIL), scope.actor)
    record(session, scope, "mail.sent_again", Thing("mail", mail.id, mail.establishment_id), now)


def send_failed_again(platform: Platform, scope: Scope) -> int:
    """Send every failed message once more: the relay took none of them. Returns how many there were."""
    now = platform.clock.now()
    with platform.database.write() as session:
        failed = select(Mail).where(*_seen(scope), Mail.state == MailState.FAILED).with_for_update()
        rows = session.scalars(failed).all()
        for mail in rows:
            mail.state, mail.due_at, mail.stale_at = MailState.WAITING, now, None
        if rows:
            jobs.submit(platform, session, jobs.Order(JobKind.MAIL), scope.actor)
            record(session, scope, "mail.failed_sent_again", Thing("mail", "failed"), now, {"messages": len(rows)})
        return len(rows)


def drop(platform: Platform, scope: Scope, mail_id: int) -> None:
    """Decide that an uncertain or failed message needs no sending again."""
    with platform.database.write() as session:
        give_up(session, scope, troubled(session, mail_id, *_seen(scope)), platform.clock.now())


def give_up(session: Session, scope: Scope, mail: Mail, now: datetime) -> None:
    """Close a message without sending it. In the caller's write transaction."""
    mail.state, mail.body = MailState.DROPPED, without_keys(mail.body)
    session.execute(delete(MailAttachment).where(MailAttachment.mail_id == mail.id))
    record(session, scope, "mail.dropped", Thing("mail", mail.id, mail.establishment_id), now)


def list_mail(platform: Platform, scope: Scope, wanted: MailFilter | None = None) -> MailList:
    """A page of the messages that the scope administers, the latest first."""
    wanted = wanted or MailFilter()
    number, per_page = bounds(wanted.number, wanted.per_page)
    base = [*_seen(scope), *_says(wanted.words.strip())]
    with platform.database.read() as session:
        counted = select(Mail.state, func.count()).where(*base).group_by(Mail.state)
        by_state = {MailState(state): count for state, count in session.execute(counted)}
        kept = base if wanted.state is None else [*base, Mail.state == wanted.state]
        # The numbers first: found in an index, without reading through the texts.
        page = select(Mail.id).where(*kept).order_by(Mail.id.desc()).limit(per_page).offset((number - 1) * per_page)
        rows = session.execute(_named().where(Mail.id.in_(page)).order_by(Mail.id.desc())).all()
        total = sum(by_state.values()) if wanted.state is None else by_state.get(wanted.state, 0)
        lines = tuple(view_of(mail, name, scope.lang) for mail, name in rows)
        return MailList(Page(lines, number, per_page, total), {one: by_state.get(one, 0) for one in MailState})


def open_mail(platform: Platform, scope: Scope, mail_id: int) -> MailView:
    """One message with its body; NotFound outside the scope."""
    with platform.database.read() as session:
        found = session.execute(_named().where(*_seen(scope), Mail.id == mail_id)).one_or_none()
        if found is None:
            raise NotFound
        mail, name = found
        return view_of(mail, name, scope.lang)


def count_troubled(platform: Platform, scope: Scope) -> int:
    """How many messages wait for a person of that scope."""
    with platform.database.read() as session:
        return session.scalar(select(func.count()).where(*_seen(scope), Mail.state.in_(TROUBLED))) or 0


def _seen(scope: Scope) -> list[ColumnElement[bool]]:
    if not scope.allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden
    if scope.reach(Right.MANAGE_ACCOUNTS).everywhere:
        return []
    return [within(scope, Right.MANAGE_ACCOUNTS, Mail.establishment_id)]


def _says(words: str) -> list[ColumnElement[bool]]:
    if not words:
        return []
    return [or_(*(column.icontains(words, autoescape=True) for column in (Mail.recipient, Mail.subject)))]


def _named() -> Select[Mail, str]:
    return select(Mail, Establishment.name).outerjoin(Establishment, Establishment.id == Mail.establishment_id)


def troubled(session: Session, mail_id: int, *among: ColumnElement[bool]) -> Mail:
    """The row of a message that waits for a person, locked; NotFound outside `among`, Refused when it does not wait."""
    mail = session.scalars(select(Mail).where(*among, Mail.id == mail_id).with_for_update()).one_or_none()
    if mail is None:
        raise NotFound
    if mail.state not in TROUBLED:
        raise Refused(Text("Ce message est parti ou va partir.", "This message has left or is about to leave."))
    return mail


def _send_one(platform: Platform) -> bool:
    """Send the message that has been due the longest; False when none is, or when the relay takes nothing now."""
    mail = _take(platform)
    if mail is None:
        return False
    if not deliverable(mail.recipient):
        _settle(platform, mail, MailState.FAILED, _BAD_ADDRESS)
        return True
    try:
        platform.mailer.send(_message(platform, mail))
    except NotSent as refusal:
        _settle(platform, mail, MailState.FAILED if _hopeless(mail, refusal) else MailState.WAITING, refusal.text)
        if refusal.unreachable:
            _hold_back(platform, mail, refusal.text)
            return False
    except MaybeSent as silence:
        _settle(platform, mail, MailState.UNCERTAIN, silence.text)
    else:
        _settle(platform, mail, MailState.SENT, Text("", ""))
    return True


def _take(platform: Platform) -> Mail | None:
    """Mark the next message as being sent; those whose reader wants quiet now are put off on the way."""
    now = platform.clock.now()
    fresh = or_(Mail.stale_at.is_(None), Mail.stale_at >= now)
    due = select(Mail).where(Mail.state == MailState.WAITING, Mail.due_at <= now, fresh).order_by(Mail.due_at, Mail.id)
    with platform.database.write() as session:
        while True:
            mail = session.scalars(due.limit(1).with_for_update(skip_locked=True)).one_or_none()
            if mail is None or not _put_off(platform, session, mail, now):
                break
        if mail is not None:
            mail.state, mail.attempts, mail.lease_until = MailState.SENDING, mail.attempts + 1, now + _LEASE
        return mail


def _put_off(platform: Platform, session: Session, mail: Mail, now: datetime) -> bool:
    """Whether the message waits for the end of someone's quiet hours, and makes it wait."""
    later = end_of_quiet(platform, session, mail.account_id, now) if mail.account_id is not None else now
    if later == now:
        return False
    mail.due_at = later
    _ask_for_sending(platform, session, mail)
    session.flush()
    return True


def _ask_for_sending(platform: Platform, session: Session, mail: Mail) -> None:
    key = f"mail:{mail.id}:{mail.attempts}:{mail.due_at:%Y%m%d%H%M}"
    jobs.submit(platform, session, jobs.Order(JobKind.MAIL, slot_key=key, due_at=mail.due_at), "CaRE")


def _hold_back(platform: Platform, tried: Mail, trouble: Text) -> None:
    """Make the other messages wait as long as the one just tried: a relay that is down is asked once, not for each.

    Those that are too old by now are given up.
    """
    now = platform.clock.now()
    until = now + delay_after(tried.attempts)
    waiting = update(Mail).where(Mail.state == MailState.WAITING, Mail.id != tried.id, Mail.due_at < until)
    said = {"trouble_fr": trouble.fr[:2000], "trouble_en": trouble.en[:2000]}
    with platform.database.write() as session:
        for statement in (
            waiting.where(Mail.created_at < now - TOO_OLD).values(state=MailState.FAILED, **said),
            waiting.values(due_at=until, **said),
        ):
            session.execute(statement.execution_options(synchronize_session=False))


def _hopeless(mail: Mail, refusal: NotSent) -> bool:
    return refusal.for_ever or mail.attempts >= MAX_ATTEMPTS


def _settle(platform: Platform, mail: Mail, state: MailState, trouble: Text) -> None:
    """Record what became of a message. One that was meanwhile taken for uncertain and really left is `sent`."""
    now = platform.clock.now()
    due_at = now + delay_after(mail.attempts) if state is MailState.WAITING else mail.due_at
    values = {
        "state": state,
        "lease_until": None,
        "trouble_fr": trouble.fr[:2000],
        "trouble_en": trouble.en[:2000],
        "sent_at": now if state is MailState.SENT else None,
        "due_at": due_at,
    }
    with platform.database.write() as session:
        session.execute(
            update(Mail)
            .where(Mail.id == mail.id, Mail.attempts == mail.attempts)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if state is MailState.SENT:  # whoever reads the outbox or a backup of it opens nothing
            session.execute(update(Mail).where(Mail.id == mail.id).values(body=without_keys(mail.body)))
            session.execute(delete(MailAttachment).where(MailAttachment.mail_id == mail.id))
        if state is MailState.WAITING:
            order = jobs.Order(JobKind.MAIL, slot_key=f"mail:{mail.id}:{mail.attempts}", due_at=due_at)
            jobs.submit(platform, session, order, "CaRE")


def _note(row: Mail, state: MailState, trouble: Text) -> None:
    row.state, row.lease_until = state, None
    row.trouble_fr, row.trouble_en = trouble.fr, trouble.en


def _too_late(row: Mail) -> Text:
    why = Text(row.trouble_fr, row.trouble_en) if row.trouble_fr else Text("il n’a pas pu partir", "it could not leave")
    return Text(
        f"Ce message arriverait trop tard ({why.fr.rstrip('.')}) : renvoyez-le s’il garde un sens, sinon classez-le.",
        f"This message would come too late ({why.en.rstrip('.')}): send it again if it still makes sense, or drop it.",
    )


def _message(platform: Platform, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = platform.settings.smtp_from or "care@care.invalid"
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    for one in _attached(platform, mail):
        main, _slash, kind = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=kind, filename=one.name)
    return message


def _attached(platform: Platform, mail: Mail) -> list[MailAttachment]:
    with platform.database.read() as session:
        wanted = select(MailAttachment).where(MailAttachment.mail_id == mail.id).order_by(MailAttachment.number)
        return list(session.scalars(wanted))


def _one_line(text: str) -> str:
    return " ".join(_storable(text).split())


def _storable(text: str) -> str:
    """Without what neither a database nor a message holds: lone surrogates, null characters."""
    return text.encode(errors="replace").decode().replace("\0", "")


def view_of(row: Mail, establishment: str | None, lang: str) -> MailView:
    """A row as people read it."""
    return MailView(
        id=row.id,
        recipient=row.recipient,
        subject=row.subject,
        state=row.state,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        trouble=Text(row.trouble_fr, row.trouble_en).render(lang),
        establishment=establishment or "",
        message_id=row.message_id,
        body=row.body,
    )
