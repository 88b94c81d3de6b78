"""Remediation sheets in the reader's language: which one treats a rule, all of them, one in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from care.domain.access import Scope
from care.domain.node_names import folded
from care.domain.remediation import RISK_NAMES, WHO_NAMES, CareRisk, Sheet, Step
from care.services.errors import NotFound
from care.services.platform import Platform
from scanners.catalog import SCANNERS, rule_by_id
from scanners.model import Lang, Rule, Severity, Text


@dataclass(frozen=True, slots=True)
class TreatedRule:
    """A rule of ours that the sheet closes."""

    id: str
    title: str
    scanner: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet in a list. `effort_days` are person-days, our own estimate; `severity` is the worst of its rules.

    `severity` is None for a sheet that treats only rules of other tools.
    """

    id: str
    title: str
    why: str
    effort_days: float
    risk: CareRisk
    risk_name: str
    scanners: tuple[str, ...]
    severity: Severity | None
    playbook: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step; `back` is empty when there is nothing to undo."""

    who: tuple[str, ...]
    do: str
    run: str
    check: str
    back: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A reference; `url` may be empty."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CostView:
    """A range of price in euros with its source."""

    low: int
    high: int
    source: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """One sheet in full. `foreign` names the rules of other tools it treats."""

    line: SheetLine
    applies_to: str
    effort_basis: str
    cost: CostView | None
    care: str
    prerequisites: tuple[str, ...]
    steps: tuple[StepView, ...]
    verification: str
    communication: str
    references: tuple[SourceView, ...]
    rules: tuple[TreatedRule, ...]
    foreign: tuple[str, ...]


def sheet_for(platform: Platform, scope: Scope, rule_id: str) -> SheetLine | None:
    """The sheet that treats a rule, of ours or of another tool (`nessus.57608`); None when there is none."""
    sheet = platform.kits.sheets.treating(rule_id)
    return _line(sheet, scope.lang) if sheet else None


def list_sheets(platform: Platform, scope: Scope, words: str = "", scanner: str = "") -> tuple[SheetLine, ...]:
    """The sheets that match, gravest first. They are the same for everyone signed in."""
    kept = [
        line
        for sheet in platform.kits.sheets.by_id.values()
        if _says(sheet, folded(words), scope.lang) and scanner in ("", *(line := _line(sheet, scope.lang)).scanners)
    ]
    return tuple(sorted(kept, key=_order))


def open_sheet(platform: Platform, scope: Scope, sheet_id: str) -> SheetView:
    """One sheet by its id; NotFound when this version does not have it."""
    sheet = platform.kits.sheets.by_id.get(sheet_id)
    if sheet is None:
        raise NotFound(
            Text(
                "Cette fiche de remédiation n’existe pas dans cette version de CaRE.",
                "This version of CaRE does not have this remediation sheet.",
            )
        )
    return sheet_view(sheet, scope.lang)


def sheet_view(sheet: Sheet, lang: Lang) -> SheetView:
    """The sheet in a language."""
    return SheetView(
        line=_line(sheet, lang),
        applies_to=sheet.applies_to.render(lang),
        effort_basis=sheet.effort.basis.render(lang),
        cost=CostView(sheet.cost.low, sheet.cost.high, sheet.cost.source.render(lang)) if sheet.cost else None,
        care=sheet.care.render(lang),
        prerequisites=tuple(text.render(lang) for text in sheet.prerequisites),
        steps=tuple(_step(step, lang) for step in sheet.steps),
        verification=sheet.verification.render(lang),
        communication=sheet.communication.render(lang) if sheet.communication else "",
        references=tuple(SourceView(source.text.render(lang), source.url) for source in sheet.references),
        rules=tuple(TreatedRule(one.id, one.title.render(lang), one.scanner, one.severity) for one in _rules(sheet)),
        foreign=sheet.foreign,
    )


def _step(step: Step, lang: Lang) -> StepView:
    return StepView(
        who=tuple(WHO_NAMES[who].render(lang) for who in step.who),
        do=step.do.render(lang),
        run=step.run,
        check=step.check.render(lang),
        back=step.back.render(lang) if step.back else "",
    )


def _line(sheet: Sheet, lang: Lang) -> SheetLine:
    rules = _rules(sheet)
    touched = {rule.scanner for rule in rules}
    return SheetLine(
        id=sheet.id,
        title=sheet.title.render(lang),
        why=sheet.why.render(lang),
        effort_days=sheet.effort.days,
        risk=sheet.risk,
        risk_name=RISK_NAMES[sheet.risk].render(lang),
        scanners=tuple(scanner for scanner in SCANNERS if scanner in touched),
        severity=rules[0].severity if rules else None,
        playbook=sheet.playbook,
    )


def _rules(sheet: Sheet) -> list[Rule[Any]]:
    """The rules of the sheet, gravest first."""
    rules = [rule for name in sheet.rules if (rule := rule_by_id(name)) is not None]
    return sorted(rules, key=lambda rule: (rule.severity.rank, rule.id))


def _says(sheet: Sheet, words: str, lang: Lang) -> bool:
    said = f"{sheet.id} {sheet.title.render(lang)} {sheet.why.render(lang)} {' '.join((*sheet.rules, *sheet.foreign))}"
    return words in folded(said)


def _order(line: SheetLine) -> tuple[int, str]:
    return (line.severity.rank if line.severity else len(Severity), line.title)
