"""Findings as a table for spreadsheets: those of a filter of the list, one line each; texts cannot become formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from care.domain.access import Right, Scope
from care.services.finding_decisions import STATE_WORDS
from care.services.finding_queries import FindingFilter, conditions_of, find_words, unwatched_here
from care.services.findings import expire_decisions, message_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.rule_texts import titles_of
from care.services.trail import Thing, record
from care.store.findings import FindingRow, SightingRow
from reports.spreadsheets import Cell, csv_bytes
from reports.words import SEVERITY_NAMES
from reports.words import Lang as ReportLang
from reports.words import Severity as ReportSeverity
from scanners.catalog import rule_by_id
from scanners.model import Lang, Text
from scanners.vocabulary import evidence_label, evidence_value

MOST_LINES = 50_000
"""More is cut, gravest first, and the cut is said: a directory of 100,000 objects may show more under one rule."""
HEADER = (
    Text("Objet", "Subject"),
    Text("Constat", "Finding"),
    Text("Règle", "Rule"),
    Text("Identifiant de la règle", "Id of the rule"),
    Text("Gravité", "Severity"),
    Text("État", "State"),
    Text("Vu depuis", "Seen since"),
    Text("Vu pour la dernière fois", "Last seen"),
    Text("Plus regardé depuis le", "Not looked at since"),
)


def export_findings(platform: Platform, scope: Scope, establishment_id: int, wanted: FindingFilter) -> bytes:
    """The findings of a filter, every page of them, as CSV; what was seen has its columns when one rule is asked for.

    NotFound outside the scope, Forbidden without the right to export.
    """
    expire_decisions(platform)
    lang = scope.lang
    zone = ZoneInfo(platform.settings.timezone)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        wanted = find_words(session, establishment_id, replace(wanted, number=1))
        found = conditions_of(session, establishment_id, wanted)
        last = select(func.max(SightingRow.last_seen_at)).where(SightingRow.finding_id == FindingRow.id)
        rows = session.execute(
            select(FindingRow, last.scalar_subquery())
            .where(*found)
            .order_by(FindingRow.severity, FindingRow.rule, FindingRow.subject_key)
            .limit(MOST_LINES + 1)
        ).all()
        titles = titles_of(session, {(establishment_id, row.rule) for row, _ in rows}, lang)
        since = unwatched_here(session, establishment_id)
        shown = rows[:MOST_LINES]
        keys = _evidence_keys([row for row, _ in shown]) if wanted.rule else []
        lines: list[Sequence[Cell]] = [
            (
                row.subject,
                message_of(rule_by_id(row.rule), row, lang),
                str(titles[establishment_id, row.rule]),
                row.rule,
                SEVERITY_NAMES[cast(ReportLang, lang)][ReportSeverity(row.severity.value)],
                STATE_WORDS[row.state].render(lang),
                _wall(row.first_seen_at, zone),
                _wall(at, zone),
                _wall(since.get(row.id), zone),
                *(_seen(row.evidence, key, lang) for key in keys),
            )
            for row, at in shown
        ]
    if len(rows) > MOST_LINES:
        lines.append((_CUT.render(lang),))
    _handed_out(platform, scope, establishment_id, wanted, len(shown))
    header = [*(one.render(lang) for one in HEADER), *(evidence_label(key, lang) for key in keys)]
    return csv_bytes(header, lines)


_CUT = Text(
    f"Liste coupée à {MOST_LINES} lignes : affinez le filtre pour voir les autres.",
    f"List cut at {MOST_LINES} lines: narrow the filter to see the others.",
)


def _evidence_keys(rows: Sequence[FindingRow]) -> list[str]:
    """What findings of one rule saw, in the order the rule gives."""
    return list(dict.fromkeys(key for row in rows for key in row.evidence))


def _seen(evidence: dict[str, Any], key: str, lang: Lang) -> Cell:
    value = evidence.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else evidence_value(value, lang)


def _wall(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The wall clock of the reader."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None)


def _handed_out(platform: Platform, scope: Scope, establishment_id: int, wanted: FindingFilter, count: int) -> None:
    """The trace of a file: who took what, where."""
    with platform.database.write() as session:
        thing = Thing("establishment", establishment_id, establishment_id)
        told: dict[str, str | int] = {"format": "csv", "rule": wanted.rule, "findings": count}
        record(session, scope, "findings.exported", thing, platform.clock.now(), told)
