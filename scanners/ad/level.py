"""The ANSSI level of a directory, estimated from the outcomes of our rules, and what it takes to reach the next one.

The level is the smallest at which a `vuln_` point fails, 5 when none fails (CERT-FR, “Points de contrôle Active
Directory”). Points that were not assessed, or that we do not look at, can only lower it: an estimate is “at best”.

The work to reach a level is counted under assumptions that the documentation repeats. An object named by several rules
is one object to fix; a finding that counts objects of the domain asks for as many as its rule needs to pass
(`least_changes`), which may be those that others name. A path of control ends when one of its steps is removed, so that
paths which share a step end together; what is counted is the fewest rights that cut every path the findings tell of,
one for each holder that controls its targets without a detour (an entry may be inherited by many). When the findings do
not tell everything, the count is said to be “at least”: it is never more than what is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scanners.ad.control_paths.cuts import Network
from scanners.ad.control_paths.path_text import steps_of
from scanners.ad.least_changes import least_changes
from scanners.model import Finding, Lang, Outcome, Status, Text

BEST_LEVEL = 5
FRAMEWORK, COUNTED = "anssi-ad", "vuln_"
_LEVELS = range(1, BEST_LEVEL)
_LISTED = "; "


@dataclass(frozen=True, slots=True)
class EstimatedLevel:
    """What the outcomes say of the level.

    `failing` counts the failed points of each level from 1 to 4; `blocking` are the points that keep the level where
    it is; `unknown` are those that could not be assessed. None of the names is repeated. `lowest` is the level if all
    of those failed: the true one is between.
    """

    level: int
    lowest: int
    failing: tuple[int, int, int, int]
    blocking: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def sentence(self) -> Text:
        """How to say it: never as if it were the result of the official service."""
        count = len(self.unknown)
        if self.lowest < self.level:
            return Text(
                f"Niveau ANSSI : estimation, entre {self.lowest} et {self.level} ; {count} point(s) non évalué(s) "
                "en décident.",
                f"ANSSI level: an estimate, between {self.lowest} and {self.level}; {count} point(s) not assessed "
                "decide it.",
            )
        if count:
            return Text(
                f"Niveau ANSSI : estimation, au mieux niveau {self.level} ({count} point(s) non évalué(s)).",
                f"ANSSI level: an estimate, level {self.level} at best ({count} point(s) not assessed).",
            )
        return Text(
            f"Niveau ANSSI : estimation, au mieux niveau {self.level}.",
            f"ANSSI level: an estimate, level {self.level} at best.",
        )


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """What one rule says of one point at one level; `reason` when it could not tell."""

    point: str
    level: int
    rule: str
    status: Status
    findings: int
    reason: Text | None

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """Its published form, the reason in `lang`."""
        return {
            "point": self.point,
            "level": self.level,
            "rule": self.rule,
            "findings": self.findings,
            "reason": self.reason.render(lang) if self.reason else "",
        }


@dataclass(frozen=True, slots=True)
class Work:
    """How much there is to change: distinct objects, and rights of control paths to remove. `exact` is False when the
    findings do not tell everything: there is then at least that much."""

    objects: int = 0
    permissions: int = 0
    exact: bool = True

    @property
    def total(self) -> int:
        """All changes together."""
        return self.objects + self.permissions

    @property
    def text(self) -> Text:
        """How to say it: “12 objets et 3 droits”, with “au moins” when the findings do not tell everything."""
        objects, rights = self.objects, self.permissions
        parts = [
            Text(_many(objects, "objet"), _many(objects, "object")) if objects or not rights else None,
            Text(_many(rights, "droit"), _many(rights, "right")) if rights else None,
        ]
        said = [part for part in parts if part]
        fr, en = " et ".join(part.fr for part in said), " and ".join(part.en for part in said)
        return Text(fr, en) if self.exact else Text(f"au moins {fr}", f"at least {en}")

    def as_json(self) -> dict[str, Any]:
        """Its published form."""
        return {"objects": self.objects, "permissions": self.permissions, "exact": self.exact}


@dataclass(frozen=True, slots=True)
class NextLevel:
    """The level reached once every blocking point is closed, and the least work for that."""

    level: int
    work: Work

    @property
    def sentence(self) -> Text:
        """How to say it."""
        work = self.work.text
        return Text(
            f"Pour atteindre au mieux le niveau {self.level} : {work.fr} à corriger.",
            f"To reach level {self.level} at best: {work.en} to fix.",
        )


@dataclass(frozen=True, slots=True)
class Treatment:
    """What closes some rules together: the id of a remediation sheet, and its effort in person-days."""

    id: str
    days: float


@dataclass(frozen=True, slots=True)
class LevelAction:
    """One thing to do: failed rules of one level that one sheet closes (`sheet` is empty when none treats the rule).

    `level` is the one that these rules hold back, None when they move none; `points` those of that level;
    `level_after` the level reached once this action and those before it in the list are done.
    """

    sheet: str
    days: float | None
    rules: tuple[str, ...]
    points: tuple[str, ...]
    level: int | None
    level_after: int
    work: Work

    def as_json(self) -> dict[str, Any]:
        """Its published form."""
        return {
            "sheet": self.sheet,
            "days": self.days,
            "rules": list(self.rules),
            "points": list(self.points),
            "level": self.level,
            "level_after": self.level_after,
            **self.work.as_json(),
        }


@dataclass(frozen=True, slots=True)
class LevelReport:
    """The level with all that explains it.

    `to_next` is None at the best level; `actions` are by effect on the level.
    """

    estimate: EstimatedLevel
    unassessed: tuple[PointAnswer, ...]
    blocking: tuple[PointAnswer, ...]
    to_next: NextLevel | None
    actions: tuple[LevelAction, ...]

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """Its published form, reasons in `lang`."""
        following = self.to_next
        return {
            "level": self.estimate.level,
            "lowest": self.estimate.lowest,
            "failing": list(self.estimate.failing),
            "not_assessed": [one.as_json(lang) for one in self.unassessed],
            "blocking": [one.as_json(lang) for one in self.blocking],
            "next": {"level": following.level, **following.work.as_json()} if following else None,
            "actions": [one.as_json() for one in self.actions],
        }


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


def estimate_level(outcomes: Iterable[Outcome]) -> EstimatedLevel:
    """The level that these outcomes of AD rules allow, at best."""
    failed: set[tuple[int, str]] = set()
    unknown: set[tuple[int, str]] = set()
    for answer in answers_of(outcomes):
        if answer.status is Status.FAILED:
            failed.add((answer.level, answer.point))
        elif answer.status is not Status.PASSED:
            unknown.add((answer.level, answer.point))
    level = min((level for level, _ in failed), default=BEST_LEVEL)
    one, two, three, four = (sum(at == number for at, _ in failed) for number in _LEVELS)
    blocking = sorted(item for at, item in failed if at == level)
    lowest = min([level, *(at for at, _ in unknown)])
    names = sorted({item for _, item in unknown})
    return EstimatedLevel(level, lowest, (one, two, three, four), tuple(blocking), tuple(names))


def answers_of(outcomes: Iterable[Outcome]) -> Iterator[PointAnswer]:
    """What each rule says of each point that moves the level."""
    for outcome in outcomes:
        for level, point in levelled(outcome):
            yield PointAnswer(point, level, outcome.rule.id, outcome.status, len(outcome.findings), outcome.reason)


def levelled(outcome: Outcome) -> list[tuple[int, str]]:
    """The points that an outcome answers, each with its level, lowest first."""
    return sorted(
        {
            (ref.level, ref.item)
            for ref in outcome.rule.refs
            if ref.framework == FRAMEWORK and ref.item.startswith(COUNTED) and ref.level is not None
        }
    )


def level_report(outcomes: Sequence[Outcome], treated: Callable[[str], Treatment | None]) -> LevelReport:
    """The level, what was not assessed, what blocks, the work to the next level and the actions by their effect.

    `treated` gives the remediation sheet of a rule.
    """
    estimate = estimate_level(outcomes)
    answers = sorted(answers_of(outcomes), key=lambda one: (one.level, one.point, one.rule))
    failed = [one for one in answers if one.status is Status.FAILED]
    return LevelReport(
        estimate,
        tuple(one for one in answers if one.status not in (Status.PASSED, Status.FAILED)),
        tuple(one for one in failed if one.level == estimate.level),
        next_level(outcomes, estimate.level),
        actions_by_effect(outcomes, treated),
    )


def next_level(outcomes: Iterable[Outcome], level: int) -> NextLevel | None:
    """What closing every point that fails at `level` takes, and reaches; None at the best level."""
    if level >= BEST_LEVEL:
        return None
    failed = [
        (outcome, points) for outcome in outcomes if outcome.status is Status.FAILED and (points := levelled(outcome))
    ]
    left = {at for _, points in failed for at, _ in points if at > level}
    blocking = [outcome for outcome, points in failed if any(at == level for at, _ in points)]
    return NextLevel(min(left, default=BEST_LEVEL), work_of(blocking))


def actions_by_effect(
    outcomes: Iterable[Outcome], treated: Callable[[str], Treatment | None]
) -> tuple[LevelAction, ...]:
    """Failed rules grouped by the level they hold back and by what closes them, the lowest level first.

    A sheet that closes rules of two levels is two actions: what is to be done for the nearest comes without the rest.
    Within a level: most points closed, then least effort, then fewest changes. What moves no level comes last, by
    severity.
    """
    groups: dict[tuple[str, int | None], _Group] = {}
    for outcome in outcomes:
        if outcome.status is Status.FAILED:
            treatment = treated(outcome.rule.id)
            level = min((at for at, _ in levelled(outcome)), default=None)
            key = (treatment.id if treatment else outcome.rule.id, level)
            groups.setdefault(key, _Group(treatment, level)).outcomes.append(outcome)
    ordered = sorted(groups.items(), key=lambda one: (one[1].rank, one[0]))
    lowest = [group.level or BEST_LEVEL for _, group in ordered]
    return tuple(group.action(min(lowest[place + 1 :], default=BEST_LEVEL)) for place, (_, group) in enumerate(ordered))


@dataclass
class _Group:
    """Failed outcomes that are closed together."""

    treatment: Treatment | None
    level: int | None
    outcomes: list[Outcome] = field(default_factory=list)

    @cached_property
    def points(self) -> tuple[str, ...]:
        """Those of its level, else what else the rules say of the catalogue (warnings, information)."""
        if self.level is not None:
            return tuple(sorted({item for one in self.outcomes for at, item in levelled(one) if at == self.level}))
        refs = (ref for one in self.outcomes for ref in one.rule.refs if ref.framework == FRAMEWORK)
        return tuple(sorted({ref.item for ref in refs}))

    @cached_property
    def work(self) -> Work:
        return work_of(self.outcomes)

    @property
    def rank(self) -> tuple[int, int, int, float, int]:
        days = self.treatment.days if self.treatment else float("inf")
        if self.level is None:
            return BEST_LEVEL, min(one.rule.severity.rank for one in self.outcomes), 0, days, self.work.total
        return self.level, 0, -len(self.points), days, self.work.total

    def action(self, level_after: int) -> LevelAction:
        return LevelAction(
            sheet=self.treatment.id if self.treatment else "",
            days=self.treatment.days if self.treatment else None,
            rules=tuple(one.rule.id for one in self.outcomes),
            points=self.points,
            level=self.level,
            level_after=level_after,
            work=self.work,
        )


def work_of(failed: Iterable[Outcome]) -> Work:
    """The least work that closes these failed outcomes, under the assumptions said above."""
    objects, counted = set[str](), _Counted()
    network = Network()
    exact = True
    for outcome in failed:
        exact = exact and not outcome.partial
        for finding in outcome.findings:
            name = finding.subject.casefold()
            changes = least_changes(outcome.rule.id, finding.evidence)
            steps = steps_of(str(finding.evidence.get("path", "")))
            if changes:
                counted.add(name, changes)
            elif steps:
                exact = _add_paths(network, finding, steps) and exact
            else:
                objects.add(name)
    cut, certain = network.fewest_cuts()
    number, told = counted.together_with(objects)
    return Work(number, cut, exact and certain and told)


@dataclass
class _Counted:
    """Objects that findings about the whole domain count without naming them."""

    domains: set[str] = field(default_factory=set)
    numbers: list[int] = field(default_factory=list)
    sure: bool = True

    def add(self, domain: str, changes: tuple[int, bool]) -> None:
        self.domains.add(domain)
        self.numbers.append(changes[0])
        self.sure = self.sure and changes[1]

    def together_with(self, named: set[str]) -> tuple[int, bool]:
        """How many objects there are with those that other findings name, and whether that is sure.

        What is counted may be what another finding names or counts; it is not the domain, of which a setting is wrong.
        """
        others = len(named - self.domains)
        alone = not self.numbers or (len(self.numbers) == 1 and not others)
        return len(named & self.domains) + max([others, *self.numbers]), self.sure and alone


def _add_paths(network: Network, finding: Finding, steps: Sequence[tuple[str, str]]) -> bool:
    """What the evidence of a control path tells: its best path, and what its holder controls without a detour.

    Returns whether that is surely everything.
    """
    evidence = finding.evidence
    holder, last = finding.subject, str(evidence.get("target", ""))
    network.begin_at(holder)
    network.end_at(last)
    for before, after in steps:
        network.tie(before, after)
    named = [name for name in str(evidence.get("controlled") or "").split(_LISTED) if name]
    for name in named:
        network.end_at(name)
        network.tie(holder, name)
    return len(steps) == 1 and len(named) == evidence.get("controlled_count") == 1
