"""Federation: installations that send signed indicators to a region, and the regions that this one sends to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.federation import BundleVerdict, DeliveryState, InstallationState, KeyState, Way
from care.store.base import Base, Id, text_enum


class Enrolment(Base):
    """An invitation to send: a code that is typed once, for one installation and the establishments it speaks for.

    Only the hash of the code is kept. `place` is written as a grant's: `region:53`, `ght:7`. `installation_id`: the
    installation that enrols again with this code, none for a new one.
    """

    __tablename__ = "enrolment"

    id: Mapped[Id]
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(40), index=True)
    establishments: Mapped[list[int]] = mapped_column(JSON)
    pseudonymous: Mapped[bool] = mapped_column(default=False)
    installation_id: Mapped[int | None] = mapped_column(ForeignKey("installation.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Installation(Base):
    """An installation that may send. `identifier` is the one it gave itself; one that was installed again from nothing,
    and enrols again, comes with another.

    `last_number` and `last_sha256` are those of the last bundle accepted: one with a smaller number is refused.
    `expected_days`: after so many days without a bundle it counts as late.
    """

    __tablename__ = "installation"

    id: Mapped[Id]
    identifier: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(40), index=True)
    pseudonymous: Mapped[bool] = mapped_column(default=False)
    state: Mapped[InstallationState] = mapped_column(text_enum(InstallationState))
    format: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    last_sha256: Mapped[str] = mapped_column(String(64), default="")
    last_received_at: Mapped[datetime | None]
    expected_days: Mapped[int] = mapped_column(default=35)
    contact: Mapped[str] = mapped_column(String(300), default="")
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class InstallationKey(Base):
    """A public key (raw Ed25519, 32 bytes) of an installation. One is active; former ones sign nothing any more."""

    __tablename__ = "installation_key"
    __table_args__ = (UniqueConstraint("key_id"),)

    id: Mapped[Id]
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[KeyState] = mapped_column(text_enum(KeyState))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(300), default="")


class InstallationEstablishment(Base):
    """An establishment that an installation speaks for: one speaks for it, no other, and not this platform either."""

    __tablename__ = "installation_establishment"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    since: Mapped[datetime]


class ReceivedBundle(Base):
    """Everything that arrived, taken or not, and why. Never changed.

    `installation_id` is none when nobody could tell who sent it. `audience` is the key of the region that its sender
    knew: the receipt is signed with that one. `set_aside` lists what was left out of a bundle that
    was taken: what (`establishment`, `indicator`, `version`…), which, and how many values.
    """

    __tablename__ = "received_bundle"
    __table_args__ = (Index("ix_received_bundle_installation_id_id", "installation_id", "id"),)

    id: Mapped[Id]
    installation_id: Mapped[int | None] = mapped_column(ForeignKey("installation.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    number: Mapped[int | None]
    format: Mapped[int | None]
    key_id: Mapped[str] = mapped_column(String(64), default="")
    made_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    received_by: Mapped[str] = mapped_column(String(200))
    way: Mapped[Way] = mapped_column(text_enum(Way))
    verdict: Mapped[BundleVerdict] = mapped_column(text_enum(BundleVerdict))
    audience: Mapped[str] = mapped_column(String(64), default="")
    reason_fr: Mapped[str] = mapped_column(Text, default="")
    reason_en: Mapped[str] = mapped_column(Text, default="")
    written: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class RegionLink(Base):
    """A region that this installation sends to. `identifier` is ours for that region, `last_number` that of the last
    bundle made; `url` is empty when bundles travel by file only.

    `region_key` (PEM) signs the region's receipts, empty until the region answered; `our_key` is the fingerprint of the
    key of ours that it knows. `trusted_pem` is the authority of its certificate when it is not one of the machine's.
    `place_name`: the territory, as the region calls it. `pseudonymous`: establishments are sent under pseudonyms.
    `months` back that each bundle tells. Nothing leaves while it is not `enabled`, which a person does once the
    fingerprint of the region was compared; nor while `foreign_number` is there: a bundle of our identifier that the
    region took, and that was not made here. `heard_at`: its alerts were last read; `unheard_since`: since when they
    cannot be, and why. `asked_at`: when it wrote the latest of its campaigns taken here; `wrong_fr`, `wrong_en`: why
    those that it sent since could not be, empty otherwise.
    """

    __tablename__ = "region_link"

    id: Mapped[Id]
    identifier: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500), default="")
    region_key: Mapped[str] = mapped_column(Text)
    our_key: Mapped[str] = mapped_column(String(64), default="")
    place_name: Mapped[str] = mapped_column(String(200), default="")
    trusted_pem: Mapped[str] = mapped_column(Text, default="")
    establishments: Mapped[list[str]] = mapped_column(JSON)
    pseudonymous: Mapped[bool] = mapped_column(default=False)
    months: Mapped[int] = mapped_column(default=13)
    last_number: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime | None]
    wrong_fr: Mapped[str] = mapped_column(Text, default="")
    wrong_en: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    foreign_number: Mapped[int | None]
    foreign_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    unheard_since: Mapped[datetime | None]
    unheard_fr: Mapped[str] = mapped_column(Text, default="")
    unheard_en: Mapped[str] = mapped_column(Text, default="")
    joined_at: Mapped[datetime]
    joined_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class RegionKey(Base):
    """A key (raw Ed25519, 32 bytes) of a region that was believed: compared by `by`, or presented by the one before,
    whose fingerprint is then `presented_by`. The one without an end is believed now; one that ended never is again
    through another key's word."""

    __tablename__ = "region_key"
    __table_args__ = (UniqueConstraint("link_id", "key_id", "since"),)

    id: Mapped[Id]
    link_id: Mapped[int] = mapped_column(ForeignKey("region_link.id"))
    key_id: Mapped[str] = mapped_column(String(64))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    presented_by: Mapped[str] = mapped_column(String(64), default="")
    by: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class SentBundle(Base):
    """A bundle made for a region, whole, and how its delivery goes. `document` is emptied when it has become old: its
    fingerprint stays."""

    __tablename__ = "sent_bundle"
    __table_args__ = (UniqueConstraint("link_id", "number"),)

    id: Mapped[Id]
    link_id: Mapped[int] = mapped_column(ForeignKey("region_link.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
    way: Mapped[Way] = mapped_column(text_enum(Way))
    state: Mapped[DeliveryState] = mapped_column(text_enum(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    told_fr: Mapped[str] = mapped_column(Text, default="")
    told_en: Mapped[str] = mapped_column(Text, default="")
    delivered_at: Mapped[datetime | None]
