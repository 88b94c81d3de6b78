"""Collects the facts of workstations and detection from files: directory facts, lists of other tools, answers.

Nothing is contacted: no secret is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError

from scanners.archive import read_directory
from scanners.collect import Context
from scanners.errors import CollectError, SaidError
from scanners.exchange import Directory
from scanners.lifecycle import LIFECYCLE_FILE, LifeCycle, lifecycle, read_lifecycle, with_imported
from scanners.lists.columns import required_of
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, read_list, told, too_old
from scanners.lists.words import short_name
from scanners.model import Gap, Text
from scanners.read_yaml import MAX_CHARACTERS
from scanners.scratch import run_folder
from scanners.workstations.facts import (
    MACHINE_LISTS,
    Answers,
    Background,
    MachineList,
    Settings,
    Source,
    SourceKind,
    WorkstationFacts,
    day_number,
)
from scanners.workstations.homonyms import Home
from scanners.workstations.leavers import leavers
from scanners.workstations.log_list import listed_sources
from scanners.workstations.reconcile import directory_frame, reconcile
from scanners.workstations.remote_tools import remote_tools
from scanners.workstations.security_events import listed_events
from scanners.workstations.tables import ready

_ANSWERS: TypeAdapter[Answers] = TypeAdapter(Answers)
_SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)
_NAME = "establishment"


@dataclass(frozen=True, slots=True)
class Request:
    """What to reconcile. Every part is optional; formats are described in `docs/formats.md`.

    `directory_archive` is the path of an AD facts archive; `lists` are the lists brought, at most one of each kind;
    `inventory_csv` and `edr_csv` hold the text of such a list when none of its kind was brought, `…_name` what messages
    call it. `settings` changes thresholds (`facts.Settings`), over those that the answers may hold under the same name.
    `declared` are the answers that the platform keeps: they come before those of a file.
    """

    directory_archive: str = ""
    inventory_csv: str = ""
    inventory_name: str = ""
    edr_csv: str = ""
    edr_name: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    answers_name: str = "answers"
    settings: Mapping[str, Any] = field(default_factory=dict)
    lifecycle_yaml: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""
    lists: tuple[ListFile, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)


def target_name(request: Request) -> str:
    """The establishment of the answers, else the name of the first file given."""
    given = (
        str(request.answers.get("establishment", "")),
        Path(request.directory_archive).name,
        request.inventory_name if request.inventory_csv else "",
        request.edr_name if request.edr_csv else "",
        *(file.name for file in request.lists),
    )
    return next((name for name in given if name), "workstations")


def collect(request: Request, context: Context) -> WorkstationFacts:
    """Read what was given and reconcile it. CollectError when a file is refused or nothing was given."""
    texts = (request.directory_archive, request.inventory_csv, request.edr_csv)
    if not any((*texts, request.answers, request.lists, request.declared)):
        raise CollectError(
            "Rien à examiner : donnez les faits de l’annuaire, une liste de machines ou des réponses.",
            "Nothing to look at: give directory facts, a list of machines or answers.",
        )
    answers, settings = _declared(request)
    context.progress(0.1, Text("Lecture de l’annuaire", "Reading the directory"))
    directory = read_directory(Path(request.directory_archive)) if request.directory_archive else None
    context.progress(0.3, Text("Lecture des listes", "Reading the lists"))
    brought = _read(request)
    context.progress(0.7, Text("Rapprochement", "Reconciliation"))
    park = reconcile(
        _frames(directory, brought),
        [short_name(name) for name in answers.isolated or ()],
        Home(directory.domain, directory.netbios) if directory else Home(),
        day_number(context.now.date()) - settings.stale_days,
    )
    software = brought.get(ListKind.SOFTWARE)
    logs = brought.get(ListKind.LOG_SOURCES)
    events, gone = brought.get(ListKind.SECURITY_EVENTS), brought.get(ListKind.LEAVERS)
    background = Background(
        systems=park.systems,
        sources=(*_directory_source(directory), *(_source(one) for one in brought.values())),
        answers=answers,
        settings=settings,
        lifecycle=_lifecycle(request.lifecycle_yaml),
        domain=directory.domain if directory else "",
        laps_installed=directory.laps_installed if directory else None,
        collected_at=context.now,
        gaps=(*_directory_gaps(directory), *_list_gaps(brought.values(), context)),
        policies=directory.policies if directory else None,
        sites=park.sites,
        services=park.services,
        matching=park.matching,
        remote_tools=tuple(remote_tools(software.table.frame)) if software else (),
        log_list=listed_sources(logs.table) if logs else None,
        events=listed_events(events.table, context.now, events.file.zone) if events else None,
        leavers=leavers(gone.table, directory, context.now.date()) if gone and directory else None,
    )
    return WorkstationFacts(background, park.machines)


@dataclass(frozen=True)
class _Brought:
    """A list that was given, and what was read of it."""

    file: ListFile
    table: Table

    @property
    def kind(self) -> SourceKind:
        """The name of this list in the facts."""
        return _SOURCES[self.file.kind]


_SOURCES: Mapping[ListKind, SourceKind] = {
    ListKind.INVENTORY: "inventory",
    ListKind.EDR: "edr",
    ListKind.ANTIVIRUS: "antivirus",
    ListKind.PATCHES: "patches",
    ListKind.SOFTWARE: "software",
    ListKind.LOG_SOURCES: "log_sources",
    ListKind.SECURITY_EVENTS: "security_events",
    ListKind.LEAVERS: "leavers",
}

_SEVERAL_LINES: frozenset[SourceKind] = frozenset(("software", "leavers"))
"""Lists that name a machine, or somebody, on several lines as a matter of course."""


def _read(request: Request) -> dict[ListKind, _Brought]:
    """The lists given, read; one that was brought holds over a text of the request."""
    found: dict[ListKind, _Brought] = {}
    for file in request.lists:
        if file.kind in found:
            raise CollectError(
                f"Deux listes de la même nature : {found[file.kind].file.name} et {file.name} ; gardez-en une.",
                f"Two lists of one kind: {found[file.kind].file.name} and {file.name}; keep one.",
            )
        if file.kind in _SOURCES:
            found[file.kind] = _Brought(file, read_list(file))
    for kind, text, name in (
        (ListKind.INVENTORY, request.inventory_csv, request.inventory_name or "inventaire.csv"),
        (ListKind.EDR, request.edr_csv, request.edr_name or "edr.csv"),
    ):
        if text and kind not in found:
            file = ListFile(kind, name, "")
            found[kind] = _Brought(file, _table(text, file))
    return found


def _table(text: str, file: ListFile) -> Table:
    """A list that the request holds, read as any other."""
    with run_folder() as folder:
        place = folder / "list"
        place.write_text(text, encoding="utf-8")
        return read_list(replace(file, path=str(place)))


def _lifecycle(text: str) -> tuple[LifeCycle, ...]:
    """The packaged life-cycle table, with what was imported over it."""
    if not text:
        return lifecycle()
    try:
        return with_imported(read_lifecycle(text, LIFECYCLE_FILE))
    except SaidError as error:
        raise CollectError(error.text.fr, error.text.en) from error


def _declared(request: Request) -> tuple[Answers, Settings]:
    """The answers, and the thresholds in force."""
    answers = dict(request.answers)
    settings = answers.pop("settings", None) or {}
    if not isinstance(settings, Mapping):
        settings = {"settings": settings}
    chosen = _validated(_SETTINGS, {**settings, **request.settings}, f"{request.answers_name}, settings")
    known = {**request.declared, **answers} | {name: told for name, told in request.declared.items() if name != _NAME}
    if request.directory_archive and not answers.get(_NAME):
        known.pop(_NAME, None)  # findings of an audit with a directory are named after its domain
    return _validated(_ANSWERS, known, request.answers_name), chosen


def _frames(directory: Directory | None, brought: Mapping[ListKind, _Brought]) -> dict[MachineList, pd.DataFrame]:
    """The lists of machines, ready to be put together."""
    frames: dict[MachineList, pd.DataFrame] = {}
    if directory is not None:
        names = {machine.name: short_name(machine.name) for machine in directory.machines}
        frames["directory"] = directory_frame(directory, names)
    by_source = {one.kind: one.table.frame for one in brought.values()}
    return frames | {kind: ready(kind, by_source[kind]) for kind in MACHINE_LISTS if kind in by_source}


def _directory_source(directory: Directory | None) -> Iterator[Source]:
    if directory is not None:
        columns = ("name", "sid", "system", "last_logon", "unit")
        on = directory.collected_at.date()
        yield Source("directory", directory.domain, columns, len(directory.machines), on=on)


def _source(one: _Brought) -> Source:
    names = one.table.frame[required_of(one.file.kind)[0]]
    twice = 0 if one.kind in _SEVERAL_LINES else len(names) - names.nunique()
    return Source(
        one.kind, one.file.name, one.table.columns, one.table.lines, one.table.duplicates + twice, one.file.brought_on
    )


def _directory_gaps(directory: Directory | None) -> Iterator[Gap]:
    """Gaps of the directory that concern machines (`domain`) or LAPS (`schema`)."""
    sections = {"domain": "directory", "schema": "laps"}
    for gap in directory.gaps if directory else ():
        if gap.section in sections:
            yield Gap(sections[gap.section], gap.reason, gap.truncated)


def _list_gaps(lists: Iterable[_Brought], context: Context) -> Iterator[Gap]:
    """One gap per column holding values that were not understood, one for a list that is too old."""
    for one in lists:
        old = too_old(one.file, context.now.date())
        if old is not None:
            yield Gap(one.kind, old, truncated=True)
        for text in told(one.file.name, one.table):
            yield Gap(one.kind, text, truncated=True)


def _validated(adapter: TypeAdapter[Any], raw: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - as the adapter says
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise CollectError(
            f"{name} est refusé : {place} : valeur ou champ non accepté ({first['msg']}) ; voyez docs/formats.md.",
            f"{name} is refused: {place}: value or field not accepted ({first['msg']}); see docs/formats.md.",
        ) from error
