"""The crisis organisation: who is missing in its cells, duties to declare, checklists, what a crisis starts with. Pure.

Texts of the kit are ours. What a law or a guide asks carries its source and how sure we are of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from care.domain.continuity import CELL_KINDS, CellKind
from scanners.model import Text

STALE_AFTER = timedelta(days=183)
"""A number that nobody has tried for six months is no longer relied on: our choice."""
FIRST_CHECK = timedelta(days=30)
"""A number just typed in is to be tried within a month: our choice."""
CELLS = tuple(cell for cell in CellKind if cell is not CellKind.NONE)
"""The cells that a crisis organisation has to staff."""


class Confidence(StrEnum):
    """How sure we are of what a duty says."""

    READ = "read"
    TO_CONFIRM = "to_confirm"


CONFIDENCES: Mapping[Confidence, Text] = {
    Confidence.READ: Text("Lu dans le texte", "Read in the text"),
    Confidence.TO_CONFIRM: Text("À confirmer", "To be confirmed"),
}


@dataclass(frozen=True, slots=True)
class DutyStep:
    """One thing to send; `minutes` after detection at the latest, None for “without delay”."""

    label: Text
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty to declare an incident: who, what, when, where, what to have at hand, and the text that asks for it."""

    id: str
    title: Text
    authority: Text
    who: Text
    what: Text
    where: Text
    steps: tuple[DutyStep, ...]
    needs: tuple[Text, ...]
    source: Text
    confidence: Confidence


class FieldKind(StrEnum):
    """How a field of a paper form is filled: a line, several lines, or boxes to tick."""

    LINE = "line"
    LINES = "lines"
    BOXES = "boxes"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the incident form that is filled on paper. `options` are the boxes to tick."""

    label: Text
    kind: FieldKind
    options: tuple[Text, ...] = ()


class ItemState(StrEnum):
    """Where an establishment stands on one item of a checklist."""

    YES = "yes"
    IN_PROGRESS = "in_progress"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


ITEM_STATES: Mapping[ItemState, Text] = {
    ItemState.YES: Text("Oui", "Yes"),
    ItemState.IN_PROGRESS: Text("En cours", "In progress"),
    ItemState.NO: Text("Non", "No"),
    ItemState.NOT_APPLICABLE: Text("Sans objet", "Not applicable"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to have in place, why, and the requirements it serves (`care-d2:O1.B`)."""

    id: str
    text: Text
    why: Text
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Some items under one title."""

    id: str
    title: Text
    intro: Text
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist of a kit; `origin` says whose words they are."""

    id: str
    title: Text
    origin: Text
    parts: tuple[Part, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in order."""
        return tuple(item for part in self.parts for item in part.items)


@dataclass(frozen=True, slots=True)
class CellFunction:
    """A function that a cell usually holds, its head first: a start, not a rule."""

    cell: CellKind
    function: Text


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Something to do in the first hour, by whom; `until` is when it should be done (`H + 10 min`)."""

    until: Text
    who: Text
    do: Text


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """Words to read on the telephone: to whom, what; blanks are between square brackets."""

    title: Text
    text: Text


@dataclass(frozen=True, slots=True)
class CrisisKit:
    """Everything the crisis kit ships."""

    duties: tuple[Duty, ...]
    form: tuple[FormField, ...]
    checklist: Checklist
    functions: tuple[CellFunction, ...]
    first_hour: tuple[FirstStep, ...]
    messages: tuple[PhoneMessage, ...]


class PackWhy(StrEnum):
    """What had a crisis pack made."""

    FIRST = "first"
    WEEK = "week"
    CHANGE = "change"
    HAND = "hand"


PACK_EVERY = timedelta(days=7)
"""A pack is made anew every week, changed or not."""
CALM = timedelta(minutes=10)
"""After a change, nothing is made before so long without another: people correct several things in a row."""
MOST_PATIENT = timedelta(hours=2)
"""Changes that never stop hold a new pack up for so long at most."""


@dataclass(frozen=True, slots=True)
class Changes:
    """When things were written since the last pack: the first and the last time."""

    first: datetime
    last: datetime


def pack_due(made_at: datetime | None, changes: Changes | None, now: datetime) -> PackWhy | None:
    """Why a new pack may be due, None while it is not; whether the content really changed is then to be looked at."""
    settled = changes is None or now - changes.last >= CALM or now - changes.first >= MOST_PATIENT
    if not settled:
        return None
    if made_at is None:
        return PackWhy.FIRST
    if now - made_at >= PACK_EVERY:
        return PackWhy.WEEK
    return PackWhy.CHANGE if changes is not None else None


class Lack(StrEnum):
    """What a directory of crisis may lack."""

    CELL = "cell"
    NAME = "name"
    PHONE = "phone"
    FALLBACK = "fallback"
    DEPUTY = "deputy"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is looked at in a contact. `lead` is the first of its cell: it heads it."""

    cell: CellKind
    function: str
    lead: bool = False
    named: bool = True
    phone: bool = True
    fallback: bool = True
    deputy: bool = True
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing in the directory, said in a sentence. `position` is the contact's place in the list given."""

    lack: Lack
    cell: CellKind
    text: Text
    position: int | None = None


def directory_gaps(contacts: Sequence[ContactFacts], today: date) -> tuple[Gap, ...]:
    """What is missing, cell after cell: empty cells, nobody named, no telephone, no fallback, no deputy, no check."""
    staffed = {contact.cell for contact in contacts}
    gaps = [Gap(Lack.CELL, cell, _empty(cell)) for cell in CELLS if cell not in staffed]
    for position, contact in enumerate(contacts):
        gaps += [Gap(lack, contact.cell, text, position) for lack, text in _contact_gaps(contact, today)]
    order = list(CellKind)
    return tuple(sorted(gaps, key=lambda gap: (order.index(gap.cell), -1 if gap.position is None else gap.position)))


def _empty(cell: CellKind) -> Text:
    name = CELL_KINDS[cell]
    return Text(f"{name.fr} : aucune fonction n’est prévue.", f"{name.en}: no function is planned.")


def _contact_gaps(contact: ContactFacts, today: date) -> Iterable[tuple[Lack, Text]]:
    """Contacts outside the cells need a telephone and a check; the rest concerns people of the establishment."""
    called, inside = contact.function, contact.cell is not CellKind.NONE
    if inside and not contact.named:
        if contact.lead:
            cell = CELL_KINDS[contact.cell]
            yield (
                Lack.NAME,
                Text(f"{cell.fr} sans responsable : {called}.", f"{cell.en} without a head: {called}."),
            )
        else:
            yield Lack.NAME, Text(f"Personne n’est désigné : {called}.", f"Nobody is appointed: {called}.")
        return
    if not (contact.phone or contact.fallback):
        yield Lack.PHONE, Text(f"Aucun numéro : {called}.", f"No number: {called}.")
    elif inside and not contact.fallback:
        yield (
            Lack.FALLBACK,
            Text(
                f"Pas de numéro de secours hors du téléphone de l’établissement : {called}.",
                f"No fallback number outside the establishment’s telephones: {called}.",
            ),
        )
    if contact.lead and inside and not contact.deputy:
        yield Lack.DEPUTY, Text(f"Pas de suppléant : {called}.", f"No deputy: {called}.")
    if check_due(contact.checked_on, today) is not None:
        yield Lack.CHECK, _unchecked(contact)


def _unchecked(contact: ContactFacts) -> Text:
    if contact.checked_on is None:
        return Text(f"Numéro jamais vérifié : {contact.function}.", f"Number never checked: {contact.function}.")
    return Text(
        f"Numéro non vérifié depuis plus de six mois : {contact.function}.",
        f"Number not checked for more than six months: {contact.function}.",
    )


def check_due(checked_on: date | None, today: date) -> date | None:
    """The day a check became due, None while the last one still holds; `today` when there never was one."""
    if checked_on is None:
        return today
    due = checked_on + STALE_AFTER
    return due if due < today else None


def number_check(checked_on: date | None, typed_on: date) -> date:
    """The day until which a number should be tried: six months after the last time, a month after it was typed in."""
    return typed_on + FIRST_CHECK if checked_on is None else checked_on + STALE_AFTER


def time_limit(detected_at: datetime, step: DutyStep) -> datetime | None:
    """Until when a step must be done; hours run day and night, weekends included. None for “without delay”."""
    if step.minutes is None:
        return None
    # Added in UTC: on a wall clock, the night when clocks change would move the limit by an hour.
    limit = detected_at.astimezone(UTC) + timedelta(minutes=step.minutes)
    return limit.astimezone(detected_at.tzinfo)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a checklist is: items by answer, those without one under None; `share` in percent, rounded down.

    Items that do not apply count neither as done nor as missing.
    """

    counts: Mapping[ItemState | None, int]

    @property
    def share(self) -> int:
        """Items answered yes among those that apply."""
        asked = sum(self.counts.values()) - self.counts.get(ItemState.NOT_APPLICABLE, 0)
        return 100 * self.counts.get(ItemState.YES, 0) // asked if asked else 100


def progress_of(states: Iterable[ItemState | None]) -> Progress:
    """The progress of items in these states."""
    counts: dict[ItemState | None, int] = dict.fromkeys((*ItemState, None), 0)
    for state in states:
        counts[state] += 1
    return Progress(counts)
