"""What a sealed book holds: pieces, what they prove, their place in the chain and the signatures that cover it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.chains import GENESIS
from care.domain.evidence import EVIDENCE_NAMES, THING_NAMES, ChainKind, Standing, ThingRef
from care.services import evidence_chain
from care.services.evidence import readable
from care.services.evidence_things import tie_views
from care.services.library import EvidenceFilter, conditions, today
from care.services.platform import Platform
from care.store.evidence import Checkpoint, Evidence, EvidenceTie, StoredContent
from care.store.registry import Establishment
from reports.book import Book, BookChain, BookCheckpoint, BookPiece
from reports.seal.verifier import Said
from reports.words import Lang as PrintedLang
from reports.words import day
from scanners.model import Lang, Text

_BATCH = 500
_STANDING_NAMES: Mapping[Standing, Text] = {
    Standing.COMING: Text("pas encore en vigueur", "not in effect yet"),
    Standing.CURRENT: Text("en vigueur", "in effect"),
    Standing.EXPIRING: Text("bientôt à échéance", "expiring soon"),
    Standing.EXPIRED: Text("échues", "expired"),
}


def chosen(platform: Platform, scope: Scope, establishment_id: int, wanted: EvidenceFilter) -> list[Any]:
    """The conditions on `Evidence` that keep what a book holds: the choice, within what the scope reads."""
    mine = Evidence.establishment_id == establishment_id
    return [mine, *readable(scope), *conditions(wanted, today(platform))]


def book_of(platform: Platform, scope: Scope, place: Establishment, wanted: EvidenceFilter) -> Book:
    """Everything the book says, read at once; only the files are read later."""
    with platform.database.read() as session:
        shelf = shelf_of(session, scope, place, chosen(platform, scope, place.id, wanted))
    key = platform.signer.key_id
    return Book(
        establishment=place.name,
        finess=place.finess,
        made_at=platform.clock.now(),
        made_by=scope.name or scope.actor,
        selection=selection(wanted),
        pieces=tuple(shelf.pieces.values()),
        chain=shelf.chain,
        checkpoints=shelf.checkpoints,
        key=key,
        keys=keys_of(platform, shelf.checkpoints),
        public_pem=platform.signer.public_pem,
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Pieces of one establishment by their row, the part of its chain they lie in, the signatures that cover it."""

    pieces: Mapping[int, BookPiece]
    chain: BookChain
    checkpoints: tuple[BookCheckpoint, ...]


def shelf_of(session: Session, scope: Scope, place: Establishment, asked: Sequence[Any]) -> Shelf:
    """The pieces that conditions on `Evidence` keep, one at least; those added since the last signature are not."""
    rows = session.execute(
        select(Evidence, StoredContent.size)
        .outerjoin(StoredContent, StoredContent.sha256 == Evidence.sha256)
        .where(*asked, Evidence.number.is_not(None))
        .order_by(Evidence.number)
    ).all()
    former = _numbers(session, [row.replaces_id for row, _ in rows if row.replaces_id is not None])
    ties = _ties(session, scope, place, [row.id for row, _ in rows])
    pieces = {
        row.id: _piece(row, size, place.finess, former.get(row.replaces_id or 0), ties.get(row.id, ()))
        for row, size in rows
    }
    numbers = [piece.number for piece in pieces.values()]
    marks = _marks(session, place.id, numbers)
    chain = _chain(session, place.id, numbers[0], marks[-1].number)
    last = chain.first + len(chain.links)
    return Shelf({row: piece for row, piece in pieces.items() if piece.number < last}, chain, marks)


def keys_of(platform: Platform, marks: Iterable[BookCheckpoint]) -> Mapping[str, bytes]:
    """The raw public keys behind some signatures, and that of the seal to come."""
    named = {mark.key for mark in marks} | {platform.signer.key_id}
    return {name: raw for name, raw in platform.signer.public_keys.items() if name in named}


def _piece(row: Evidence, size: int | None, finess: str, replaces: int | None, ties: tuple[Said, ...]) -> BookPiece:
    return BookPiece(
        filed=evidence_chain.filed(row, finess, replaces).facts(),
        media_type=row.media_type,
        size=size,
        title=row.title or row.name,
        kind=_said(EVIDENCE_NAMES[row.kind]),
        owner=row.owner,
        note=row.note,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        added_at=row.added_at,
        added_by=row.added_by,
        ties=ties,
        current=row.current,
    )


def _numbers(session: Session, ids: Sequence[int]) -> Mapping[int, int | None]:
    found: dict[int, int | None] = {}
    for first in range(0, len(ids), _BATCH):
        chunk = ids[first : first + _BATCH]
        found |= dict(session.execute(select(Evidence.id, Evidence.number).where(Evidence.id.in_(chunk))).all())
    return found


def _ties(session: Session, scope: Scope, place: Establishment, ids: Sequence[int]) -> Mapping[int, tuple[Said, ...]]:
    """What each piece proves, in words of both languages."""
    tied: dict[int, list[ThingRef]] = {}
    for first in range(0, len(ids), _BATCH):
        rows = session.execute(
            select(EvidenceTie.evidence_id, EvidenceTie.thing_kind, EvidenceTie.thing_id)
            .where(EvidenceTie.evidence_id.in_(ids[first : first + _BATCH]))
            .order_by(EvidenceTie.evidence_id, EvidenceTie.thing_kind, EvidenceTie.thing_id)
        )
        for evidence_id, kind, number in rows:
            tied.setdefault(evidence_id, []).append(ThingRef(kind, number))
    words = _words(session, scope, place, {ref for refs in tied.values() for ref in refs})
    return {number: tuple(words[ref] for ref in refs) for number, refs in tied.items()}


def _words(session: Session, scope: Scope, place: Establishment, refs: set[ThingRef]) -> Mapping[ThingRef, Said]:
    def titles(lang: Lang) -> Mapping[ThingRef, str]:
        reader = replace(scope, lang=lang)
        ordered = sorted(refs)
        chunks = (ordered[first : first + _BATCH] for first in range(0, len(ordered), _BATCH))
        return {view.ref: view.title for chunk in chunks for view in tie_views(session, reader, place, chunk)}

    french, english = titles("fr"), titles("en")
    return {ref: Said(_tie_words(ref, french[ref], "fr"), _tie_words(ref, english[ref], "en")) for ref in refs}


def _tie_words(ref: ThingRef, title: str, lang: Lang) -> str:
    joint = " : " if lang == "fr" else ": "
    return f"{THING_NAMES[ref.kind].render(lang)}{joint}{title or ref.id}"


def _marks(session: Session, establishment_id: int, numbers: Iterable[int]) -> tuple[BookCheckpoint, ...]:
    """For each piece the first signature that covers it, and the latest of all."""
    rows = session.scalars(
        select(Checkpoint)
        .where(Checkpoint.kind == ChainKind.EVIDENCE, Checkpoint.establishment_id == establishment_id)
        .order_by(Checkpoint.number)
    ).all()
    kept, place = {}, 0
    for number in sorted(numbers):
        while place < len(rows) and rows[place].number < number:
            place += 1
        if place < len(rows):
            kept[rows[place].number] = rows[place]
    kept[rows[-1].number] = rows[-1]
    return tuple(
        BookCheckpoint(one.number, one.hash, one.at, one.key_id, one.signature) for _, one in sorted(kept.items())
    )


def _chain(session: Session, establishment_id: int, first: int, last: int) -> BookChain:
    previous = session.scalar(
        select(Evidence.chain_hash).where(Evidence.establishment_id == establishment_id, Evidence.number == first - 1)
    )
    facts = []
    for link in evidence_chain.links(session, establishment_id, first - 1):
        if link.filed.number > last:
            break
        facts.append(link.filed.hash)
    return BookChain(first, previous or GENESIS, tuple(facts))


def _said(text: Text) -> Said:
    return Said(text.fr, text.en)


def selection(wanted: EvidenceFilter) -> Said:
    """The choice in one sentence of each language."""
    return Said(" ; ".join(_told(wanted, "fr")) or "tout", "; ".join(_told(wanted, "en")) or "everything")


def _told(wanted: EvidenceFilter, lang: Lang) -> Iterable[str]:
    french = lang == "fr"
    if wanted.ids:
        yield (
            f"{len(wanted.ids)} pièces d’un livre de preuves"
            if french
            else f"{len(wanted.ids)} pieces of an evidence book"
        )
    if wanted.kinds:
        kinds = ", ".join(EVIDENCE_NAMES[kind].render(lang) for kind in wanted.kinds)
        yield f"types : {kinds}" if french else f"kinds: {kinds}"
    if wanted.thing is not None:
        thing = _tie_words(wanted.thing, "", lang)
        yield f"justifie : {thing}" if french else f"proves: {thing}"
    yield from _told_period(wanted, "fr" if french else "en")
    if wanted.standing is not None:
        yield _STANDING_NAMES[wanted.standing].render(lang)
    for words in filter(None, (wanted.words.strip(), wanted.owner.strip())):
        yield f"« {words} »" if french else f"“{words}”"
    if not wanted.former:
        yield "pièces en vigueur seulement" if french else "only pieces in use"


def _told_period(wanted: EvidenceFilter, lang: PrintedLang) -> Iterable[str]:
    since, until = (
        ("en vigueur depuis le", "en vigueur jusqu’au") if lang == "fr" else ("in effect since", "in effect until")
    )
    if wanted.since:
        yield f"{since} {day(wanted.since, lang)}"
    if wanted.until:
        yield f"{until} {day(wanted.until, lang)}"
