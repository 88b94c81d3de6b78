"""What an imported report looked at and proved: how a file of another tool speaks to the lifecycle of findings.

A report has one perimeter per machine, so that a machine switched off that day keeps its findings. What it covered is
kept with the run: an older file imported later then finds what newer ones had already answered.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from care.domain.findings import Answered, Judged, Key, Observed, canonical
from scanners.imported.model import Check, Report, host_of
from scanners.model import Severity, Status, Text

_UNPROVEN = Text(
    "Ce fichier ne prouve pas que ce contrôle est allé à son terme.",
    "This file does not prove that this check ran to its end.",
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one report looked at (perimeter by machine) and which checks it answered to their end.

    `unproven` are the checks that the file names without proving them; all others are proven when `all_checks`.
    `whole` is a person's word that nothing of the target was left out.
    """

    perimeter: str
    perimeters: Mapping[str, str]
    proven: frozenset[str]
    unproven: frozenset[str]
    all_checks: bool
    whole: bool

    def place_of(self, subject: str) -> str:
        """The perimeter in which a canonical subject was looked at; "" on what was not looked at to its end."""
        return self.perimeters.get(host_of(subject), "")

    def proves(self, rule: str) -> bool:
        """Whether the silence of this check closes what it no longer names."""
        return self.whole or rule in self.proven or (self.all_checks and rule not in self.unproven)

    def answers(self, key: Key, place: str) -> bool:
        """Whether a finding last seen at `place` would have been named by this report."""
        return self.proves(key.rule) and (self.whole or self.place_of(key.subject) == place != "")

    def to_bytes(self) -> bytes:
        """Compressed JSON, for `from_bytes`."""
        document: dict[str, Any] = {
            "perimeter": self.perimeter,
            "perimeters": dict(self.perimeters),
            "proven": sorted(self.proven),
            "unproven": sorted(self.unproven),
            "all": self.all_checks,
            "whole": self.whole,
        }
        return zlib.compress(json.dumps(document, sort_keys=True).encode(), 6)

    @classmethod
    def from_bytes(cls, content: bytes) -> Coverage:
        """What `to_bytes` gave."""
        document = json.loads(zlib.decompress(content))
        return cls(
            document["perimeter"],
            document["perimeters"],
            frozenset(document["proven"]),
            frozenset(document["unproven"]),
            document["all"],
            document["whole"],
        )


def coverage_of(report: Report, whole: bool) -> Coverage:
    """What `report` covers; `whole` when a person declares it complete for its target."""
    named = {check.id for check in report.checks}
    conclusive = frozenset(check.id for check in report.checks if check.conclusive)
    return Coverage(
        perimeter=report.perimeter,
        perimeters=_perimeters(report),
        proven=conclusive | (report.covers - named),
        unproven=frozenset(named - conclusive),
        all_checks=report.covers_all,
        whole=whole,
    )


def _perimeters(report: Report) -> dict[str, str]:
    bare = replace(report, checks=(), covers=frozenset())
    return {
        host.casefold(): replace(
            bare, hosts=(host,), ways={host: way} if (way := report.ways.get(host)) else {}
        ).perimeter
        for host in report.hosts
    }


def observed_in(report: Report, coverage: Coverage, known: Mapping[str, Severity]) -> Observed:
    """The report as the lifecycle reads it; `known` are the checks that already found something on this target.

    A check that neither found anything nor proves it ran is left out: it touches nothing.
    """
    judged = {
        check.id: Judged(check.severity, coverage.proves(check.id), _seen(check))
        for check in report.checks
        if check.findings or coverage.proves(check.id)
    }
    silent = {rule: Judged(severity, True, {}) for rule, severity in known.items() if coverage.proves(rule)}
    return Observed(
        report.finished_at, coverage.perimeter, {**silent, **judged}, place_of=coverage.place_of, whole=coverage.whole
    )


def _seen(check: Check) -> dict[str, Any]:
    return {canonical(finding.subject): finding for finding in check.findings}


def answered_after(run: Observed, newer: Iterable[tuple[datetime, Coverage]]) -> Answered:
    """What the newer reports of the target (the oldest first) had already answered."""
    reports = list(newer)
    if not reports:
        return lambda _key: None

    def answered(key: Key) -> datetime | None:
        place = run.perimeter_of(key.subject)
        return next((at for at, coverage in reports if coverage.answers(key, place)), None)

    return answered


def outcome_rows(
    run_id: int, report: Report, coverage: Coverage, known: Mapping[str, Severity]
) -> list[dict[str, Any]]:
    """What every check of the report said, as rows of `rule_outcome`; silent checks known before have passed."""
    named = [_outcome(run_id, check, coverage.proves(check.id), len(report.hosts)) for check in report.checks]
    said = {check.id for check in report.checks}
    silent = [
        _row(run_id, rule, severity, Status.PASSED, population=len(report.hosts))
        for rule, severity in sorted(known.items())
        if rule not in said and coverage.proves(rule)
    ]
    return named + silent


def _outcome(run_id: int, check: Check, proven: bool, population: int) -> dict[str, Any]:
    silence = Status.PASSED if proven else Status.NOT_ASSESSABLE
    row = _row(run_id, check.id, check.severity, Status.FAILED if check.findings else silence, population)
    return {**row, "conclusive": proven, "findings": len(check.findings)}


def _row(run_id: int, rule: str, severity: Severity, status: Status, population: int) -> dict[str, Any]:
    reason = _UNPROVEN if status is Status.NOT_ASSESSABLE else Text("", "")
    return {
        "run_id": run_id,
        "rule": rule,
        "status": status,
        "conclusive": True,
        "severity": severity,
        "population": population,
        "findings": 0,
        "reason_fr": reason.fr,
        "reason_en": reason.en,
    }
