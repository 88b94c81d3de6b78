"""Turns an `AuditReport` into the JSON document that the `audit` template lays out: every decision is taken here.

Rules that failed are put together over the audits (one remediation for several targets), worst first. Long lists are
cut so that the size of the document stays bounded; the cut is said, with the place of the full list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.audit_model import (
    AuditReport,
    LevelPoint,
    ReportAudit,
    ReportChanges,
    ReportFailure,
    ReportFinding,
    ReportLevel,
    ReportPerimeter,
    RuleOutcome,
    SeenAddress,
)
from reports.audit_phrases import changes_said, conclusion, cut_notice, imports_cut, period, phrases, unseen_count
from reports.charts import scanner_chart, severity_chart
from reports.errors import ReportError
from reports.perimeter_map import MapAddress, perimeter_map, width_of_map
from reports.plain import SENTENCE, VALUE, name_line, one_line, plain
from reports.words import COLON, SEVERITY_NAMES, STATUS_NAMES, Lang, Severity, Status, counted, day, instant, number

MOST_AUDITS = 100
"""Audits in one document at most: each adds its appendix (100 of 60 rules take about 12 s and 1 GiB)."""
MOST_ROWS = 5_000
"""Findings shown in one document at most, shared between its rules."""
MOST_SUBJECTS = 100
"""Findings shown under one rule at most; the screen and the JSON file hold them all."""
FEWEST_SUBJECTS = 5
"""Findings shown under each rule even when there are very many rules."""
MOST_CARDS = 3
"""Up to that many findings of one rule are shown in full, more are a table."""
MOST_EVIDENCE = 20
"""Evidence rows shown for one finding at most; rules give a handful."""
PRIORITIES = 3
"""Rules on the first page: a director reads no more."""
MOST_IMPORTS = 60
"""Imported reports listed at most, the latest."""
MOST_POINTS = 40
"""Control points listed at most in what holds the level of a directory, and in what is not known of it."""
MOST_ADDRESSES = 256
"""Addresses and names of one perimeter listed at most: a document of more is no longer read."""
MAP_COLUMNS, TALLEST_MAP = 4, 860.0
"""The map of a perimeter on A4: as many columns as stay readable, and the height of a page in pixels of the picture."""
MOST_GONE = 60
"""Things that are gone listed at most for one perimeter; the page of exposure holds them all."""
MOST_SERVICES = 12
"""Services told of one address; the screen holds them all."""
MOST_STEPS = 30
"""Steps of an action plan; what follows are the least grave."""
MOST_UNSEEN = 5
"""Audits named on the first page among those that lack something."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """One failed rule with its findings over all the audits."""

    rule: RuleOutcome
    seen: tuple[tuple[ReportAudit, RuleOutcome], ...]

    @property
    def findings(self) -> list[tuple[ReportAudit, ReportFinding]]:
        """Each finding with the audit that saw it."""
        return [(audit, finding) for audit, outcome in self.seen for finding in outcome.findings]


def compose(report: AuditReport) -> Json:
    """The document: JSON values only, texts safe to set. ReportError when it holds too many audits."""
    lang = report.lang
    if len(report.audits) + len(report.failures) > MOST_AUDITS:
        raise _too_many(len(report.audits) + len(report.failures))
    groups = failed_groups(report)
    findings = Counter(outcome.severity for outcome in report.outcomes() for _ in outcome.findings)
    unassessed = [_unassessed(audit, lang) for audit in report.audits]
    return {
        "lang": lang,
        "words": phrases(lang),
        "establishment": one_line(report.establishment or "", lang),
        "finess": one_line(report.finess, lang),
        "issued": instant(report.issued_at, lang),
        "issued_day": day(report.issued_at, lang),
        "period": period(report),
        "conclusion": asdict(conclusion(report)),
        "unseen": _unseen(report),
        "statuses": _statuses(report),
        "chart": asdict(severity_chart(findings, lang)),
        "domains": _domains(report),
        "imports": _imports(report),
        "priorities": [_priority(group, lang) for group in groups[:PRIORITIES]],
        "audits": [_audit(audit, lang) for audit in report.audits],
        "technical": _technical(groups, lang),
        "sections": _sections(report, groups),
        "failures": [_failure(failure, lang) for failure in report.failures],
        "unassessed": [part for part in unassessed if part["rules"] or part["gaps"]],
        "errors": [_refusal(audit, outcome, lang) for audit, outcome in _with_status(report, Status.ERROR)],
        "appendix": [_appendix(audit, lang) for audit in report.audits],
    }


def _too_many(audits: int) -> ReportError:
    return ReportError(
        f"Un rapport contient au plus {MOST_AUDITS} audits, pas {audits} ; demandez-le pour moins d’audits à la fois.",
        f"A report holds {MOST_AUDITS} audits at most, not {audits}; ask for fewer audits at a time.",
    )


def failed_groups(report: AuditReport) -> list[Group]:
    """Failed rules, worst severity first, then the most findings, then by id."""
    by_rule: dict[str, list[tuple[ReportAudit, RuleOutcome]]] = {}
    for audit, outcome in _with_status(report, Status.FAILED):
        by_rule.setdefault(outcome.rule_id, []).append((audit, outcome))
    groups = [Group(seen[0][1], tuple(seen)) for seen in by_rule.values()]
    return sorted(groups, key=lambda group: (group.rule.severity.rank, -len(group.findings), group.rule.rule_id))


def _with_status(report: AuditReport, status: Status) -> Iterable[tuple[ReportAudit, RuleOutcome]]:
    return ((audit, outcome) for audit in report.audits for outcome in audit.outcomes if outcome.status is status)


def _statuses(report: AuditReport) -> list[Json]:
    counts = Counter(outcome.status for outcome in report.outcomes())
    names = STATUS_NAMES[report.lang]
    return [
        {"status": status.value, "name": names[status], "count": number(counts[status], report.lang)}
        for status in Status
    ]


def _domains(report: AuditReport) -> Json | None:
    """Findings of each scanner by severity; None when there is only one, whose figures are on the first page."""
    by_scanner: dict[str, Counter[Severity]] = {}
    for audit in report.audits:
        counts = by_scanner.setdefault(audit.scanner, Counter())
        counts.update(outcome.severity for outcome in audit.outcomes for _ in outcome.findings)
    return asdict(scanner_chart(list(by_scanner.items()), report.lang)) if len(by_scanner) > 1 else None


def _imports(report: AuditReport) -> Json:
    """What other tools left open, one line per target: figures apart from those of the audits."""
    lang = report.lang
    shown = report.imports[:MOST_IMPORTS]
    return {
        "header": [phrases(lang)[name] for name in ("tool", "looked", "hosts")]
        + [SEVERITY_NAMES[lang][severity] for severity in Severity],
        "rows": [
            {
                "tool": name_line(one.tool, lang),
                "target": name_line(one.target, lang),
                "figures": [
                    day(one.looked_at, lang),
                    number(one.hosts, lang),
                    *(number(one.open_findings.get(severity, 0), lang) for severity in Severity),
                ],
            }
            for one in shown
        ],
        "cut": imports_cut(len(report.imports) - len(shown), lang),
    }


def _priority(group: Group, lang: Lang) -> Json:
    return {
        "severity": group.rule.severity.value,
        "severity_name": SEVERITY_NAMES[lang][group.rule.severity],
        "title": name_line(group.rule.title, lang, 110),
        "count": counted(len(group.findings), phrases(lang)["finding"], phrases(lang)["findings"], lang),
        "remediation": _beginning(one_line(group.rule.remediation, lang, SENTENCE)),
    }


def _beginning(text: str, limit: int = 200) -> str:
    """The first sentence, or its beginning up to a whole word when it is long."""
    sentence = text.partition(". ")[0].rstrip(".")
    return f"{sentence}." if len(sentence) <= limit else sentence[:limit].rpartition(" ")[0] + "…"


def _audit(audit: ReportAudit, lang: Lang) -> Json:
    counts = Counter(outcome.status for outcome in audit.outcomes)
    return {
        "scanner": name_line(audit.scanner, lang),
        "target": name_line(audit.target, lang),
        "started": instant(audit.started_at, lang),
        "finished": instant(audit.finished_at, lang),
        "sha256": one_line(audit.facts_sha256, lang),
        "complete": audit.complete,
        "conclusion": name_line(audit.conclusion, lang) if audit.conclusion else "",
        "counts": [number(counts[status], lang) for status in Status],
        "level": _level(audit.level, lang) if audit.level else None,
        "perimeter": _perimeter(audit.perimeter, lang) if audit.perimeter else None,
    }


def _perimeter(perimeter: ReportPerimeter, lang: Lang) -> Json:
    tiles = [_tile(one, lang) for one in perimeter.addresses[:MOST_ADDRESSES]]
    return {
        "names": [
            [one_line(name, lang, 120), one_line(to, lang, 160)] for name, to in perimeter.names[:MOST_ADDRESSES]
        ],
        "names_cut": _more(len(perimeter.names) - MOST_ADDRESSES, lang),
        "declared": [
            [one_line(label, lang, 60), one_line(value, lang, SENTENCE)] for label, value in perimeter.declared
        ],
        "changes": _changes(perimeter.changes, lang) if perimeter.changes else None,
        "map": _map(perimeter.addresses, lang),
        "tiles": tiles,
        "tiles_cut": _more(len(perimeter.addresses) - MOST_ADDRESSES, lang),
        "plan": [
            {
                "title": name_line(step.title, lang, 160),
                "severity": step.severity.value,
                "severity_name": SEVERITY_NAMES[lang][step.severity],
                "cells": [number(step.findings, lang), step.days],
            }
            for step in perimeter.plan[:MOST_STEPS]
        ],
    }


def _changes(changes: ReportChanges, lang: Lang) -> Json:
    """What changed since the audit before: figures, and what is gone by name."""
    return {
        "said": changes_said(changes, lang),
        "gone": [
            [one_line(one.key, lang, 160), one_line(one.kind, lang, 40), one_line(one.what, lang, 160)]
            for one in changes.gone[:MOST_GONE]
        ],
        "cut": _more(len(changes.gone) - MOST_GONE, lang),
    }


def _map(addresses: Sequence[SeenAddress], lang: Lang) -> list[Json]:
    """The picture of the perimeter, as many sheets as pages; `share` is the part of the width of a page."""
    drawn = [
        MapAddress(one.address, one.families, one.worst, one.findings, one.everything)
        for one in addresses[:MOST_ADDRESSES]
    ]
    whole = width_of_map(MAP_COLUMNS)
    return [
        {"svg": one.svg, "title": one.title, "description": one.description, "share": round(100 * one.wide / whole)}
        for one in perimeter_map(drawn, lang, MAP_COLUMNS, TALLEST_MAP)
    ]


def _technical(groups: Sequence[Group], lang: Lang) -> list[Json]:
    """By severity: how many weaknesses, under how many rules, on how many subjects."""
    rows = []
    for severity in Severity:
        mine = [group for group in groups if group.rule.severity is severity]
        findings = [finding.subject for group in mine for _, finding in group.findings]
        counts = (len(findings), len(mine), len(set(findings)))
        rows.append(
            {
                "severity": severity.value,
                "severity_name": SEVERITY_NAMES[lang][severity],
                "cells": [number(count, lang) for count in counts],
            }
        )
    return rows


def _tile(one: SeenAddress, lang: Lang) -> Json:
    services = [one_line(service, lang, 60) for service in one.services[:MOST_SERVICES]]
    return {
        "address": one_line(one.address, lang, 60),
        "names": one_line(one.names, lang, 80),
        "services": ", ".join([*services, *filter(None, [_more(len(one.services) - MOST_SERVICES, lang)])]),
        "count": number(len(one.services), lang),
        "severity": one.worst.value if one.worst else "",
        "severity_name": SEVERITY_NAMES[lang][one.worst] if one.worst else phrases(lang)["perimeter_safe"],
    }


def _more(left: int, lang: Lang) -> str:
    return f"… + {number(left, lang)}" if left > 0 else ""


def _level(level: ReportLevel, lang: Lang) -> Json:
    return {
        "next": one_line(level.next, lang, SENTENCE),
        "blocking": _points(level.blocking, lang),
        "unassessed": _points(level.unassessed, lang),
        "actions": [
            {
                "title": name_line(action.title, lang, 160),
                "cells": [action.level, one_line(action.changes, lang), action.days, action.level_after],
            }
            for action in level.actions
        ],
    }


def _points(points: Sequence[LevelPoint], lang: Lang) -> Json:
    return {
        "rows": [[one_line(one.name, lang, 80), plain(one.said, lang, SENTENCE)] for one in points[:MOST_POINTS]],
        "cut": _more(len(points) - MOST_POINTS, lang),
    }


def _sections(report: AuditReport, groups: Sequence[Group]) -> list[Json]:
    most = min(MOST_SUBJECTS, max(FEWEST_SUBJECTS, MOST_ROWS // max(len(groups), 1)))
    sections = []
    for severity in Severity:
        mine = [group for group in groups if group.rule.severity is severity]
        if mine:
            name = SEVERITY_NAMES[report.lang][severity]
            composed = [_group(group, report, most) for group in mine]
            sections.append({"severity": severity.value, "name": name, "groups": composed})
    return sections


def _group(group: Group, report: AuditReport, most: int) -> Json:
    lang, rule, findings = report.lang, group.rule, group.findings
    words = phrases(lang)
    return {
        "id": name_line(rule.rule_id, lang),
        "title": name_line(rule.title, lang),
        "scanner": ", ".join(dict.fromkeys(name_line(audit.scanner, lang) for audit, _ in group.seen))
        if len({audit.scanner for audit in report.audits}) > 1
        else "",
        "count": counted(len(findings), words["finding"], words["findings"], lang),
        "category": name_line(rule.category, lang) if rule.category else "",
        "references": [one_line(reference, lang, 80) for reference in rule.references],
        "remediation": plain(rule.remediation, lang),
        "partial": [one_line(outcome.reason, lang, SENTENCE) for _, outcome in group.seen if outcome.partial],
        "several_targets": len(group.seen) > 1,
        "as_table": len(findings) > MOST_CARDS,
        "findings": [_finding(audit, finding, lang) for audit, finding in findings[:most]],
        "cut": cut_notice(report, len(findings), most),
    }


def _finding(audit: ReportAudit, finding: ReportFinding, lang: Lang) -> Json:
    since = f"{phrases(lang)['since']} {day(finding.since, lang)}" if finding.since else ""
    return {
        "subject": one_line(finding.subject, lang),
        "target": name_line(audit.target, lang),
        "message": plain(finding.message, lang),
        "evidence": [
            {"label": one_line(row.label, lang, 80), "value": plain(row.value, lang, VALUE)}
            for row in finding.evidence[:MOST_EVIDENCE]
        ],
        "history": ", ".join(part for part in (one_line(finding.state, lang, 60), since) if part),
    }


def _unassessed(audit: ReportAudit, lang: Lang) -> Json:
    """What one audit could not assess: rules sharing a reason stand together, and the parts that were not read."""
    by_reason: dict[str, list[str]] = {}
    for outcome in audit.outcomes:
        if outcome.status is Status.NOT_ASSESSABLE:
            by_reason.setdefault(outcome.reason, []).append(name_line(outcome.title, lang))
    return {
        "scanner": name_line(audit.scanner, lang),
        "target": name_line(audit.target, lang),
        "rules": [{"reason": plain(reason, lang), "titles": titles} for reason, titles in by_reason.items()],
        "gaps": [
            {"section": one_line(gap.section, lang), "reason": plain(gap.reason, lang), "truncated": gap.truncated}
            for gap in audit.gaps
        ],
    }


def _unseen(report: AuditReport) -> list[str]:
    """One short line per audit that lacks something, for the first page; the last line counts those left out."""
    lang = report.lang
    lost = [(failure.scanner, failure.target, phrases(lang)["failure"]) for failure in report.failures]
    lacking = [
        (audit.scanner, audit.target, unseen_count(_unanswered(audit), len(audit.gaps), lang))
        for audit in report.audits
        if not audit.complete or _unanswered(audit)
    ]
    lines = [
        f"{name_line(scanner, lang, 40)} ({one_line(target, lang)[:60]}){COLON[lang]}{what}"
        for scanner, target, what in [*lost, *lacking]
    ]
    more = len(lines) - MOST_UNSEEN
    return lines if more <= 0 else [*lines[:MOST_UNSEEN], f"… + {number(more, lang)}"]


def _unanswered(audit: ReportAudit) -> int:
    return sum(outcome.status in (Status.NOT_ASSESSABLE, Status.ERROR) for outcome in audit.outcomes)


def _failure(failure: ReportFailure, lang: Lang) -> Json:
    return {
        "scanner": name_line(failure.scanner, lang),
        "target": name_line(failure.target, lang),
        "reason": plain(failure.reason, lang),
    }


def _refusal(audit: ReportAudit, outcome: RuleOutcome, lang: Lang) -> Json:
    return {
        "title": name_line(outcome.title, lang),
        "id": name_line(outcome.rule_id, lang),
        "target": name_line(audit.target, lang),
        "reason": plain(outcome.reason, lang),
    }


def _appendix(audit: ReportAudit, lang: Lang) -> Json:
    return {
        "scanner": name_line(audit.scanner, lang),
        "target": name_line(audit.target, lang),
        "rules": [
            {
                "id": name_line(outcome.rule_id, lang),
                "title": name_line(outcome.title, lang),
                "severity": SEVERITY_NAMES[lang][outcome.severity],
                "status": outcome.status.value,
                "status_name": STATUS_NAMES[lang][outcome.status],
                "population": "–" if outcome.population is None else number(outcome.population, lang),
                "findings": number(len(outcome.findings), lang),
            }
            for outcome in audit.outcomes
        ],
    }
