"""From judged audits to the report's read-model. Loads no store: it also serves an auditor's laptop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from care.domain.findings import Key
from care.domain.remediation import Sheets
from care.services.directory.telling import MOST_ACTIONS, days_said, rule_title, sheet_title
from care.services.directory.treatments import treated_by
from care.services.exposure.words import led_to
from care.services.priority_plan import FailedRule, plan_of
from reports.audit import (
    AuditReport,
    EvidenceRow,
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
    Severity,
    Status,
    render_audit,
)
from reports.errors import ReportError
from reports.words import Lang as ReportLang
from scanners.ad.level import PointAnswer
from scanners.errors import SaidError
from scanners.exposure.categories import category_of_rule
from scanners.exposure.families import families_by_host, families_said
from scanners.exposure.subjects import host_of
from scanners.model import Finding, Lang, Outcome, Rule, Text
from scanners.result import AuditResult, DeclaredScope, conclusion, directory_level
from scanners.vocabulary import SCANNER_NAMES, evidence_rows


class DocumentError(SaidError):
    """A document could not be made."""


@dataclass(frozen=True, slots=True)
class FindingHistory:
    """What the platform knows of a finding besides this audit: its state in words, and since when it is seen."""

    state: str
    since: datetime | None


Histories = Mapping[Key, FindingHistory]
EXPOSURE = "exposure"
NO_CHANGES: Mapping[str, ReportChanges] = {}
NO_SHEETS = Sheets({})
"""Without sheets each rule is an action of its own."""


def audit_report(
    results: Iterable[AuditResult],
    issued_at: datetime,
    lang: Lang,
    establishment: str | None = None,
    finess: str = "",
    histories: Histories | None = None,
    failures: tuple[ReportFailure, ...] = (),
    imports: tuple[ReportImport, ...] = (),
    sheets: Sheets = NO_SHEETS,
    changes: Mapping[str, ReportChanges] = NO_CHANGES,
) -> AuditReport:
    """The read-model of one campaign, texts in `lang`; without an establishment it says “off platform”.

    `sheets` group what a directory has to do by the sheet that does it; `changes` tell what an exposure audit, by the
    fingerprint of its facts, changed of what was seen before.
    """
    known = histories or {}
    return AuditReport(
        lang=cast(ReportLang, lang),
        issued_at=issued_at,
        audits=tuple(_audit(result, lang, known, sheets, changes) for result in results),
        failures=failures,
        imports=imports,
        establishment=establishment,
        finess=finess,
    )


def audit_pdf(results: Iterable[AuditResult], issued_at: datetime, lang: Lang, sheets: Sheets = NO_SHEETS) -> bytes:
    """The report of audits made off platform, as an accessible PDF. DocumentError when it cannot be typeset."""
    return typeset_report(audit_report(results, issued_at, lang, sheets=sheets))


def typeset_report(report: AuditReport) -> bytes:
    """The accessible PDF of a report. DocumentError when it cannot be typeset."""
    try:
        return render_audit(report)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _audit(
    result: AuditResult, lang: Lang, histories: Histories, sheets: Sheets, changes: Mapping[str, ReportChanges]
) -> ReportAudit:
    said = conclusion(result.scanner, result.outcomes)
    return ReportAudit(
        scanner=SCANNER_NAMES[result.scanner].render(lang),
        target=result.target,
        started_at=result.started_at,
        finished_at=result.finished_at,
        facts_sha256=result.facts_sha256,
        conclusion=said.render(lang) if said else "",
        outcomes=tuple(_outcome(outcome, lang, histories) for outcome in result.outcomes),
        gaps=tuple(ReportGap(gap.section, gap.reason.render(lang), gap.truncated) for gap in result.gaps),
        level=_level(result, lang, sheets),
        perimeter=_perimeter(result, lang, sheets, changes.get(result.facts_sha256))
        if result.scanner == EXPOSURE
        else None,
    )


def _perimeter(result: AuditResult, lang: Lang, sheets: Sheets, changes: ReportChanges | None) -> ReportPerimeter:
    """What was declared and seen, the gravest weaknesses first, and what to do about it."""
    weak = _weak_by_host(result)
    found = [one for one in result.seen if one.kind == "service"]
    families = families_by_host((one.key, one.traits) for one in found)
    services: dict[str, list[str]] = defaultdict(list)
    for one in found:
        called = " ".join(filter(None, (one.traits["product"] or one.traits["service"], one.traits["version"])))
        services[str(host_of(one.key))].append(f"{one.key.rpartition(':')[2]} {called}".strip())
    seen = [
        SeenAddress(
            address=one.key,
            names=one.traits["names"],
            services=tuple(services[one.key]),
            worst=min(weak[one.key], key=lambda severity: severity.rank, default=None),
            families=families_said(families.get(one.key, {}), lang),
            findings=len(weak[one.key]),
            everything=one.traits["answers_everything"] == "yes",
        )
        for one in result.seen
        if one.kind == "address"
    ]
    return ReportPerimeter(
        names=tuple((one.key, led_to(one.traits, lang)) for one in result.seen if one.kind == "name"),
        addresses=tuple(sorted(seen, key=lambda one: one.worst.rank if one.worst else len(Severity))),
        plan=_plan(result, lang, sheets),
        declared=_declared(result.declared, lang) if result.declared else (),
        changes=changes,
    )


def _declared(scope: DeclaredScope, lang: Lang) -> tuple[tuple[str, str], ...]:
    told = (
        (Text("Mandat", "Mandate"), scope.mandate),
        (Text("Autorisé par", "Authorised by"), scope.authorised_by),
        (Text("Adresses et noms déclarés", "Declared addresses and names"), ", ".join(scope.targets)),
        (Text("Domaines déclarés", "Declared domains"), ", ".join(scope.domains)),
        (Text("Adresses laissées de côté", "Addresses left out"), str(scope.left_out) if scope.left_out else ""),
    )
    return tuple((words.render(lang), value) for words, value in told if value)


def _weak_by_host(result: AuditResult) -> Mapping[str, list[Severity]]:
    """The severity of each weakness, by the address or the name it is on."""
    weak: dict[str, list[Severity]] = defaultdict(list)
    for outcome in result.outcomes:
        for finding in outcome.findings:
            weak[str(host_of(finding.subject))].append(Severity(outcome.rule.severity.value))
    return weak


def _plan(result: AuditResult, lang: Lang, sheets: Sheets) -> tuple[PlannedStep, ...]:
    failed = (FailedRule(one.rule.id, one.rule.severity, len(one.findings)) for one in result.outcomes if one.findings)
    return tuple(
        PlannedStep(step.title, Severity(step.severity.value), step.findings, step.days)
        for step in plan_of(failed, sheets, lang)
    )


def _level(result: AuditResult, lang: Lang, sheets: Sheets) -> ReportLevel | None:
    report = directory_level(result, treated_by(sheets))
    if report is None:
        return None
    return ReportLevel(
        next=report.to_next.sentence.render(lang) if report.to_next else "",
        blocking=tuple(LevelPoint(_point(one), rule_title(one.rule, lang)) for one in report.blocking),
        unassessed=tuple(
            LevelPoint(_point(one), one.reason.render(lang) if one.reason else "") for one in report.unassessed
        ),
        actions=tuple(
            LevelStep(
                title=sheet_title(sheets, action.sheet, lang) or rule_title(action.rules[0], lang),
                level=str(action.level or "–"),
                changes=action.work.text.render(lang),
                days=days_said(action.days, lang),
                level_after=str(action.level_after),
            )
            for action in report.actions[:MOST_ACTIONS]
        ),
    )


def _point(answer: PointAnswer) -> str:
    return f"{answer.point} ({answer.level})"


def _outcome(outcome: Outcome, lang: Lang, histories: Histories) -> RuleOutcome:
    rule = outcome.rule
    return RuleOutcome(
        rule_id=rule.id,
        title=rule.title.render(lang),
        severity=Severity(rule.severity.value),
        status=Status(outcome.status.value),
        remediation=rule.remediation.render(lang),
        references=tuple(str(ref) for ref in rule.refs),
        population=outcome.population,
        reason=outcome.reason.render(lang) if outcome.reason else "",
        partial=outcome.partial,
        findings=tuple(_finding(rule, finding, lang, histories) for finding in outcome.findings),
        category=category_of_rule(rule).render(lang) if rule.scanner == EXPOSURE else "",
    )


def _finding(rule: Rule[object], finding: Finding, lang: Lang, histories: Histories) -> ReportFinding:
    history = histories.get(Key.of(rule.id, finding.subject))
    return ReportFinding(
        subject=finding.subject,
        message=rule.describe(finding, lang),
        evidence=tuple(EvidenceRow(label, value) for label, value in evidence_rows(finding, lang)),
        state=history.state if history else "",
        since=history.since if history else None,
    )
