"""What a person wants to be told by mail, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.notices import Digest
from care.store.base import Base, text_enum


class NoticeChoice(Base):
    """The choices of one account. `weekday` 0 is Monday; minutes count from midnight, in `timezone` (empty: ours).

    Quiet hours run from `quiet_from` to `quiet_to`, over midnight when the end is the smaller; none when equal.
    """

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[Digest] = mapped_column(text_enum(Digest))
    weekday: Mapped[int]
    at_minute: Mapped[int]
    immediate: Mapped[bool]
    quiet_from: Mapped[int]
    quiet_to: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64), default="")


class NoticeTold(Base):
    """A reminder that was given to someone, once and for all: `key` is that of the deadline and of the step."""

    __tablename__ = "notice_told"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it from the class

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(index=True)
