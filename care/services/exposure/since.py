"""What the exposure audits of a campaign changed of what the audits before them saw: for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.assets import AssetChange
from care.services.exposure.unreported import Unreported
from care.services.exposure.words import KINDS, summary
from care.services.scanning import EXPOSURE
from care.store.assets import Asset, AssetEvent
from care.store.evidence import Evidence
from care.store.runs import Run
from reports.audit import GoneThing, ReportChanges
from scanners.model import Lang


def changes_of(session: Session, campaign_id: int, hidden: Unreported, lang: Lang) -> Mapping[str, ReportChanges]:
    """What each of them changed, without what is not reported, by the fingerprint of its facts."""
    runs = session.execute(
        select(Evidence.sha256, Run.id, Run.target_id)
        .join(Run, Run.facts_id == Evidence.id)
        .where(Run.campaign_id == campaign_id, Run.scanner == EXPOSURE)
    ).all()
    return {sha256: _changes(session, run, target, hidden, lang) for sha256, run, target in runs if sha256 is not None}


def _changes(session: Session, run_id: int, target_id: int, hidden: Unreported, lang: Lang) -> ReportChanges:
    before = select(func.count()).where(Run.target_id == target_id, Run.id < run_id, Run.recorded_at.is_not(None))
    if not session.scalar(before):
        return ReportChanges(first=True)
    rows = session.execute(
        select(Asset, AssetEvent.what)
        .join(AssetEvent, AssetEvent.asset_id == Asset.id)
        .where(AssetEvent.run_id == run_id)
        .order_by(Asset.kind, Asset.key)
    ).all()
    told = {row.id for row in hidden.keep(row for row, _what in rows)}
    kept = [(row, what) for row, what in rows if row.id in told]
    counts = Counter(what for _row, what in kept)
    return ReportChanges(
        first=False,
        appeared=counts[AssetChange.NEW] + counts[AssetChange.BACK],
        changed=counts[AssetChange.CHANGED],
        gone=tuple(
            GoneThing(KINDS[row.kind].render(lang), row.key, summary(row.kind, row.traits, lang))
            for row, what in kept
            if what is AssetChange.GONE
        ),
    )
