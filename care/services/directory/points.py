"""The ANSSI control points of a directory as one run answered them, with what changed since the run before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.frameworks import Framework
from care.services.directory.telling import rule_title
from care.services.platform import Platform
from care.store.findings import FindingEvent, FindingRow
from care.store.runs import RuleOutcome
from scanners.ad.level import FRAMEWORK
from scanners.catalog import rule_by_id, rules_of
from scanners.model import Lang, Outcome, Rule, Status, Text

_ADDED_SINCE = Text(
    "Cette règle n’existait pas lors de cet audit ; relancez-le.",
    "This rule did not exist at the time of this audit; run it again.",
)
_NO_RULE = Text("Aucune règle de cette version ne le regarde.", "No rule of this version looks at it.")


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What one rule said in a run, in the reader's language, and what became of its findings since the run before."""

    rule: str
    title: str
    status: Status
    reason: str
    findings: int
    new: int = 0
    fixed: int = 0
    back: int = 0

    @property
    def still(self) -> int:
        """Findings that were already there."""
        return max(0, self.findings - self.new - self.back)


@dataclass(frozen=True)
class PointRow:
    """One point at one level (None for warnings and information) with the rules that look at it.

    `kind` is vuln, warning or info. `reason` says why nothing looks at it.
    """

    id: str
    title: str
    kind: str
    level: int | None
    rules: tuple[RuleAnswer, ...]
    reason: str = ""

    @cached_property
    def status(self) -> Status:
        """Failed as soon as one rule fails; passed only when every rule did."""
        said = {one.status for one in self.rules}
        if Status.FAILED in said:
            return Status.FAILED
        return Status.PASSED if said == {Status.PASSED} else Status.NOT_ASSESSABLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it could not be told, each reason once."""
        return tuple(dict.fromkeys(one for one in (self.reason, *(rule.reason for rule in self.rules)) if one))

    @property
    def findings(self) -> int:
        """Findings of all its rules."""
        return sum(one.findings for one in self.rules)

    @property
    def new(self) -> int:
        """Findings never seen before."""
        return sum(one.new for one in self.rules)

    @property
    def moved(self) -> bool:
        """Whether anything changed since the run before."""
        return bool(self.new or self.back or self.fixed)

    @property
    def back(self) -> int:
        """Findings that had been fixed."""
        return sum(one.back for one in self.rules)

    @property
    def fixed(self) -> int:
        """Findings that are gone."""
        return sum(one.fixed for one in self.rules)

    @property
    def still(self) -> int:
        """Findings that were already there."""
        return sum(one.still for one in self.rules)


def outcomes_as_told(rows: Iterable[RuleOutcome]) -> list[Outcome]:
    """The outcomes of a run as far as rows keep them: without their findings.

    Rules that joined the catalogue since were not assessed: they count among what is not known.
    """
    told = {rule.id: Outcome(rule, row.status, reason=Text(row.reason_fr, row.reason_en)) for rule, row in _known(rows)}
    missing = (rule for rule in rules_of("ad") if rule.id not in told)
    return [*told.values(), *(Outcome(rule, Status.NOT_ASSESSABLE, reason=_ADDED_SINCE) for rule in missing)]


def _known(rows: Iterable[RuleOutcome]) -> Iterable[tuple[Rule[Any], RuleOutcome]]:
    """The rows whose rule this version has, under its present id."""
    return ((rule, row) for row in rows if (rule := rule_by_id(row.rule)) is not None)


def answers_in(session: Session, run_id: int, lang: Lang) -> Mapping[str, RuleAnswer]:
    """What each AD rule said in a run, by rule."""
    rows = session.scalars(select(RuleOutcome).where(RuleOutcome.run_id == run_id)).all()
    findings = {rule.id: row.findings for rule, row in _known(rows)}
    changes = _changes(session, run_id)
    answers = {
        one.rule.id: RuleAnswer(
            one.rule.id,
            rule_title(one.rule.id, lang),
            one.status,
            one.reason.render(lang) if one.reason else "",
            findings.get(one.rule.id, 0),
        )
        for one in outcomes_as_told(rows)
    }
    return {
        name: replace(answer, new=changes[name]["new"], fixed=changes[name]["fixed"], back=changes[name]["back"])
        for name, answer in answers.items()
    }


def _changes(session: Session, run_id: int) -> Mapping[str, Counter[str]]:
    """New, fixed and back findings of a run, by present id of their rule."""
    rows = session.execute(
        select(FindingRow.rule, FindingEvent.what, func.count())
        .join(FindingRow, FindingRow.id == FindingEvent.finding_id)
        .where(FindingEvent.run_id == run_id, FindingEvent.what.in_(("new", "fixed", "back")))
        .group_by(FindingRow.rule, FindingEvent.what)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, what, count in rows:
        rule = rule_by_id(name)
        found[rule.id if rule else name][what] += count
    return found


def points_of(platform: Platform, answers: Mapping[str, RuleAnswer], lang: Lang) -> tuple[PointRow, ...]:
    """Every point of the catalogue: those that set the level by level, then warnings, then information."""
    rules = _rules_by_point()
    rows = [
        _row(item.id, item.title.render(lang), rules, answers, item.uncovered, lang)
        for item in _catalogue(platform).items
        if item.assessed_by or item.uncovered
    ]
    return tuple(sorted(rows, key=lambda row: (row.level or 9, row.kind != "warning", row.id)))


def _catalogue(platform: Platform) -> Framework:
    """The points of the latest version shipped."""
    return [one for one in platform.kits.frameworks if one.id == FRAMEWORK][-1]


def _rules_by_point() -> Mapping[str, Sequence[str]]:
    """The rules that look at each point, written as the catalogue does: `vuln_x@1`, `info_y`."""
    found: dict[str, list[str]] = {}
    for rule in rules_of("ad"):
        for ref in rule.refs:
            if ref.framework == FRAMEWORK:
                point = ref.item if ref.level is None else f"{ref.item}@{ref.level}"
                found.setdefault(point, []).append(rule.id)
    return found


def _row(
    item: str,
    title: str,
    rules: Mapping[str, Sequence[str]],
    answers: Mapping[str, RuleAnswer],
    uncovered: Text | None,
    lang: Lang,
) -> PointRow:
    name, _, level = item.partition("@")
    looked = tuple(answers[rule] for rule in dict.fromkeys(rules.get(item, ())) if rule in answers)
    reason = "" if looked else (uncovered or _NO_RULE).render(lang)
    kind = name.partition("_")[0]
    return PointRow(name, title, kind, int(level) if level and kind == "vuln" else None, looked, reason)
