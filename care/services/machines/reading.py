"""The page of machines: what protects how many, in all, by site and by service, and how the lists were put together.

Everything is read in the facts of the run: its archive, not rows of a table, is what the shares are proved by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.machines.words import LISTS, MEANS, UNTOLD
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.run_heads import RunHead, audited_targets, latest_run, run_head
from care.store.evidence import Evidence
from scanners.archive import read_archive
from scanners.model import Lang
from scanners.workstations.coverage import Means, PlaceShares, Share, by_place, in_no_tool, measures, only_in, share_of
from scanners.workstations.facts import MACHINE_LISTS, MachineList, Matching, Settings, WorkstationFacts

WORKSTATIONS = "workstations"
MOST_PLACES = 100
"""Sites, and services, on the page: the file holds them all."""


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list that was given: the machines it names, those that it alone knows, and how old it is."""

    kind: MachineList
    words: str
    name: str
    machines: int
    alone: int
    duplicates: int
    on: date | None


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """What protects machines: its share, None when no list tells (`untold` says what to bring).

    `wanted` is the share to reach, None when there is none; `met` says whether it is.
    """

    means: Means
    words: str
    share: Share | None
    untold: str
    wanted: float | None
    met: bool


@dataclass(frozen=True)
class PlacesTable:
    """The shares by place, the largest first; `more` places are in the file only."""

    lines: tuple[PlaceShares, ...]
    more: int


@dataclass(frozen=True)
class MachinesView:
    """The machines of a run: `inactive` ones are accounts of the directory that nothing uses, `bare` ones in service
    but known to no tool; an agent covers nothing once silent for more than `silent_days`."""

    head: RunHead
    targets: tuple[tuple[int, str], ...]
    machines: int
    inactive: int
    bare: int
    silent_days: int
    lists: tuple[ListLine, ...]
    measures: tuple[MeasureLine, ...]
    sites: PlacesTable
    services: PlacesTable
    matching: Matching


def latest_machines(
    platform: Platform, scope: Scope, establishment_id: int, target_id: int | None = None
) -> MachinesView | None:
    """The last recorded audit of workstations, or of the target asked for; None before any. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        run_id = latest_run(session, WORKSTATIONS, establishment_id, target_id)
    return machines_in(platform, scope, run_id) if run_id is not None else None


def machines_in(platform: Platform, scope: Scope, run_id: int) -> MachinesView:
    """The machines as a run put them together; NotFound as `facts_in`."""
    head, facts = facts_in(platform, scope, run_id)
    with platform.database.read() as session:
        targets = audited_targets(session, WORKSTATIONS, head.establishment_id)
    active = int(facts.active.sum())
    return MachinesView(
        head=head,
        targets=targets,
        machines=active,
        inactive=len(facts.machines) - active,
        bare=int(in_no_tool(facts).sum()),
        silent_days=facts.background.settings.stale_days,
        lists=tuple(_list_line(facts, kind, scope.lang) for kind in MACHINE_LISTS if facts.source(kind)),
        measures=tuple(measure_lines(facts, scope.lang)),
        sites=_places(facts, "site"),
        services=_places(facts, "service"),
        matching=facts.background.matching,
    )


def facts_in(platform: Platform, scope: Scope, run_id: int) -> tuple[RunHead, WorkstationFacts]:
    """A recorded audit of workstations and its facts; NotFound outside the scope or for another scanner."""
    with platform.database.read() as session:
        run, head = run_head(session, scope, WORKSTATIONS, run_id)
        sha256 = session.scalar(select(Evidence.sha256).where(Evidence.id == run.facts_id))
    if sha256 is None:
        raise NotFound
    facts: WorkstationFacts = read_archive(platform.evidence.path(sha256)).facts
    return head, facts


def _list_line(facts: WorkstationFacts, kind: MachineList, lang: Lang) -> ListLine:
    source = facts.source(kind)
    assert source is not None  # noqa: S101 - the caller keeps the lists that were given
    return ListLine(
        kind=kind,
        words=LISTS[kind].render(lang),
        name=source.name,
        machines=int(facts.machines.known_to(kind).sum()),
        alone=int(only_in(facts, kind).sum()),
        duplicates=source.duplicates,
        on=source.on,
    )


def measure_lines(facts: WorkstationFacts, lang: Lang) -> list[MeasureLine]:
    """Every measure, told or not."""
    lines = []
    for means, measure in measures(facts).items():
        share = share_of(measure) if measure is not None else None
        wanted = _wanted(facts.background.settings).get(means)
        met = share is not None and wanted is not None and 100 * share.covered >= wanted * share.total
        untold = "" if share is not None else UNTOLD[means].render(lang)
        lines.append(MeasureLine(means, MEANS[means].render(lang), share, untold, wanted, met))
    return lines


def _wanted(settings: Settings) -> Mapping[Means, float]:
    """The share to reach: that of workstations for the EDR, whose servers have their own rule."""
    return {
        Means.EDR: settings.edr_workstations_percent,
        Means.ANTIVIRUS: settings.antivirus_percent,
        Means.PATCHES: settings.patched_percent,
        Means.ENCRYPTION: settings.encrypted_percent,
        Means.LAPS: 100.0,
        Means.SUPPORT: 100.0,
    }


def _places(facts: WorkstationFacts, what: str) -> PlacesTable:
    lines = sorted(by_place(facts, what), key=lambda one: (one.place == "", -one.machines, one.place))
    if [one.place for one in lines] == [""]:
        return PlacesTable((), 0)
    return PlacesTable(tuple(lines[:MOST_PLACES]), max(0, len(lines) - MOST_PLACES))
