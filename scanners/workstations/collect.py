"""Collects the facts of workstations and detection from files: directory facts, inventory, EDR console, answers.

Nothing is contacted: no secret is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scanners.archive import read_directory
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.exchange import Directory
from scanners.lifecycle import lifecycle
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, read_list, told
from scanners.lists.words import short_name
from scanners.model import Gap, Text
from scanners.scratch import run_folder
from scanners.workstations.facts import (
    Answers,
    Background,
    Settings,
    Source,
    SourceKind,
    WorkstationFacts,
)
from scanners.workstations.reconcile import directory_frame, reconcile

_ANSWERS: TypeAdapter[Answers] = TypeAdapter(Answers)
_SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)
_NAME = "establishment"


@dataclass(frozen=True, slots=True)
class Request:
    """What to reconcile. Every part is optional; formats are described in `docs/formats.md`.

    `directory_archive` is the path of an AD facts archive; `inventory_csv` and `edr_csv` hold the text of the files,
    `…_name` what messages call them; `lists` are lists given by path, which hold over such a text; `settings` changes
    thresholds (`facts.Settings`), over those that the answers may hold under the same name. `declared` are the answers
    that the platform keeps: they come before those of a file.
    """

    directory_archive: str = ""
    inventory_csv: str = ""
    inventory_name: str = ""
    edr_csv: str = ""
    edr_name: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    answers_name: str = "answers"
    settings: Mapping[str, Any] = field(default_factory=dict)
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
            "Rien à examiner : donnez les faits de l’annuaire, un inventaire, un export EDR ou des réponses.",
            "Nothing to look at: give directory facts, an inventory, an EDR export or answers.",
        )
    answers, settings = _declared(request)
    context.progress(0.1, Text("Lecture de l’annuaire", "Reading the directory"))
    directory = read_directory(Path(request.directory_archive)) if request.directory_archive else None
    context.progress(0.3, Text("Lecture de l’inventaire", "Reading the inventory"))
    inventory_name, inventory = _list(request, ListKind.INVENTORY)
    context.progress(0.5, Text("Lecture de l’export EDR", "Reading the EDR export"))
    edr_name, edr = _list(request, ListKind.EDR)
    context.progress(0.7, Text("Rapprochement", "Reconciliation"))
    machines, systems = reconcile(
        _frame(directory),
        inventory.frame if inventory else None,
        edr.frame if edr else None,
        [short_name(name) for name in answers.isolated or ()],
    )
    tables: dict[SourceKind, tuple[str, Table | None]] = {
        "inventory": (inventory_name, inventory),
        "edr": (edr_name, edr),
    }
    background = Background(
        systems=systems,
        sources=(*_directory_source(directory), *_sources(tables)),
        answers=answers,
        settings=settings,
        lifecycle=lifecycle(),
        domain=directory.domain if directory else "",
        laps_installed=directory.laps_installed if directory else None,
        collected_at=context.now,
        gaps=(*_directory_gaps(directory), *_table_gaps(tables)),
        policies=directory.policies if directory else None,
    )
    return WorkstationFacts(background, machines)


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


def _list(request: Request, kind: ListKind) -> tuple[str, Table | None]:
    """What messages call the list of a kind, and the list: given by path, else as a text of the request."""
    given = next((file for file in request.lists if file.kind is kind), None)
    if given is not None:
        return given.name, read_list(given)
    texts = {
        ListKind.INVENTORY: (request.inventory_csv, request.inventory_name or "inventaire.csv"),
        ListKind.EDR: (request.edr_csv, request.edr_name or "edr.csv"),
    }
    text, name = texts[kind]
    return name, _table(text, ListFile(kind, name, "")) if text else None


def _table(text: str, file: ListFile) -> Table:
    """A list that the request holds, read as any other."""
    with run_folder() as folder:
        place = folder / "list"
        place.write_text(text, encoding="utf-8")
        return read_list(replace(file, path=str(place)))


def _frame(directory: Directory | None) -> Any:  # noqa: ANN401 - a pandas frame or None
    if directory is None:
        return None
    return directory_frame(
        directory.machines, {machine.name: short_name(machine.name) for machine in directory.machines}
    )


def _directory_source(directory: Directory | None) -> Iterator[Source]:
    if directory is not None:
        yield Source("directory", directory.domain, ("name", "system", "last_logon"), len(directory.machines))


def _sources(tables: Mapping[SourceKind, tuple[str, Table | None]]) -> Iterator[Source]:
    for kind, (name, table) in tables.items():
        if table is not None:
            yield Source(kind, name, table.columns, table.lines, table.duplicates)


def _directory_gaps(directory: Directory | None) -> Iterator[Gap]:
    """Gaps of the directory that concern machines (`domain`) or LAPS (`schema`)."""
    sections = {"domain": "directory", "schema": "laps"}
    for gap in directory.gaps if directory else ():
        if gap.section in sections:
            yield Gap(sections[gap.section], gap.reason, gap.truncated)


def _table_gaps(tables: Mapping[SourceKind, tuple[str, Table | None]]) -> Iterator[Gap]:
    """One gap per column holding values that were not understood, or dates whose order nothing proves."""
    for kind, (name, table) in tables.items():
        for text in told(name, table) if table else ():
            yield Gap(kind, text, truncated=True)


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
