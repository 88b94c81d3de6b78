"""Paths of control to tier 0, as the worker worked them out: who has one, what to remove first, the path of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from care.domain.access import Right, Scope
from care.services.directory.keeping import everyone_in, paths_in
from care.services.directory.paths_picture import Picture, picture_of
from care.services.directory.reading import head_of
from care.services.errors import NotFound
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.run_heads import RunHead
from care.services.trail import Thing, record
from care.store.runs import DirectorySummary
from reports.spreadsheets import Cell, csv_bytes
from scanners.ad.control_paths.everyone import TARGET, Everyone
from scanners.ad.control_paths.path_text import written_path
from scanners.ad.control_paths.paths import ChokePoint, ControlPath, PathsSummary, Step
from scanners.ad.control_paths.right_words import kind_words, right_words
from scanners.model import Lang, Text

PER_PAGE = 25
MOST_FOUND = 10
_HEADER = (
    Text("De qui", "Whose"),
    Text("Nature", "Nature"),
    Text("Comptes en usage derrière", "Accounts in use behind"),
    Text("Étapes", "Steps"),
    Text("Premier droit", "First right"),
    Text("Sur quoi", "On what"),
    Text("Palier 0 atteint", "Tier 0 reached"),
    Text("Chemin", "Path"),
    Text("Nom distinctif", "Distinguished name"),
)
_BEFORE = Text(
    "Cet audit a été enregistré avant que CaRE ne calcule les chemins. Relancez-le, ou demandez à l’administrateur "
    "« care ad summaries ».",
    "This audit was recorded before CaRE worked paths out. Run it again, or ask the administrator for "
    "“care ad summaries”.",
)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step in words: `source`, what it may do to `target`; `code` names the right as other tools do."""

    source: str
    right: str
    code: str
    target: str
    target_kind: str


@dataclass(frozen=True, slots=True)
class PathView:
    """The shortest path of one principal; `accounts` in use stand behind it. Without steps there is none, or it is part
    of tier 0 (`inside`)."""

    principal: str
    kind: str
    accounts: int
    steps: tuple[StepView, ...]
    inside: bool = False


@dataclass(frozen=True, slots=True)
class ChokeView:
    """A link without which `freed` principals have no path any more; `share` in percent of those that have one."""

    step: StepView
    freed: int
    share: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for a name gives: the paths of the first of the `count` called so.

    `kept` of `all` paths were searched: all of them and more, unless the run was recorded before they were kept.
    """

    wanted: str
    paths: tuple[PathView, ...]
    count: int
    kept: int
    all: int


@dataclass(frozen=True, slots=True)
class PathsView:
    """The paths of a run. When `reason` is not empty there are none, for that reason, and the rest is empty."""

    head: RunHead
    reason: str
    principals: int = 0
    reaching: int = 0
    tier_zero: int = 0
    lengths: tuple[tuple[int, int], ...] = ()
    picture: Picture | None = None
    chokes: tuple[ChokeView, ...] = ()
    page: Page[PathView] | None = None
    cut: int = 0
    exportable: bool = False
    found: Found | None = None


def open_paths(platform: Platform, scope: Scope, run_id: int, wanted: str = "", number: int = 1) -> PathsView:
    """The paths of a run, and those of who is called `wanted`. NotFound as `head_of`."""
    with platform.database.read() as session:
        _, head = head_of(session, scope, run_id)
        kept = session.get(DirectorySummary, run_id)
        summary = paths_in(kept) if kept else None
        everyone = everyone_in(kept) if kept else None
        reason = Text(kept.unread_fr, kept.unread_en) if kept and kept.unread_fr else _BEFORE
    if summary is None:
        return PathsView(head, reason.render(scope.lang))
    return _view(head, summary, everyone, scope.lang, (wanted.strip(), number))


def _view(
    head: RunHead, summary: PathsSummary, everyone: Everyone | None, lang: Lang, asked: tuple[str, int]
) -> PathsView:
    wanted, number = asked[0], bounds(asked[1], PER_PAGE)[0]
    found = None
    if wanted:
        found = _found(everyone, wanted, lang) if everyone else _found_among(summary, wanted, lang)
    return PathsView(
        head=head,
        reason="",
        principals=summary.principals,
        reaching=summary.reaching,
        tier_zero=summary.tier_zero,
        lengths=summary.lengths,
        picture=picture_of(summary, lang),
        chokes=tuple(_choke(one, lang) for one in summary.choke_points),
        page=_page(summary, everyone, number, lang),
        cut=0 if everyone else summary.cut,
        exportable=everyone is not None and everyone.listed > 0,
        found=found,
    )


def _page(summary: PathsSummary, everyone: Everyone | None, number: int, lang: Lang) -> Page[PathView]:
    total = everyone.listed if everyone else len(summary.paths)
    first = (number - 1) * PER_PAGE
    rows = range(first, min(first + PER_PAGE, total))
    paths = (everyone.path(row) for row in rows) if everyone else summary.paths[first : first + PER_PAGE]
    return Page(tuple(path_view(one, lang) for one in paths), number, PER_PAGE, total)


def path_view(path: ControlPath, lang: Lang) -> PathView:
    """A path in the reader's language."""
    node = path.principal
    return PathView(node.name, kind_words(node, lang), path.accounts, _steps(path.steps, lang))


def _steps(steps: Iterable[Step], lang: Lang) -> tuple[StepView, ...]:
    return tuple(
        StepView(
            one.source.name, right_words(one.right, lang), one.right, one.target.name, kind_words(one.target, lang)
        )
        for one in steps
    )


def _choke(point: ChokePoint, lang: Lang) -> ChokeView:
    (step,) = _steps([point.step], lang)
    # Never rounded up to all of them: one that keeps its path matters.
    share = 100 if point.share >= 1 else min(99, round(100 * point.share))
    return ChokeView(step, point.freed, share, tuple(one.name for one in point.examples))


def _found(everyone: Everyone, wanted: str, lang: Lang) -> Found:
    """Among all principals: exact names first, then names that hold the words, those with a path first."""
    rows, count = everyone.search(wanted, MOST_FOUND)
    paths = (replace(path_view(everyone.path(row), lang), inside=everyone.distance(row) == TARGET) for row in rows)
    return Found(wanted, tuple(paths), count, everyone.listed, everyone.listed)


def _found_among(summary: PathsSummary, wanted: str, lang: Lang) -> Found:
    """Among the paths kept of an older run."""
    kept, all_paths = len(summary.paths), len(summary.paths) + summary.cut
    paths = sorted(_called(summary.paths, wanted), key=lambda one: not _is(one, wanted))
    return Found(wanted, tuple(path_view(one, lang) for one in paths[:MOST_FOUND]), len(paths), kept, all_paths)


def export_paths(platform: Platform, scope: Scope, run_id: int) -> bytes:
    """The path of everybody who has one, as CSV. NotFound as `head_of`, or when it was not kept; Forbidden without the
    right to export."""
    with platform.database.read() as session:
        run, _ = head_of(session, scope, run_id)
        visible_establishment(session, scope, run.establishment_id, Right.EXPORT)
        kept = session.get(DirectorySummary, run_id)
        everyone = everyone_in(kept) if kept else None
        establishment_id = run.establishment_id
    if everyone is None:
        raise NotFound
    content = csv_bytes([one.render(scope.lang) for one in _HEADER], _lines(everyone, scope.lang))
    with platform.database.write() as session:
        told: dict[str, str | int] = {"format": "csv", "paths": everyone.listed}
        record(session, scope, "paths.exported", Thing("run", run_id, establishment_id), platform.clock.now(), told)
    return content


def _lines(everyone: Everyone, lang: Lang) -> Iterator[Sequence[Cell]]:
    for row in range(everyone.listed):
        path = everyone.path(row)
        first, last = path.steps[0], path.steps[-1]
        written = written_path(
            path.principal.name, ((right_words(one.right, lang), one.target.name) for one in path.steps)
        )
        kind = kind_words(path.principal, lang)
        right = right_words(first.right, lang)
        place = everyone.places[row]
        yield (
            path.principal.name,
            kind,
            path.accounts,
            len(path.steps),
            right,
            first.target.name,
            last.target.name,
            written,
            place,
        )


def _called(paths: Sequence[ControlPath], wanted: str) -> Iterable[ControlPath]:
    words = wanted.casefold()
    return (one for one in paths if words in one.principal.name.casefold() or words == one.principal.dn.casefold())


def _is(path: ControlPath, wanted: str) -> bool:
    name = path.principal.name.casefold()
    return wanted.casefold() in (name, name.rpartition("\\")[2])
