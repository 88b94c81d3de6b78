"""What each person wants to be told by mail and when, and telling them so.

A letter to a person is written in the language of their account and waits for the end of their quiet hours, unless it
is urgent. It is recorded in the outbox, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.notices import Choice, after_quiet, choice_faults
from care.services import letters, outbox
from care.services.errors import Forbidden, Invalid, Refused, SignInRequired
from care.services.platform import Platform
from care.services.readers import Reader, choice_of, known_zone, reader
from care.services.trail import Thing, record
from care.store.accounts import Account
from care.store.notices import NoticeChoice
from scanners.model import Text

_OUT_OF_THE_DAY = Text("Choisissez une valeur de la liste.", "Choose a value of the list.")
_NO_SUCH_ZONE = Text("Ce fuseau horaire n’existe pas.", "There is no such time zone.")
_NO_ADDRESS = Text(
    "Donnez d’abord votre adresse de messagerie dans « Mon compte » : c’est elle qui reçoit l’essai.",
    "First give your mail address in “My account”: it is the one that receives the trial.",
)
NO_RELAY = Text(
    "Aucun relais de messagerie n’est réglé ; donnez CARE_SMTP_HOST et CARE_SMTP_FROM.",
    "No mail relay is configured; set CARE_SMTP_HOST and CARE_SMTP_FROM.",
)
ACCOUNT_PAGE = "/account"


def own_choice(platform: Platform, scope: Scope) -> Choice:
    """What the person signed in asked for; the usual choice until they say otherwise."""
    with platform.database.read() as session:
        row = session.get(NoticeChoice, scope.account_id) if scope.account_id is not None else None
        return choice_of(row)


def choose(platform: Platform, scope: Scope, choice: Choice) -> None:
    """Record what the person signed in wants. Invalid names the faulty field."""
    faults = dict.fromkeys(sorted(choice_faults(choice)), _OUT_OF_THE_DAY)
    if choice.timezone and not known_zone(choice.timezone):
        faults["timezone"] = _NO_SUCH_ZONE
    if faults:
        raise Invalid(faults)
    now = platform.clock.now()
    with platform.database.write() as session:
        account = session.get(Account, scope.account_id) if scope.account_id is not None else None
        if account is None:
            raise SignInRequired
        row = session.get(NoticeChoice, account.id) or NoticeChoice(account_id=account.id)
        for name in Choice.__slots__:
            setattr(row, name, getattr(choice, name))
        session.add(row)
        detail = {"digest": choice.digest.value, "immediate": choice.immediate}
        record(session, scope, "account.notices_chosen", Thing("account", account.id), now, detail)


def tell(
    platform: Platform,
    session: Session,
    account_id: int,
    letter: str,
    /,
    *,
    purpose_key: str | None = None,
    establishment_id: int | None = None,
    urgent: bool = False,
    **values: object,
) -> int | None:
    """Write one of the letters to somebody at once, in the caller's write transaction.

    None when there is no relay, when the person has no address, wants no immediate mail (unless it is urgent), or was
    already told: of two letters with one `purpose_key` only the first is recorded. Quiet hours are waited for unless it
    is urgent.
    """
    account = session.get(Account, account_id)
    if account is None or not account.active or not account.email or not relayed(platform):
        return None
    known = reader(platform, account, session.get(NoticeChoice, account_id))
    if not (known.choice.immediate or urgent):
        return None
    now = platform.clock.now()
    due_at = now if urgent else after_quiet(now, known.choice, known.zone)
    written = _write(platform, known, letter, values)
    waiting = None if urgent else account_id
    sent = outbox.Letter(
        known.email, written.subject, written.body, establishment_id, purpose_key, due_at, account_id=waiting
    )
    return outbox.post(platform, session, sent)


def send_trial(platform: Platform, scope: Scope) -> None:
    """Send a trial message to the person signed in, at once, to see whether the relay takes it."""
    if not scope.allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden
    if not relayed(platform):
        raise Refused(NO_RELAY)
    with platform.database.write() as session:
        sent = tell(platform, session, scope.account_id or 0, "trial", urgent=True)
        if sent is None:
            raise Refused(_NO_ADDRESS)
        record(session, scope, "mail.tried", Thing("mail", sent), platform.clock.now())


def send_letter(
    platform: Platform,
    session: Session,
    known: Reader,
    letter: str,
    due_at: datetime,
    purpose_key: str | None = None,
    establishment_id: int | None = None,
    /,
    **values: object,
) -> int | None:
    """Record a letter for somebody, due at that time; None when one with that purpose already was."""
    written = _write(platform, known, letter, values)
    sent = outbox.Letter(
        known.email, written.subject, written.body, establishment_id, purpose_key, due_at, account_id=known.account_id
    )
    return outbox.post(platform, session, sent)


def relayed(platform: Platform) -> bool:
    """Whether there is a relay. Without one nothing is told: stale news would all leave on its first day."""
    return bool(platform.settings.smtp_host)


def _write(platform: Platform, known: Reader, letter: str, values: Mapping[str, object]) -> letters.Written:
    return letters.write(letter, known.lang, name=known.name, account_page=address(platform, ACCOUNT_PAGE), **values)


def address(platform: Platform, path: str) -> str:
    """The full address of a page for a letter; "" when nobody outside this machine could follow it."""
    base = platform.settings.public_url
    return f"{base}{path}" if base and path else ""
