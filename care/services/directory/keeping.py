"""What only the facts of a directory tell, worked out by the worker that records a run, and again by a command."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import Session

from care.domain.remediation import Sheets
from care.services.directory.treatments import treated_by
from care.services.platform import Platform
from care.services.rebuilt import Rebuilt, Tell, silent
from care.services.scanning import DIRECTORY_SCANNER
from care.store.evidence import Evidence
from care.store.runs import DirectorySummary, Run
from scanners.ad.columns import Kind
from scanners.ad.control_paths.everyone import Everyone, everyone
from scanners.ad.control_paths.paths import PathsSummary, as_json, from_json, survey
from scanners.ad.facts import DirectoryFacts
from scanners.archive import Archive, read_archive
from scanners.errors import SaidError
from scanners.model import NotAssessable, Text
from scanners.result import AuditResult, directory_level, judge

LANG_OF_ROWS = "fr"
"""Reasons are not kept with the work: a run keeps them in both languages with its outcomes."""

_NOT_A_DIRECTORY = Text("Ces faits ne sont pas ceux d’un annuaire.", "These facts are not those of a directory.")


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a run beside its findings: the work that its level asks for, its domain, its paths of control.

    `paths` is compressed, and `everyone` the table of the path of each; None for the reason of `unread`.
    """

    work: dict[str, Any]
    paths: bytes | None
    unread: Text
    everyone: bytes | None = None


def summary_of(archive: Archive[Any], result: AuditResult, sheets: Sheets) -> Summary | None:
    """What to keep of a judged directory; None for other scanners. Takes as long as a few rules: never in a page."""
    level = directory_level(result, treated_by(sheets))
    if level is None:
        return None
    told = level.as_json(LANG_OF_ROWS)
    paths, each, unread = _paths(archive.facts)
    work = {"next": told["next"], "actions": told["actions"], "domain": _domain_told(archive.facts)}
    return Summary(work, paths, unread, each)


def _domain_told(facts: object) -> dict[str, Any] | None:
    if not isinstance(facts, DirectoryFacts):
        return None
    naming, objects = facts.naming, facts.objects
    return {"name": naming.domain, "sid": naming.sid, "computers": int(objects.of(Kind.COMPUTER).sum())}


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
        told = _domain_told(read_archive(platform.evidence.path(row.sha256)).facts)
    return Seen(row.perimeter or "", told["name"] if told else "", told["sid"] if told else "")


def _paths(facts: object) -> tuple[bytes | None, bytes | None, Text]:
    if not isinstance(facts, DirectoryFacts):
        return None, None, _NOT_A_DIRECTORY
    try:
        found = survey(facts)
    except NotAssessable as refusal:
        return None, None, refusal.reason
    told = json.dumps(as_json(found.summary), ensure_ascii=False)
    return zlib.compress(told.encode()), everyone(facts, found), Text("", "")


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
            archive = read_archive(platform.evidence.path(sha256))
            summary = summary_of(archive, judge(archive), platform.kits.sheets)
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
