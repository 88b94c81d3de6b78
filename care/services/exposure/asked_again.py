"""What an audit asks again because former ones of the same target found it: otherwise nobody learns that it is gone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.assets import AssetKind
from care.store.assets import Asset
from care.store.findings import FindingRow, SightingRow
from scanners.exposure.domain_facts import MAX_FOUND
from scanners.exposure.subjects import read_subject


def known_names(session: Session, target_id: int) -> tuple[str, ...]:
    """The names that a target still holds for present, as things or in the subjects of findings, in order."""
    things = session.scalars(
        select(Asset.key).where(Asset.target_id == target_id, Asset.kind == AssetKind.NAME, Asset.gone_at.is_(None))
    )
    subjects = session.scalars(
        select(FindingRow.subject)
        .join(SightingRow, SightingRow.finding_id == FindingRow.id)
        .where(SightingRow.target_id == target_id, SightingRow.gone_at.is_(None))
        .distinct()
    )
    read = [read_subject(subject) for subject in subjects]
    named = {one.host for one in read if isinstance(one.host, str)} | {one.site for one in read}
    return tuple(sorted(name for name in named.union(things) if "." in name))[:MAX_FOUND]
