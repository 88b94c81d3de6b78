"""A hospital's directory as target, and audits of it whose results the test decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from care.domain.access import Scope
from care.domain.jobs import Claim, Lane
from care.services import audits, jobs
from care.services.audits import Started
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from scanners.ad.level import Treatment
from scanners.archive import Archive, Manifest
from scanners.judging import DirectoryJudged, directory_judged, directory_read
from scanners.model import Finding, Gap, Outcome, Rule, Severity, Status, Text, refs
from scanners.result import AuditResult

AD_REQUEST = {"server": "ldaps://dc1.hopital.test", "user": "audit@hopital.test"}
PASSWORD = "Tr0is-mots-secrets"


def planned_rule(name: str, severity: Severity = Severity.HIGH, aliases: tuple[str, ...] = ()) -> Rule[Any]:
    return Rule(
        id=f"ad.{name}",
        title=Text(f"Faiblesse {name}", f"Weakness {name}"),
        message=Text("{subject} est faible ({level}).", "{subject} is weak ({level})."),
        remediation=Text("Corrigez.", "Fix it."),
        severity=severity,
        refs=refs("anssi-ad:vuln_x@2"),
        check=lambda _facts: (_ for _ in ()).throw(AssertionError("planned rules are not run")),
        reads=(),
        aliases=aliases,
    )


@dataclass
class PlannedAudits:
    """The next results, by the order in which they are judged."""

    results: list[AuditResult] = field(default_factory=list)

    def judge(self, _archive: Archive[Any]) -> AuditResult:
        return self.results.pop(0)

    def judge_directory(self, facts: Path, treatments: Mapping[str, Treatment], *_bounds: object) -> DirectoryJudged:
        return directory_judged(directory_read(nothing_in(facts)), self.results.pop(0), treatments)


def result(
    at: datetime,
    answers: Mapping[str, Sequence[str] | None],
    *,
    partial: bool = False,
    perimeter: str = "ldaps://dc1.hopital.test",
    level: int = 1,
    severity: Severity = Severity.HIGH,
) -> AuditResult:
    """A result in which each rule sees these subjects; None for a rule that could not tell."""
    outcomes = tuple(_outcome(name, seen, partial, level, severity) for name, seen in answers.items())
    gaps = (Gap("users", Text("Lecture interrompue.", "Reading interrupted."), truncated=True),) if partial else ()
    return AuditResult("ad", perimeter, at - timedelta(minutes=1), at, "0" * 64, outcomes, gaps)


def _outcome(name: str, seen: Sequence[str] | None, partial: bool, level: int, severity: Severity) -> Outcome:
    rule = planned_rule(name, severity)
    if seen is None:
        return Outcome(rule, Status.NOT_ASSESSABLE, reason=Text("Droits insuffisants.", "Not enough rights."))
    findings = tuple(Finding(subject, {"level": level}) for subject in seen)
    return Outcome(rule, Status.FAILED if seen else Status.PASSED, findings, len(seen), partial=partial and bool(seen))


def write_facts(
    _scanner: str, _request: Mapping[str, Any], out: Path, _progress: object, _cancelled: object
) -> Archive[Any]:
    """A collection that writes some bytes; what they mean is decided by `PlannedAudits`. They name no product."""
    out.write_bytes(b"facts")
    return nothing_in(out)


def nothing_in(_path: Path) -> Archive[Any]:
    """An archive whose facts say nothing."""
    manifest = Manifest("continuity", 1, "x", "2026-03-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00", "tests")
    return Archive(manifest, None, "0" * 64)


def add_directory(platform: Platform, scope: Scope, establishment_id: int, name: str = "Annuaire") -> int:
    draft = TargetDraft("ad", name, AD_REQUEST, {"password": PASSWORD})
    return add_target(platform, scope, establishment_id, draft)


def claimed(platform: Platform, lane: Lane = Lane.AUDIT, worker: str = "w1") -> Claim:
    """The next job of a lane, which must exist."""
    claim = jobs.claim(platform, lane, worker)
    assert claim is not None
    return claim


def run_audit(platform: Platform, scope: Scope, target_id: int) -> Started:
    """Ask for an audit and do it as the worker does."""
    started = audits.start_audit(platform, scope, target_id)
    assert started is not None
    audits.audit(platform, Hold(platform, claimed(platform)))
    return started
