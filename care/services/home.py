"""The home of an establishment as its page shows it: the dashboard, its picture, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from care.domain.access import Scope
from care.services.continuity_facts import CONTINUITY
from care.services.dashboard import Dashboard, ScannerStatus, open_dashboard
from care.services.mandates import mandate_usable
from care.services.platform import Platform
from reports.charts import Chart, severity_chart
from reports.words import Severity as ReportSeverity
from scanners.model import Severity

STALE_AFTER = timedelta(days=45)
"""An audit older than this is worth making again. CaRE D1.O2.B counts two audits 45 to 60 days apart."""
EXPOSURE = "exposure"
MOST_STEPS = 4


class Step(StrEnum):
    """What there may be to do, most urgent first."""

    ADD_TARGET = "add_target"
    ADD_MANDATE = "add_mandate"
    FIX_CRITICAL = "fix_critical"
    FIRST_AUDIT = "first_audit"
    READ_GAPS = "read_gaps"
    AUDIT_AGAIN = "audit_again"
    WIDEN = "widen"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. `scanner` is empty when it is about the whole; `count` is a number of findings or of rules."""

    step: Step
    scanner: str = ""
    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """All that the home page shows."""

    dashboard: Dashboard
    chart: Chart
    open_findings: int
    next_steps: tuple[NextStep, ...]


def open_home(platform: Platform, scope: Scope, establishment_id: int) -> Home:
    """The home of an establishment; NotFound outside the scope, Forbidden for who may not see findings."""
    dashboard = open_dashboard(platform, scope, establishment_id)
    usable = mandate_usable(platform, establishment_id)
    counts = {ReportSeverity(severity.value): count for severity, count in dashboard.open_by_severity.items()}
    steps = sorted(next_steps(dashboard, usable, platform.clock.now()), key=lambda one: list(Step).index(one.step))
    return Home(
        dashboard=dashboard,
        chart=severity_chart(counts, "fr" if scope.lang == "fr" else "en"),
        open_findings=sum(dashboard.open_by_severity.values()),
        next_steps=tuple(steps[:MOST_STEPS]),
    )


def next_steps(dashboard: Dashboard, mandate_usable: bool, now: datetime) -> Iterator[NextStep]:
    """Everything there is to do, in no order."""
    described = [one for one in dashboard.scanners if one.scanner != CONTINUITY]
    covered = [one for one in dashboard.scanners if one.targets]
    if not any(one.targets for one in described):
        yield NextStep(Step.ADD_TARGET)
        return
    critical = dashboard.open_by_severity.get(Severity.CRITICAL, 0)
    if critical:
        yield NextStep(Step.FIX_CRITICAL, count=critical)
    for one in covered:
        yield from _about(one, mandate_usable, now)
    missing = next((one.scanner for one in described if not one.targets), None)
    if missing is not None:
        yield NextStep(Step.WIDEN, missing)


def _about(one: ScannerStatus, mandate_usable: bool, now: datetime) -> Iterator[NextStep]:
    if one.scanner == EXPOSURE and not mandate_usable:
        yield NextStep(Step.ADD_MANDATE, one.scanner)
    elif one.last_looked_at is None:
        yield NextStep(Step.FIRST_AUDIT, one.scanner)
    elif now - one.last_looked_at > STALE_AFTER:
        yield NextStep(Step.AUDIT_AGAIN, one.scanner, since=one.last_looked_at)
    elif one.not_assessable:
        yield NextStep(Step.READ_GAPS, one.scanner, one.not_assessable)
