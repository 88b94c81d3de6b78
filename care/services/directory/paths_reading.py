"""Paths of control to tier 0, as the worker worked them out: who has one, what to remove first, the path of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from care.domain.access import Scope
from care.services.directory.keeping import paths_in
from care.services.directory.paths_picture import Picture, picture_of
from care.services.directory.reading import RunHead, head_of
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.store.runs import DirectorySummary
from scanners.ad.control_paths.paths import ChokePoint, ControlPath, PathsSummary, Step
from scanners.ad.control_paths.right_words import kind_words, right_words
from scanners.model import Lang, Text

PER_PAGE = 25
MOST_FOUND = 10
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
    """The shortest path of one principal; `accounts` in use stand behind it."""

    principal: str
    kind: str
    accounts: int
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class ChokeView:
    """A link without which `freed` principals have no path any more; `share` in percent of those that have one."""

    step: StepView
    freed: int
    share: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for a name gives: the paths of who is called so; `kept` of `all` paths were searched."""

    wanted: str
    paths: tuple[PathView, ...]
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
    found: Found | None = None


def open_paths(platform: Platform, scope: Scope, run_id: int, wanted: str = "", number: int = 1) -> PathsView:
    """The paths of a run, and those of who is called `wanted`. NotFound as `head_of`."""
    with platform.database.read() as session:
        _, head = head_of(session, scope, run_id)
        kept = session.get(DirectorySummary, run_id)
        summary = paths_in(kept) if kept else None
        reason = Text(kept.unread_fr, kept.unread_en) if kept and kept.unread_fr else _BEFORE
    if summary is None:
        return PathsView(head, reason.render(scope.lang))
    return _view(head, summary, scope.lang, wanted, number)


def _view(head: RunHead, summary: PathsSummary, lang: Lang, wanted: str, number: int) -> PathsView:
    number, per_page = bounds(number, PER_PAGE)
    first = (number - 1) * per_page
    shown = tuple(path_view(one, lang) for one in summary.paths[first : first + per_page])
    return PathsView(
        head=head,
        reason="",
        principals=summary.principals,
        reaching=summary.reaching,
        tier_zero=summary.tier_zero,
        lengths=summary.lengths,
        picture=picture_of(summary, lang),
        chokes=tuple(_choke(one, lang) for one in summary.choke_points),
        page=Page(shown, number, per_page, len(summary.paths)),
        cut=summary.cut,
        found=_found(summary, wanted.strip(), lang) if wanted.strip() else None,
    )


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


def _found(summary: PathsSummary, wanted: str, lang: Lang) -> Found:
    """Exact names first, then names that hold the words."""
    kept, all_paths = len(summary.paths), len(summary.paths) + summary.cut
    paths = sorted(_called(summary.paths, wanted), key=lambda one: not _is(one, wanted))[:MOST_FOUND]
    return Found(wanted, tuple(path_view(one, lang) for one in paths), kept, all_paths)


def _called(paths: Sequence[ControlPath], wanted: str) -> Iterable[ControlPath]:
    words = wanted.casefold()
    return (one for one in paths if words in one.principal.name.casefold() or words == one.principal.dn.casefold())


def _is(path: ControlPath, wanted: str) -> bool:
    name = path.principal.name.casefold()
    return wanted.casefold() in (name, name.rpartition("\\")[2])
