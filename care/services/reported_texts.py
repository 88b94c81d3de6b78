"""The words of other tools' rules, kept per establishment as its reports gave them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from care.store.imports import ReportedRule
from scanners.imported.model import Check, Report
from scanners.model import Text

_MAX_TITLE = 300
_MAX_TEXT = 20_000
_PER_QUERY = 1000
_TEXT_COLUMNS = ("title_fr", "title_en", "description_fr", "description_en", "remediation_fr", "remediation_en")


def keep_texts(session: Session, establishment_id: int, report: Report) -> None:
    """The words of the latest report win, whatever the order of the imports; of two at one instant, always the same."""
    given = {check.id: _text_row(establishment_id, check, report.finished_at) for check in report.checks}
    known: dict[str, dict[str, Any]] = {}
    ids = sorted(given)
    for start in range(0, len(ids), _PER_QUERY):
        some = ids[start : start + _PER_QUERY]
        table = ReportedRule.__table__
        rows = session.execute(
            select(table).where(table.c.establishment_id == establishment_id, table.c.rule.in_(some))
        ).mappings()
        known.update({row["rule"]: dict(row) for row in rows})
    fresh = [row for rule, row in given.items() if rule not in known]
    newer = [row for rule, row in given.items() if rule in known and _freshness(row) > _freshness(known[rule])]
    if fresh:
        session.execute(insert(ReportedRule), fresh)
    if newer:
        session.execute(update(ReportedRule), newer)


def _freshness(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["reported_at"], repr([row[name] for name in _TEXT_COLUMNS] + [row["refs"]])


def _text_row(establishment_id: int, check: Check, at: datetime) -> dict[str, Any]:
    texts = (check.title, check.description, check.remediation)
    bounds_of = (_MAX_TITLE, _MAX_TEXT, _MAX_TEXT)
    said = [part for text, bound in zip(texts, bounds_of, strict=True) for part in _both(text, bound)]
    return {
        "establishment_id": establishment_id,
        "rule": check.id,
        **dict(zip(_TEXT_COLUMNS, said, strict=True)),
        "refs": [str(ref) for ref in check.refs],
        "reported_at": at,
    }


def _both(text: Text, bound: int) -> tuple[str, str]:
    """A text in both languages, the second empty when they are alike."""
    return text.fr[:bound], "" if text.en == text.fr else text.en[:bound]
