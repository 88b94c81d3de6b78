"""Evidence: files named by their content, and what they are evidence of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.evidence import ChainKind, EvidenceKind, ThingKind
from care.store.base import BIG, Base, Id, text_enum

_UNSOUND: dict[str, Any] = {
    "sqlite_where": text("sound = 0"),
    "postgresql_where": text("NOT sound"),
}  # as each writes `~sound`


class StoredContent(Base):
    """One file of the evidence store. `sound` is what the last verification found."""

    __tablename__ = "stored_content"
    __table_args__ = (Index("ix_stored_content_unsound", "sha256", **_UNSOUND),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime]
    verified_at: Mapped[datetime] = mapped_column(index=True)
    sound: Mapped[bool] = mapped_column(default=True)


class Evidence(Base):
    """One version of a piece of evidence of one establishment: a file (`sha256`) or an address (`link`), never both.

    Several may hold the same content. The effective period is what the evidence speaks of, distinct from when it was
    added; None is open-ended. `replaces_id` is the version before. `number` counts the evidence of the establishment
    from 1 without a hole; `chain_hash` covers what nobody may change (`care.domain.evidence.Filed`) and the hash before
    it. `filed_*` is the period given when it was added, `effective_*` the one that holds now. `current` is False once
    another version replaces it or it is withdrawn; `version` grows with every change of its description.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("establishment_id", "number"),
        UniqueConstraint("replaces_id"),
        Index("ix_evidence_effective_to", "effective_to"),
        Index("ix_evidence_list", "establishment_id", "current", "id"),
        # Everything that the counts of the library look at, so that they never read the rows themselves.
        Index("ix_evidence_counts", "establishment_id", "current", "kind", "effective_to", "effective_from", "sha256"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_content.sha256"), index=True)
    link: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    kind: Mapped[EvidenceKind] = mapped_column(text_enum(EvidenceKind))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200), default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    owner: Mapped[str] = mapped_column(String(200), default="", server_default="")
    owner_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(200))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    filed_from: Mapped[date | None]
    filed_to: Mapped[date | None]
    current: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(200))
    withdrawn_why: Mapped[str | None] = mapped_column(Text)
    number: Mapped[int | None]
    chain_hash: Mapped[str | None] = mapped_column(String(64))


class EvidenceTie(Base):
    """What a piece of evidence proves. `thing_id` is a row number, or the written id of a requirement."""

    __tablename__ = "evidence_tie"
    __table_args__ = (Index("ix_evidence_tie_thing", "thing_kind", "thing_id"),)

    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    thing_kind: Mapped[ThingKind] = mapped_column(text_enum(ThingKind), primary_key=True)
    thing_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    tied_at: Mapped[datetime]
    tied_by: Mapped[str] = mapped_column(String(200))


class EvidenceChain(Base):
    """The end of an establishment's chain of evidence: locked by whoever adds one; it also betrays a cut tail."""

    __tablename__ = "evidence_chain"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Checkpoint(Base):
    """The end of a chain, signed (Ed25519) so that rewriting what precedes it shows. Never changed."""

    __tablename__ = "checkpoint"
    __table_args__ = (UniqueConstraint("kind", "establishment_id", "number"),)

    id: Mapped[Id]
    kind: Mapped[ChainKind] = mapped_column(text_enum(ChainKind))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"))
    number: Mapped[int] = mapped_column(BIG)
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
