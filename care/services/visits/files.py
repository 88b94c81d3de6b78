"""The file of a piece of evidence as a visitor takes it: with a mark in it where one can be put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from sqlalchemy import select

from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.visits.entering import Looked
from care.services.visits.pieces import Reading, open_piece, readable_in
from care.store.evidence import Evidence
from reports.errors import ReportError
from reports.watermark import Mark, watermarked
from scanners.model import Lang, Text

_AT_ONCE = BoundedSemaphore(2)
"""Files marked at the same time by one server: each takes a process, and the hospital’s people come first."""
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Given:
    """A file ready to leave: its bytes, or where it lies when it leaves as it is."""

    name: str
    media_type: str
    content: bytes | None
    path: Path | None


class NotGiven(Refused):
    """A file of the visit that cannot be handed over; the sentence says why. It is no guess of the visitor's."""


def give(platform: Platform, seen: Looked, lang: Lang, evidence_id: int) -> Given:
    """The file of a piece of the visit. NotFound outside of it; NotGiven when it cannot bear the mark it should."""
    piece = open_piece(platform, seen, lang, evidence_id)
    if piece.reading in (Reading.ON_SITE, Reading.ELSEWHERE):
        raise NotGiven(_ON_SITE)
    with platform.database.read() as session:
        sha256 = session.scalar(select(Evidence.sha256).where(Evidence.id == evidence_id, *readable_in(seen)))
    if sha256 is None:
        raise NotFound
    path = platform.evidence.path(sha256)
    if piece.reading is Reading.AS_IS:
        return Given(piece.name, piece.media_type, None, path)
    mark = Mark(mark_line(platform, seen, lang), _who(seen), "en" if lang == "en" else "fr")
    return Given(piece.name, piece.media_type, _marked(path, piece.media_type, mark), None)


def _marked(path: Path, media_type: str, mark: Mark) -> bytes:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_SECONDS):
        raise NotGiven(_BUSY)
    try:
        return watermarked(path, media_type, mark)
    except ReportError as refusal:
        raise NotGiven(Text(refusal.fr, refusal.en)) from refusal
    finally:
        _AT_ONCE.release()


def mark_line(platform: Platform, seen: Looked, lang: Lang) -> str:
    """What every page shown to a visitor bears: who reads, when, for which visit."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    return Text(
        f"Consulté par {_who(seen)} le {_day(now, 'fr')} – {seen.title}",
        f"Read by {_who(seen)} on {_day(now, 'en')} – {seen.title}",
    ).render(lang)


def _who(seen: Looked) -> str:
    return f"{seen.name} ({seen.organisation})" if seen.organisation else seen.name


def _day(now: datetime, lang: Lang) -> str:
    return f"{now:%d/%m/%Y à %H:%M}" if lang == "fr" else f"{now:%Y-%m-%d at %H:%M}"


_BUSY = Text(
    "D’autres fichiers se préparent : redemandez celui-ci dans une minute.",
    "Other files are being prepared: ask for this one again in a minute.",
)
_ON_SITE = Text(
    "Ce fichier ne peut pas porter de filigrane et l’établissement n’a pas permis de le remettre tel quel : demandez à "
    "le voir sur place.",
    "This file cannot bear a watermark and the establishment did not allow it to be handed over as it is: ask to see "
    "it on site.",
)
