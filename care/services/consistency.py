"""The consistency check to read: the last one, and its open findings grouped by what contradicts what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from care.domain.access import Scope
from care.domain.findings import State
from care.services.continuity_facts import CONTINUITY
from care.services.findings import FindingFilter, FindingLine, RuleGroup, group_findings, list_findings
from care.services.platform import Platform
from care.services.runs import RunLine, RunView, list_runs, open_run

MOST_NAMED = 5
"""Subjects named under each rule; the list of findings shows all of them."""


class Theme(StrEnum):
    """What contradicts what."""

    MEASURED = "measured"
    OBJECTIVES = "objectives"
    MISSING = "missing"
    AGED = "aged"
    LOOPS = "loops"


_THEMES: Mapping[Theme, frozenset[str]] = {
    Theme.MEASURED: frozenset(
        {
            "measured_recovery_over_rto",
            "measured_loss_over_pdma",
            "measured_restore_over_dmard",
            "degraded_mode_held_less",
        }
    ),
    Theme.OBJECTIVES: frozenset(
        {
            "rto_over_dmia",
            "dmard_over_rto",
            "resource_rto_over_dmia",
            "activity_rto_over_dmia_of_another",
            "declared_loss_over_pdma",
            "backup_interval_over_pdma",
            "degraded_mode_too_short",
        }
    ),
    Theme.AGED: frozenset({"bia_stale", "paper_kit_overdue", "plan_review_overdue"}),
    Theme.LOOPS: frozenset({"circular_dependency"}),
}


def theme_of(rule: str) -> Theme:
    """The theme of a rule; what is in no other is something missing."""
    name = rule.removeprefix(f"{CONTINUITY}.")
    return next((theme for theme, names in _THEMES.items() if name in names), Theme.MISSING)


@dataclass(frozen=True, slots=True)
class ConsistencyRule:
    """A rule that found something: `named` are its first findings."""

    group: RuleGroup
    named: tuple[FindingLine, ...]

    @property
    def more(self) -> int:
        """How many findings are not named."""
        return self.group.count - len(self.named)


@dataclass(frozen=True, slots=True)
class ThemeView:
    """The rules of one theme that found something."""

    theme: Theme
    rules: tuple[ConsistencyRule, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """The last check (None: never made), the last recorded one in full, and what it left open by theme."""

    last: RunLine | None
    recorded: RunView | None
    themes: tuple[ThemeView, ...]
    findings: int

    @property
    def going_on(self) -> bool:
        """Whether a check is going on."""
        return self.last is not None and not self.last.state.over


def open_consistency(platform: Platform, scope: Scope, establishment_id: int) -> Consistency:
    """The consistency of an establishment. NotFound, Forbidden without the right to see findings."""
    lines = list_runs(platform, scope, establishment_id, scanner=CONTINUITY, per_page=10).lines
    recorded = next((one for one in lines if one.counts is not None), None)
    wanted = FindingFilter(scanner=CONTINUITY, states=(State.OPEN,), per_page=100)
    groups = group_findings(platform, scope, establishment_id, wanted)
    rules = [_rule(platform, scope, establishment_id, group, wanted) for group in groups.page.lines]
    return Consistency(
        lines[0] if lines else None,
        open_run(platform, scope, recorded.id) if recorded else None,
        tuple(_themes(rules)),
        groups.findings,
    )


def _rule(
    platform: Platform, scope: Scope, establishment_id: int, group: RuleGroup, wanted: FindingFilter
) -> ConsistencyRule:
    asked = replace(wanted, rule=group.rule, per_page=MOST_NAMED)
    return ConsistencyRule(group, tuple(list_findings(platform, scope, establishment_id, asked).page.lines))


def _themes(rules: Sequence[ConsistencyRule]) -> list[ThemeView]:
    found = [ThemeView(theme, tuple(one for one in rules if theme_of(one.group.rule) is theme)) for theme in Theme]
    return [one for one in found if one.rules]
