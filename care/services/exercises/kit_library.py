"""The library of exercise kits: read, and handed out as zips.

What would give the answers away (what really happened, the stimuli, the booklets of those who conduct) is for those who
conduct exercises there: whoever else reads the library may well play one day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage
from care.domain.exercise_references import reference_name
from care.services.errors import NotFound
from care.services.exercises.kit_shelf import brought_in, bundle_of, name_of, serves, version_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.exercises import ExerciseKit
from exercises.fitting import fitted, said, words_of
from exercises.kit import Booklet, Bundle, Format, Kit, Level


@dataclass(frozen=True, slots=True)
class KitVersion:
    """Another version of a kit: its name here, its number, whether it was shipped."""

    name: str
    version: str
    shipped: bool


@dataclass(frozen=True, slots=True)
class KitCard:
    """A kit of the list. `others` are its other versions, the newest first; `newest` whether it comes before them all.

    `for_all`: every establishment may use it. Who brought it in, and when, is unknown of those shipped.
    """

    name: str
    kit: str
    version: str
    title: str
    summary: str
    level: Level
    format: Format
    duration: int
    audience: str
    cyber_trigger: bool
    degraded_mode: bool
    cells: int
    stimuli: int
    shipped: bool
    for_all: bool
    imported_at: datetime | None
    imported_by: str
    withdrawn_at: datetime | None
    others: tuple[KitVersion, ...] = ()
    newest: bool = True

    @property
    def as_version(self) -> KitVersion:
        """As the others name it."""
        return KitVersion(self.name, self.version, self.shipped)


@dataclass(frozen=True, slots=True)
class KitLibrary:
    """What an establishment may play: the newest version of each kit, by level and duration; what was withdrawn."""

    kits: tuple[KitCard, ...]
    withdrawn: tuple[KitCard, ...]
    may_run: bool
    may_share: bool


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """An objective, and what it helps to prove in the reader's language."""

    text: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KitView:
    """One kit, in its own words. Without `may_run`, it holds no stimulus, no hint and no truth, and only players have a
    booklet. `documents` are names and sizes in bytes; `may_withdraw` is for those brought in.
    """

    card: KitCard
    kit: Kit
    objectives: tuple[ObjectiveLine, ...]
    booklets: tuple[Booklet, ...]
    documents: tuple[tuple[str, int], ...]
    may_run: bool
    may_withdraw: bool


def list_kits(platform: Platform, scope: Scope, establishment_id: int) -> KitLibrary:
    """The kits that an establishment may play. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_EXERCISES)
        cards = cards_of(platform, session, place.id)
        return KitLibrary(
            kits=tuple(one for one in cards if one.withdrawn_at is None and one.newest),
            withdrawn=tuple(one for one in cards if one.withdrawn_at is not None),
            may_run=scope.allows(Right.RUN_EXERCISE, place.lineage),
            may_share=shares(scope),
        )


def open_kit(platform: Platform, scope: Scope, establishment_id: int, name: str) -> KitView:
    """One kit, withdrawn ones included. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_EXERCISES)
        card = next((one for one in cards_of(platform, session, place.id) if one.name == name), None)
        if card is None:
            raise NotFound
        may_run = scope.allows(Right.RUN_EXERCISE, place.lineage)
        kit, documents = _contents(platform, session, place.id, card)
    may_withdraw = may_run and not card.shipped and card.withdrawn_at is None
    return KitView(
        card=card,
        kit=_spoken(kit if may_run else _told_to_all(kit)),
        objectives=tuple(_objective(one.text, one.references, scope.lang) for one in kit.objectives),
        booklets=tuple(Booklet) if may_run else (Booklet.PLAYERS,),
        documents=documents if may_run else (),
        may_run=may_run,
        may_withdraw=may_withdraw and (not card.for_all or shares(scope)),
    )


def kit_booklet(platform: Platform, scope: Scope, establishment_id: int, name: str, booklet: Booklet) -> str:
    """A booklet of a kit (Markdown), in the kit's own words. NotFound, Forbidden."""
    right = Right.SEE_EXERCISES if booklet is Booklet.PLAYERS else Right.RUN_EXERCISE
    bundle = _bundle(platform, scope, establishment_id, name, right)
    return said(bundle.booklets[booklet], words_of(bundle.kit, {}))


def kit_document(platform: Platform, scope: Scope, establishment_id: int, name: str, document: str) -> bytes:
    """A document of a kit, as its author wrote it. NotFound, Forbidden."""
    documents = _bundle(platform, scope, establishment_id, name, Right.RUN_EXERCISE).documents
    found = next((one for one in documents if one.name == document), None)
    if found is None:
        raise NotFound
    return found.content


def export_kit(platform: Platform, scope: Scope, establishment_id: int, name: str) -> tuple[str, bytes]:
    """A kit as a zip that any installation takes in: the name of the file, its bytes. NotFound, Forbidden."""
    bundle = _bundle(platform, scope, establishment_id, name, Right.RUN_EXERCISE)
    return f"{bundle.kit.id}-{bundle.kit.version}.zip", platform.kits.write_exercise(bundle)


def shares(scope: Scope) -> bool:
    """Whether this person conducts exercises everywhere, and so brings in kits for all."""
    return scope.allows(Right.RUN_EXERCISE, lineage())


def cards_of(platform: Platform, session: Session, establishment_id: int) -> list[KitCard]:
    """Every kit an establishment may see, each with its other versions; easiest and shortest first."""
    shipped = [_card(one.kit, one.kit.id) for one in platform.kits.exercises.values()]
    rows = session.scalars(select(ExerciseKit).where(serves(establishment_id)).order_by(ExerciseKit.id))
    cards = [*shipped, *(_card_of(row) for row in rows)]
    levels = list(Level)
    cards.sort(key=lambda one: (levels.index(one.level), one.duration, one.title.casefold(), one.name))
    return [_among(one, cards) for one in cards]


def _card_of(row: ExerciseKit) -> KitCard:
    card = _card(Kit.model_validate(row.content), name_of(row))
    return replace(
        card,
        shipped=False,
        for_all=row.establishment_id is None,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        withdrawn_at=row.withdrawn_at,
    )


def _card(kit: Kit, name: str) -> KitCard:
    words = words_of(kit, {})
    return KitCard(
        name=name,
        kit=kit.id,
        version=kit.version,
        title=said(kit.title, words),
        summary=said(kit.summary, words),
        level=kit.level,
        format=kit.format,
        duration=kit.duration,
        audience=kit.audience,
        cyber_trigger=kit.cyber_trigger,
        degraded_mode=kit.degraded_mode,
        cells=len(kit.cells),
        stimuli=sum(not one.reserve for one in kit.stimuli),
        shipped=True,
        for_all=True,
        imported_at=None,
        imported_by="",
        withdrawn_at=None,
    )


def _among(card: KitCard, cards: Iterable[KitCard]) -> KitCard:
    offered = [one for one in cards if one.kit == card.kit and one.withdrawn_at is None and one.name != card.name]
    offered.sort(key=_newness, reverse=True)
    newest = not any(_newness(one) > _newness(card) for one in offered)
    return replace(card, others=tuple(one.as_version for one in offered), newest=newest)


def _newness(card: KitCard) -> tuple[tuple[int, ...], bool, str]:
    """Later versions are newer; of one version, that of the house rather than that for all, then that shipped."""
    return (version_of(card.version), not card.shipped, card.name)


def _contents(
    platform: Platform, session: Session, establishment_id: int, card: KitCard
) -> tuple[Kit, tuple[tuple[str, int], ...]]:
    if card.shipped:
        bundle = platform.kits.exercises[card.kit]
        return bundle.kit, tuple((one.name, len(one.content)) for one in bundle.documents)
    row = brought_in(session, establishment_id, card.name)
    return Kit.model_validate(row.content), tuple((one["name"], one["size"]) for one in row.documents)


def _bundle(platform: Platform, scope: Scope, establishment_id: int, name: str, right: Right) -> Bundle:
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, right)
        shipped = platform.kits.exercises.get(name)
        return shipped or bundle_of(platform, brought_in(session, place.id, name))


def _told_to_all(kit: Kit) -> Kit:
    """A kit without what gives its answers away."""
    scenario = kit.scenario.model_copy(update={"truth": "–"})
    return kit.model_copy(update={"scenario": scenario, "stimuli": (), "decisions": (), "observation": ()})


def _spoken(kit: Kit) -> Kit:
    """A kit as it reads before anybody chose words: its own stand for its variables, which it keeps."""
    return fitted(kit, {}).model_copy(update={"variables": kit.variables})


def _objective(text: str, references: Iterable[str], lang: str) -> ObjectiveLine:
    return ObjectiveLine(text, tuple(reference_name(one).render(lang) for one in references))
