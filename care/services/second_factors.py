"""The second factor of an account: codes of an application (TOTP), security keys, recovery codes printed once.

The shared secret is sealed by the installation's key, recovery codes are kept as hashes under a key derived from it:
a stolen database gives neither.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.brake import FREE_FOR_ACCOUNT
from care.domain.one_time_codes import (
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    RECOVERY_LETTERS,
    accepted_counter,
    as_app_code,
    as_recovery_code,
    in_groups,
)
from care.domain.passwords import MAX_LENGTH
from care.services.accounts import managed_account, own_account
from care.services.brakes import count_attempt, start_afresh
from care.services.errors import Invalid, Refused
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.accounts import Account, RecoveryCode, SecurityKey, TotpSecret, WebSession
from scanners.model import Text

ISSUER = "CaRE"
WRONG_CODE = Text(
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant et vérifiez l’heure du téléphone.",
    "This code is wrong, or was used already. Wait for the next one and check the time of the phone.",
)
WRONG_PASSWORD = Text("Le mot de passe n’est pas le bon.", "The password is wrong.")
ALREADY = Text(
    "Ce compte a déjà un second facteur : retirez-le d’abord pour changer de téléphone.",
    "This account already has a second factor: remove it first to change phones.",
)
NOT_BEGUN = Text("Commencez par afficher le code à scanner.", "Begin by showing the code to scan.")
NONE_YET = Text("Ce compte n’a pas de second facteur.", "This account has no second factor.")
NOT_YOURSELF = Text(
    "Retirez votre propre second facteur depuis « Mon compte », avec votre mot de passe et un code.",
    "Remove your own second factor from “My account”, with your password and a code.",
)


class Means(StrEnum):
    """What proved the second factor."""

    APP = "app"
    RECOVERY = "recovery"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the phone must learn: the secret in Base32, and the address that the QR holds."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """One's second factor: since when (None: none), recovery codes left, and an enrolment begun."""

    since: datetime | None
    codes_left: int
    begun: Enrolment | None
    has_app: bool


def own_factor(platform: Platform, scope: Scope) -> OwnFactor:
    """One's own second factor."""
    with platform.database.read() as session:
        account = own_account(session, scope)
        row = session.get(TotpSecret, account.id)
        begun = row is not None and row.confirmed_at is None
        unused = select(func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
        return OwnFactor(
            since=account.second_factor_since,
            codes_left=session.scalar(unused) or 0,
            begun=_enrolment(platform, account, row) if row is not None and begun else None,
            has_app=row is not None and not begun,
        )


def begin(platform: Platform, scope: Scope) -> None:
    """Draw a new secret, which counts for nothing until a code confirms it. Refused when one is confirmed already."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        row = session.get(TotpSecret, account.id, with_for_update=True)
        if row is not None and row.confirmed_at is not None:
            raise Refused(ALREADY)
        sealed = platform.secrets.seal(pyotp.random_base32(), _place(account.id))
        if row is None:
            row = TotpSecret(account_id=account.id, last_counter=0)
            session.add(row)
        row.sealed, row.begun_at = sealed, now


def confirm(
    platform: Platform, scope: Scope, password: str, code: str, keep_session: int | None = None
) -> tuple[str, ...]:
    """Make the secret count, knowing the password and a code of the phone; the recovery codes, told this once.

    The password is asked for so that a screen left open does not become somebody else's account. Every other session
    ends.
    """
    check_password(platform, scope, password)
    now = platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        row = session.get(TotpSecret, account.id, with_for_update=True)
        if row is None:
            raise Refused(NOT_BEGUN)
        if row.confirmed_at is not None:
            raise Refused(ALREADY)
        counter = _counter(platform, row, code, now)
        if counter is None:
            raise Invalid({"code": WRONG_CODE})
        row.confirmed_at, row.last_counter = now, counter
        codes = added(platform, session, account, now)
        end_other_sessions(session, account.id, keep_session)
        record(session, scope, "account.second_factor_added", Thing("account", account.id), now, {"kind": "app"})
        return codes


def renew_codes(platform: Platform, scope: Scope, password: str, code: str) -> tuple[str, ...]:
    """Ten new recovery codes, the old ones worth nothing any more; told this once."""
    check_password(platform, scope, password)
    now = platform.clock.now()
    with platform.database.write() as session:
        account = _with_factor(session, scope)
        _spend(session, platform, account.id, code, now)
        codes = _draw_codes(platform, session, account.id)
        record(session, scope, "account.codes_renewed", Thing("account", account.id), now)
        return codes


def remove_own(platform: Platform, scope: Scope, password: str, code: str, keep_session: int | None = None) -> None:
    """Take away one's own second factor, knowing the password and a code; every other session ends."""
    check_password(platform, scope, password)
    now = platform.clock.now()
    with platform.database.write() as session:
        account = _with_factor(session, scope)
        _spend(session, platform, account.id, code, now)
        session.execute(delete(TotpSecret).where(TotpSecret.account_id == account.id))
        removed(session, account)
        end_other_sessions(session, account.id, keep_session)
        record(session, scope, "account.second_factor_removed", Thing("account", account.id), now)


def remove_of(platform: Platform, scope: Scope, account_id: int) -> None:
    """Take away the second factor of somebody who lost it, for who manages the account; their sessions end."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = managed_account(session, scope, account_id)
        if account.id == scope.account_id:
            raise Refused(NOT_YOURSELF)
        if account.second_factor_since is None:
            raise Refused(NONE_YET)
        _forget(session, account)
        end_other_sessions(session, account.id, None)
        record(session, scope, "account.second_factor_reset", Thing("account", account.id), now)


def use_code(session: Session, platform: Platform, account_id: int, typed: str, now: datetime) -> Means | None:
    """Spend a code of the application or a recovery code; None when it is wrong or was used already."""
    if as_app_code(typed):
        row = session.get(TotpSecret, account_id, with_for_update=True)
        counter = _counter(platform, row, typed, now) if row is not None and row.confirmed_at is not None else None
        if row is None or counter is None:
            return None
        row.last_counter = counter
        return Means.APP
    code = as_recovery_code(typed)
    return Means.RECOVERY if code and _spend_recovery(session, platform, account_id, code, now) else None


def _spend_recovery(session: Session, platform: Platform, account_id: int, code: str, now: datetime) -> bool:
    hashes = [_code_hash(key, account_id, code) for key in platform.secrets.derive("recovery-codes")]
    query = select(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.code_hash.in_(hashes), RecoveryCode.used_at.is_(None)
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        return False
    row.used_at = now
    return True


def _spend(session: Session, platform: Platform, account_id: int, code: str, now: datetime) -> None:
    if use_code(session, platform, account_id, code, now) is None:
        raise Invalid({"code": WRONG_CODE})
    start_afresh(session, proof_key(account_id))


def check_password(platform: Platform, scope: Scope, password: str) -> None:
    """One's own password, each attempt counted before it is looked at: those of a session are nobody else's."""
    now = platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        count_attempt(session, {proof_key(account.id): FREE_FOR_ACCOUNT}, now)
        stored = account.password_hash
    if not platform.passwords.verify(stored, password[:MAX_LENGTH]) or len(password) > MAX_LENGTH:
        raise Invalid({"password": WRONG_PASSWORD})


def proof_key(account_id: int) -> str:
    """The brake on what an open session of this account asks again."""
    return f"proof:{account_id}"


def _with_factor(session: Session, scope: Scope) -> Account:
    account = own_account(session, scope)
    if account.second_factor_since is None:
        raise Refused(NONE_YET)
    return account


def _enrolment(platform: Platform, account: Account, row: TotpSecret) -> Enrolment:
    secret = platform.secrets.open(row.sealed, _place(account.id))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER))


def _counter(platform: Platform, row: TotpSecret, typed: str, now: datetime) -> int | None:
    code = as_app_code(typed)
    if not code:
        return None
    codes = pyotp.TOTP(platform.secrets.open(row.sealed, _place(row.account_id)))
    return accepted_counter(
        now, row.last_counter, lambda counter: hmac.compare_digest(codes.generate_otp(counter), code)
    )


def _draw_codes(platform: Platform, session: Session, account_id: int) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    key = platform.secrets.derive("recovery-codes")[0]
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_code_hash(key, account_id, one)) for one in codes)
    return tuple(in_groups(one) for one in codes)


def _code_hash(key: bytes, account_id: int, code: str) -> str:
    return hmac.new(key, f"{account_id}:{code}".encode(), hashlib.sha256).hexdigest()


def added(platform: Platform, session: Session, account: Account, now: datetime) -> tuple[str, ...]:
    """A factor was added: the first one brings recovery codes, told this once."""
    start_afresh(session, proof_key(account.id))
    if account.second_factor_since is not None:
        return ()
    account.second_factor_since = now
    return _draw_codes(platform, session, account.id)


def removed(session: Session, account: Account) -> None:
    """A factor was removed: with the last one, recovery codes go too."""
    app = select(TotpSecret.account_id).where(TotpSecret.account_id == account.id, TotpSecret.confirmed_at.is_not(None))
    keys = select(SecurityKey.id).where(SecurityKey.account_id == account.id).limit(1)
    if session.scalar(app) is None and session.scalar(keys) is None:
        _forget(session, account)


def _forget(session: Session, account: Account) -> None:
    session.execute(delete(TotpSecret).where(TotpSecret.account_id == account.id))
    session.execute(delete(SecurityKey).where(SecurityKey.account_id == account.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    account.second_factor_since = None
    session.flush()


def end_other_sessions(session: Session, account_id: int, but: int | None) -> None:
    """End the sessions of an account, but one."""
    others = delete(WebSession).where(WebSession.account_id == account_id)
    session.execute(others if but is None else others.where(WebSession.id != but))


def _place(account_id: int) -> str:
    return f"totp:{account_id}"
