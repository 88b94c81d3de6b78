"""What the platform knows of a holder, read once for all its requirements: audits, evidence, answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.evidence import EvidenceKind, ThingKind
from care.domain.findings import State
from care.domain.frameworks import Framework, Item, Method
from care.domain.programme import AnswerVerdict, Inquiry
from care.domain.questions import TypedValue, restored
from care.services.frameworks.holders import Holder
from care.services.frameworks.library import Library, read_library
from care.services.places import place_name
from care.services.platform import Platform
from care.store.bulk import among
from care.store.evidence import Evidence, EvidenceTie
from care.store.frameworks import FrameworkChoice, RequirementAnswer
from care.store.remote_access import RemoteAccess
from care.store.runs import RuleOutcome, Run, latest_of_each_target
from care.store.tallies import FindingTally
from care.store.targets import Target
from scanners.catalog import all_rules
from scanners.model import Rule, Status


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence in place, tied to requirements. `since` is the first day it speaks of, else None."""

    id: int
    establishment_id: int
    kind: EvidenceKind
    title: str
    since: date | None
    until: date | None
    added_on: date

    @property
    def day(self) -> date:
        """How old it is counted from."""
        return self.since or self.added_on


@dataclass(frozen=True, slots=True)
class Given:
    """The last answer of a person. `place` is who answered, `where` its name when that is not the holder itself;
    `value` is what was typed where the question wants more than a yes."""

    id: int
    place: str
    where: str
    method: Method
    inquiry: Inquiry | None
    verdict: AnswerVerdict
    note: str
    given_on: date
    valid_until: date | None
    wording: str
    version: str
    at: datetime
    by: str
    value: TypedValue | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the last audits say of one rule: outcomes by status, the reasons why it could not be assessed, findings
    by state, the day of the latest, and when the earliest of them began to look."""

    outcomes: Mapping[Status, int]
    reasons: tuple[tuple[str, str], ...]
    findings: Mapping[State, int]
    last_on: date | None
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The profile chosen, and whether the holder is concerned at all."""

    profile: str
    concerned: bool
    reason: str


@cache
def rules_by_requirement() -> Mapping[str, tuple[Rule[Any], ...]]:
    """The rules that check each requirement, by how it is written: `anssi-ad:vuln_krbtgt@2`."""
    found: dict[str, list[Rule[Any]]] = defaultdict(list)
    for rule in all_rules().values():
        for ref in rule.refs:
            found[str(ref)].append(rule)
    return {ref: tuple(rules) for ref, rules in found.items()}


@dataclass(frozen=True)
class Ground:
    """What is known of a holder on a day. Each part is read when first asked for, in one statement or a few;
    `memory` is for what computations share."""

    platform: Platform
    session: Session
    holder: Holder
    day: date
    shared: Library | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the installation, in which days are counted."""
        return ZoneInfo(self.platform.settings.timezone)

    @cached_property
    def library(self) -> Library:
        """What is in use: given by who reads many holders, else read."""
        return self.shared or read_library(self.platform, self.session, self.day)

    @property
    def frameworks(self) -> Mapping[str, Framework]:
        """Those in use."""
        return self.library.frameworks

    @cached_property
    def latest_runs(self) -> Sequence[Run]:
        """The last recorded audit of each target in use."""
        last = latest_of_each_target(
            Run.recorded_at.is_not(None), Target.archived_at.is_(None), self.here(Run.establishment_id)
        )
        return self.session.scalars(select(Run).where(Run.id.in_(last))).all()

    @cached_property
    def checked(self) -> Mapping[str, Checked]:
        """What the last audits say, by rule."""
        days = {run.id: self.local(run.collected_to or run.recorded_at or run.asked_at) for run in self.latest_runs}
        begun = {run.id: run.collected_from or run.asked_at for run in self.latest_runs}
        outcomes: dict[str, dict[Status, int]] = defaultdict(lambda: defaultdict(int))
        reasons: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        last: dict[str, date] = {}
        first: dict[str, datetime] = {}
        columns = (
            RuleOutcome.run_id,
            RuleOutcome.rule,
            RuleOutcome.status,
            RuleOutcome.reason_fr,
            RuleOutcome.reason_en,
        )
        rows = self.session.execute(select(*columns).where(among(self.session, RuleOutcome.run_id, sorted(days))))
        for run_id, rule, status, fr, en in rows:
            outcomes[rule][status] += 1
            last[rule] = max(last.get(rule, days[run_id]), days[run_id])
            first[rule] = min(first.get(rule, begun[run_id]), begun[run_id])
            if status in (Status.NOT_ASSESSABLE, Status.ERROR) and fr:
                reasons[rule][fr, en] = None
        findings = self._findings()
        return {
            rule: Checked(outcomes[rule], tuple(reasons[rule]), findings.get(rule, {}), last.get(rule), first.get(rule))
            for rule in outcomes.keys() | findings.keys()
        }

    def _findings(self) -> Mapping[str, Mapping[State, int]]:
        rows = self.session.execute(
            select(FindingTally.rule, FindingTally.state, func.sum(FindingTally.findings))
            .where(self.here(FindingTally.establishment_id))
            .group_by(FindingTally.rule, FindingTally.state)
        )
        found: dict[str, dict[State, int]] = defaultdict(dict)
        for rule, state, count in rows:
            found[rule][state] = int(count)
        return found

    @cached_property
    def pieces(self) -> Mapping[str, tuple[Piece, ...]]:
        """The evidence in place, by requirement, the latest first."""
        columns = (
            EvidenceTie.thing_id,
            Evidence.id,
            Evidence.establishment_id,
            Evidence.kind,
            Evidence.title,
            Evidence.name,
            Evidence.effective_from,
            Evidence.effective_to,
            Evidence.added_at,
        )
        rows = self.session.execute(
            select(*columns)
            .join(Evidence, Evidence.id == EvidenceTie.evidence_id)
            .where(EvidenceTie.thing_kind == ThingKind.REQUIREMENT, Evidence.current)
            .where(self.here(Evidence.establishment_id))
            .order_by(Evidence.id.desc())
        )
        found: dict[str, list[Piece]] = defaultdict(list)
        for ref, number, site, kind, title, name, since, until, added_at in rows:
            piece = Piece(number, site, kind, title or name, since, until, self.local(added_at))
            found[ref].append(piece)
        return {ref: tuple(pieces) for ref, pieces in found.items()}

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], Mapping[str, tuple[Given, ...]]]:
        """The last answers of each (framework, item), by the place that gave them: holder, above or below."""
        return latest_answers(self.session, self.around, self.names)

    @property
    def around(self) -> list[str]:
        """The holder and the places above and below it, as tables hold them."""
        return [self.holder.key, *(one.key for one in (*self.holder.above, *self.holder.below))]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of the places above: what they answered holds here, and pages say who did."""
        above = {one.key: place_name(self.session, one, "fr") for one in self.holder.above}
        return {**above, self.holder.key: ""}

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """What the holder, else the nearest place above it, chose of each framework."""
        keys = [self.holder.key, *(one.key for one in self.holder.above)]
        rows = self.session.scalars(select(FrameworkChoice).where(FrameworkChoice.holder.in_(keys))).all()
        found: dict[str, Choice] = {}
        for row in sorted(rows, key=lambda one: keys.index(one.holder)):
            found.setdefault(row.framework, Choice(row.profile, row.concerned, row.reason))
        return found

    @cached_property
    def accesses(self) -> Sequence[RemoteAccess]:
        """The lines of the register of remote accesses that are open."""
        query = select(RemoteAccess).where(self.here(RemoteAccess.establishment_id), RemoteAccess.ended_on.is_(None))
        return self.session.scalars(query).all()

    @property
    def equivalents(self) -> Mapping[str, tuple[str, ...]]:
        """The requirements of other frameworks that ask the same as each."""
        return self.library.equivalents

    @cached_property
    def answering(self) -> tuple[str, ...]:
        """Whose answers hold here: the holder, then those above it, nearest first."""
        return (self.holder.key, *(one.key for one in self.holder.above))

    def rules(self, ref: str) -> Sequence[Rule[Any]]:
        """The rules that check a requirement."""
        return rules_by_requirement().get(ref, ())

    def local(self, at: datetime) -> date:
        """The day of an instant, where the installation is."""
        return at.astimezone(self.zone).date()

    def here(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """The condition that keeps rows of the establishments of the holder."""
        return among(self.session, column, self.holder.sites)


def latest_answers(
    session: Session, holders: Iterable[str], names: Mapping[str, str], until: date | None = None
) -> Mapping[tuple[str, str], Mapping[str, tuple[Given, ...]]]:
    """The last answer of each holder, requirement, method and inquiry that was not withdrawn, by (framework, item).

    With `until`, of those given by that day.
    """
    columns = (
        RequirementAnswer.holder,
        RequirementAnswer.framework,
        RequirementAnswer.item,
        RequirementAnswer.method,
        RequirementAnswer.inquiry,
    )
    last = select(func.max(RequirementAnswer.id)).where(RequirementAnswer.holder.in_(list(holders))).group_by(*columns)
    if until is not None:
        last = last.where(RequirementAnswer.given_on <= until)
    found: dict[tuple[str, str], dict[str, tuple[Given, ...]]] = defaultdict(dict)
    rows = session.scalars(
        select(RequirementAnswer).where(RequirementAnswer.id.in_(last)).order_by(RequirementAnswer.id)
    )
    for row in rows:
        if row.withdrawn:
            continue
        here = found[row.framework, row.item]
        here[row.holder] = (*here.get(row.holder, ()), _given(row, names.get(row.holder, "")))
    return found


def _given(row: RequirementAnswer, where: str) -> Given:
    return Given(
        id=row.id,
        place=row.holder,
        where=where,
        method=row.method,
        inquiry=row.inquiry,
        verdict=row.verdict,
        note=row.note,
        given_on=row.given_on,
        valid_until=row.valid_until,
        wording=row.item_hash,
        version=row.framework_version,
        at=row.answered_at,
        by=row.answered_by,
        value=restored(row.value),
    )


def ref_of(framework: Framework, item: Item) -> str:
    """How evidence, rules and computations point to a requirement: `care-d2:O3.A`."""
    return f"{framework.id}:{item.id}"
