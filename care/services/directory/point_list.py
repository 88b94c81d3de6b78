"""The control points of a run as a list to filter and to page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.node_names import folded
from care.services.directory.points import PointRow, answers_in, points_of
from care.services.directory.reading import head_of
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.run_heads import RunHead
from scanners.model import Status

_STATUS_ORDER = (Status.FAILED, Status.NOT_ASSESSABLE, Status.PASSED)


@dataclass(frozen=True, slots=True)
class PointFilter:
    """What a reader asked to see. `kind` is a level (`1` to `4`), `warning` or `info`; empty asks for everything.
    `changed` keeps those of which a finding appeared, came back or was fixed since the run before."""

    status: Status | None = None
    kind: str = ""
    changed: bool = False
    words: str = ""
    number: int = 1
    per_page: int = 40


@dataclass(frozen=True, slots=True)
class PointList:
    """A page of points, and how many have each status whatever the status asked for."""

    head: RunHead
    page: Page[PointRow]
    by_status: Mapping[Status, int]


def list_points(platform: Platform, scope: Scope, run_id: int, wanted: PointFilter) -> PointList:
    """The points of the filter, by level, failed ones first. NotFound as `head_of`."""
    with platform.database.read() as session:
        _, head = head_of(session, scope, run_id)
        answers = answers_in(session, run_id, scope.lang)
    rows = [row for row in points_of(platform, answers, scope.lang) if _asked(row, wanted)]
    kept = sorted(
        (row for row in rows if wanted.status in (None, row.status)),
        key=lambda row: (row.level or 9, row.kind != "warning", _STATUS_ORDER.index(row.status), row.id),
    )
    number, per_page = bounds(wanted.number, wanted.per_page)
    first = (number - 1) * per_page
    page = Page(tuple(kept[first : first + per_page]), number, per_page, len(kept))
    return PointList(head, page, Counter(row.status for row in rows))


def _asked(row: PointRow, wanted: PointFilter) -> bool:
    kind = str(row.level) if row.level is not None else row.kind
    said = folded(f"{row.id} {row.title} {' '.join(one.title for one in row.rules)}")
    if wanted.changed and not row.moved:
        return False
    return wanted.kind in ("", kind) and folded(wanted.words.strip()) in said
