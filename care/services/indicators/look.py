"""What measures of indicators read: the establishments asked, the day they are looked at, and what measures share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.indicators import IndicatorDefinition
from care.domain.months import Month, first_day, last_day, moved
from care.domain.plans import months_later
from care.services.indicators.audiences import Audiences, files_by_site, read_audiences
from care.services.platform import Platform
from care.store.bulk import among
from care.store.continuity import ContinuityTest
from care.store.programme import ApplicationFile
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.model import Status

FRESH_MONTHS = 12
"""What an audit found longer ago is no answer any more: our choice, the pace of the yearly duties."""


class Told(NamedTuple):
    """What one establishment answers to one indicator, on the facts of the day `on`; `unknown` more things may be of
    either side."""

    site: int
    numerator: int
    denominator: int
    on: date
    unknown: int = 0


class AuditRun(NamedTuple):
    """The last recorded audit of a target in use, on the (local) day `on`."""

    id: int
    site: int
    target: int
    on: date
    passed: int
    failed: int


class Outcome(NamedTuple):
    """What one rule said in the last audit of one target; `status` None when it was never audited, or too long ago."""

    target: int
    on: date | None
    status: Status | None
    population: int
    findings: int

    @property
    def assessed(self) -> bool:
        """Whether the rule could tell."""
        return self.status in (Status.PASSED, Status.FAILED)


@dataclass(frozen=True)
class Look:
    """Some establishments, looked at for a month as they stood on `day`, its last day once it is over.

    `over`: the month is past, so that only what keeps its history can still be measured. Parts are read when first
    asked for, each in one statement or a few, whatever the number of establishments.
    """

    platform: Platform
    session: Session
    sites: frozenset[int]
    month: Month
    day: date
    over: bool
    definitions: Mapping[str, IndicatorDefinition]

    @classmethod
    def at(
        cls,
        platform: Platform,
        session: Session,
        sites: frozenset[int],
        month: Month,
        today: date,
        definitions: Mapping[str, IndicatorDefinition],
    ) -> Look:
        """The look for a month, as it is known today (a local day)."""
        return cls(platform, session, sites, month, min(today, last_day(month)), today > last_day(month), definitions)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the installation, in which days are counted."""
        return ZoneInfo(self.platform.settings.timezone)

    @cached_property
    def end(self) -> datetime:
        """The last instant of the day (UTC)."""
        return datetime.combine(self.day, time.max, self.zone).astimezone(UTC)

    @property
    def first(self) -> date:
        """The first day of the twelve months that end with this one."""
        return first_day(moved(self.month, -11))

    def recent(self, on: date) -> bool:
        """Whether a day is at most twelve months before, the same day a year later included."""
        return months_later(on, FRESH_MONTHS) >= self.day

    def entered_test(self) -> ColumnElement[bool]:
        """Whether a continuity test was in the register by the day, or was done by then and entered late."""
        return (ContinuityTest.created_at <= self.end) | (ContinuityTest.done_on <= self.day)

    def local(self, at: datetime) -> date:
        """The day of an instant, where the installation is."""
        return at.astimezone(self.zone).date()

    def here(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """The condition that keeps rows of the establishments asked."""
        return among(self.session, column, sorted(self.sites))

    @cached_property
    def audiences(self) -> Audiences:
        """Who is an operator of essential services, and who applies."""
        return read_audiences(self.session, self.day)

    @cached_property
    def files(self) -> Mapping[tuple[int, str], ApplicationFile]:
        """The application file that counts for each (establishment, framework) asked."""
        return {key: file for key, file in files_by_site(self.session, self.day).items() if key[0] in self.sites}

    @cached_property
    def targets(self) -> Mapping[str, Mapping[int, tuple[int, ...]]]:
        """The targets in use of each scanner, by establishment."""
        found: dict[str, dict[int, tuple[int, ...]]] = defaultdict(dict)
        rows = self.session.execute(
            select(Target.scanner, Target.establishment_id, Target.id)
            .where(self.here(Target.establishment_id), self._in_use())
            .order_by(Target.id)
        )
        for scanner, site, target in rows:
            found[scanner][site] = (*found[scanner].get(site, ()), target)
        return found

    def _in_use(self) -> ColumnElement[bool]:
        return (Target.created_at <= self.end) & (Target.archived_at.is_(None) | (Target.archived_at > self.end))

    @cached_property
    def last_runs(self) -> Mapping[int, AuditRun]:
        """The last recorded audit of each target in use, by target."""
        return self._runs(complete=False)

    @cached_property
    def last_whole_runs(self) -> Mapping[int, AuditRun]:
        """The last complete audit of each target in use, by target."""
        return self._runs(complete=True)

    def _runs(self, *, complete: bool) -> Mapping[int, AuditRun]:
        at = func.coalesce(Run.collected_to, Run.recorded_at)
        rank = func.row_number().over(partition_by=Run.target_id, order_by=(at.desc(), Run.id.desc()))
        query: Select[int, int] = (
            select(Run.id, rank.label("rank"))
            .join(Target, Target.id == Run.target_id)
            .where(self.here(Run.establishment_id), Run.recorded_at.is_not(None), at <= self.end, self._in_use())
        )
        if complete:
            query = query.where(Run.complete.is_(True))
        ranked = query.subquery()
        columns = (Run.id, Run.establishment_id, Run.target_id, at, Run.passed, Run.failed)
        rows = self.session.execute(select(*columns).join(ranked, ranked.c.id == Run.id).where(ranked.c.rank == 1))
        return {
            target: AuditRun(number, site, target, self.local(when), passed or 0, failed or 0)
            for number, site, target, when, passed, failed in rows
        }

    def outcomes(self, rule: str) -> Mapping[int, Sequence[Outcome]]:
        """What a rule said of each target in use of its scanner, by establishment."""
        scanner = rule.partition(".")[0]
        fresh = {
            target: self.last_runs[target]
            for targets in self.targets.get(scanner, {}).values()
            for target in targets
            if target in self.last_runs and self.recent(self.last_runs[target].on)
        }
        rows = self.session.execute(
            select(RuleOutcome.run_id, RuleOutcome.status, RuleOutcome.population, RuleOutcome.findings).where(
                RuleOutcome.rule == rule,
                among(self.session, RuleOutcome.run_id, sorted(run.id for run in fresh.values())),
            )
        )
        said = {run_id: (status, population or 0, findings) for run_id, status, population, findings in rows}
        return {
            site: [_outcome(target, fresh.get(target), said) for target in targets]
            for site, targets in self.targets.get(scanner, {}).items()
        }


def _outcome(target: int, run: AuditRun | None, said: Mapping[int, tuple[Status, int, int]]) -> Outcome:
    if run is None or run.id not in said:
        return Outcome(target, run.on if run else None, None, 0, 0)
    return Outcome(target, run.on, *said[run.id])
