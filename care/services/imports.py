"""Imports already recorded, to read: the list, and the target of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.import_drafts import BROUGHT
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.runs import runs_of
from care.store.evidence import Evidence
from care.store.imports import ImportedReport
from care.store.runs import DirectorySummary, Run
from care.store.targets import Target
from scanners.imported.model import Tool


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import of a list. `tool` is `BROUGHT` for a collection of a directory."""

    run_id: int
    tool: str
    version: str
    target_id: int
    target_name: str
    file_name: str
    looked_at: datetime
    imported_at: datetime
    imported_by: str
    hosts: int
    declared: bool
    complete: bool
    new: int
    still: int
    fixed: int
    back: int


def list_imports(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    *,
    tool: str = "",
    target_id: int | None = None,
    number: int = 1,
    per_page: int = 25,
) -> Page[ImportLine]:
    """The imports of an establishment, the latest first."""
    number, per_page = bounds(number, per_page)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        conditions = [*runs_of(establishment_id, tool, target_id), or_(ImportedReport.run_id.is_not(None), brought())]
        count = select(func.count()).select_from(Run).outerjoin(ImportedReport, ImportedReport.run_id == Run.id)
        total = session.scalar(count.where(*conditions)) or 0
        rows = session.execute(
            select(
                Run, Target.name, Evidence.name, ImportedReport.tool_version, ImportedReport.hosts,
                ImportedReport.declared_by, DirectorySummary.work,
            )
            .outerjoin(ImportedReport, ImportedReport.run_id == Run.id)
            .outerjoin(DirectorySummary, DirectorySummary.run_id == Run.id)
            .join(Target, Target.id == Run.target_id)
            .outerjoin(Evidence, Evidence.id == Run.facts_id)
            .where(*conditions)
            .order_by(Run.id.desc())
            .limit(per_page)
            .offset((number - 1) * per_page)
        )  # fmt: skip
        return Page(tuple(_import_line(*row) for row in rows), number, per_page, total)


def brought() -> ColumnElement[bool]:
    """The condition that keeps the audits of a directory made of a collection that someone brought: no job of ours
    collected them."""
    return and_(Run.scanner == BROUGHT, Run.job_id.is_(None))


def find_target(platform: Platform, scope: Scope, target_id: int) -> tuple[int, str]:
    """The establishment and the tool of a target that receives imports; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.execute(
            select(Target.establishment_id, Target.scanner).where(
                Target.id == target_id,
                Target.scanner.in_([tool.value for tool in Tool]),
                within(scope, Right.SEE_FINDINGS, Target.establishment_id),
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        return row.establishment_id, row.scanner


def _import_line(
    run: Run,
    target: str,
    file: str | None,
    version: str | None,
    hosts: int | None,
    declared_by: str | None,
    work: Mapping[str, Any] | None,
) -> ImportLine:
    domain = (work or {}).get("domain") or {}
    return ImportLine(
        run_id=run.id,
        tool=run.scanner,
        version=version or "",
        target_id=run.target_id,
        target_name=target,
        file_name=file or "",
        looked_at=run.collected_to or run.asked_at,
        imported_at=run.asked_at,
        imported_by=run.asked_by,
        hosts=hosts if hosts is not None else int(domain.get("computers", 0)),
        declared=bool(declared_by),
        complete=bool(run.complete),
        new=run.findings_new or 0,
        still=run.findings_still or 0,
        fixed=run.findings_fixed or 0,
        back=run.findings_back or 0,
    )
