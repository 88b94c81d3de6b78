"""An ADS result typed twice makes one run: ANSSI's service gives no file whose fingerprint would tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.errors import Refused
from care.store.evidence import Evidence
from care.store.imports import ImportDraft
from care.store.runs import Run
from scanners.imported.model import Report, Tool
from scanners.model import Text

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """The run of an ADS result already recorded."""

    run_id: int
    at: datetime
    by: str

    @property
    def text(self) -> Text:
        """The sentence that refuses it the second time."""
        return Text(
            f"Ce résultat ADS est déjà enregistré (import n° {self.run_id}, saisi par {self.by} le "
            f"{self.at:%d/%m/%Y}) : rien à ajouter. Un document reçu se joint à cet import, depuis sa page.",
            f"This ADS result is already recorded (import {self.run_id}, typed in by {self.by} on {self.at:%Y-%m-%d}): "
            "there is nothing to add. A document received is attached to that import, from its page.",
        )


def typed_before(session: Session, establishment_id: int, report: Report, sha256: str, timezone: str) -> Typed | None:
    """The latest result of the same domain and day, when it is the same: after a correction it may be typed again.

    `sha256` is that of what is typed, which names the day and not the hour.
    """
    morning = datetime.combine(report.finished_at.astimezone(ZoneInfo(timezone)), time(), ZoneInfo(timezone))
    row = session.execute(
        select(Run.id, Run.asked_at, Run.asked_by, Evidence.sha256)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(
            Run.establishment_id == establishment_id,
            Run.scanner == Tool.ADS.value,
            Run.perimeter == report.perimeter,
            Run.collected_to >= morning,
            Run.collected_to < morning + _DAY,
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    return Typed(*row[:3]) if row is not None and row.sha256 == sha256 else None


def waiting(session: Session, establishment_id: int, sha256: str, attachment: str) -> int | None:
    """The draft of the same result that waits for its confirmation, if any."""
    return session.scalar(
        select(ImportDraft.id)
        .where(
            ImportDraft.establishment_id == establishment_id,
            ImportDraft.tool == Tool.ADS.value,
            ImportDraft.sha256 == sha256,
            ImportDraft.attachment == attachment,
            ImportDraft.run_id.is_(None),
        )
        .order_by(ImportDraft.id.desc())
        .limit(1)
    )


def refuse_ads_twice(session: Session, draft: ImportDraft, report: Report, timezone: str) -> None:
    """Refused when the same result was recorded meanwhile: it was typed in twice, and confirmed twice."""
    if report.tool is not Tool.ADS:
        return
    before = typed_before(session, draft.establishment_id, report, draft.sha256, timezone)
    if before is not None:
        raise Refused(before.text)
