"""The shelf of exercise kits: those shipped, those brought in by people for one establishment or for all.

A kit shipped is named by its id, one brought in by its id and its number (`rancongiciel-local.12`): several versions of
one kit stand side by side, and an exercise says which one it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.store.exercises import ExerciseKit
from exercises.kit import Booklet, Bundle, Document, Kit
from scanners.model import Text

MAX_DOCUMENT_BYTES = 10_000_000
Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KitFiles:
    """What an exercise takes from a kit. `documents` are their names, SHA-256 and sizes, in the evidence store."""

    kit: Kit
    booklets: Mapping[str, str]
    documents: Sequence[dict[str, Any]]


def shipped_files(platform: Platform, name: str) -> KitFiles | None:
    """A kit shipped, its documents kept in the evidence store; None when `name` is that of none."""
    bundle = platform.kits.exercises.get(name)
    if bundle is None:
        return None
    return KitFiles(bundle.kit, {key.value: text for key, text in bundle.booklets.items()}, kept(platform, bundle))


def kept(platform: Platform, bundle: Bundle) -> list[dict[str, Any]]:
    """The documents of a kit, kept in the evidence store."""
    files = [(one.name, platform.evidence.put(BytesIO(one.content), MAX_DOCUMENT_BYTES)) for one in bundle.documents]
    return [{"name": name, "sha256": file.sha256, "size": file.size} for name, file in files]


def playable_files(session: Session, establishment_id: int, name: str) -> KitFiles:
    """A kit brought in that this establishment may play. NotFound; Refused when it was withdrawn."""
    row = brought_in(session, establishment_id, name)
    if row.withdrawn_at is not None:
        raise Refused(
            Text(
                f"Le kit « {row.title} » {row.kit_version} a été retiré : choisissez-en un autre.",
                f"The kit “{row.title}” {row.kit_version} was withdrawn: choose another one.",
            )
        )
    return KitFiles(Kit.model_validate(row.content), row.booklets, row.documents)


def brought_in(session: Session, establishment_id: int, name: str, *, lock: bool = False) -> ExerciseKit:
    """The row of a kit brought in, for this establishment or for all; NotFound for that of another."""
    kit, _dot, number = name.partition(".")
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise _unknown(name)
    query = select(ExerciseKit).where(ExerciseKit.id == int(number), ExerciseKit.kit == kit, serves(establishment_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise _unknown(name)
    return row


def serves(establishment_id: int) -> Any:  # noqa: ANN401 - a condition of SQLAlchemy
    """The condition on `ExerciseKit` that keeps what an establishment may use."""
    return or_(ExerciseKit.establishment_id == establishment_id, ExerciseKit.establishment_id.is_(None))


def _unknown(name: str) -> NotFound:
    return NotFound(Text(f"Le kit « {name} » n’existe pas.", f"There is no kit “{name}”."))


def bundle_of(platform: Platform, row: ExerciseKit) -> Bundle:
    """A kit brought in, whole, as it came."""
    return Bundle(
        kit=Kit.model_validate(row.content),
        booklets={one: row.booklets.get(one.value, "") for one in Booklet},
        documents=tuple(
            Document(one["name"], platform.evidence.path(one["sha256"]).read_bytes()) for one in row.documents
        ),
    )


def name_of(row: ExerciseKit) -> str:
    """How a kit brought in is named."""
    return f"{row.kit}.{row.id}"


def version_of(written: str) -> Version:
    """A version to compare: 1.10.0 comes after 1.9.2."""
    return tuple(int(part) for part in written.split("."))
