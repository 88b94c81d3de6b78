"""The level of a directory over time, for who leads: where it stands, what holds it, what to do, what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.directory.keeping import paths_in
from care.services.directory.points import PointRow, RuleAnswer, answers_in, outcomes_as_told, points_of
from care.services.directory.telling import MOST_ACTIONS, days_said, sheet_title
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.run_heads import RunHead, audited_targets, latest_run, recorded, run_head
from care.services.scanning import DIRECTORY_SCANNER
from care.store.runs import DirectorySummary, RuleOutcome, Run
from reports.charts import NARROW, Chart, numbers_chart
from reports.words import Lang as ReportLang
from scanners.ad.control_paths.paths import PathsSummary
from scanners.ad.level import BEST_LEVEL, NextLevel, Work, estimate_level
from scanners.model import Lang, Status, Text, spoken

MOST_RUNS = 24
"""Audits in the history: two years when they are monthly."""
_CHART = Text("Niveau estimé de l’annuaire, audit après audit", "Estimated level of the directory, audit by audit")
_FIRST, _NAME = Text("Audit du", "Audit of"), Text("Niveau, au mieux", "Level, at best")


@dataclass(frozen=True, slots=True)
class LevelScore:
    """How the points of one level came out; a point is counted once however many rules look at it."""

    level: int
    passed: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the findings of all rules since the run before; each is counted once."""

    new: int
    back: int
    fixed: int
    still: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One audit in the history; `known` counts the points that could be told, out of `points`.

    `lowest` is the level if all the others failed.
    """

    run_id: int
    at: datetime
    level: int
    lowest: int
    failed: int
    known: int
    points: int

    @property
    def said(self) -> str:
        """The level, never a number alone while something not assessed may lower it."""
        return f"≤ {self.level}" if self.lowest < self.level else str(self.level)


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action by its effect on the level, in words; `sheet` is the id of its remediation sheet, maybe empty."""

    sheet: str
    title: str
    level: int | None
    level_after: int
    work: str
    days: str
    rules: tuple[RuleAnswer, ...]


@dataclass(frozen=True, slots=True)
class PathsGlance:
    """How many accounts reach tier 0, and how many of them the best single removal frees."""

    principals: int
    reaching: int
    freed: int


@dataclass(frozen=True)
class DirectoryView:
    """A directory as one run saw it. `actions` is None when nothing was kept beside the run (it may be worked out).

    `first` says that no audit came before: nothing is compared. `paths` is None when there are none to tell of.
    The level is between `lowest` and `level`: the points not assessed decide; `figure` says so in short. `assessed`
    says that one rule at least could answer.
    """

    head: RunHead
    targets: tuple[tuple[int, str], ...]
    level: int
    lowest: int
    figure: str
    sentence: str
    scores: tuple[LevelScore, ...]
    blocking: tuple[PointRow, ...]
    unassessed: tuple[PointRow, ...]
    assessed: bool
    changed: tuple[PointRow, ...]
    moved: Moved
    next: str
    actions: tuple[ActionLine, ...] | None
    history: tuple[HistoryLine, ...]
    chart: Chart
    first: bool
    paths: PathsGlance | None


def latest_directory(
    platform: Platform, scope: Scope, establishment_id: int, target_id: int | None = None
) -> DirectoryView | None:
    """The last recorded audit of the establishment's directory, or of the one asked for; None before any."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        run_id = latest_run(session, DIRECTORY_SCANNER, establishment_id, target_id)
    return directory_in(platform, scope, run_id) if run_id is not None else None


def directory_in(platform: Platform, scope: Scope, run_id: int) -> DirectoryView:
    """The directory as a run saw it; NotFound outside the scope, before it is recorded, or for another scanner."""
    lang = scope.lang
    with platform.database.read() as session:
        run, head = head_of(session, scope, run_id)
        answers = answers_in(session, run_id, lang)
        points = points_of(platform, answers, lang)
        levelled = [row for row in points if row.level is not None]
        history = _history(session, run, levelled)
        targets = audited_targets(session, DIRECTORY_SCANNER, run.establishment_id)
        kept = session.get(DirectorySummary, run_id)
        work: Mapping[str, Any] | None = kept.work if kept else None
        paths = paths_in(kept) if kept else None
    here = next(one for one in history if one.run_id == run_id)
    blocking = tuple(row for row in levelled if row.status is Status.FAILED and row.level == here.level)
    return DirectoryView(
        head=head,
        targets=targets,
        level=here.level,
        lowest=here.lowest,
        figure=here.said,
        sentence=_sentence(here, lang),
        scores=tuple(_score(levelled, level) for level in range(1, BEST_LEVEL)),
        blocking=blocking,
        unassessed=tuple(row for row in levelled if row.status is Status.NOT_ASSESSABLE),
        assessed=any(one.status in (Status.PASSED, Status.FAILED) for one in answers.values()),
        changed=tuple(row for row in points if row.moved),
        moved=_moved(answers.values()),
        next=_next(work, lang),
        actions=_actions(platform, work, answers, lang) if work is not None else None,
        history=history,
        chart=_chart(platform, history, lang),
        first=history[0].run_id == run_id,
        paths=_glance(paths) if paths else None,
    )


def open_head(platform: Platform, scope: Scope, run_id: int) -> RunHead:
    """The run that a page or a file tells of; NotFound as `head_of`."""
    with platform.database.read() as session:
        return head_of(session, scope, run_id)[1]


def head_of(session: Session, scope: Scope, run_id: int) -> tuple[Run, RunHead]:
    """A recorded audit of a directory, visible to the reader; NotFound otherwise."""
    return run_head(session, scope, DIRECTORY_SCANNER, run_id)


def _history(session: Session, run: Run, points: Sequence[PointRow]) -> tuple[HistoryLine, ...]:
    """The audits of the same directory up to this one, oldest first."""
    rows = session.execute(
        select(Run.id, Run.collected_to, Run.asked_at)
        .where(Run.target_id == run.target_id, *recorded(DIRECTORY_SCANNER), Run.collected_to <= run.collected_to)
        .order_by(Run.collected_to.desc(), Run.id.desc())
        .limit(MOST_RUNS)
    ).all()
    said: dict[int, list[RuleOutcome]] = defaultdict(list)
    for outcome in session.scalars(select(RuleOutcome).where(RuleOutcome.run_id.in_([row.id for row in rows]))):
        said[outcome.run_id].append(outcome)
    names = {point.id for point in points}
    unseen = {point.id: point.level or BEST_LEVEL for point in points if not point.rules}
    lines = []
    for row in reversed(rows):
        estimate = estimate_level(outcomes_as_told(said[row.id]))
        known = len(names - unseen.keys() - set(estimate.unknown))
        lowest = min([estimate.lowest, *unseen.values()])
        at = row.collected_to or row.asked_at
        lines.append(HistoryLine(row.id, at, estimate.level, lowest, sum(estimate.failing), known, len(names)))
    return tuple(lines)


def _sentence(here: HistoryLine, lang: Lang) -> str:
    """The level, never as if it were the result of the official service."""
    unknown = here.points - here.known
    said = Text(f"Estimation : au mieux niveau {here.level}.", f"An estimate: level {here.level} at best.")
    rest = Text(
        f"{unknown} des {here.points} points n’ont pas été évalués.",
        f"{unknown} of the {here.points} points were not assessed.",
    )
    if here.lowest < here.level:
        rest = Text(
            f"{unknown} des {here.points} points n’ont pas été évalués et peuvent l’abaisser jusqu’à {here.lowest}.",
            f"{unknown} of the {here.points} points were not assessed and may lower it down to {here.lowest}.",
        )
    return f"{said.render(lang)} {rest.render(lang)}" if unknown else said.render(lang)


def _score(rows: Sequence[PointRow], level: int) -> LevelScore:
    said = [row.status for row in rows if row.level == level]
    return LevelScore(level, said.count(Status.PASSED), said.count(Status.FAILED), said.count(Status.NOT_ASSESSABLE))


def _moved(answers: Collection[RuleAnswer]) -> Moved:
    return Moved(
        sum(one.new for one in answers),
        sum(one.back for one in answers),
        sum(one.fixed for one in answers),
        sum(one.still for one in answers),
    )


def _glance(paths: PathsSummary) -> PathsGlance:
    freed = max((one.freed for one in paths.choke_points), default=0)
    return PathsGlance(paths.principals, paths.reaching, freed)


def _next(work: Mapping[str, Any] | None, lang: Lang) -> str:
    following = work["next"] if work else None
    return NextLevel(following["level"], _work(following)).sentence.render(lang) if following else ""


def _work(told: Mapping[str, Any]) -> Work:
    return Work(told["objects"], told["permissions"], told["exact"])


def _actions(
    platform: Platform, work: Mapping[str, Any], answers: Mapping[str, RuleAnswer], lang: Lang
) -> tuple[ActionLine, ...]:
    """The first ten; a sheet that this version has no more gives way to the title of its first rule."""
    lines = []
    for told in work["actions"][:MOST_ACTIONS]:
        rules = tuple(answers[rule] for rule in told["rules"] if rule in answers)
        title = sheet_title(platform.kits.sheets, told["sheet"], lang)
        lines.append(
            ActionLine(
                sheet=told["sheet"] if title else "",
                title=title or (rules[0].title if rules else told["rules"][0]),
                level=told["level"],
                level_after=told["level_after"],
                work=_work(told).text.render(lang),
                days=days_said(told["days"], lang),
                rules=rules,
            )
        )
    return tuple(lines)


def _chart(platform: Platform, history: Sequence[HistoryLine], lang: Lang) -> Chart:
    zone = ZoneInfo(platform.settings.timezone)
    days = (spoken(one.at.astimezone(zone).date().isoformat(), lang) for one in history)
    # An audit that could tell no point has no height: drawn at the top, it would look like the best.
    points = [(day, one.level if one.known else None, one.said) for day, one in zip(days, history, strict=True)]
    words = (_CHART.render(lang), _FIRST.render(lang), _NAME.render(lang))
    return numbers_chart(*words, points, cast(ReportLang, lang), NARROW, range(BEST_LEVEL + 1))
