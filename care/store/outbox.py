"""Mail to send: recorded before it is sent, so that a crash loses none and sends none twice unasked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.mail import MailState
from care.store.base import Base, Id, text_enum


class Mail(Base):
    """One message to one person. `message_id` is its Message-ID, the same however often it is sent.

    `account_id` is whose quiet hours it waits for, None for nobody's and for urgent messages. After `stale_at` it no
    longer leaves by itself.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_state_due_at", "state", "due_at"),
        Index("ix_mail_list", "state", "establishment_id", "recipient", "subject"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    purpose_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[MailState] = mapped_column(text_enum(MailState))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    trouble_fr: Mapped[str] = mapped_column(String(2000), default="")
    trouble_en: Mapped[str] = mapped_column(String(2000), default="")


class MailAttachment(Base):
    """A file that leaves with a message, kept until the message is settled. It never holds what only some may read:
    mail is read on the way."""

    __tablename__ = "mail_attachment"

    mail_id: Mapped[int] = mapped_column(ForeignKey("mail.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)
