"""The words every scanner speaks: severity, status, text, reference, rule, finding, outcome.

Everything here is frozen and pure. A rule is a `Rule` with one function from facts to a `Verdict`; the runner turns
each rule into exactly one `Outcome`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

Scalar = str | int | float | bool | None
Lang = str
LANGS: tuple[Lang, ...] = ("fr", "en")

RULE_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?")
_HOUR, _DAY, _WEEK = 60, 24 * 60, 7 * 24 * 60
_REF = re.compile(r"(?P<framework>[a-z0-9][a-z0-9-]*):(?P<item>[A-Za-z0-9][A-Za-z0-9_.$-]*)(?:@(?P<level>[0-9]+))?\Z")


class Severity(StrEnum):
    """How much a weakness matters, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical up to 4 for info."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """Whether this severity is as bad as `other` or worse."""
        return self.rank <= other.rank


class Status(StrEnum):
    """What came out of one rule. Silence is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASSESSABLE = "not_assessable"
    ERROR = "error"


class Kind(StrEnum):
    """Where a rule's answer comes from: read on the system, computed from several facts, or declared by a person."""

    MEASURED = "measured"
    COMPUTED = "computed"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; placeholders are filled from a finding's subject and evidence (`Rule.describe`).

    `{date}` is said as people do, `{rto_hours:h}` as a duration (`1 h 40`), `{kind:care=soins|=inconnu}` in the words
    given for a value (`=` alone: for a value nobody knows).
    """

    fr: str
    en: str

    def render(self, lang: Lang, values: Mapping[str, object] | None = None) -> str:
        """The text in `lang`, placeholders filled when `values` is given."""
        template = self.fr if lang == "fr" else self.en
        return template.format_map(values) if values is not None else template


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A reference to one item of a framework, written `framework:item[@level]`."""

    framework: str
    item: str
    level: int | None = None

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read `framework:item[@level]`; ValueError when it is written otherwise."""
        match = _REF.match(text)
        if match is None:
            raise ValueError(f"reference {text!r} is not written framework:item[@level]")
        level = match["level"]
        return cls(match["framework"], match["item"], int(level) if level else None)

    def __str__(self) -> str:
        suffix = f"@{self.level}" if self.level is not None else ""
        return f"{self.framework}:{self.item}{suffix}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness seen on one subject.

    `subject` is canonical: the same thing is written the same way in every run (`HOPITAL\\krbtgt`,
    `127.0.20.1:443/tcp`). `evidence` holds scalars, never sentences, and never a secret.
    """

    subject: str
    evidence: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", MappingProxyType({key: _whole(v) for key, v in self.evidence.items()}))


def _whole(value: Scalar) -> Scalar:
    """24.0 as 24: hours and volumes are written whole in a plan and read the same way."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says: how many subjects it looked at, and those that fail. No finding and no doubt means passed.

    `doubt` says why it could not tell of some: of the subjects `unjudged`, of any that it does not name when these are
    not known. Without a finding the rule is then not assessable.
    """

    population: int
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[str, ...] = ()
    doubt: Text | None = None


def judged(
    population: int, findings: Iterable[Finding], unjudged: Iterable[str] = (), doubt: Text | None = None
) -> Verdict:
    """A verdict from any iterable of findings; of two with one subject (case apart) the first is kept."""
    by_subject: dict[str, Finding] = {}
    for finding in findings:
        by_subject.setdefault(finding.subject.casefold(), finding)
    return Verdict(population, tuple(by_subject.values()), tuple(unjudged), doubt)


class NotAssessable(Exception):  # noqa: N818 - the name of a status, not of a fault
    """Raised by a rule that cannot tell; the reason is shown to people."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(fr, en)


@dataclass(frozen=True, slots=True)
class Gap:
    """One part of the facts that was not read, or not read to its end, and why.

    `section` is a name of the scanner's facts (for instance `users`); `truncated` tells a part read in part from one
    not read at all. `subject` is the one thing that was not looked at, when all the rest of the section was: verdicts
    on the rest stand.
    """

    section: str
    reason: Text
    truncated: bool = False
    subject: str = ""


class Facts(Protocol):
    """What every scanner's facts have in common. `gaps` is empty when the collection is complete."""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What was not read."""


F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Rule(Generic[F]):
    """One check, with all it takes to explain it.

    `reads` names the sections of the facts it needs: if one of them has a gap, a clean verdict becomes
    `not_assessable` and a failed one is marked partial. `whole` is for rules that make no sense on a part (ratios,
    absences): a gap in what they read makes them `not_assessable` without being run.
    """

    id: str
    title: Text
    message: Text
    remediation: Text
    severity: Severity
    refs: tuple[Ref, ...]
    check: Callable[[F], Verdict]
    reads: tuple[str, ...]
    kind: Kind = Kind.MEASURED
    whole: bool = False
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if RULE_ID.match(self.id) is None:
            raise ValueError(f"rule id {self.id!r} is not written scanner.name")

    @property
    def scanner(self) -> str:
        """The package the rule belongs to."""
        return self.id.partition(".")[0]

    def describe(self, finding: Finding, lang: Lang) -> str:
        """The sentence for one finding, in the reader's language."""
        said = {key: _Said(value, lang) for key, value in finding.evidence.items()}
        return self.message.render(lang, {"subject": _Said(finding.subject, lang), **said})


@dataclass(frozen=True, slots=True)
class _Said:
    """A value that stands in a sentence, as its placeholder wants it (see `Text`)."""

    value: Scalar
    lang: Lang

    def __format__(self, how: str) -> str:
        if how == "h" and isinstance(self.value, int | float):
            return written(round(self.value * _HOUR), self.lang)
        words = dict(one.split("=", 1) for one in how.split("|") if "=" in one)
        return words.get("" if self.value is None else str(self.value)) or spoken(self.value, self.lang)


def spoken(value: Scalar, lang: Lang) -> str:
    """A value as people read it.

    Yes and no for booleans, days and moments (to the minute) as each language writes them, numbers plain with a comma
    in French.
    """
    if isinstance(value, bool):
        return ("oui" if value else "non") if lang == "fr" else ("yes" if value else "no")
    if isinstance(value, float):
        return _number(value, lang)
    return _moment(value, lang) if isinstance(value, str) else "" if value is None else str(value)


def written(minutes: int, lang: Lang) -> str:
    """The shortest exact way to write a duration: `45 min`, `4 h`, `2 h 30`, `3 j`, `2 sem.`; `0 min` for nothing."""
    day, week = ("j", "sem.") if lang == "fr" else ("d", "wk")
    if minutes >= _WEEK and minutes % _WEEK == 0:
        return f"{minutes // _WEEK} {week}"
    days, rest = divmod(minutes, _DAY)
    hours, left = divmod(rest, _HOUR)
    parts = [f"{days} {day}"] if days else []
    if hours:
        parts.append(f"{hours} h")
    if left:
        parts.append(f"{left:02}" if hours and not days else f"{left} min")
    return " ".join(parts) or "0 min"


def _number(value: float, lang: Lang) -> str:
    """Two decimals at most and no needless ones; never an exponent, which few readers know."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if lang == "fr" else text


def _moment(text: str, lang: Lang) -> str:
    """A day, or a day and time, without the noise of the machine; any other text as it is."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    year, month, day, time = found.groups()
    shown = f"{day}/{month}/{year}" if lang == "fr" else f"{year}-{month}-{day}"
    return f"{shown} {time}" if time else shown


def refs(*texts: str) -> tuple[Ref, ...]:
    """References from their written form."""
    return tuple(Ref.parse(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule said of one collection: exactly one per rule, always.

    `population` is the number of subjects examined (None when the rule did not get to look). `partial` marks a
    failure seen on facts that were not read to their end: true, but perhaps not all. When it is known of which subjects
    the rule could not tell, they are `unjudged`; all the others were judged.
    """

    rule: Rule[Any]
    status: Status
    findings: tuple[Finding, ...] = ()
    population: int | None = None
    reason: Text | None = None
    partial: bool = False
    unjudged: tuple[str, ...] = ()

    @property
    def conclusive(self) -> bool:
        """Whether the silence of the rule says something of each subject that is not `unjudged`."""
        return self.status in {Status.PASSED, Status.FAILED} and (not self.partial or bool(self.unjudged))
