"""The result of one audit, as published in `docs/care-audit-1.schema.json`: one outcome per rule, always."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanners.ad.level import LevelReport, Treatment, estimate_level, level_report
from scanners.archive import Archive
from scanners.catalog import rules_of
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.things import Thing, things
from scanners.model import Facts, Finding, Gap, Lang, Outcome, Rule, Severity, Status, Text
from scanners.runner import run_rules

SCHEMA = "care-audit/1"
Treated = Callable[[str], Treatment | None]
"""The remediation sheet of a rule, for those who have the sheets at hand."""


@dataclass(frozen=True, slots=True)
class DeclaredScope:
    """What an exposure audit was asked to look at, and by which mandate; `left_out` addresses were spared."""

    mandate: str
    authorised_by: str
    targets: tuple[str, ...]
    domains: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Facts judged: who was looked at, when, and what every rule says of it."""

    scanner: str
    target: str
    started_at: datetime
    finished_at: datetime
    facts_sha256: str
    outcomes: tuple[Outcome, ...]
    gaps: tuple[Gap, ...]
    seen: tuple[Thing, ...] = ()
    """What an exposure audit saw, for the map of its perimeter; empty for the others. Not in the JSON document."""
    declared: DeclaredScope | None = None
    """Its perimeter as declared; None for the others. Not in the JSON document."""

    @property
    def complete(self) -> bool:
        """Whether the collection was read to its end and no rule broke."""
        return not self.gaps and not any(outcome.status is Status.ERROR for outcome in self.outcomes)

    def counts(self) -> dict[Status, int]:
        """How many rules ended in each status, all statuses present."""
        return {status: sum(outcome.status is status for outcome in self.outcomes) for status in Status}

    def worst(self) -> Severity | None:
        """The worst severity among failed rules, None when nothing failed."""
        failed = [outcome.rule.severity for outcome in self.outcomes if outcome.status is Status.FAILED]
        return min(failed, key=lambda severity: severity.rank, default=None)


def conclusion(scanner: str, outcomes: Iterable[Outcome]) -> Text | None:
    """What all the outcomes of one audit say together: the estimated level of a directory, nothing for the others."""
    return estimate_level(outcomes).sentence if scanner == "ad" else None


def no_sheets(_rule: str) -> None:
    """The sheets of those who have none: each rule is then an action of its own."""


def directory_level(result: AuditResult, treated: Treated = no_sheets) -> LevelReport | None:
    """The level of the directory that was audited with what it takes to raise it; None for other scanners."""
    return level_report(result.outcomes, treated) if result.scanner == "ad" else None


def judge(archive: Archive[Facts]) -> AuditResult:
    """Run the scanner's rules over an archive: no network, no clock, the same answer every time."""
    manifest = archive.manifest
    return AuditResult(
        scanner=manifest.scanner,
        target=manifest.target,
        started_at=archive.started_at,
        finished_at=archive.finished_at,
        facts_sha256=archive.sha256,
        outcomes=run_rules(rules_of(manifest.scanner), archive.facts),
        gaps=archive.facts.gaps,
        seen=tuple(things(archive.facts)) if isinstance(archive.facts, ExposureFacts) else (),
        declared=_declared(archive.facts) if isinstance(archive.facts, ExposureFacts) else None,
    )


def _declared(facts: ExposureFacts) -> DeclaredScope:
    return DeclaredScope(
        mandate=facts.mandate_reference,
        authorised_by=facts.authorised_by,
        targets=facts.targets,
        domains=tuple(domain.name for domain in facts.domains),
        left_out=len(facts.left_out),
    )


def as_json(result: AuditResult, lang: Lang, treated: Treated = no_sheets) -> dict[str, Any]:
    """The published JSON document; `lang` is that of the reasons and messages."""
    said = conclusion(result.scanner, result.outcomes)
    level = directory_level(result, treated)
    return {
        "schema": SCHEMA,
        "scanner": result.scanner,
        "target": result.target,
        "started_at": result.started_at.isoformat(),
        "finished_at": result.finished_at.isoformat(),
        "facts_sha256": result.facts_sha256,
        "complete": result.complete,
        "conclusion": said.render(lang) if said else "",
        **({"level": level.as_json(lang)} if level else {}),
        "gaps": [
            {"section": gap.section, "truncated": gap.truncated, "reason": gap.reason.render(lang)}
            for gap in result.gaps
        ],
        "outcomes": [_outcome(outcome, lang) for outcome in result.outcomes],
    }


def rule_as_json(rule: Rule[Any], lang: Lang) -> dict[str, Any]:
    """One rule of the catalogue, as `care rules --json` prints it."""
    return {
        "id": rule.id,
        "scanner": rule.scanner,
        "title": rule.title.render(lang),
        "severity": rule.severity.value,
        "refs": [str(ref) for ref in rule.refs],
        "kind": rule.kind.value,
        "remediation": rule.remediation.render(lang),
    }


def _outcome(outcome: Outcome, lang: Lang) -> dict[str, Any]:
    rule = outcome.rule
    return {
        "rule": rule.id,
        "status": outcome.status.value,
        "severity": rule.severity.value,
        "refs": [str(ref) for ref in rule.refs],
        "reason": outcome.reason.render(lang) if outcome.reason else "",
        "population": outcome.population,
        "partial": outcome.partial,
        "findings": [_finding(rule, finding, lang) for finding in outcome.findings],
    }


def _finding(rule: Rule[Any], finding: Finding, lang: Lang) -> dict[str, Any]:
    return {
        "subject": finding.subject,
        "message": rule.describe(finding, lang),
        "evidence": dict(finding.evidence),
    }
