"""Exercise kits brought in from a zip, and withdrawn. None is ever deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.errors import Forbidden, Invalid, Refused
from care.services.exercises.kit_library import KitCard, KitVersion, cards_of, shares
from care.services.exercises.kit_shelf import brought_in, bundle_of, kept, name_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import Thing, record
from care.store.exercises import ExerciseKit
from exercises.fitting import said, words_of
from exercises.kit import Bundle
from exercises.kit_check import Fault
from scanners.model import Text


class Brought(StrEnum):
    """What bringing in a kit brought."""

    NEW = "new"
    VERSION = "version"
    SAME = "same"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Imported:
    """A kit brought in. `others` are the versions of it that were known."""

    name: str
    title: str
    version: str
    brought: Brought
    others: tuple[KitVersion, ...]


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault of a file, in the reader's language; `key` is empty for the file as a whole."""

    file: str
    key: str
    reason: str


class FaultyKit(Invalid):
    """A zip that is no kit that can be played; `faults` says everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault], lang: str) -> None:
        count = len(faults)
        super().__init__(
            {
                "file": Text(
                    f"Ce kit ne peut pas être importé : {count} point{'s' if count > 1 else ''} à corriger. "
                    "Rien n’a été enregistré.",
                    f"This kit cannot be imported: {count} thing{'s' if count > 1 else ''} to correct. "
                    "Nothing was recorded.",
                )
            }
        )
        self.faults = tuple(
            FaultLine(one.file, "" if one.key == "*" else one.key, one.fr if lang == "fr" else one.en) for one in faults
        )


def import_kit(
    platform: Platform, scope: Scope, establishment_id: int, content: bytes, *, for_all: bool = False
) -> Imported:
    """Bring in the kit of a zip, for this establishment or for all of them.

    FaultyKit with everything that is wrong: nothing is recorded then. Refused when this version is there with another
    content; Forbidden for all by who conducts no exercise everywhere.
    """
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        if for_all and not shares(scope):
            raise Forbidden
        where = None if for_all else place.id
    read = platform.kits.read_exercise(content)
    if not isinstance(read, Bundle):
        raise FaultyKit(read, scope.lang)
    made = _row(platform, scope, where, read)
    with invalid_when_taken("file", _TOGETHER), platform.database.write() as session:
        cards = [one for one in cards_of(platform, session, establishment_id) if one.kit == made.kit]
        others = tuple(one.as_version for one in cards if one.version != made.kit_version)
        there = next((one for one in cards if one.version == made.kit_version and _same_shelf(one, where)), None)
        if there is not None:
            return _again(platform, session, scope, establishment_id, there, read, others)
        session.add(made)
        session.flush()
        _tell(platform, session, scope, "exercise_kit.imported", made)
        brought = Brought.VERSION if others else Brought.NEW
        return Imported(name_of(made), made.title, made.kit_version, brought, others)


def withdraw_kit(platform: Platform, scope: Scope, establishment_id: int, name: str) -> None:
    """Offer a kit brought in no more; exercises made from it keep it. NotFound for one shipped, Forbidden."""
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.RUN_EXERCISE)
        row = brought_in(session, place.id, name, lock=True)
        if row.establishment_id is None and not shares(scope):
            raise Forbidden
        if row.withdrawn_at is None:
            row.withdrawn_at = platform.clock.now()
            _tell(platform, session, scope, "exercise_kit.withdrawn", row)


_TOGETHER = Text(
    "Quelqu’un vient d’importer ce kit : rechargez la bibliothèque.",
    "Somebody has just imported this kit: reload the library.",
)


def _same_shelf(card: KitCard, where: int | None) -> bool:
    """Whether a kit brought in for `where` (None: for all) would stand beside `card` under the same number."""
    return card.shipped or card.for_all or where is not None


def _again(
    platform: Platform,
    session: Session,
    scope: Scope,
    establishment_id: int,
    there: KitCard,
    read: Bundle,
    others: tuple[KitVersion, ...],
) -> Imported:
    """A version that is there already: nothing to do when it says the same, back on the shelf when it was withdrawn."""
    row = None if there.shipped else brought_in(session, establishment_id, there.name, lock=True)
    known = platform.kits.exercises[there.kit] if row is None else bundle_of(platform, row)
    if (known.kit, dict(known.booklets), known.documents) != (read.kit, dict(read.booklets), read.documents):
        raise Refused(
            Text(
                f"La version {there.version} de « {there.title} » est déjà ici, avec un autre contenu : changez le "
                "numéro de version (version: dans kit.yaml), puis importez de nouveau.",
                f"Version {there.version} of “{there.title}” is already here with another content: change its "
                "version number (version: in kit.yaml), then import it again.",
            )
        )
    back = row is not None and row.withdrawn_at is not None
    if row is not None and back:
        row.withdrawn_at = None
        _tell(platform, session, scope, "exercise_kit.imported", row)
    return Imported(there.name, there.title, there.version, Brought.BACK if back else Brought.SAME, others)


def _row(platform: Platform, scope: Scope, where: int | None, bundle: Bundle) -> ExerciseKit:
    kit = bundle.kit
    return ExerciseKit(
        establishment_id=where,
        kit=kit.id,
        kit_version=kit.version,
        title=said(kit.title, words_of(kit, {})),
        content=kit.model_dump(mode="json", by_alias=True),
        booklets={one.value: text for one, text in bundle.booklets.items()},
        documents=kept(platform, bundle),
        imported_at=platform.clock.now(),
        imported_by=scope.actor,
    )


def _tell(platform: Platform, session: Session, scope: Scope, action: str, row: ExerciseKit) -> None:
    detail = {"title": row.title, "kit": row.kit, "kit_version": row.kit_version}
    record(session, scope, action, Thing("exercise_kit", row.id, row.establishment_id), platform.clock.now(), detail)
