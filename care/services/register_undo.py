"""Undoing the last import of a register: what it changed is put back, if nobody touched its lines since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.services.errors import Refused
from care.services.platform import Platform
from care.services.register_rows import RegisterRow
from care.store.governance import RegisterImport
from scanners.model import Text

_NAMED = 3
"""Lines named in a refusal; the others are counted."""
_GONE = Text(
    "Cet import n’est plus le dernier, ou il a déjà été annulé.",
    "This import is no longer the last one, or it was undone already.",
)


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """What an import did to a row: the version it gave it, and what the row said before (None: the import added it)."""

    id: int
    version: int
    before: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LastImport:
    """The last import of a register, that may still be undone."""

    number: int
    made_at: datetime
    made_by: str
    added: int
    changed: int


def keep_import(
    session: Session, word: str, establishment_id: int, lines: Sequence[ImportedLine], scope: Scope, now: datetime
) -> None:
    """Remember an import in place of the one before, in its transaction."""
    kept = [{"id": one.id, "version": one.version, "before": one.before} for one in lines]
    row = _row(session, word, establishment_id, lock=True)
    if row is None:
        row = RegisterImport(establishment_id=establishment_id, register=word, number=0)
        session.add(row)
    row.number, row.made_at, row.made_by, row.lines = row.number + 1, now, scope.actor, kept


def last_kept(session: Session, word: str, establishment_id: int) -> LastImport | None:
    """The last import of a register, unless it was undone; who asks was checked before."""
    row = _row(session, word, establishment_id)
    if row is None or not row.lines:
        return None
    added = sum(line["before"] is None for line in row.lines)
    return LastImport(row.number, row.made_at, row.made_by, added, len(row.lines) - added)


def taken_up(session: Session, word: str, establishment_id: int, number: int) -> tuple[ImportedLine, ...]:
    """The lines of an import about to be undone, which forgets them. Refused when it is not the last one any more."""
    row = _row(session, word, establishment_id, lock=True)
    if row is None or row.number != number or not row.lines:
        raise Refused(_GONE)
    lines = tuple(ImportedLine(one["id"], one["version"], one["before"]) for one in row.lines)
    row.lines = []
    return lines


def _row(session: Session, word: str, establishment_id: int, *, lock: bool = False) -> RegisterImport | None:
    query = select(RegisterImport).where(
        RegisterImport.establishment_id == establishment_id, RegisterImport.register == word
    )
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def check_untouched(
    platform: Platform, lines: Sequence[ImportedLine], rows: Mapping[int, RegisterRow], names: Mapping[int, str]
) -> None:
    """Refused, saying which lines changed since and by whom, unless every line is as the import left it."""
    moved = [one for one in lines if one.id not in rows or rows[one.id].version != one.version]
    if not moved:
        return
    zone = ZoneInfo(platform.settings.timezone)
    said = [_said(names.get(one.id, ""), rows.get(one.id), zone) for one in moved[:_NAMED]]
    more = len(moved) - len(said)
    fr, en = " ; ".join(one.fr for one in said), "; ".join(one.en for one in said)
    if more:
        fr, en = f"{fr} ; et {more} autres", f"{en}; and {more} more"
    raise Refused(
        Text(
            f"Des lignes de cet import ont été modifiées depuis : {fr}. Il ne s’annule plus d’un bloc : corrigez ligne "
            "à ligne, ou importez le fichier d’avant.",
            f"Lines of this import were changed since: {en}. It can no longer be undone as a whole: correct line by "
            "line, or import the former file.",
        )
    )


def _said(name: str, row: RegisterRow | None, zone: ZoneInfo) -> Text:
    if row is None:
        return Text("une ligne qui n’existe plus", "a line that is no longer there")
    at = row.changed_at.astimezone(zone)
    return Text(
        f"« {name} », par {row.changed_by} le {at:%d/%m/%Y} à {at:%H:%M}",
        f"“{name}”, by {row.changed_by} on {at:%Y-%m-%d} at {at:%H:%M}",
    )


def check_free(held: Collection[int], names: Mapping[int, str]) -> None:
    """Refused, naming one, when something holds on to lines that an import added."""
    if not held:
        return
    name = names.get(min(held), "")
    raise Refused(
        Text(
            f"« {name} », que cet import a ajouté, sert déjà ailleurs : il ne s’annule plus d’un bloc. Clôturez les "
            "lignes de trop.",
            f"“{name}”, which this import added, is in use elsewhere by now: it can no longer be undone as a whole. "
            "Close the lines that are too many.",
        )
    )
