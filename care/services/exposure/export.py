"""Things and findings of the exposure as one file: a workbook to work with, JSON for another tool."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import State
from care.services.exposure.things import AssetFilter, things_found
from care.services.exposure.unreported import Unreported
from care.services.exposure.words import TRAITS, said
from care.services.finding_decisions import STATE_WORDS
from care.services.finding_exports import HEADER as FINDING_HEADER
from care.services.finding_queries import unwatched_here
from care.services.findings import expire_decisions, message_of
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.priority_plan import FailedRule, PlanStep, plan_of
from care.services.rule_texts import titles_of
from care.services.scanning import EXPOSURE
from care.services.trail import Thing, record
from care.store.assets import Asset
from care.store.findings import FindingRow, SightingRow
from care.store.targets import Target
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from reports.words import COLON, SEVERITY_NAMES
from reports.words import Lang as ReportLang
from reports.words import Severity as ReportSeverity
from scanners.catalog import rule_by_id
from scanners.model import Finding, Lang, Scalar, Severity, Text
from scanners.vocabulary import evidence_rows

SCHEMA = "care-exposure/1"
_SHEETS = (
    Text("Constats", "Findings"),
    Text("Ce qui est vu", "What is seen"),
    Text("Plan d’action", "Action plan"),
)
_FINDING = (*FINDING_HEADER, Text("Éléments relevés", "Evidence"))
_THING = (
    Text("Ce qui est vu", "What is seen"),
    Text("Cible", "Target"),
    Text("Vu depuis", "Seen since"),
    Text("Vu pour la dernière fois", "Last seen"),
    Text("Disparu le", "Gone on"),
    Text("Plus regardé depuis le", "Not looked at since"),
    Text("Non signalé jusqu’au", "Not reported until"),
)
_STEP = (
    Text("Que faire", "What to do"),
    Text("Gravité", "Severity"),
    Text("Constats", "Findings"),
    Text("Jours de travail", "Days of work"),
)


@dataclass(frozen=True, slots=True)
class _Found:
    subject: str
    rule: str
    title: str
    message: str
    severity: Severity
    state: State
    first_seen_at: datetime
    last_seen_at: datetime | None
    unwatched_since: datetime | None
    evidence: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class _Seen:
    kind: str
    key: str
    target: str
    traits: Mapping[str, str]
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    unwatched_at: datetime | None
    silenced_until: date | None


@dataclass(frozen=True)
class _Everything:
    findings: tuple[_Found, ...]
    things: tuple[_Seen, ...]
    plan: tuple[PlanStep, ...]


def export_assets(platform: Platform, scope: Scope, establishment_id: int, wanted: AssetFilter) -> bytes:
    """The things of a filter as CSV, their traits in columns; the trail keeps who took it. NotFound, Forbidden."""
    zone, lang = ZoneInfo(platform.settings.timezone), scope.lang
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        hidden = Unreported(session, establishment_id, today(platform))
        rows = things_found(session, establishment_id, wanted, today(platform), lang)
        things = [_seen(row, target, hidden) for row, target in rows]
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "assets.exported", thing, platform.clock.now(), {"count": len(things)})
    return csv_bytes(_words((*_THING, *TRAITS.values()), lang), [_thing_row(one, zone, lang) for one in things])


def export_workbook(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """XLSX: a sheet of findings, one of things, one of what to do. NotFound, Forbidden without the right to export."""
    all_of_it = _everything(platform, scope, establishment_id, "xlsx")
    zone, lang = ZoneInfo(platform.settings.timezone), scope.lang
    severities = SEVERITY_NAMES[cast(ReportLang, lang)]
    findings, things, steps = (one.render(lang) for one in _SHEETS)
    return xlsx_bytes(
        [
            Sheet(findings, _words(_FINDING, lang), [_finding_row(one, zone, lang) for one in all_of_it.findings]),
            Sheet(
                things,
                _words((*_THING, *TRAITS.values()), lang),
                [_thing_row(one, zone, lang) for one in all_of_it.things],
            ),
            Sheet(
                steps,
                _words(_STEP, lang),
                [
                    (one.title, severities[ReportSeverity(one.severity.value)], one.findings, one.days)
                    for one in all_of_it.plan
                ],
            ),
        ]
    )


def export_json(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The same as JSON, `care-exposure/1`: values as they are kept, times in UTC, texts in the reader's language."""
    all_of_it = _everything(platform, scope, establishment_id, "json")
    document = {
        "schema": SCHEMA,
        "exported_at": platform.clock.now().isoformat(),
        "findings": [_finding_json(one) for one in all_of_it.findings],
        "things": [_thing_json(one) for one in all_of_it.things],
        "plan": [
            {
                "title": one.title,
                "sheet": one.sheet,
                "rules": one.rules,
                "severity": one.severity,
                "findings": one.findings,
            }
            for one in all_of_it.plan
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _everything(platform: Platform, scope: Scope, establishment_id: int, written_as: str) -> _Everything:
    expire_decisions(platform)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        findings = tuple(_findings(session, establishment_id, scope.lang))
        things = tuple(_things(session, establishment_id, today(platform)))
        told: dict[str, str | int] = {"format": written_as, "count": len(things), "findings": len(findings)}
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "assets.exported", thing, platform.clock.now(), told)
    still_open = (FailedRule(one.rule, one.severity, 1) for one in findings if one.state is State.OPEN)
    return _Everything(findings, things, plan_of(still_open, platform.kits.sheets, scope.lang))


def _findings(session: Session, establishment_id: int, lang: Lang) -> Iterable[_Found]:
    """Those that are not over, the gravest first: what was decided stays, with its state."""
    last = select(func.max(SightingRow.last_seen_at)).where(SightingRow.finding_id == FindingRow.id)
    rows = session.execute(
        select(FindingRow, last.scalar_subquery())
        .where(
            FindingRow.establishment_id == establishment_id,
            FindingRow.scanner == EXPOSURE,
            FindingRow.state != State.FIXED,
        )
        .order_by(FindingRow.severity, FindingRow.rule, FindingRow.subject_key)
    ).all()
    titles = titles_of(session, {(establishment_id, row.rule) for row, _ in rows}, lang)
    since = unwatched_here(session, establishment_id)
    for row, at in rows:
        yield _Found(
            subject=row.subject,
            rule=row.rule,
            title=str(titles[establishment_id, row.rule]),
            message=message_of(rule_by_id(row.rule), row, lang),
            severity=row.severity,
            state=row.state,
            first_seen_at=row.first_seen_at,
            last_seen_at=at,
            unwatched_since=since.get(row.id),
            evidence=row.evidence,
        )


def _things(session: Session, establishment_id: int, day: date) -> Iterable[_Seen]:
    hidden = Unreported(session, establishment_id, day)
    rows = session.execute(
        select(Asset, Target.name)
        .join(Target, Target.id == Asset.target_id)
        .where(Asset.establishment_id == establishment_id)
        .order_by(Asset.kind, Asset.key, Target.name)
    )
    return [_seen(row, target, hidden) for row, target in rows]


def _seen(row: Asset, target: str, hidden: Unreported) -> _Seen:
    silenced = hidden.of(row)
    return _Seen(
        kind=row.kind.value,
        key=row.key,
        target=target,
        traits=row.traits,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        gone_at=row.gone_at,
        unwatched_at=row.unwatched_at,
        silenced_until=silenced.until if silenced else None,
    )


def _words(texts: Sequence[Text], lang: Lang) -> list[str]:
    return [one.render(lang) for one in texts]


def _finding_row(one: _Found, zone: ZoneInfo, lang: Lang) -> Sequence[Cell]:
    rows = evidence_rows(Finding(one.subject, one.evidence), lang)
    seen = "\n".join(f"{label}{COLON[cast(ReportLang, lang)]}{value}" for label, value in rows)
    return (
        one.subject,
        one.message,
        one.title,
        one.rule,
        SEVERITY_NAMES[cast(ReportLang, lang)][ReportSeverity(one.severity.value)],
        STATE_WORDS[one.state].render(lang),
        _wall_clock(one.first_seen_at, zone),
        _wall_clock(one.last_seen_at, zone),
        _wall_clock(one.unwatched_since, zone),
        seen,
    )


def _thing_row(one: _Seen, zone: ZoneInfo, lang: Lang) -> Sequence[Cell]:
    times = (_wall_clock(at, zone) for at in (one.first_seen_at, one.last_seen_at, one.gone_at, one.unwatched_at))
    traits = (said(trait, one.traits.get(trait, ""), lang) for trait in TRAITS)
    return (one.key, one.target, *times, one.silenced_until, *traits)


def _finding_json(one: _Found) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "rule": one.rule,
        "title": one.title,
        "message": one.message,
        "severity": one.severity,
        "state": one.state,
        "first_seen_at": one.first_seen_at.isoformat(),
        "last_seen_at": one.last_seen_at.isoformat() if one.last_seen_at else None,
        "unwatched_since": one.unwatched_since.isoformat() if one.unwatched_since else None,
        "evidence": dict(one.evidence),
    }


def _thing_json(one: _Seen) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": one.key,
        "target": one.target,
        "traits": dict(one.traits),
        "first_seen_at": one.first_seen_at.isoformat(),
        "last_seen_at": one.last_seen_at.isoformat(),
        "gone_at": one.gone_at.isoformat() if one.gone_at else None,
        "unwatched_since": one.unwatched_at.isoformat() if one.unwatched_at else None,
        "not_reported_until": one.silenced_until.isoformat() if one.silenced_until else None,
    }


def _wall_clock(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The wall clock of the reader, as spreadsheets hold it."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None)
