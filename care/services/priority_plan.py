"""What to do about failed rules, by priority: those that one remediation sheet closes are one step. Loads no store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from care.domain.remediation import Sheets
from care.services.directory.telling import days_said, rule_title, sheet_title
from scanners.model import Lang, Severity

FIRST = 3
"""Steps that a director is told: more is a list."""


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that failed, and how many weaknesses it names."""

    rule: str
    severity: Severity
    findings: int


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One thing to do: the sheet that says how (empty: none does), the rules it closes, the gravest of them, how many
    weaknesses, the effort in days as written."""

    sheet: str
    rules: tuple[str, ...]
    title: str
    severity: Severity
    findings: int
    days: str


def plan_of(failed: Iterable[FailedRule], sheets: Sheets, lang: Lang) -> tuple[PlanStep, ...]:
    """The gravest first, then what closes most."""
    by_sheet: dict[str, list[FailedRule]] = defaultdict(list)
    for one in failed:
        sheet = sheets.treating(one.rule)
        by_sheet[sheet.id if sheet else one.rule].append(one)
    steps = (_step(name, rules, sheets, lang) for name, rules in by_sheet.items())
    return tuple(sorted(steps, key=lambda step: (step.severity.rank, -step.findings, step.title)))


def _step(name: str, failed: list[FailedRule], sheets: Sheets, lang: Lang) -> PlanStep:
    sheet = sheets.by_id.get(name)
    return PlanStep(
        sheet=sheet.id if sheet else "",
        rules=tuple(sorted({one.rule for one in failed})),
        title=sheet_title(sheets, name, lang) or rule_title(failed[0].rule, lang),
        severity=min((one.severity for one in failed), key=lambda one: one.rank),
        findings=sum(one.findings for one in failed),
        days=days_said(sheet.effort.days if sheet else None, lang),
    )
