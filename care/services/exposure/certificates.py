"""Certificates that are seen, and those that end soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from care.store.assets import Asset

SOON = timedelta(days=60)
"""Certificates that end within that time are told: a purchase and a change in a hospital take weeks (our choice)."""


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate that ends soon, or has ended (`days` below 0), on one port."""

    asset_id: int
    key: str
    subject: str
    until: date
    days: int


def ending(rows: Iterable[Asset], day: date) -> Iterable[CertificateLine]:
    """Those that end soon or have ended, the most pressing first."""
    return [one for one in certificates_of(rows, day) if one.until <= day + SOON]


def certificates_of(rows: Iterable[Asset], day: date) -> list[CertificateLine]:
    """The certificates of some things, the first to end first."""
    found = []
    for row in rows:
        until = row.traits.get("certificate_until", "")
        if until:
            ends = datetime.fromisoformat(until).date()
            subject = row.traits.get("certificate_subject", "")
            found.append(CertificateLine(row.id, row.key, subject, ends, (ends - day).days))
    return sorted(found, key=lambda one: (one.until, one.key))
