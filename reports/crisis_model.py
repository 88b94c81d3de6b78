"""What a crisis pack says: frozen values, texts already in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from reports.degraded_mode import DegradedMode
from reports.words import Lang


@dataclass(frozen=True, slots=True)
class PackContact:
    """Somebody to call; `lead` heads the cell. `fallback` does not need the establishment's telephones."""

    function: str
    name: str = ""
    organisation: str = ""
    phone: str = ""
    fallback: str = ""
    mail: str = ""
    deputy: str = ""
    note: str = ""
    lead: bool = False


@dataclass(frozen=True, slots=True)
class PackCell:
    """A cell and its people, its head first."""

    name: str
    contacts: tuple[PackContact, ...]


@dataclass(frozen=True, slots=True)
class PaperKitLine:
    """What waits on paper, and where."""

    name: str
    place: str
    owner: str
    autonomy: str = ""


@dataclass(frozen=True, slots=True)
class PackMode(DegradedMode):
    """A degraded mode in force, what it covers and the kits of its activity."""

    owner: str = ""
    version: str = ""
    covers: tuple[str, ...] = ()
    kits: tuple[PaperKitLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RestartLine:
    """One restart: `urgency` says for whom and how soon, `after` what must be up before."""

    number: int
    name: str
    kind: str
    urgency: str
    after: tuple[str, ...]
    takes: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class CutLine:
    """A door to shut: who comes in, how, and how to shut it. `lost`: nobody, or no way, is known to shut it."""

    supplier: str
    access: str
    cut: str
    contact: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An activity: how much it matters, who answers for it, how long it may stop."""

    name: str
    criticality: str
    owner: str
    dmia: str
    modes: int


@dataclass(frozen=True, slots=True)
class DutyLimit:
    """One thing to send; `limit` in words, `until` the day and hour when detection is known."""

    label: str
    limit: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class PackDuty:
    """A duty to declare. `doubt` says that it is to be confirmed, "" when it was read in the text."""

    title: str
    authority: str
    who: str
    what: str
    where: str
    steps: tuple[DutyLimit, ...]
    needs: tuple[str, ...]
    source: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class PaperField:
    """A field to fill on paper; `kind` is line, lines or boxes."""

    label: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstLine:
    """Something to do in the first hour."""

    until: str
    who: str
    do: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """Words to read on the telephone."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CrisisPack:
    """A crisis pack of one establishment. `made_at` is aware, in the reader's zone; after `expires_on` it is outdated.

    `restart_note` says what the order supposes; `cuts_note` what the list of accesses leaves out.
    """

    lang: Lang
    establishment: str
    finess: str
    made_at: datetime
    expires_on: date | None
    cells: tuple[PackCell, ...] = ()
    modes: tuple[PackMode, ...] = ()
    restart: tuple[RestartLine, ...] = ()
    restart_note: str = ""
    cuts: tuple[CutLine, ...] = ()
    cuts_note: str = ""
    activities: tuple[ActivityLine, ...] = ()
    duties: tuple[PackDuty, ...] = ()
    detected: str = ""
    form: tuple[PaperField, ...] = ()
    first_hour: tuple[FirstLine, ...] = ()
    messages: tuple[MessageLine, ...] = ()

    @property
    def contacts(self) -> Iterator[PackContact]:
        """Everyone, cell after cell."""
        return (contact for cell in self.cells for contact in cell.contacts)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """An item of a checklist and its answer; `state` is one of yes, in_progress, no, not_applicable, "" for none."""

    text: str
    why: str
    refs: tuple[str, ...]
    state: str
    state_name: str
    note: str


@dataclass(frozen=True, slots=True)
class CheckPart:
    """Some items under one title."""

    title: str
    intro: str
    lines: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """A checklist of one establishment, to print. `progress` is a sentence."""

    lang: Lang
    establishment: str
    finess: str
    made_at: datetime
    title: str
    origin: str
    progress: str
    parts: tuple[CheckPart, ...]
