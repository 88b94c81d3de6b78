"""Everything of an exercise on paper: exercises are played in rooms whose network is down.

Papers are in the language of the kit, which is that of its players; whoever conducts the exercise prints them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import Seat
from care.services.action_query import today
from care.services.errors import NotFound, Refused
from care.services.exercises.on_paper import paper_of
from care.services.exercises.papers import fitted_document
from care.services.exercises.rooms import cell_names, enter, exercise_row, in_own_words
from care.services.exercises.seats import Badge, badges
from care.services.exercises.words import BOOKLETS
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.sheet_prints import Printed
from care.store.exercises import Exercise
from exercises.kit import Booklet
from reports.booklet import BookletPaper, Leaf, render_booklet
from reports.crisis_folder import slug, zipped
from reports.errors import ReportError
from reports.sheets import badges as ways
from reports.sheets import hand_forms
from reports.sheets.chronogram import chronogram
from reports.sheets.exercise_paper import ACTED, PaperExercise
from reports.sheets.poster import Size
from reports.sheets.stimulus_cards import facilitator_cards, handed_cards
from scanners.model import Text

COPIES = 8
"""Badges of each cell unless somebody says otherwise: a sheet."""
MOST_COPIES = 160
"""The largest exercise seats 150 people."""
_TYPED = ".txt"
_READ = frozenset({".md", _TYPED})
_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "observer": Text("Observateurs", "Observers"),
        "screen": Text("Écran de la salle", "Screen of the room"),
        "attachments": Text("Pièces jointes", "Attachments"),
    }
)


@dataclass(frozen=True, slots=True)
class CellCards:
    """A cell, and how many cards it receives on paper."""

    id: str
    name: str
    cards: int


@dataclass(frozen=True, slots=True)
class Prints:
    """What there is to print. `reachable` is the address phones find the platform at, "" when only this machine does:
    then no QR leads anywhere. `files` are attachments that no sheet holds: they go with the rest as they are."""

    cells: tuple[CellCards, ...]
    stimuli: int
    handed: int
    attachments: int
    files: tuple[str, ...]
    reachable: str


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that papers are made of. `documents` are contents by name, in the words of the establishment."""

    paper: PaperExercise
    cells: Mapping[str, str]
    booklets: Mapping[str, str]
    documents: Mapping[str, bytes]
    ways: tuple[ways.Way, ...]
    now: datetime


def open_prints(platform: Platform, scope: Scope, exercise_id: int) -> Prints:
    """What may be printed of an exercise. NotFound, Forbidden."""
    desk = _desk(platform, scope, exercise_id, ())
    handed = [one for one in desk.paper.stimuli if one.channel not in ACTED]
    return Prints(
        cells=tuple(CellCards(key, name, sum(name in one.cells for one in handed)) for key, name in desk.cells.items()),
        stimuli=len(desk.paper.stimuli),
        handed=len(handed),
        attachments=len(desk.documents),
        files=tuple(name for name in desk.documents if PurePosixPath(name).suffix not in _READ),
        reachable=platform.settings.public_url,
    )


def print_paper(
    platform: Platform, scope: Scope, exercise_id: int, name: str, *, cell: str = "", copies: int = COPIES
) -> Printed:
    """One paper as a PDF, by its name in `PAPERS`; cards of one `cell` when it is given, so many `copies` of badges.

    NotFound for an unknown paper or cell; Refused when there is nothing to print, or too much.
    """
    make = PAPERS.get(name)
    if make is None:
        raise NotFound
    seats = _seats(platform, scope, exercise_id, copies) if name in _WITH_SEATS else ()
    desk = _desk(platform, scope, exercise_id, seats, copies)
    if cell and (cell not in desk.cells or name != "cards"):
        raise NotFound
    content = _made(lambda: handed_cards(desk.paper, desk.cells[cell]) if cell else make(desk))
    file = FILES[name].render(scope.lang) + (f"-{slug(desk.cells[cell])}" if cell else "")
    return Printed(f"{slug(desk.paper.title)}-{file}.pdf", content)


def print_everything(platform: Platform, scope: Scope, exercise_id: int, *, copies: int = COPIES) -> Printed:
    """Every paper and every attachment in one archive, the cards once for each cell."""
    desk = _desk(platform, scope, exercise_id, _seats(platform, scope, exercise_id, copies), copies)
    lang = scope.lang
    files = {
        f"{rank:02}-{FILES[name].render(lang)}.pdf": _made(lambda make=make: make(desk))  # type: ignore[misc]
        for rank, name, make in _in_order(desk)
    }
    for name in desk.cells.values():
        path = f"{FILES['cards'].render(lang)}/{slug(name)}.pdf"
        files[path] = _made(lambda name=name: handed_cards(desk.paper, name))  # type: ignore[misc]
    folder = FILES["attachments"].render(lang)
    files |= {f"{folder}/{name}": content for name, content in desk.documents.items()}
    return Printed(f"{slug(desk.paper.title)}.zip", zipped(files, desk.now))


def _in_order(desk: _Desk) -> list[tuple[int, str, Callable[[_Desk], bytes]]]:
    """The papers that have something to say, numbered as they are listed."""
    empty = {name for name, has in (("attachments", _readable(desk)),) if not has}
    empty |= {f"booklet-{one}" for one in Booklet if not desk.booklets[one].strip()}
    return [(rank, name, make) for rank, (name, make) in enumerate(PAPERS.items(), 1) if name not in empty]


def _seats(platform: Platform, scope: Scope, exercise_id: int, copies: int) -> tuple[Badge, ...]:
    """The badges, made when first printed."""
    if not 1 <= copies <= MOST_COPIES:
        raise Refused(
            Text(f"De 1 à {MOST_COPIES} badges par cellule.", f"Between 1 and {MOST_COPIES} badges for each cell.")
        )
    return badges(platform, scope, exercise_id)


def _desk(platform: Platform, scope: Scope, exercise_id: int, seats: tuple[Badge, ...], copies: int = COPIES) -> _Desk:
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        place = visible_establishment(session, scope, row.establishment_id).name
        paper = _paper(platform, session, row, place)
        return _Desk(
            paper=paper,
            cells=cell_names(row),
            booklets={one: in_own_words(row, row.booklets.get(one, "")) for one in Booklet},
            documents={one["name"]: fitted_document(platform, row, one["name"]) for one in row.documents},
            ways=tuple(_way(platform, one, paper, copies) for one in seats),
            now=platform.clock.now().astimezone(_zone(platform)),
        )


def _zone(platform: Platform) -> ZoneInfo:
    return ZoneInfo(platform.settings.timezone)


def _paper(platform: Platform, session: Session, row: Exercise, place: str) -> PaperExercise:
    state = enter(session, platform.rooms, row).state
    return paper_of(row, state, place, _zone(platform), today(platform))


def _way(platform: Platform, badge: Badge, paper: PaperExercise, copies: int) -> ways.Way:
    name = badge.cell or _NAMES[badge.seat.value].render(paper.lang)
    return ways.Way(
        name=name,
        code=badge.code,
        pin=badge.pin,
        link=platform.settings.at(f"/x/{badge.token}"),
        address=platform.settings.at("/x"),
        mission=next((one.mission for one in paper.cells if one.name == name), ""),
        copies=1 if badge.seat is Seat.SCREEN else copies,
        trust=f"{platform.authority.plain_url}/trust" if platform.authority else "",
    )


def _booklet(which: Booklet) -> Callable[[_Desk], bytes]:
    def make(desk: _Desk) -> bytes:
        name = BOOKLETS[which].render(desk.paper.lang)
        return _bound(desk, name, (Leaf(name, desk.booklets[which]),))

    return make


def _attachments(desk: _Desk) -> bytes:
    """The documents that can be read as text, each with the stimuli that carry it."""
    leaves = [Leaf(name, text, _carried_by(desk, name), name.endswith(_TYPED)) for name, text in _readable(desk)]
    if not leaves:
        raise Refused(
            Text(
                "Aucune pièce jointe de cet exercice ne s’imprime d’ici : ouvrez-les depuis le chronogramme.",
                "No attachment of this exercise prints from here: open them from the chronogram.",
            )
        )
    return _bound(desk, _NAMES["attachments"].render(desk.paper.lang), tuple(leaves))


def _readable(desk: _Desk) -> list[tuple[str, str]]:
    """Names and texts; one that is no text of UTF-8 goes into the archive as it is."""
    found = []
    for name, content in desk.documents.items():
        if PurePosixPath(name).suffix in _READ:
            found.append((name, content.decode("utf-8-sig", errors="replace")))
    return found


def _carried_by(desk: _Desk, name: str) -> str:
    return " · ".join(
        f"{one.id} {one.title} ({', '.join(one.cells)})" for one in desk.paper.stimuli if name in one.attachments
    )


def _bound(desk: _Desk, name: str, leaves: tuple[Leaf, ...]) -> bytes:
    paper = desk.paper
    return render_booklet(
        BookletPaper(paper.lang, desk.now, name, paper.establishment, paper.title, paper.when, leaves)
    )


PAPERS: Mapping[str, Callable[[_Desk], bytes]] = MappingProxyType(
    {
        "chronogram-a3": lambda desk: chronogram(desk.paper, Size.A3),
        "chronogram-a4": lambda desk: chronogram(desk.paper, Size.A4),
        "facilitator-cards": lambda desk: facilitator_cards(desk.paper),
        "booklet-facilitators": _booklet(Booklet.FACILITATORS),
        "booklet-players": _booklet(Booklet.PLAYERS),
        "cards": lambda desk: handed_cards(desk.paper),
        "attachments": _attachments,
        "badges": lambda desk: ways.badges(desk.paper, desk.ways),
        "table-signs": lambda desk: ways.table_signs(desk.paper, desk.ways),
        "messages": lambda desk: hand_forms.message_forms(desk.paper),
        "logbook": lambda desk: hand_forms.logbook_sheet(desk.paper),
        "booklet-observers": _booklet(Booklet.OBSERVERS),
        "observation": lambda desk: hand_forms.observation_grids(desk.paper),
        "attendance": lambda desk: hand_forms.attendance_list(desk.paper),
    }
)
"""Every paper by the name of its file, in the order in which a room is prepared."""


FILES: Mapping[str, Text] = MappingProxyType(
    {
        "chronogram-a3": Text("chronogramme-a3", "chronogram-a3"),
        "chronogram-a4": Text("chronogramme-a4", "chronogram-a4"),
        "facilitator-cards": Text("fiches-animateur", "facilitator-cards"),
        "booklet-facilitators": Text("livret-animateur", "facilitator-booklet"),
        "booklet-players": Text("livret-joueur", "player-booklet"),
        "cards": Text("cartes", "cards"),
        "attachments": Text("pieces-jointes", "attachments"),
        "badges": Text("badges", "badges"),
        "table-signs": Text("chevalets", "table-signs"),
        "messages": Text("fiches-message", "message-forms"),
        "logbook": Text("main-courante", "logbook"),
        "booklet-observers": Text("livret-observateur", "observer-booklet"),
        "observation": Text("grilles-observation", "observation-grids"),
        "attendance": Text("presence", "attendance"),
    }
)
"""How the file of each paper is called where it is saved."""
_WITH_SEATS = frozenset({"badges", "table-signs"})


def _made(make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except ReportError as error:
        raise Refused(Text(error.fr, error.en)) from error
