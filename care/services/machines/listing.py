"""The machines of a run as a list: filtered, paged, and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from care.domain.access import Right, Scope
from care.domain.node_names import folded
from care.services.machines.reading import facts_in, measure_lines
from care.services.machines.words import ALONE, BARE, KINDS, LACKS, LISTS, MEANS, NO_TOOL, MachineKind
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.run_heads import RunHead
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Lang, Text
from scanners.workstations.coverage import Means, Measure, PlaceShares, by_place, in_no_tool, measures, only_in
from scanners.workstations.facts import (
    MACHINE_LISTS,
    NEVER,
    NO,
    UNKNOWN,
    YES,
    Bools,
    Flags,
    MachineList,
    WorkstationFacts,
    day_text,
)
from scanners.workstations.support import support_of

PER_PAGE = 50
MOST_CHOICES = 300
"""Sites, and services, in a drop-down: words find the others."""
_NAMES = (
    Text("Machine", "Machine"),
    Text("Autre nom", "Other name"),
    Text("Nature", "Kind"),
    Text("Système", "System"),
    Text("Version", "Version"),
    Text("Site", "Site"),
    Text("Service", "Service"),
    Text("En service", "In service"),
)
_DAYS: Mapping[str, Text] = {
    "last_logon": Text("Dernière connexion", "Last sign-in"),
    "edr_seen": Text("Vue par l’EDR", "Seen by the EDR"),
    "antivirus_seen": Text("Vue par l’antivirus", "Seen by the antivirus"),
    "signatures": Text("Signatures du", "Signatures of"),
    "patched": Text("Dernier correctif", "Last patch"),
    "laps_expires": Text("LAPS expire le", "LAPS expires on"),
}
_FLAGS: Mapping[str, Text] = {
    "encrypted": Text("Chiffrée", "Encrypted"),
    "firewall": Text("Pare-feu actif", "Firewall on"),
    "protected": Text("Protection active", "Protection on"),
}
_SUPPORT_ENDS, _LACKING = Text("Fin de support", "Support ends"), Text("Ce qui manque", "What is missing")
_SHEETS = (
    Text("Machines", "Machines"),
    Text("Couverture", "Coverage"),
    Text("Par site", "By site"),
    Text("Par service", "By service"),
)
_YES, _NO = Text("oui", "yes"), Text("non", "no")
_NOWHERE = Text("Non renseigné", "Not provided")
_SHARE = (
    Text("Protection", "Protection"),
    Text("Couvertes", "Covered"),
    Text("Attendues", "Expected"),
    Text("Pourcentage", "Percentage"),
    Text("Inconnues", "Unknown"),
    Text("À apporter", "To bring"),
)


@dataclass(frozen=True, slots=True)
class MachineFilter:
    """Which machines a list holds: those in service unless `idle`.

    `missing`: without that protection; `only`: known to that list alone, or to no tool; `place` filters compare whole
    names.
    """

    words: str = ""
    missing: Means | None = None
    only: MachineList | Literal["none"] | None = None
    kind: MachineKind | None = None
    site: str = ""
    service: str = ""
    idle: bool = False
    number: int = 1


@dataclass(frozen=True, slots=True)
class MachineLine:
    """One machine in the list."""

    name: str
    other_name: str
    kind: str
    system: str
    site: str
    service: str
    lists: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class MachinesFound:
    """One page of machines, and the places there are to choose from (none when they are too many)."""

    head: RunHead
    page: Page[MachineLine]
    sites: tuple[str, ...]
    services: tuple[str, ...]


def list_machines(platform: Platform, scope: Scope, run_id: int, wanted: MachineFilter) -> MachinesFound:
    """One page of the machines of a run, by name; NotFound."""
    head, facts = facts_in(platform, scope, run_id)
    number, per_page = bounds(wanted.number, PER_PAGE)
    told = _Told(facts, scope.lang)
    rows = told.rows(wanted)
    shown = rows[(number - 1) * per_page : number * per_page]
    sites, services = facts.background.sites, facts.background.services
    return MachinesFound(
        head=head,
        page=Page(tuple(told.line(row) for row in shown), number, per_page, len(rows)),
        sites=sites if len(sites) <= MOST_CHOICES else (),
        services=services if len(services) <= MOST_CHOICES else (),
    )


def export_machines(platform: Platform, scope: Scope, run_id: int, wanted: MachineFilter, form: str) -> bytes:
    """The machines of a filter as `csv`, or as `xlsx` with the shares; the trail keeps who took them.

    NotFound, Forbidden without the right to export.
    """
    head, facts = facts_in(platform, scope, run_id)
    with platform.database.read() as session:
        visible_establishment(session, scope, head.establishment_id, Right.EXPORT)
    told = _Told(facts, scope.lang)
    rows = told.rows(wanted)
    content = (
        csv_bytes(told.header(), (told.cells(row) for row in rows)) if form == "csv" else _workbook(facts, told, rows)
    )
    with platform.database.write() as session:
        thing = Thing("run", run_id, head.establishment_id)
        record(session, scope, "machines.exported", thing, platform.clock.now(), {"format": form, "count": len(rows)})
    return content


def _workbook(facts: WorkstationFacts, told: _Told, rows: Sequence[int]) -> bytes:
    lang = told.lang
    machines, coverage, sites, services = (one.render(lang) for one in _SHEETS)
    return xlsx_bytes(
        [
            Sheet(machines, told.header(), [told.cells(row) for row in rows]),
            Sheet(coverage, [one.render(lang) for one in _SHARE], list(_shares(facts, lang))),
            Sheet(sites, _place_header(sites, lang), [_place_row(one, lang) for one in by_place(facts, "site")]),
            Sheet(
                services, _place_header(services, lang), [_place_row(one, lang) for one in by_place(facts, "service")]
            ),
        ]
    )


def _shares(facts: WorkstationFacts, lang: Lang) -> Iterator[Sequence[Cell]]:
    for one in measure_lines(facts, lang):
        share = one.share
        if share is None:
            yield (one.words, None, None, None, None, one.untold)
        else:
            yield (one.words, share.covered, share.total, share.percent, share.unknown, "")


def _place_header(first: str, lang: Lang) -> list[str]:
    counted = [f"{MEANS[means].render(lang)} : {word.render(lang)}" for means in Means for word in _SHARE[1:3]]
    return [first, *(one.render(lang) for one in (_SHEETS[0], ALONE, BARE)), *counted]


def _place_row(one: PlaceShares, lang: Lang) -> Sequence[Cell]:
    cells: list[Cell] = [one.place or _NOWHERE.render(lang), one.machines, one.alone, one.bare]
    for means in Means:
        share = one.shares[means]
        cells += [None, None] if share is None else [share.covered, share.total]
    return cells


class _Told:
    """The machines of facts in the words of a reader."""

    def __init__(self, facts: WorkstationFacts, lang: Lang) -> None:
        self._facts, self.lang = facts, lang
        self._measures: Mapping[Means, Measure] = {
            means: measure for means, measure in measures(facts).items() if measure is not None
        }
        self._ends = support_of(facts).ends

    def rows(self, wanted: MachineFilter) -> list[int]:
        """The rows of a filter, by name."""
        facts, machines = self._facts, self._facts.machines
        kept = ~facts.active if wanted.idle else facts.active.copy()
        if wanted.missing is not None:
            measure = self._measures.get(wanted.missing)
            kept &= measure.missing if measure is not None else np.zeros_like(kept)
        if wanted.only is not None:
            kept &= in_no_tool(facts) if wanted.only == NO_TOOL else only_in(facts, wanted.only)
        if wanted.kind is not None:
            kept &= _of_kind(facts, wanted.kind)
        for name, names, column in (
            (wanted.site, facts.background.sites, machines.site),
            (wanted.service, facts.background.services, machines.service),
        ):
            if name:
                kept &= column == (names.index(name) if name in names else len(names))
        rows = np.flatnonzero(kept).tolist()
        words = folded(wanted.words).split()
        return [row for row in rows if self._holds(row, words)] if words else rows

    def _holds(self, row: int, words: Sequence[str]) -> bool:
        text = folded(" ".join((self._name(row), self._other(row), *self._system(row), *self._where(row))))
        return all(word in text for word in words)

    def line(self, row: int) -> MachineLine:
        """One machine for the page."""
        site, service = self._where(row)
        return MachineLine(
            name=self._name(row),
            other_name=self._other(row),
            kind=self._kind(row),
            system=" ".join(self._system(row)).strip(),
            site=site,
            service=service,
            lists=tuple(LISTS[kind].render(self.lang) for kind in self._lists(row)),
            lacks=tuple(LACKS[means].render(self.lang) for means in self._lacks(row)),
        )

    def header(self) -> list[str]:
        """The columns of the file."""
        kinds = [LISTS[kind] for kind in MACHINE_LISTS]
        texts = (*_NAMES, *kinds, *_DAYS.values(), *_FLAGS.values(), _SUPPORT_ENDS, _LACKING)
        return [one.render(self.lang) for one in texts]

    def cells(self, row: int) -> Sequence[Cell]:
        """One machine for the file."""
        machines, lang = self._facts.machines, self.lang
        return [
            self._name(row),
            self._other(row),
            self._kind(row),
            *self._system(row),
            *self._where(row),
            _said(bool(self._facts.active[row]), lang),
            *(_said(bool(machines.known_to(kind)[row]), lang) for kind in MACHINE_LISTS),
            *(_as_day(int(getattr(machines, name)[row])) for name in _DAYS),
            *(_flag(getattr(machines, name), row, lang) for name in _FLAGS),
            _as_day(int(self._ends[row])),
            ", ".join(LACKS[means].render(lang) for means in self._lacks(row)),
        ]

    def _name(self, row: int) -> str:
        return self._facts.machines.label(row)

    def _other(self, row: int) -> str:
        return str(self._facts.machines.other_name[row], "ascii")

    def _kind(self, row: int) -> str:
        machines = self._facts.machines
        server, laptop = machines.server[row], machines.laptop[row] == YES
        fixed = MachineKind.UNKNOWN if server == UNKNOWN else MachineKind.WORKSTATION
        return KINDS[MachineKind.SERVER if server == YES else MachineKind.LAPTOP if laptop else fixed].render(self.lang)

    def _system(self, row: int) -> tuple[str, str]:
        system = int(self._facts.machines.system[row])
        if system < 0:
            return "", ""
        found = self._facts.background.systems[system]
        return found.name, found.version

    def _where(self, row: int) -> tuple[str, str]:
        machines, background = self._facts.machines, self._facts.background
        site, service = int(machines.site[row]), int(machines.service[row])
        return background.sites[site] if site >= 0 else "", background.services[service] if service >= 0 else ""

    def _lists(self, row: int) -> Iterator[MachineList]:
        return (kind for kind in self._facts.given if self._facts.machines.known_to(kind)[row])

    def _lacks(self, row: int) -> Iterator[Means]:
        return (means for means, measure in self._measures.items() if measure.missing[row])


def _of_kind(facts: WorkstationFacts, kind: MachineKind) -> Bools:
    machines = facts.machines
    server, laptop = machines.server == YES, machines.laptop == YES
    columns: Mapping[MachineKind, Bools] = {
        MachineKind.SERVER: server,
        MachineKind.LAPTOP: ~server & laptop,
        MachineKind.WORKSTATION: (machines.server == NO) & ~laptop,
        MachineKind.UNKNOWN: (machines.server == UNKNOWN) & ~laptop,
    }
    return columns[kind]


def _said(value: bool, lang: Lang) -> str:
    return (_YES if value else _NO).render(lang)


def _flag(column: Flags, row: int, lang: Lang) -> str:
    value = int(column[row])
    return _said(value == YES, lang) if value in {YES, NO} else ""


def _as_day(number: int) -> date | None:
    return date.fromisoformat(day_text(number)) if number != NEVER else None
