"""The simplified alert chain: who to call, in order, on one page. It reads the directory of crisis and adds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.domain.continuity import CELL_KINDS, CellKind
from care.services.audit_report import DocumentError
from care.services.crisis_contacts import directory_rows
from care.services.declaration_duties import duties_here, limit_words
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.crisis import CrisisContact
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

ORDER = (CellKind.OPERATIONS, CellKind.DECISION, CellKind.CARE, CellKind.COMMUNICATION)
"""Who is called first: those who can stop it, who decides, who cares, who speaks. Our choice."""
TITLE = Text("Chaîne d’alerte", "Alert chain")
_NUMBER = Text("N°", "No.")
_WHOM = Text("Qui", "Who")
_PHONE = Text("Téléphone", "Telephone")
_FALLBACK = Text("Sinon", "Otherwise")
_NO_NUMBER = Text("aucun numéro noté", "no number noted")
_NOBODY = Text("Personne n’est nommé dans cette cellule.", "Nobody is named in this cell.")
_INTRO = Text(
    "Appelez dans cet ordre. Si personne ne répond, appelez le numéro de secours, puis le suppléant, puis la ligne "
    "suivante ; notez l’heure de chaque appel.",
    "Call in this order. If nobody answers, call the fallback number, then the deputy, then the next line; note the "
    "time of each call.",
)
_THEN = Text("PUIS DÉCLARER", "THEN DECLARE")
_OUTSIDE = Text("Au-dehors", "Outside")


@dataclass(frozen=True, slots=True)
class Link:
    """One call: `rank` from 1. `missing` says that a number or a person is lacking; it is kept in its place."""

    rank: int
    cell: str
    function: str
    name: str
    phone: str
    fallback: str
    deputy: str
    note: str
    missing: bool


@dataclass(frozen=True, slots=True)
class ToDeclare:
    """A duty as the page recalls it."""

    id: str
    title: str
    where: str
    limit: str


@dataclass(frozen=True, slots=True)
class AlertChain:
    """Who to call in order, inside then outside, and what will have to be declared."""

    establishment_id: int
    establishment: str
    finess: str
    links: tuple[Link, ...]
    duties: tuple[ToDeclare, ...]
    may_change: bool


def open_chain(platform: Platform, scope: Scope, establishment_id: int) -> AlertChain:
    """The chain of an establishment, for who may see its directory of crisis. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        rows = directory_rows(session, place.id)
        duties = duties_here(platform, session, place.id, scope.lang)
        return AlertChain(
            establishment_id=place.id,
            establishment=place.name,
            finess=place.finess,
            links=tuple(_links(rows, scope.lang)),
            duties=tuple(
                ToDeclare(one.id, one.draft.title, one.draft.where, limit_words(one.draft.steps[0].minutes, scope.lang))
                for one in duties
            ),
            may_change=scope.allows(Right.MANAGE_CONTINUITY, place.lineage),
        )


def _links(rows: list[CrisisContact], lang: Lang) -> Iterator[Link]:
    """The head of each cell, then every contact outside; a cell without anybody keeps its place."""
    rank = 0
    for cell in ORDER:
        rank += 1
        head = next((row for row in rows if row.cell is cell), None)
        name = CELL_KINDS[cell].render(lang)
        if head is None:
            yield Link(rank, name, _NOBODY.render(lang), "", "", "", "", "", missing=True)
        else:
            yield _link(rank, name, head)
    for row in rows:
        if row.cell is CellKind.NONE:
            rank += 1
            yield _link(rank, _OUTSIDE.render(lang), row)


def _link(rank: int, cell: str, row: CrisisContact) -> Link:
    outside = row.cell is CellKind.NONE
    reachable = bool(row.phone or row.fallback)
    named = bool(row.name) or outside
    return Link(
        rank,
        cell,
        row.function,
        row.name or row.organisation,
        row.phone,
        row.fallback,
        row.deputy,
        row.note,
        missing=not (reachable and named),
    )


def chain_pdf(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The chain on one page, to pin up. NotFound, Forbidden."""
    chain, lang, now = open_chain(platform, scope, establishment_id), scope.lang, platform.clock.now()
    duties = "\n".join(f"– {one.title} : {one.limit} – {one.where}" for one in chain.duties)
    sheet = TypedSheet(
        lang=_report_lang(lang),
        issued_at=now.astimezone(ZoneInfo(platform.settings.timezone)),
        title=TITLE.render(lang),
        place=chain.establishment,
        finess=chain.finess,
        about=Text("Qui appeler, dans l’ordre", "Who to call, in order").render(lang),
        text=_INTRO.render(lang),
        after=f"{_THEN.render(lang)}\n{duties}",
        header=tuple(one.render(lang) for one in (_NUMBER, _WHOM, _PHONE, _FALLBACK)),
        rows=tuple(_row(one, lang) for one in chain.links),
    )
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        thing = Thing("directory", establishment_id, establishment_id)
        record(session, scope, "incident.chain_printed", thing, now, {"count": len(chain.links)})
    try:
        return render_typed_sheet(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _report_lang(lang: Lang) -> ReportLang:
    return "en" if lang == "en" else "fr"


def _row(one: Link, lang: Lang) -> tuple[str, ...]:
    whom = f"{one.function}\n{one.name}" if one.name else one.function
    first, second = one.phone or one.fallback, one.fallback if one.phone else ""
    otherwise = "\n".join(filter(None, (second, one.deputy)))
    return (str(one.rank), f"{one.cell}\n{whom}", first or _NO_NUMBER.render(lang), otherwise)
