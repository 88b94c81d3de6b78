"""Security keys (WebAuthn) as second factor: asked to sign a challenge that is kept here and serves once.

The site they answer for is that of `CARE_BASE_URL`: a key never answers for another one, which is what no code can do.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from care.config import Settings
from care.domain.access import Scope
from care.services.accounts import own_account
from care.services.errors import Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.second_factors import ISSUER, Means, added, check_password, end_other_sessions, removed
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.accounts import Account, KeyChallenge, SecurityKey, WebSession
from scanners.model import Text

T = TypeVar("T")

MOST_KEYS = 10
NAME_LENGTH = 60
ANSWER_LENGTH = 20_000
ASKED_FOR = timedelta(minutes=5)
"""A key asked later than this is asked again. Our choice."""
_CHALLENGE_BYTES = 32
NO_NAME = Text(
    "Les clés de sécurité demandent une adresse en https avec un nom : CaRE est joint par une adresse IP ou sans TLS.",
    "Security keys need an https address with a name: CaRE is reached by an IP address or without TLS.",
)
NO_ANSWER = Text(
    "La clé n’a pas répondu comme attendu : recommencez, avec une clé ajoutée à ce compte.",
    "The key did not answer as expected: try again, with a key that was added to this account.",
)


@dataclass(frozen=True, slots=True)
class Site:
    """The site keys answer for: its name, and the origin that browsers tell them."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class KeyView:
    """One of one's keys."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


def site_of(settings: Settings) -> Site | None:
    """The site of this installation; None where browsers let no key answer."""
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    if parts.scheme != "https" or _is_address(host):
        return None
    port = "" if parts.port in {None, 443} else f":{parts.port}"
    return Site(host, f"https://{host}{port}")


def list_keys(platform: Platform, scope: Scope) -> tuple[KeyView, ...]:
    """One's own keys, in the order they were added."""
    with platform.database.read() as session:
        account = own_account(session, scope)
        return tuple(KeyView(row.id, row.name, row.added_at, row.used_at) for row in _keys(session, account.id))


def has_keys(platform: Platform, scope: Scope) -> bool:
    """Whether an account has keys that could answer here: the page that asks for the code offers them."""
    with platform.database.read() as session:
        keys = select(SecurityKey.id).where(SecurityKey.account_id == scope.account_id).limit(1)
        return site_of(platform.settings) is not None and session.scalar(keys) is not None


def ask_to_add(platform: Platform, scope: Scope, session_id: int | None) -> str:
    """What the browser must ask a new key, in JSON. Refused where keys cannot answer."""
    site, now = _site(platform), platform.clock.now()
    with platform.database.write() as session:
        account = own_account(session, scope)
        challenge = _ask(session, _own_session(session, scope, session_id), now, adding=True)
        options = webauthn.generate_registration_options(
            rp_id=site.name,
            rp_name=ISSUER,
            user_name=account.login,
            user_display_name=account.name,
            user_id=str(account.id).encode(),
            challenge=challenge,
            exclude_credentials=_described(_keys(session, account.id)),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.DISCOURAGED,
            ),
        )
        return webauthn.options_to_json(options)


def add_key(
    platform: Platform, scope: Scope, session_id: int | None, name: str, password: str, answer: str
) -> tuple[str, ...]:
    """Add the key that answered, knowing the password; recovery codes when it is the first factor, told this once.

    Every other session ends.
    """
    named, site, now = _name(name), _site(platform), platform.clock.now()
    check_password(platform, scope, password)
    with platform.database.write() as session:
        asked = _take_challenge(session, _own_session(session, scope, session_id), now, adding=True)
    made = asked and _verified(
        answer,
        lambda: webauthn.verify_registration_response(
            credential=answer, expected_challenge=asked, expected_rp_id=site.name, expected_origin=site.origin
        ),
    )
    if not made:
        raise Refused(NO_ANSWER)
    with platform.database.write() as session:
        account = own_account(session, scope)
        known = bytes_to_base64url(made.credential_id)
        _check_new(session, account, known)
        row = SecurityKey(
            account_id=account.id,
            name=named,
            credential_id=known,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=_transports(answer),
            added_at=now,
        )
        session.add(row)
        codes = added(platform, session, account, now)
        end_other_sessions(session, account.id, session_id)
        record(session, scope, "account.key_added", Thing("account", account.id), now, {"name": named})
        return codes


def rename_key(platform: Platform, scope: Scope, key_id: int, name: str) -> None:
    """Call one of one's keys otherwise."""
    named, now = _name(name), platform.clock.now()
    with platform.database.write() as session:
        row = _own_key(session, scope, key_id)
        row.name = named
        record(session, scope, "account.key_renamed", Thing("account", row.account_id), now, {"name": named})


def remove_key(platform: Platform, scope: Scope, key_id: int, password: str, keep_session: int | None) -> None:
    """Take one of one's keys away, knowing the password; every other session ends."""
    check_password(platform, scope, password)
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _own_key(session, scope, key_id)
        account, name = own_account(session, scope), row.name
        session.delete(row)
        session.flush()
        removed(session, account)
        end_other_sessions(session, account.id, keep_session)
        record(session, scope, "account.key_removed", Thing("account", account.id), now, {"name": name})


def ask_to_enter(platform: Platform, scope: Scope, session_id: int) -> str:
    """What the browser must ask one of the keys of the account whose session awaits it, in JSON."""
    site, now = _site(platform), platform.clock.now()
    with platform.database.write() as session:
        keys = _described(_keys(session, scope.account_id or 0))
        if not keys:
            raise Refused(NO_ANSWER)
        options = webauthn.generate_authentication_options(
            rp_id=site.name,
            challenge=_ask(session, _own_session(session, scope, session_id), now, adding=False),
            allow_credentials=keys,
            user_verification=UserVerificationRequirement.DISCOURAGED,
        )
        return webauthn.options_to_json(options)


def use_key(session: Session, platform: Platform, row: WebSession, answer: str, now: datetime) -> Means | None:
    """Spend the challenge of this session on the answer of a key; None when it is not one of the account's."""
    site, asked = site_of(platform.settings), _take_challenge(session, row, now, adding=False)
    key = _answering(session, row.account_id, answer)
    if site is None or asked is None or key is None:
        return None
    found = _verified(
        answer,
        lambda: webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=asked,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        ),
    )
    if found is None:
        return None
    key.sign_count, key.used_at = found.new_sign_count, now
    return Means.KEY


def _verified(answer: str, verify: Callable[[], T]) -> T | None:
    """What the library makes of an answer, None when it refuses it; an answer that is no JSON raises ValueError."""
    if len(answer) > ANSWER_LENGTH:
        return None
    try:
        return verify()
    except (WebAuthnException, ValueError):
        return None


def _answering(session: Session, account_id: int, answer: str) -> SecurityKey | None:
    known = _told(answer).get("id")
    if not isinstance(known, str):
        return None
    query = select(SecurityKey).where(SecurityKey.account_id == account_id, SecurityKey.credential_id == known)
    return session.scalars(query.with_for_update()).one_or_none()


def _transports(answer: str) -> str:
    response = _told(answer).get("response")
    told = response.get("transports") if isinstance(response, dict) else None
    return ",".join(one.value for one in AuthenticatorTransport if isinstance(told, list) and one.value in told)


def _told(answer: str) -> dict[str, object]:
    try:
        told = json.loads(answer) if len(answer) <= ANSWER_LENGTH else None
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) else {}


def _ask(session: Session, row: WebSession, now: datetime, *, adding: bool) -> bytes:
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    session.execute(delete(KeyChallenge).where(KeyChallenge.session_id == row.id))
    session.add(KeyChallenge(session_id=row.id, challenge=challenge, adding=adding, asked_at=now))
    return challenge


def _take_challenge(session: Session, row: WebSession, now: datetime, *, adding: bool) -> bytes | None:
    asked = session.get(KeyChallenge, row.id, with_for_update=True)
    if asked is None:
        return None
    session.delete(asked)
    session.flush()
    return asked.challenge if asked.adding is adding and timedelta(0) <= now - asked.asked_at < ASKED_FOR else None


def _check_new(session: Session, account: Account, known: str) -> None:
    if session.scalar(select(SecurityKey.id).where(SecurityKey.credential_id == known)) is not None:
        raise Refused(Text("Cette clé est déjà ajoutée.", "This key was added already."))
    if len(_keys(session, account.id)) >= MOST_KEYS:
        raise Refused(Text(f"{MOST_KEYS} clés au plus : retirez-en une.", f"{MOST_KEYS} keys at most: remove one."))


def _keys(session: Session, account_id: int) -> list[SecurityKey]:
    return list(
        session.scalars(select(SecurityKey).where(SecurityKey.account_id == account_id).order_by(SecurityKey.id))
    )


def _described(keys: list[SecurityKey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=webauthn.base64url_to_bytes(row.credential_id),
            transports=[AuthenticatorTransport(one) for one in row.transports.split(",") if one],
        )
        for row in keys
    ]


def _own_key(session: Session, scope: Scope, key_id: int) -> SecurityKey:
    row = session.get(SecurityKey, key_id, with_for_update=True)
    if row is None or row.account_id != own_account(session, scope).id:
        raise NotFound
    return row


def _own_session(session: Session, scope: Scope, session_id: int | None) -> WebSession:
    row = session.get(WebSession, session_id, with_for_update=True) if session_id is not None else None
    if row is None or row.account_id != scope.account_id:
        raise NotFound
    return row


def _name(typed: str) -> str:
    name = line_of(typed)
    if not name or len(name) > NAME_LENGTH:
        said = Text(
            f"Donnez un nom à la clé ({NAME_LENGTH} signes au plus).", f"Name the key ({NAME_LENGTH} signs at most)."
        )
        raise Invalid({"name": said})
    return name


def _site(platform: Platform) -> Site:
    site = site_of(platform.settings)
    if site is None:
        raise Refused(NO_NAME)
    return site


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
