"""The report of one audit campaign, as an accessible PDF: a page for the director, then what the technicians need."""

from __future__ import annotations

from reports.audit_document import compose
from reports.audit_model import (
    AuditReport,
    EvidenceRow,
    GoneThing,
    LevelPoint,
    LevelStep,
    PlannedStep,
    ReportAudit,
    ReportChanges,
    ReportFailure,
    ReportFinding,
    ReportGap,
    ReportImport,
    ReportLevel,
    ReportPerimeter,
    RuleOutcome,
    SeenAddress,
)
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import Severity, Status

__all__ = [
    "AuditReport",
    "EvidenceRow",
    "GoneThing",
    "LevelPoint",
    "LevelStep",
    "PlannedStep",
    "PressLimits",
    "ReportAudit",
    "ReportChanges",
    "ReportFailure",
    "ReportFinding",
    "ReportGap",
    "ReportImport",
    "ReportLevel",
    "ReportPerimeter",
    "RuleOutcome",
    "SeenAddress",
    "Severity",
    "Status",
    "render_audit",
]


def render_audit(report: AuditReport, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The report as PDF/UA-1 and PDF/A-2a; the same report gives the same bytes.

    ReportError when it cannot be typeset within `limits`.
    """
    return typeset("audit", compose(report), report.issued_at, limits)
