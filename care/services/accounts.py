"""Accounts: who may sign in, with which roles and where.

Someone manages an account when they manage accounts in every place it holds a grant: an administrator of one hospital
neither sees nor changes the regional administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from care.domain.access import Grant, Level, Place, Right, Role, Scope, keeps_an_administrator, may_give
from care.domain.mail import deliverable
from care.domain.passwords import MAX_LENGTH, password_fault
from care.services.errors import Forbidden, Invalid, NotFound, Refused, SignInRequired
from care.services.places import place_lineage, place_name, preload
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import Thing, record
from care.store.accounts import Account, AccountGrant, WebSession
from scanners.model import LANGS, Text

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}\Z")
NAME_LENGTH = 200
LOGIN_TAKEN = Text("Cet identifiant est déjà pris.", "This login is already taken.")
ALREADY_OVER = Text(
    "Cette date est passée : le rôle ne servirait déjà plus.",
    "This date is past: the role would already be of no use.",
)
LAST_ADMINISTRATOR = Text(
    "C’est le dernier administrateur de la plateforme : nommez-en un autre d’abord.",
    "This is the last administrator of the platform: appoint another one first.",
)


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """What it takes to open an account."""

    login: str
    name: str
    password: str
    grants: tuple[Grant, ...] = ()
    email: str = ""
    lang: str = "fr"


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role on a place, named for the reader."""

    id: int
    role: Role
    level: Level
    place: Place
    place_name: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as shown to who manages it, or to its owner."""

    id: int
    login: str
    name: str
    email: str
    lang: str
    active: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    grants: tuple[GrantView, ...]
    second_factor_since: datetime | None = None


def open_account(platform: Platform, scope: Scope, draft: AccountDraft) -> AccountView:
    """Open an account with its first grants. Invalid per field; Forbidden for a grant that `scope` may not give."""
    check_draft(draft)
    hashed = platform.passwords.hash(draft.password)
    now = platform.clock.now()
    with invalid_when_taken("login", LOGIN_TAKEN), platform.database.write() as session:
        _allow_grants(session, scope, draft.grants)
        _still_of_use(draft.grants, now)
        account = add_account(session, scope, draft, hashed, now)
        return _view(session, account, scope.lang)


def check_draft(draft: AccountDraft) -> None:
    """Invalid, with a sentence per field, when an account cannot be opened so."""
    faults = _person_faults(draft.name, draft.email, draft.lang)
    if LOGIN.match(draft.login.strip().lower()) is None:
        faults["login"] = Text(
            "L’identifiant s’écrit avec des lettres sans accent, des chiffres et . _ - @ (100 signes au plus).",
            "A login is made of unaccented letters, digits and . _ - @ (100 signs at most).",
        )
    fault = password_fault(draft.password, draft.login, draft.name)
    if fault is not None:
        faults["password"] = fault
    if faults:
        raise Invalid(faults)


def _person_faults(name: str, email: str, lang: str) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        faults["name"] = Text(
            f"Indiquez le nom de la personne ({NAME_LENGTH} signes au plus).",
            f"Give the person’s name ({NAME_LENGTH} signs at most).",
        )
    if email and not deliverable(email.strip()):
        faults["email"] = Text("Cette adresse de messagerie est mal écrite.", "This mail address is not well written.")
    if lang not in LANGS:
        faults["lang"] = Text("Langue inconnue.", "Unknown language.")
    return faults


def add_account(session: Session, scope: Scope, draft: AccountDraft, hashed: str, now: datetime) -> Account:
    """The row of a draft already checked and allowed; Invalid when the login is taken."""
    login = draft.login.strip().lower()
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        raise Invalid({"login": LOGIN_TAKEN})
    account = Account(
        login=login,
        name=draft.name.strip(),
        email=draft.email.strip(),
        lang=draft.lang,
        password_hash=hashed,
        password_changed_at=now,
        active=True,
        created_at=now,
        grants=[AccountGrant.of(grant) for grant in draft.grants],
    )
    session.add(account)
    session.flush()
    detail = {"login": login, "roles": ", ".join(sorted({grant.role for grant in draft.grants}))}
    record(session, scope, "account.opened", Thing("account", account.id), now, detail)
    return account


def list_accounts(platform: Platform, scope: Scope) -> tuple[AccountView, ...]:
    """The accounts `scope` manages, by login. Forbidden when it manages none."""
    if not scope.allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden
    with platform.database.read() as session:
        rows = session.scalars(select(Account).options(selectinload(Account.grants)).order_by(Account.login)).all()
        _held = preload(session, {grant.grant.place for row in rows for grant in row.grants})
        return tuple(_view(session, row, scope.lang) for row in rows if _manages(session, scope, row))


def find_account(platform: Platform, scope: Scope, account_id: int) -> AccountView:
    """One account, for who manages it and for its owner."""
    with platform.database.read() as session:
        account = session.get(Account, account_id)
        if account is None or not (account.id == scope.account_id or _manages(session, scope, account)):
            raise NotFound
        return _view(session, account, scope.lang)


def find_login(platform: Platform, scope: Scope, login: str) -> AccountView:
    """The account of that login, for who manages it."""
    with platform.database.read() as session:
        account = session.scalars(select(Account).where(Account.login == login.strip().lower())).one_or_none()
        if account is None or not _manages(session, scope, account):
            raise NotFound(Text(f"Aucun compte « {login} ».", f"No account “{login}”."))
        return _view(session, account, scope.lang)


def give_grant(platform: Platform, scope: Scope, account_id: int, grant: Grant) -> AccountView:
    """Give one more role on a place. Invalid when its end is past."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        _allow_grants(session, scope, [grant])
        _still_of_use([grant], now)
        account.grants.append(AccountGrant.of(grant))
        session.flush()
        record(session, scope, "account.grant_given", Thing("account", account.id), now, _told(session, grant))
        return _view(session, account, scope.lang)


def take_grant(platform: Platform, scope: Scope, account_id: int, grant_id: int) -> AccountView:
    """Take back one role. Refused when nobody would administer the platform any more."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        row = next((row for row in account.grants if row.id == grant_id), None)
        if row is None:
            raise NotFound
        _allow_grants(session, scope, [row.grant])
        detail = _told(session, row.grant)
        account.grants.remove(row)
        session.flush()
        _keep_an_administrator(session, now)
        record(session, scope, "account.grant_taken", Thing("account", account.id), now, detail)
        return _view(session, account, scope.lang)


def set_active(platform: Platform, scope: Scope, account_id: int, active: bool) -> AccountView:
    """Close an account (its sessions end at once) or open it again."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        account.active = active
        if not active:
            session.execute(delete(WebSession).where(WebSession.account_id == account.id))
        session.flush()
        _keep_an_administrator(session, now)
        record(session, scope, "account.reopened" if active else "account.closed", Thing("account", account.id), now)
        return _view(session, account, scope.lang)


def end_sessions(platform: Platform, scope: Scope, account_id: int) -> None:
    """End every session of somebody, who must sign in again."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        session.execute(delete(WebSession).where(WebSession.account_id == account.id))
        record(session, scope, "account.sessions_ended", Thing("account", account.id), now)


def reset_password(platform: Platform, scope: Scope, account_id: int, password: str) -> None:
    """Give someone a new password; their sessions end."""
    hashed = platform.passwords.hash(password[:MAX_LENGTH])
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        _store_password(session, account, password, hashed, now)
        session.execute(delete(WebSession).where(WebSession.account_id == account.id))
        record(session, scope, "account.password_reset", Thing("account", account.id), now)


def change_password(platform: Platform, scope: Scope, current: str, new: str, keep_session: int | None = None) -> None:
    """Change one's own password, knowing the present one; every other session ends."""
    with platform.database.read() as session:
        stored = own_account(session, scope).password_hash
    if not platform.passwords.verify(stored, current):
        raise Invalid({"current": Text("Le mot de passe actuel n’est pas le bon.", "The present password is wrong.")})
    hashed = platform.passwords.hash(new[:MAX_LENGTH])
    now = platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        _store_password(session, account, new, hashed, now)
        others = delete(WebSession).where(WebSession.account_id == account.id)
        session.execute(others.where(WebSession.id != keep_session) if keep_session is not None else others)
        record(session, scope, "account.password_changed", Thing("account", account.id), now)


def change_profile(platform: Platform, scope: Scope, name: str, email: str, lang: str) -> AccountView:
    """Change one's own name, address and language."""
    faults = _person_faults(name, email, lang)
    if faults:
        raise Invalid(faults)
    now = platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        account.name, account.email, account.lang = name.strip(), email.strip(), lang
        record(session, scope, "account.profile_changed", Thing("account", account.id), now)
        return _view(session, account, lang)


def _store_password(session: Session, account: Account, password: str, hashed: str, now: datetime) -> None:
    fault = password_fault(password, account.login, account.name)
    if fault is not None:
        raise Invalid({"password": fault})
    account.password_hash, account.password_changed_at = hashed, now
    session.flush()


def own_account(session: Session, scope: Scope) -> Account:
    """The account of who asks. SignInRequired when it is nobody's, or closed."""
    account = session.get(Account, scope.account_id) if scope.account_id is not None else None
    if account is None or not account.active:
        raise SignInRequired
    return account


def managed_account(session: Session, scope: Scope, account_id: int) -> Account:
    """An account to change, for who manages it. NotFound."""
    # All accounts change under one lock: two administrators could otherwise each remove the other.
    session.execute(select(Account.id).order_by(Account.id).with_for_update())
    account = session.get(Account, account_id)
    if account is None or not _manages(session, scope, account):
        raise NotFound
    return account


def _manages(session: Session, scope: Scope, account: Account) -> bool:
    if not account.grants:
        return scope.reach(Right.MANAGE_ACCOUNTS).everywhere
    return all(scope.allows(Right.MANAGE_ACCOUNTS, place_lineage(session, row.grant.place)) for row in account.grants)


def _allow_grants(session: Session, scope: Scope, grants: Iterable[Grant]) -> None:
    if not scope.allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden
    for grant in grants:
        if not may_give(scope, grant, place_lineage(session, grant.place)):
            raise Forbidden(
                Text(
                    "Vous ne pouvez pas donner ni retirer ce rôle à cet endroit.",
                    "You may neither give nor take back this role there.",
                )
            )


def _still_of_use(grants: Iterable[Grant], now: datetime) -> None:
    if not all(grant.current(now) for grant in grants):
        raise Invalid({"expires_on": ALREADY_OVER})


def _keep_an_administrator(session: Session, now: datetime) -> None:
    active = session.scalars(select(Account).where(Account.active).options(selectinload(Account.grants)))
    if not keeps_an_administrator(([row.grant for row in account.grants] for account in active), now):
        raise Refused(LAST_ADMINISTRATOR)


def count_accounts(session: Session) -> int:
    """How many accounts exist, closed ones included."""
    return session.scalar(select(func.count()).select_from(Account)) or 0


def _told(session: Session, grant: Grant) -> dict[str, str]:
    return {"role": grant.role, "place": place_name(session, grant.place, "fr")}


def _view(session: Session, account: Account, lang: str) -> AccountView:
    grants = tuple(
        GrantView(
            id=row.id,
            role=row.role,
            level=row.level,
            place=row.grant.place,
            place_name=place_name(session, row.grant.place, lang),
            expires_at=row.expires_at,
        )
        for row in account.grants
    )
    return AccountView(
        id=account.id,
        login=account.login,
        name=account.name,
        email=account.email,
        lang=account.lang,
        active=account.active,
        created_at=account.created_at,
        last_sign_in_at=account.last_sign_in_at,
        grants=grants,
        second_factor_since=account.second_factor_since,
    )
