"""Signing in and staying signed in: sessions live in the database, browsers hold a random token.

A session ends when unused for the idle limit, at the absolute limit, at sign-out, or when someone revokes it.
Attempts are counted before the password is hashed: a blocked attempt costs the server nothing.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Scope
from care.domain.brake import FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS
from care.domain.passwords import MAX_LENGTH
from care.services.brakes import (
    address_key,
    count_attempt,
    forget_old,
    refuse_waiting,
    start_afresh,
    take_back,
)
from care.services.errors import NotFound, Refused, SignInRequired
from care.services.factor_policy import anybody_must, is_required
from care.services.platform import Passwords, Platform
from care.services.second_factors import WRONG_CODE, Means, use_code
from care.services.security_keys import NO_ANSWER, use_key
from care.services.trail import Thing, record
from care.store.accounts import LOGIN_LENGTH, Account, WebSession
from care.store.trouble import StorageError
from scanners.model import Text

log = logging.getLogger(__name__)

TOKEN_BYTES = 32
# A page seen is written down at most this often: reading pages must not become writing.
TOUCH_EVERY = timedelta(minutes=1)
_AHEAD = timedelta(minutes=5)
"""How far in the future a session may begin: what a clock is commonly set back by. Our choice."""
BROWSER_LENGTH = 200
# Behind a proxy the address is whatever text a header holds.
ADDRESS_LENGTH = 64
WRONG = Text("Identifiant ou mot de passe incorrect.", "Wrong login or password.")
CODE_AWAITED_FOR = timedelta(minutes=10)
"""Between the password and the code: the time to find one's phone. Our choice."""
PROOF_LASTS = timedelta(minutes=10)
"""What is grave asks for a proof no older than this. Our choice."""


class Stage(StrEnum):
    """How far a session has come: open, awaiting a code, or held until the person has a second factor."""

    OPEN = "open"
    CODE = "code"
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: the token for the browser's cookie, and who signed in."""

    token: str
    scope: Scope
    stage: Stage = Stage.OPEN


@dataclass(frozen=True, slots=True)
class Resumed:
    """A session that goes on: its identifier, whose it is, how far it has come, and whether its last proof is fresh."""

    session_id: int
    scope: Scope
    stage: Stage = Stage.OPEN
    proved: bool = False


@dataclass(frozen=True, slots=True)
class SessionView:
    """One of a person's own sessions; `ends_at` is its absolute limit."""

    id: int
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str


def as_login(typed: str) -> str:
    """The login that was meant by what somebody typed."""
    return "".join(filter(str.isprintable, typed)).strip().lower()[:LOGIN_LENGTH]


def sign_in(
    platform: Platform, login: str, password: str, address: str, browser: str = "", known: str = ""
) -> SignedIn:
    """Open a session. Refused with one and the same sentence for a wrong login, password or closed account.

    Throttled, before any hashing, when this account name or this address has failed too often. `known` marks a browser
    where this login has opened a session before, as the caller has verified: its attempts count by themselves, so that
    whoever guesses from elsewhere never keeps the right person out.
    """
    login, address = as_login(login), address[:ADDRESS_LENGTH]
    now = platform.clock.now()
    stored = _count_attempt(platform, login, _limits(login, address, known), now)
    if stored is None:
        platform.passwords.hash(password[:MAX_LENGTH])  # an unknown login must take as long as a known one
    if stored is None or not _opens(platform.passwords, stored, password):
        _record_failure(platform, login, stored is not None, address)
        raise Refused(WRONG)
    fresh = platform.passwords.hash(password) if platform.passwords.outdated(stored) else stored
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with platform.database.write() as session:
        account = session.scalars(select(Account).where(Account.login == login).with_for_update()).one()
        if not account.active or account.password_hash != stored:
            raise Refused(WRONG)  # closed or changed while the password was being checked
        account.password_hash = fresh
        _attempt_was_right(session, login, address, known)
        forget_the_past(session, platform, now)
        scope = _scope(account, address, now)
        row = _row(token, account.id, now, address, browser)
        session.add(row)
        return SignedIn(token, scope, _after_password(session, scope, account, row, now))


def _after_password(session: Session, scope: Scope, account: Account, row: WebSession, now: datetime) -> Stage:
    row.awaits_code = account.second_factor_since is not None
    if not row.awaits_code:
        account.last_sign_in_at = now
    stage = _stage(session, row, account, scope)
    action = "account.code_asked" if row.awaits_code else "account.signed_in"
    record(session, scope, action, Thing("account", account.id), now)
    return stage


def _stage(session: Session, row: WebSession, account: Account, scope: Scope, *, required: bool = True) -> Stage:
    """`required`: whether some role must have a second factor, when that is known already."""
    if row.awaits_code:
        return Stage.CODE
    held = required and account.second_factor_since is None and is_required(session, scope.roles)
    return Stage.ENROL if held else Stage.OPEN


def confirm_sign_in(platform: Platform, token: str, typed: str, address: str, known: str = "") -> SignedIn:
    """Open the session that awaits a code, under a new token. Refused for a wrong code, one already used included;
    throttled as passwords are, apart from them: only who has the right password comes here."""
    now = platform.clock.now()
    opened = _confirm(
        platform, token, address, known, lambda session, row: use_code(session, platform, row.account_id, typed, now)
    )
    if opened is None:
        raise Refused(WRONG_CODE)
    return opened


def confirm_by_key(platform: Platform, token: str, answer: str, address: str, known: str = "") -> SignedIn:
    """Open the session that awaits a second factor with what a security key answered; as `confirm_sign_in`."""
    now = platform.clock.now()
    opened = _confirm(
        platform, token, address, known, lambda session, row: use_key(session, platform, row, answer, now)
    )
    if opened is None:
        raise Refused(NO_ANSWER)
    return opened


def _confirm(
    platform: Platform,
    token: str,
    address: str,
    known: str,
    prove: Callable[[Session, WebSession], Means | None],
) -> SignedIn | None:
    now, address = platform.clock.now(), address[:ADDRESS_LENGTH]
    with platform.database.read() as session:
        row = session.scalars(_by_token(token)).one_or_none()
        if row is None or not row.awaits_code or not row.account.active or not _alive(platform, row, now):
            raise SignInRequired
        number, login = row.id, row.account.login
    key = f"code-{_browser_key(known)}" if known else f"code:{login}"
    count_alone(platform, key, now)
    with platform.database.write() as session:
        opened = _open_proved(session, number, prove, now, address)
        if opened is not None:
            start_afresh(session, key)
            return opened
    with platform.database.write() as session:
        scope = Scope(actor=login, lang=platform.settings.lang, address=address)
        record(session, scope, "account.code_refused", Thing("login", login), now)
    return None


def count_alone(platform: Platform, key: str, now: datetime) -> None:
    """Count an attempt that has a key of its own, before it is looked at. Throttled when it must wait."""
    with platform.database.read() as session:
        refuse_waiting(session, [key], now)
    with platform.database.write() as session:
        count_attempt(session, {key: FREE_FOR_ACCOUNT}, now)


def _open_proved(
    session: Session,
    number: int,
    prove: Callable[[Session, WebSession], Means | None],
    now: datetime,
    address: str,
) -> SignedIn | None:
    row = session.get(WebSession, number, with_for_update=True)
    if row is None or not row.awaits_code:
        raise SignInRequired
    means = prove(session, row)
    if means is None:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)  # what the browser held before the code opens nothing afterwards
    row.token_hash, row.awaits_code = _hashed(token), False
    row.created_at = row.seen_at = row.proved_at = now
    row.account.last_sign_in_at = now
    scope = _scope(row.account, address or row.address, now)
    record(session, scope, "account.signed_in", Thing("account", row.account_id), now, {"second": means.value})
    return SignedIn(token, scope)


def _row(token: str, account_id: int, now: datetime, address: str, browser: str) -> WebSession:
    return WebSession(
        proved_at=now,
        awaits_code=False,
        token_hash=_hashed(token),
        account_id=account_id,
        created_at=now,
        seen_at=now,
        address=address,
        browser=browser[:BROWSER_LENGTH],
    )


def _record_failure(platform: Platform, login: str, known: bool, address: str) -> None:
    # An unknown login is not written down: it may be a password typed in the wrong field.
    actor = login if known else "?"
    now = platform.clock.now()
    with platform.database.write() as session:
        forget_old(session, now)
        scope = Scope(actor=actor, lang=platform.settings.lang, address=address)
        record(session, scope, "account.sign_in_failed", Thing("login", actor), now)


def resume(platform: Platform, token: str, address: str = "") -> Resumed | None:
    """Whose session this token opens, None when it is unknown or over. To be called at each request."""
    now = platform.clock.now()
    with platform.database.read() as session:
        found = session.execute(_by_token(token).add_columns(anybody_must())).one_or_none()
        row, required = found or (None, False)
        if row is None or not row.account.active or not _alive(platform, row, now):
            return None
        scope = _scope(row.account, address[:ADDRESS_LENGTH] or row.address, now)
        stage = _stage(session, row, row.account, scope, required=required)
        resumed = Resumed(row.id, scope, stage, _proved(row, now))
        touch = now - row.seen_at >= TOUCH_EVERY
    if touch:
        _touch(platform, resumed.session_id, now)
    return resumed


def _touch(platform: Platform, session_id: int, now: datetime) -> None:
    """Note that a session is in use. A full or busy disk does not take the pages away from who only reads them."""
    try:
        with platform.database.write() as session:
            session.execute(update(WebSession).where(WebSession.id == session_id).values(seen_at=now))
    except StorageError as trouble:
        log.warning("%s", trouble)


def sign_out(platform: Platform, token: str) -> None:
    """End the session of this token; nothing happens when it is already over."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.scalars(_by_token(token)).one_or_none()
        if row is not None:
            session.delete(row)
            thing = Thing("account", row.account_id)
            record(session, _scope(row.account, row.address, now), "account.signed_out", thing, now)


def list_sessions(platform: Platform, scope: Scope) -> tuple[SessionView, ...]:
    """One's own open sessions, the last seen first."""
    now = platform.clock.now()
    own = select(WebSession).where(WebSession.account_id == _signed_in(scope)).order_by(WebSession.seen_at.desc())
    with platform.database.read() as session:
        return tuple(
            SessionView(
                id=row.id,
                created_at=row.created_at,
                seen_at=row.seen_at,
                ends_at=row.created_at + platform.settings.session_absolute,
                address=row.address,
                browser=row.browser,
            )
            for row in session.scalars(own)
            if _alive(platform, row, now) and not row.awaits_code
        )


def revoke_session(platform: Platform, scope: Scope, session_id: int) -> None:
    """End one of one's own sessions."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get(WebSession, session_id)
        if row is None or row.account_id != _signed_in(scope):
            raise NotFound
        session.delete(row)
        record(session, scope, "account.session_revoked", Thing("account", row.account_id), now)


def revoke_others(platform: Platform, scope: Scope, keep_session: int | None) -> None:
    """End all of one's own sessions but the one that asks."""
    now, number = platform.clock.now(), _signed_in(scope)
    with platform.database.write() as session:
        session.execute(delete(WebSession).where(WebSession.account_id == number, WebSession.id != (keep_session or 0)))
        record(session, scope, "account.sessions_ended", Thing("account", number), now)


def _by_token(token: str) -> Select[WebSession]:
    whole = joinedload(WebSession.account).selectinload(Account.grants)
    return select(WebSession).where(WebSession.token_hash == _hashed(token)).options(whole)


def _signed_in(scope: Scope) -> int:
    if scope.account_id is None:
        raise SignInRequired
    return scope.account_id


def _scope(account: Account, address: str, now: datetime) -> Scope:
    return Scope(
        actor=account.login,
        lang=account.lang,
        grants=frozenset(row.grant for row in account.grants if row.grant.current(now)),
        account_id=account.id,
        name=account.name,
        address=address,
    )


def _hashed(token: str) -> str:
    # The token is 256 random bits: a fast hash is enough, and a stolen database opens no session.
    return hashlib.sha256(token.encode()).hexdigest()


def _alive(platform: Platform, row: WebSession, now: datetime) -> bool:
    settings = platform.settings
    if row.created_at > now + _AHEAD:
        return False  # opened by a clock that has gone back since: it would last until that day comes again
    if row.awaits_code and now - row.created_at >= CODE_AWAITED_FOR:
        return False
    return now - row.seen_at < settings.session_idle and now - row.created_at < settings.session_absolute


def _proved(row: WebSession, now: datetime) -> bool:
    age = now - (row.proved_at or row.created_at)
    return -_AHEAD <= age < PROOF_LASTS


def _over(platform: Platform, now: datetime) -> ColumnElement[bool]:
    settings = platform.settings
    return or_(
        WebSession.seen_at <= now - settings.session_idle, WebSession.created_at <= now - settings.session_absolute
    )


def forget_the_past(session: Session, platform: Platform, now: datetime) -> None:
    """Delete the sessions that are over and the attempts too old to count."""
    session.execute(delete(WebSession).where(_over(platform, now)))
    forget_old(session, now)


def _opens(passwords: Passwords, stored: str, password: str) -> bool:
    return passwords.verify(stored, password[:MAX_LENGTH]) and len(password) <= MAX_LENGTH


def _limits(login: str, address: str, known: str) -> dict[str, int]:
    if known:
        return {_browser_key(known): FREE_FOR_ACCOUNT}
    return {_account_key(login): FREE_FOR_ACCOUNT, address_key(address): FREE_FOR_ADDRESS}


def _attempt_was_right(session: Session, login: str, address: str, known: str) -> None:
    # A known browser gives back its own attempts only: somebody may be guessing elsewhere at this very moment.
    if known:
        start_afresh(session, _browser_key(known))
    else:
        take_back(session, [_account_key(login)], address)


def _count_attempt(platform: Platform, login: str, limits: Mapping[str, int], now: datetime) -> str | None:
    """Count this attempt, and give the account's hash, None for nobody's."""
    with platform.database.read() as session:
        refuse_waiting(session, limits, now)
    with platform.database.write() as session:
        count_attempt(session, limits, now)
        return session.scalar(select(Account.password_hash).where(Account.login == login, Account.active))


def _account_key(login: str) -> str:
    return f"account:{login}"


def _browser_key(known: str) -> str:
    return f"browser:{known}"
