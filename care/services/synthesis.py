"""What failed rules say together: one sentence for a director, counts by severity for technicians, a plan for both.

Loads no store: what failed is given, by a run, by a campaign or by the open findings of a place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from care.domain.remediation import Sheets
from care.services.directory.telling import rule_title
from care.services.priority_plan import FIRST, FailedRule, PlanStep, plan_of
from reports.audit_phrases import level_said
from reports.words import Lang as ReportLang
from reports.words import Severity as ReportSeverity
from scanners.model import Lang, Severity


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A failed rule and how many weaknesses it names."""

    rule: str
    title: str
    findings: int


@dataclass(frozen=True, slots=True)
class SeverityLine:
    """The failed rules of one severity, those that name most first."""

    severity: Severity
    findings: int
    rules: tuple[RuleLine, ...]


@dataclass(frozen=True)
class Synthesis:
    """`level` is the sentence of the gravest weakness; `lines` hold only the severities that something has."""

    level: str
    lines: tuple[SeverityLine, ...]
    plan: tuple[PlanStep, ...]

    @property
    def first(self) -> tuple[PlanStep, ...]:
        """What to do before anything else."""
        return self.plan[:FIRST]

    @property
    def findings(self) -> int:
        """How many weaknesses, all severities together."""
        return sum(line.findings for line in self.lines)


def synthesis_of(failed: Iterable[FailedRule], sheets: Sheets, lang: Lang, *, assessed: bool) -> Synthesis:
    """The whole of it; a rule that failed twice (two targets) is one line. `assessed`: some rule has an answer."""
    kept = tuple(failed)
    lines = tuple(_line(severity, kept, lang) for severity in Severity if any(severity is one.severity for one in kept))
    worst = ReportSeverity(lines[0].severity.value) if lines else None
    level = level_said(worst, cast(ReportLang, lang), assessed=assessed)
    return Synthesis(level, lines, plan_of(kept, sheets, lang))


def _line(severity: Severity, failed: Iterable[FailedRule], lang: Lang) -> SeverityLine:
    counts: dict[str, int] = {}
    for one in failed:
        if one.severity is severity:
            counts[one.rule] = counts.get(one.rule, 0) + one.findings
    rules = (RuleLine(rule, rule_title(rule, lang), count) for rule, count in counts.items())
    return SeverityLine(
        severity, sum(counts.values()), tuple(sorted(rules, key=lambda one: (-one.findings, one.title)))
    )
