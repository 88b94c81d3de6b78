"""The national list of establishments: importing the open extract, searching it, registering from it."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.finess_extract import MAX_LINE_BYTES, Extract, Malformed, first_repeated
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.finess_following import Change, follow, listed
from care.services.library import today
from care.services.platform import Platform
from care.services.registry import (
    NUMBER_TAKEN,
    EstablishmentDraft,
    EstablishmentView,
    LegalEntityDraft,
    add_establishment,
    add_legal_entity,
    find_establishment,
)
from care.services.taken import invalid_when_taken
from care.services.trail import Thing, record
from care.store.finess import FinessEntry, FinessImport, load_entries
from care.store.registry import Establishment, LegalEntity, Region
from scanners.model import Scalar, Text

_CHUNK = 1 << 20
# An extract that loses half of a known country is a truncated download, not a year of closures.
_LARGE = 1000
MAX_FOUND = 50


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do, in numbers of establishments; `without_region` are those of territories outside
    the 18. `changed`: what it changed in the registry, from the day of the extract on; `left`: where the list says
    otherwise than somebody wrote."""

    dated: date
    entries: int
    added: int
    closed: int
    without_region: int
    changed: tuple[Change, ...] = ()
    left: tuple[Change, ...] = ()


class _TriedOut(Exception):  # noqa: N818 - takes everything back
    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@dataclass(frozen=True, slots=True)
class FinessView:
    """One establishment of the list; `registered_id` is set when it is already in the registry."""

    finess: str
    legal_entity_finess: str
    name: str
    category: str
    city: str
    department: str
    region_code: str | None
    closed_on: date | None
    registered_id: int | None


@dataclass(frozen=True, slots=True)
class FinessState:
    """The last import: date of the extract, when it was imported, establishments it holds."""

    dated: date
    imported_at: datetime
    entries: int


def import_extract(
    platform: Platform,
    scope: Scope,
    file_name: str,
    content: BinaryIO,
    accept_smaller: bool = False,
    try_out: bool = False,
) -> ImportReport:
    """Import an extract (a seekable stream) in one transaction: all of it or nothing; nothing when it is tried out.

    Entries are added or updated; those that vanished are marked closed at the extract's date, and the registry follows.
    Invalid, naming the file, the line and the reason, when it is malformed. Refused when it is older than the last
    import, or half its size.
    """
    if not scope.reach(Right.MANAGE_REGISTRY).everywhere:
        raise Forbidden
    try:
        encoding = _encoding(content)
        return _import(platform, scope, file_name, content, encoding, accept_smaller, try_out)
    except _TriedOut as taken_back:
        return taken_back.report
    except Malformed as fault:
        raise _refusal(file_name, fault) from fault


def _import(
    platform: Platform,
    scope: Scope,
    file_name: str,
    content: BinaryIO,
    encoding: str,
    accept_smaller: bool,
    try_out: bool,
) -> ImportReport:
    now = platform.clock.now()
    extract = Extract(_lines(content, encoding))
    with platform.database.write() as session:
        _refuse_older(session, extract.dated)
        before, still_open = _count(session), _count(session, FinessEntry.closed_on.is_(None))
        said_before = listed(session)
        row = FinessImport(file_name=file_name[-255:], dated=extract.dated, imported_at=now, entries=0, closed=0)
        session.add(row)
        session.flush()
        row.entries = load_entries(session, extract.entries(), row.id)
        if row.entries == 0:
            raise Malformed(
                2, "aucun établissement ne suit la première ligne", "no establishment follows the first line"
            )
        if _count(session, FinessEntry.import_id == row.id) != row.entries:
            raise first_repeated(Extract(_lines(content, encoding)))
        if not accept_smaller:
            _refuse_smaller(still_open, row.entries)
        row.closed = _close(session, row.id, extract.dated)
        followed = follow(platform, session, scope, said_before, extract.dated, today(platform))
        report = ImportReport(
            dated=extract.dated,
            entries=row.entries,
            added=_count(session) - before,
            closed=row.closed,
            without_region=_count(session, FinessEntry.region_code.is_(None), FinessEntry.closed_on.is_(None)),
            changed=followed.changed,
            left=followed.left,
        )
        if try_out:
            raise _TriedOut(report)
        detail: dict[str, Scalar] = {
            "dated": report.dated.isoformat(),
            "entries": report.entries,
            "closed": report.closed,
        }
        record(session, scope, "finess.imported", Thing("finess_import", row.id), now, detail)
        return report


def _encoding(content: BinaryIO) -> str:
    """UTF-8 when the whole file is, else Windows-1252, which older extracts use."""
    content.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := content.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(content: BinaryIO, encoding: str) -> Iterator[str]:
    content.seek(0)
    number = 0
    while line := content.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES or b"\0" in line:
            raise Malformed(
                number, "ce n’est pas du texte, ou la ligne est trop longue", "it is not text, or the line is too long"
            )
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            raise Malformed(
                number, "ni UTF-8 ni Windows-1252 ne se lisent ici", "neither UTF-8 nor Windows-1252 reads here"
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _close(session: Session, import_id: int, dated: date) -> int:
    """Mark closed what the extract no longer lists; how many."""
    gone = (FinessEntry.import_id != import_id, FinessEntry.closed_on.is_(None))
    closed = _count(session, *gone)
    session.execute(update(FinessEntry).where(*gone).values(closed_on=dated))
    return closed


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(FinessEntry).where(*conditions)) or 0


def _last(session: Session) -> FinessImport | None:
    return session.scalars(select(FinessImport).order_by(FinessImport.id.desc()).limit(1)).first()


def _refuse_older(session: Session, dated: date) -> None:
    last = _last(session)
    if last is not None and dated < last.dated:
        raise Refused(
            Text(
                f"Cette extraction est du {dated:%d/%m/%Y}, plus ancienne que celle déjà importée"
                f" ({last.dated:%d/%m/%Y}) : téléchargez la dernière.",
                f"This extract is dated {dated}, older than the one already imported ({last.dated}):"
                " download the latest.",
            )
        )


def _refuse_smaller(before: int, entries: int) -> None:
    if before >= _LARGE and entries * 2 < before:
        raise Refused(
            Text(
                f"Ce fichier ne liste que {entries} établissements au lieu de {before} : son téléchargement a sans"
                " doute été coupé. Rien n’a été importé.",
                f"This file lists only {entries} establishments instead of {before}: the download was probably cut."
                " Nothing was imported.",
            )
        )


def _refusal(file_name: str, fault: Malformed) -> Invalid:
    return Invalid(
        {
            "file": Text(
                f"{file_name}, ligne {fault.line} : {fault.reason.fr}. Rien n’a été importé.",
                f"{file_name}, line {fault.line}: {fault.reason.en}. Nothing was imported.",
            )
        }
    )


def finess_state(platform: Platform, scope: Scope) -> FinessState | None:
    """The last import, None when there was none."""
    with platform.database.read() as session:
        last = _last(session)
        return FinessState(last.dated, last.imported_at, last.entries) if last is not None else None


def search_finess(platform: Platform, scope: Scope, text: str, limit: int = 20) -> tuple[FinessView, ...]:
    """Open establishments whose number begins with `text` or whose name or town holds it. The list is public data."""
    wanted = "".join(filter(str.isprintable, text)).strip()
    if not wanted:
        return ()
    plain = "".join(sign for sign in unicodedata.normalize("NFD", wanted) if not unicodedata.combining(sign))
    words = [FinessEntry.finess.startswith(plain.upper().replace(" ", ""), autoescape=True)]
    for spelling in {plain, wanted, wanted.upper()}:  # SQLite ignores case for unaccented letters only
        words += [column.icontains(spelling, autoescape=True) for column in (FinessEntry.name, FinessEntry.city)]
    found = (
        select(FinessEntry, Establishment.id)
        .outerjoin(Establishment, Establishment.finess == FinessEntry.finess)
        .where(or_(*words), FinessEntry.closed_on.is_(None))
        .order_by(FinessEntry.name, FinessEntry.finess)
        .limit(min(limit, MAX_FOUND))
    )
    with platform.database.read() as session:
        return tuple(_view(entry, registered) for entry, registered in session.execute(found))


def register_from_finess(
    platform: Platform, scope: Scope, finess: str, legal_entity_name: str = "", region_id: int | None = None
) -> EstablishmentView:
    """Create an establishment of the registry from its line of the list, and its legal entity when it is missing.

    The extract does not give the legal entity's name: it is the establishment's unless given. `region_id` is needed
    for a territory outside the 18 regions only.
    """
    with invalid_when_taken("finess", NUMBER_TAKEN), platform.database.write() as session:
        entry = session.get(FinessEntry, "".join(finess.split()).upper())
        if entry is None:
            raise NotFound(Text("Ce numéro n’est pas dans la liste FINESS.", "This number is not in the FINESS list."))
        region = _region_id(session, entry, region_id)
        entity = session.scalar(select(LegalEntity.id).where(LegalEntity.finess == entry.legal_entity_finess))
        if entity is None:
            name = legal_entity_name.strip() or entry.name
            entity = add_legal_entity(
                session, platform, scope, LegalEntityDraft(entry.legal_entity_finess, name, region)
            ).id
        draft = EstablishmentDraft(entry.finess, entry.name, entity, region, entry.category, entry.city)
        row = add_establishment(session, platform, scope, draft)
        row.closed_on = entry.closed_on
        made = row.id
    return find_establishment(platform, scope, made)


def _region_id(session: Session, entry: FinessEntry, chosen: int | None) -> int:
    found = session.scalar(select(Region.id).where(Region.code == entry.region_code))
    region_id = chosen if chosen is not None else found
    if region_id is None:
        raise Invalid({"region_id": Text("Choisissez la région de rattachement.", "Choose the region it belongs to.")})
    return region_id


def _view(entry: FinessEntry, registered_id: int | None) -> FinessView:
    return FinessView(
        finess=entry.finess,
        legal_entity_finess=entry.legal_entity_finess,
        name=entry.name,
        category=entry.category,
        city=entry.city,
        department=entry.department,
        region_code=entry.region_code,
        closed_on=entry.closed_on,
        registered_id=registered_id,
    )
