"""A fresh proof of who is there, asked for before what is grave: rights, sealed books, the whole trail.

Somebody may have left their screen open; the proof is the password or a code of the second factor, typed again.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.one_time_codes import as_app_code
from care.domain.passwords import MAX_LENGTH
from care.services.accounts import own_account
from care.services.brakes import start_afresh
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.second_factors import proof_key, use_code
from care.services.sessions import count_alone
from care.services.trail import Thing, record
from care.store.accounts import WebSession
from scanners.model import Text

WRONG_PROOF = Text(
    "Ce n’est ni votre mot de passe, ni un code qui puisse encore servir.",
    "This is neither your password nor a code that can still be used.",
)


def prove(platform: Platform, scope: Scope, session_id: int | None, typed: str) -> None:
    """Note that this session has just been proved by the password, or by a code of the second factor.

    Refused when it is neither; throttled as any attempt, counted for this account's open sessions alone.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        account = own_account(session, scope)
        number, stored = account.id, account.password_hash
    count_alone(platform, proof_key(number), now)
    by_password = not as_app_code(typed) and _opens(platform, stored, typed)
    with platform.database.write() as session:
        means = "password" if by_password else use_code(session, platform, number, typed, now)
        if means is not None:
            _own_session(session, scope, session_id).proved_at = now
            start_afresh(session, proof_key(number))
            record(session, scope, "account.proved", Thing("account", number), now, {"by": str(means)})
            return
    with platform.database.write() as session:
        record(session, scope, "account.proof_refused", Thing("account", number), now)
    raise Refused(WRONG_PROOF)


def _opens(platform: Platform, stored: str, typed: str) -> bool:
    return platform.passwords.verify(stored, typed[:MAX_LENGTH]) and len(typed) <= MAX_LENGTH


def _own_session(session: Session, scope: Scope, session_id: int | None) -> WebSession:
    row = session.get(WebSession, session_id) if session_id is not None else None
    if row is None or row.account_id != scope.account_id:
        raise NotFound
    return row
