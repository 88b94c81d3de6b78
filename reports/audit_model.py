"""What the report of one audit campaign holds: the read-model of `reports.audit`.

`AuditReport` is plain data whose texts are already in the reader's language. Texts that come from the audited systems
are hostile; `reports.audit_document` makes them safe, callers pass them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.words import Lang, Severity, Status


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One fact that supports a finding."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One weakness on one subject. `state` (“nouveau”, “toujours là”…) and `since` are empty when not known."""

    subject: str
    message: str
    evidence: tuple[EvidenceRow, ...] = ()
    state: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule said in one audit.

    `population` is the number of subjects looked at, None when the rule could not look. `reason` explains what could
    not be assessed, or what is missing from a `partial` failure. `references` are written as people cite them;
    `category` is the type of the weakness, empty when it has none.
    """

    rule_id: str
    title: str
    severity: Severity
    status: Status
    remediation: str = ""
    references: tuple[str, ...] = ()
    population: int | None = None
    reason: str = ""
    partial: bool = False
    findings: tuple[ReportFinding, ...] = ()
    category: str = ""


@dataclass(frozen=True, slots=True)
class ReportGap:
    """One part of the target that was not read (or, `truncated`, not to its end), and why."""

    section: str
    reason: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """A control point in the story of a directory's level; `said` is its rule and findings, or why it is not known."""

    name: str
    said: str


@dataclass(frozen=True, slots=True)
class LevelStep:
    """One action by its effect: the level it holds back and the one then reached, both as printed."""

    title: str
    level: str
    changes: str
    days: str
    level_after: str


@dataclass(frozen=True, slots=True)
class ReportLevel:
    """The level of a directory: the least work to the next one (empty at the best), what blocks, what is not known,
    and the first actions."""

    next: str
    blocking: tuple[LevelPoint, ...]
    unassessed: tuple[LevelPoint, ...]
    actions: tuple[LevelStep, ...]


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """One address that answers: the names that lead there, its services as people call them, its gravest weakness.

    For the map: how many services of each family, by name, and how many weaknesses; `everything`: it answers on every
    port, so that its services are not known.
    """

    address: str
    names: str
    services: tuple[str, ...]
    worst: Severity | None
    families: tuple[tuple[str, int], ...] = ()
    findings: int = 0
    everything: bool = False


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One thing to do: what it closes, on how many subjects, the gravest of them, its effort in days as written."""

    title: str
    severity: Severity
    findings: int
    days: str


@dataclass(frozen=True, slots=True)
class GoneThing:
    """Something that an audit no longer found where it looked: its kind, its name, what it was."""

    kind: str
    key: str
    what: str


@dataclass(frozen=True, slots=True)
class ReportChanges:
    """What an exposure audit changed of what the one before it saw; the `first` one knows nothing before it."""

    first: bool
    appeared: int = 0
    changed: int = 0
    gone: tuple[GoneThing, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPerimeter:
    """What an exposure audit saw: names with where they lead, addresses that answer, and what to do by priority.

    `declared` is what it was asked to look at, as label and value; `changes` None: nobody knows what was there before.
    """

    names: tuple[tuple[str, str], ...]
    addresses: tuple[SeenAddress, ...]
    plan: tuple[PlannedStep, ...]
    declared: tuple[tuple[str, str], ...] = ()
    changes: ReportChanges | None = None


@dataclass(frozen=True, slots=True)
class ReportAudit:
    """One scanner's audit of one target. Times are aware, in the zone in which they shall be printed.

    `conclusion` is what its outcomes say together, empty for most scanners; `level` details that of a directory.
    """

    scanner: str
    target: str
    started_at: datetime
    finished_at: datetime
    facts_sha256: str
    outcomes: tuple[RuleOutcome, ...]
    gaps: tuple[ReportGap, ...] = ()
    conclusion: str = ""
    level: ReportLevel | None = None
    perimeter: ReportPerimeter | None = None

    @property
    def complete(self) -> bool:
        """Whether the collection was read to its end and no rule broke."""
        return not self.gaps and not any(outcome.status is Status.ERROR for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class ReportFailure:
    """An audit of the campaign that gave no facts: refused, failed, cancelled, or not ended yet."""

    scanner: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportImport:
    """The last report of another tool on one target: when it looked, and what it left open by severity.

    `hosts` is how many machines or domains it covered. Its findings are in no figure of the audits.
    """

    tool: str
    target: str
    looked_at: datetime
    hosts: int
    open_findings: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One campaign. `establishment` is None when the audit was made off platform, on an auditor's laptop.

    `issued_at` (aware) is the date of the document; nothing else in it depends on when it is made.
    """

    lang: Lang
    issued_at: datetime
    audits: tuple[ReportAudit, ...] = ()
    establishment: str | None = None
    finess: str = ""
    failures: tuple[ReportFailure, ...] = ()
    imports: tuple[ReportImport, ...] = ()

    def outcomes(self) -> Iterator[RuleOutcome]:
        """The outcomes of every audit."""
        return (outcome for audit in self.audits for outcome in audit.outcomes)
