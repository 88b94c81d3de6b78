"""What only the facts of a directory tell, worked out by the worker that records a run, and again by a command."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import Session

from care.services.directory.treatments import treatments
from care.services.platform import Platform
from care.services.rebuilt import Rebuilt, Tell, silent
from care.services.scanning import DIRECTORY_SCANNER
from care.services.work import work_folder
from care.store.evidence import Evidence
from care.store.runs import DirectorySummary, Run
from scanners.ad.control_paths.everyone import Everyone
from scanners.ad.control_paths.paths import PathsSummary, from_json
from scanners.archive import read_archive
from scanners.collection import Limits
from scanners.errors import SaidError
from scanners.judging import LIMITS, DirectoryJudged, Summary, domain_told
from scanners.model import Text


def never() -> bool:
    """For who cannot be cancelled."""
    return False


def judged_apart(platform: Platform, path: Path, cancelled: Callable[[], bool] = never) -> DirectoryJudged:
    """What the archive of a directory says, by the rules and sheets of this version, judged in another process."""
    limits = Limits(LIMITS.seconds, platform.settings.collect_memory)
    with work_folder(platform) as folder:
        return platform.judge_directory(path, treatments(platform.kits.sheets), folder, limits, cancelled)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last audit of a directory looked at: its perimeter, and its domain where that is known."""

    perimeter: str
    domain: str
    sid: str


def last_seen(platform: Platform, session: Session, target_id: int, *, search: bool = False) -> Seen | None:
    """The last recorded audit of a directory; None before any. With `search`, a domain that was not kept beside the
    run is read in its facts, which may take a second."""
    row = session.execute(
        select(Run.perimeter, DirectorySummary.work, Evidence.sha256)
        .outerjoin(DirectorySummary, DirectorySummary.run_id == Run.id)
        .outerjoin(Evidence, Evidence.id == Run.facts_id)
        .where(Run.target_id == target_id, Run.recorded_at.is_not(None))
        .order_by(Run.collected_to.desc(), Run.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    told = (row.work or {}).get("domain")
    if told is None and search and row.sha256 is not None:
        told = domain_told(read_archive(platform.evidence.path(row.sha256)).facts)
    return Seen(row.perimeter or "", told["name"] if told else "", told["sid"] if told else "")


def paths_in(kept: DirectorySummary) -> PathsSummary | None:
    """The paths kept beside a run; None when there are none."""
    return from_json(json.loads(zlib.decompress(kept.paths))) if kept.paths is not None else None


def everyone_in(kept: DirectorySummary) -> Everyone | None:
    """The path of each principal kept beside a run; None when it was not kept."""
    return Everyone(kept.everyone) if kept.everyone is not None else None


def keep_summary(session: Session, run_id: int, summary: Summary | None) -> None:
    """Write it in the caller's transaction, over what was kept before."""
    if summary is not None:
        unread = summary.unread
        row = DirectorySummary(run_id=run_id, work=summary.work, paths=summary.paths)
        row.everyone = summary.everyone
        row.unread_fr, row.unread_en = unread.fr, unread.en
        session.merge(row)


def rebuild(platform: Platform, *, everything: bool = False, tell: Tell = silent) -> Rebuilt:
    """Work out again, from their facts, the summaries of recorded runs: those that have none, unless `everything`.

    One archive is in memory at a time, one transaction each: it may be stopped and run again.
    """
    with platform.database.read() as session:
        wanted = _wanted(session, everything)
    kept, unreadable = 0, list[tuple[int, Text]]()
    for done, (run_id, sha256) in enumerate(wanted, start=1):
        try:
            summary = judged_apart(platform, platform.evidence.path(sha256)).summary
        except SaidError as error:
            unreadable.append((run_id, error.text))
        else:
            with platform.database.write() as session:
                keep_summary(session, run_id, summary)
            kept += 1
        tell(done, len(wanted))
    return Rebuilt(kept, tuple(unreadable))


_WITHOUT_EVERYONE = and_(DirectorySummary.paths.is_not(None), DirectorySummary.everyone.is_(None))
"""Recorded before the path of each principal was kept."""


def _wanted(session: Session, everything: bool) -> list[tuple[int, str]]:
    """The recorded runs on directories with the digest of their facts, the latest first."""
    rows = session.execute(
        select(Run.id, Evidence.sha256)
        .join(Evidence, Evidence.id == Run.facts_id)
        .outerjoin(DirectorySummary, DirectorySummary.run_id == Run.id)
        .where(
            Run.scanner == DIRECTORY_SCANNER,
            Run.recorded_at.is_not(None),
            true() if everything else or_(DirectorySummary.run_id.is_(None), _WITHOUT_EVERYONE),
        )
        .order_by(Run.id.desc())
    )
    return [(run_id, sha256) for run_id, sha256 in rows if sha256 is not None]
