"""Accounts, what they are granted and where, their sessions, and the brake on sign-in attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from care.domain.access import Grant, Level, Place, Role
from care.store.base import BIG, Base, Id, text_enum

LOGIN_LENGTH = 100


class Account(Base):
    """A person who signs in. `login` is kept in lower case; an account is closed, never deleted."""

    __tablename__ = "account"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(LOGIN_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), default="")
    lang: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    second_factor_since: Mapped[datetime | None]

    grants: Mapped[list[AccountGrant]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="AccountGrant.id"
    )


class AccountGrant(Base):
    """A role on a place. The level is written down: a lost place must never read as “the whole platform”."""

    __tablename__ = "account_grant"
    __table_args__ = (
        CheckConstraint(
            "(level = 'region') = (region_id IS NOT NULL)"
            " AND (level = 'ght') = (ght_id IS NOT NULL)"
            " AND (level = 'legal_entity') = (legal_entity_id IS NOT NULL)"
            " AND (level = 'establishment') = (establishment_id IS NOT NULL)",
            name="place_matches_level",
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    level: Mapped[Level] = mapped_column(text_enum(Level))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    ght_id: Mapped[int | None] = mapped_column(ForeignKey("ght.id"))
    legal_entity_id: Mapped[int | None] = mapped_column(ForeignKey("legal_entity.id"))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    expires_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="grants")

    @classmethod
    def of(cls, grant: Grant) -> AccountGrant:
        """The row of a grant."""
        row = cls(role=grant.role, level=grant.place.level, expires_at=grant.expires_at)
        if grant.place.level is not Level.PLATFORM:
            setattr(row, f"{grant.place.level}_id", grant.place.id)
        return row

    @property
    def grant(self) -> Grant:
        """The grant this row holds."""
        number = 0 if self.level is Level.PLATFORM else getattr(self, f"{self.level}_id")
        return Grant(self.role, Place(self.level, number), self.expires_at)


class WebSession(Base):
    """Someone signed in on one browser. The browser holds a random token, the database only its SHA-256."""

    __tablename__ = "web_session"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
    awaits_code: Mapped[bool] = mapped_column(default=False)
    """The password was right, the second factor is still to come: it opens nothing yet."""
    proved_at: Mapped[datetime | None]
    """When the person last proved who they are; None for sessions opened before this was kept."""

    account: Mapped[Account] = relationship()


class TotpSecret(Base):
    """What an account shares with its application of codes, sealed. `last_counter` is that of the last code taken."""

    __tablename__ = "totp_secret"

    account_id: Mapped[int] = mapped_column(
        BIG, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_counter: Mapped[int] = mapped_column(BIG, default=0)


class RecoveryCode(Base):
    """A code printed once, for the day the phone is lost: only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class SecurityKey(Base):
    """A security key of an account: what it answers is verified with its public half. `credential_id` is base64url."""

    __tablename__ = "security_key"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BIG)
    transports: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KeyChallenge(Base):
    """What a session has asked a key to sign, once: the last one asked replaces the others."""

    __tablename__ = "key_challenge"

    session_id: Mapped[int] = mapped_column(
        BIG, ForeignKey("web_session.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    adding: Mapped[bool]
    asked_at: Mapped[datetime]


class RequiredFactor(Base):
    """A role whose people must have a second factor."""

    __tablename__ = "required_factor"

    role: Mapped[Role] = mapped_column(text_enum(Role), primary_key=True)
    since: Mapped[datetime]
    required_by: Mapped[str] = mapped_column(String(LOGIN_LENGTH))


class SignInBrake(Base):
    """Failed sign-ins counted for one account name or one address: `key` is `account:…` or `address:…`."""

    __tablename__ = "sign_in_brake"

    key: Mapped[str] = mapped_column(String(LOGIN_LENGTH + 20), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]
