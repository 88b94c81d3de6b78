"""The lifecycle of a finding: what one more run changes, and what a person decided.

A finding is one weakness of one subject in one establishment. Each target that can see it has a *sighting*: when it
was first and last seen there, and when it was found gone. Only a conclusive answer closes a sighting: the same rule
ran on the same perimeter of the same target, was read to its end, looked at the subject and no longer names it.

Runs are compared by the time of their collection, never by the order in which they are recorded: recording a run
twice, late, or together with another gives the same sightings (tests/unit/domain/test_findings.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from scanners.model import Finding, Outcome, Scalar, Severity, Status, Text


class State(StrEnum):
    """Where a finding stands, as lists show it."""

    OPEN = "open"
    FIXED = "fixed"
    FALSE_POSITIVE = "false_positive"
    ACCEPTED = "accepted"
    POSTPONED = "postponed"


class Verdict(StrEnum):
    """What a person may decide about a finding."""

    FALSE_POSITIVE = "false_positive"
    ACCEPTED = "accepted"
    POSTPONED = "postponed"


class Change(StrEnum):
    """What a run says of a finding, compared with what was known."""

    NEW = "new"
    STILL = "still"
    FIXED = "fixed"
    BACK = "back"


MAX_KEY = 400
"""Characters of a subject kept as identity: four bytes each fit in an index entry of PostgreSQL (2,704 bytes)."""

MAX_ACCEPTANCE = timedelta(days=366)
"""A weakness is left open by decision for a year at most, then looked at again. Our choice."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's choice about a finding. It holds until `until` (UTC), for ever when None."""

    verdict: Verdict
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether the decision still counts at `now`."""
        return self.until is None or now < self.until


def state_of(present: bool, decision: Decision | None, now: datetime) -> State:
    """The state of a finding: gone is fixed, else what was decided while it holds, else open."""
    if not present:
        return State.FIXED
    if decision is not None and decision.holds(now):
        return State(decision.verdict.value)
    return State.OPEN


def canonical(subject: str) -> str:
    """The subject as identity: case and surrounding spaces never make two findings of one weakness.

    Long ones keep their beginning and a hash, because databases index a bounded text.
    """
    key = subject.strip().casefold()
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: MAX_KEY - len(digest) - 1]}#{digest}"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The identity of a finding inside its establishment."""

    rule: str
    subject: str

    @classmethod
    def of(cls, rule: str, subject: str) -> Key:
        """The key of `subject` as a rule writes it."""
        return cls(rule, canonical(subject))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A finding seen from one target: times are those of the collections. `gone_at` is None while it is there.

    `perimeter` is what the target covered when it was last seen.
    """

    first_seen: datetime
    last_seen: datetime
    perimeter: str
    gone_at: datetime | None = None

    @property
    def present(self) -> bool:
        """Whether the weakness is there as far as this target knows."""
        return self.gone_at is None


@dataclass(frozen=True, slots=True)
class Known:
    """A finding already recorded: its sighting from the target at hand, if any, whether another target sees it, and
    when another last saw it."""

    id: int
    key: Key
    severity: Severity
    evidence: Mapping[str, Scalar]
    decision: Decision | None = None
    state: State = State.OPEN
    sighting: Sighting | None = None
    elsewhere: bool = False
    seen_elsewhere: datetime | None = None
    first_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule said in a run. `conclusive` answers close what they no longer name, save the subjects (canonical)
    that are `unjudged`; `aliases` are former ids."""

    severity: Severity
    conclusive: bool
    seen: Mapping[str, Finding]
    aliases: tuple[str, ...] = ()
    unjudged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Observed:
    """One run of one target: when it looked (UTC), at what perimeter, and what each rule that ran said.

    A report on many machines has one perimeter per machine: `place_of` gives that of a canonical subject, "" on a
    machine that was not looked at to its end, where silence closes nothing. `looked` tells the same of each subject of
    one perimeter: what was not looked at may have been seen all the same. `whole` tells that the run saw all
    there is on its target, or `looked` each of its subjects: its silence then closes whatever the perimeter.
    """

    at: datetime
    perimeter: str
    judged: Mapping[str, Judged]
    place_of: Callable[[str], str] | None = None
    whole: bool = False
    looked: Callable[[str], bool] | None = None

    def perimeter_of(self, subject: str) -> str:
        """The perimeter in which this run looked, or would have looked, at `subject` (canonical)."""
        return self.perimeter if self.place_of is None else self.place_of(subject)


Answered = Callable[[Key], datetime | None]
"""When a run newer than the one at hand first answered conclusively about a key, in the perimeter where the run at hand
saw it; None when none did."""


def answered_by(answers: Mapping[str, datetime]) -> Answered:
    """The answers by rule, for targets whose runs have one perimeter."""
    return lambda key: answers.get(key.rule)


@dataclass(frozen=True, slots=True)
class Discovery:
    """A finding never recorded before; `gone_at` is set when a later run already knows it gone."""

    key: Key
    severity: Severity
    finding: Finding
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Update:
    """What a run means for a recorded finding. `change` is None when it says nothing of it; a None below means: as it
    was. `ended`: the decision about it has come to its end."""

    known: Known
    change: Change | None
    sighting: Sighting | None = None
    evidence: Mapping[str, Scalar] | None = None
    severity: Severity | None = None
    state: State | None = None
    first_seen: datetime | None = None
    ended: bool = False

    @property
    def idle(self) -> bool:
        """Whether nothing is to be written."""
        written = (self.sighting, self.evidence, self.severity, self.state, self.first_seen)
        return not self.ended and all(one is None for one in written)


@dataclass(frozen=True, slots=True)
class Delta:
    """All that one run changes, and how many findings it saw."""

    discoveries: tuple[Discovery, ...] = ()
    updates: tuple[Update, ...] = ()
    counts: Mapping[Change, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """What is still told of a run once its findings are written: how many of each, the numbers of those that came
    back, the rule and subject of those that are critical and were not there before."""

    counts: Mapping[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    back: tuple[int, ...] = ()
    criticals: frozenset[tuple[str, str]] = frozenset()

    def then(self, delta: Delta) -> Written:
        """The same with a further part of the run."""
        counts = {change: self.counts[change] + delta.counts[change] for change in Change}
        back = tuple(one.known.id for one in delta.updates if one.change is Change.BACK)
        return Written(counts, self.back + back, self.criticals.union(_criticals(delta)))


def observed(outcomes: Iterable[Outcome], at: datetime, perimeter: str) -> Observed:
    """A run as the lifecycle reads it: rules that did not answer are left out, so they touch nothing."""
    return Observed(
        at,
        perimeter,
        {
            outcome.rule.id: Judged(
                outcome.rule.severity,
                outcome.conclusive,
                {canonical(finding.subject): finding for finding in outcome.findings},
                outcome.rule.aliases,
                frozenset(map(canonical, outcome.unjudged)),
            )
            for outcome in outcomes
            if outcome.status in {Status.PASSED, Status.FAILED}
        },
    )


def confront(run: Observed, known: Iterable[Known], answered: Answered, now: datetime) -> Delta:
    """What `run` changes among the findings known for its rules.

    `answered` tells which newer runs of this target already answered: a run recorded late does not reopen what a newer
    one found gone.
    """
    updates, met = [], set()
    for one in known:
        judged = run.judged.get(one.key.rule)
        if judged is None:
            continue
        met.add(one.key)
        update = _confront_one(run, judged, one, answered, now)
        if update is not None:
            updates.append(update)
    discoveries = tuple(_discover(run, key, judged, answered) for key, judged in _seen(run) if key not in met)
    return Delta(discoveries, tuple(updates), _counts(discoveries, updates))


def _seen(run: Observed) -> Iterable[tuple[Key, Judged]]:
    return ((Key(rule, subject), judged) for rule, judged in run.judged.items() for subject in judged.seen)


def _discover(run: Observed, key: Key, judged: Judged, answered: Answered) -> Discovery:
    return Discovery(key, judged.severity, judged.seen[key.subject], _first_sighting(run, key, answered))


def _first_sighting(run: Observed, key: Key, answered: Answered) -> Sighting:
    """A subject last seen before a conclusive answer that did not name it is gone since that answer."""
    return Sighting(run.at, run.at, run.perimeter_of(key.subject), answered(key))


def _confront_one(run: Observed, judged: Judged, known: Known, answered: Answered, now: datetime) -> Update | None:
    """The update of one known finding; None when this target neither saw it nor sees it."""
    finding = judged.seen.get(known.key.subject)
    if finding is None:
        return _missed(run, judged, known, now)
    before, after = known.sighting, _seen_again(run, known, answered)
    newest = _newest(run, judged, known)
    was_present = known.elsewhere or (before is not None and before.present)
    present = known.elsewhere or after.present
    return Update(
        known,
        Change.BACK if present and not was_present else Change.STILL,
        sighting=after if after != before else None,
        evidence=finding.evidence if newest and dict(finding.evidence) != dict(known.evidence) else None,
        severity=judged.severity if newest and judged.severity is not known.severity else None,
        state=_moved(known, present, now),
        first_seen=run.at if known.first_seen is not None and run.at < known.first_seen else None,
        ended=_ended(known, present, now),
    )


def _newest(run: Observed, judged: Judged, known: Known) -> bool:
    """Whether the run is the last to have seen the finding, from any target: its words are those kept."""
    seen = (known.sighting.last_seen if known.sighting else None, known.seen_elsewhere)
    last = max((at for at in seen if at is not None), default=None)
    return last is None or run.at > last or (run.at == last and _outranks(judged, known))


def _outranks(judged: Judged, known: Known) -> bool:
    """Of two runs at the same instant, the same one is kept whatever their order: the worse, then by its evidence."""
    finding = judged.seen[known.key.subject]
    return _weight(judged.severity, finding.evidence) > _weight(known.severity, known.evidence)


def _weight(severity: Severity, evidence: Mapping[str, Scalar]) -> tuple[int, str]:
    return -severity.rank, json.dumps(dict(evidence), sort_keys=True)


def _seen_again(run: Observed, known: Known, answered: Answered) -> Sighting:
    before, perimeter = known.sighting, run.perimeter_of(known.key.subject)
    if before is None:
        return _first_sighting(run, known.key, answered)
    first = min(before.first_seen, run.at)
    if (run.at, perimeter) <= (before.last_seen, before.perimeter):
        return Sighting(first, before.last_seen, before.perimeter, before.gone_at)
    return Sighting(first, run.at, perimeter, answered(known.key))


def _missed(run: Observed, judged: Judged, known: Known, now: datetime) -> Update | None:
    """A finding not named by the run: closed if the answer is conclusive, about the same perimeter and newer."""
    before = known.sighting
    if before is None or not judged.conclusive or run.at <= before.last_seen:
        return None
    if known.key.subject in judged.unjudged or (run.looked is not None and not run.looked(known.key.subject)):
        return None
    place = run.perimeter_of(known.key.subject)
    if not run.whole and (not place or before.perimeter != place):
        return None
    if before.gone_at is not None and before.gone_at <= run.at:
        return None
    after = Sighting(before.first_seen, before.last_seen, before.perimeter, run.at)
    change = Change.FIXED if before.present and not known.elsewhere else None
    present = known.elsewhere
    return Update(known, change, sighting=after, state=_moved(known, present, now), ended=_ended(known, present, now))


def _moved(known: Known, present: bool, now: datetime) -> State | None:
    state = state_of(present, known.decision, now)
    return state if state is not known.state else None


def _ended(known: Known, present: bool, now: datetime) -> bool:
    """A decision ends when it is over while the weakness is there; gone, it waits to be asked again."""
    return present and known.decision is not None and not known.decision.holds(now)


def _criticals(delta: Delta) -> Iterator[tuple[str, str]]:
    for new in delta.discoveries:
        if new.sighting.present and new.severity is Severity.CRITICAL:
            yield new.key.rule, new.finding.subject
    for one in delta.updates:
        if one.change is Change.BACK and (one.severity or one.known.severity) is Severity.CRITICAL:
            yield one.known.key.rule, one.known.key.subject


def _counts(discoveries: Iterable[Discovery], updates: Iterable[Update]) -> Mapping[Change, int]:
    counts = dict.fromkeys(Change, 0)
    for discovery in discoveries:
        counts[Change.NEW] += discovery.sighting.present
    for update in updates:
        if update.change is not None:
            counts[update.change] += 1
    return counts


def decision_faults(decision: Decision, reason: str, signatory: str, now: datetime) -> Mapping[str, Text]:
    """What is wrong with a decision somebody wants to record, per field; empty when nothing is.

    A reason is always due. An accepted risk is signed and ends within `MAX_ACCEPTANCE`; a postponement has its date.
    """
    faults = {}
    if not reason.strip():
        faults["reason"] = Text("Expliquez cette décision en une phrase.", "Explain this decision in one sentence.")
    if decision.verdict is Verdict.ACCEPTED and not signatory.strip():
        faults["signatory"] = Text("Indiquez qui accepte le risque.", "Say who accepts the risk.")
    if decision.verdict is Verdict.FALSE_POSITIVE:
        return faults
    if decision.until is None:
        faults["until"] = Text("Donnez une date de fin.", "Give an end date.")
    elif not decision.holds(now):
        faults["until"] = Text("La date de fin doit être à venir.", "The end date must be in the future.")
    elif decision.until > now + MAX_ACCEPTANCE:
        faults["until"] = Text(
            "La date de fin doit être dans l’année : la décision sera alors revue.",
            "The end date must be within a year: the decision is then reviewed.",
        )
    return faults
