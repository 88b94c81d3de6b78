"""What a supplier says of its accesses, beside what the register holds and what was measured; reviews of owners. Pure.

Only what both sides know is compared: nothing said is no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from care.domain.remote_access import TECHNOLOGIES
from scanners.model import Text


class LinkKind(StrEnum):
    """Whom a link is for."""

    SUPPLIER = "supplier"
    OWNER = "owner"


class ReviewVerdict(StrEnum):
    """What the owner of an access decides of it."""

    CONFIRMED = "confirmed"
    CHANGED = "changed"
    REVOKED = "revoked"


REVIEW_VERDICTS: Mapping[ReviewVerdict, Text] = {
    ReviewVerdict.CONFIRMED: Text("Confirmé", "Confirmed"),
    ReviewVerdict.CHANGED: Text("Confirmé, à corriger", "Confirmed, to correct"),
    ReviewVerdict.REVOKED: Text("À fermer", "To close"),
}


class AskedKind(StrEnum):
    """How an answer is written."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    LINES = "lines"
    TEXT = "text"
    DAY = "day"


MAX_LINES, MAX_NAME, MAX_TEXT = 50, 100, 300
"""Bounds of what a stranger may send: those of the register."""
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a supplier about one access; `name` is a column of the register."""

    name: str
    kind: AskedKind
    title: Text
    help: Text = Text("", "")  # noqa: RUF009 - frozen
    choices: Mapping[str, Text] | None = None


ASKED: tuple[Asked, ...] = (
    Asked(
        "technology",
        AskedKind.CHOICE,
        Text("Par quoi entrez-vous ?", "By what do you come in?"),
        choices={one.value: words for one, words in TECHNOLOGIES.items()},
    ),
    Asked(
        "accounts",
        AskedKind.LINES,
        Text("Comptes utilisés", "Accounts used"),
        Text("Un par ligne. Jamais de mot de passe.", "One a line. Never a password."),
    ),
    Asked(
        "sources",
        AskedKind.LINES,
        Text("Adresses d’où vous venez", "Addresses you come from"),
        Text("Adresses ou réseaux publics, un par ligne.", "Public addresses or networks, one a line."),
    ),
    Asked("second_factor", AskedKind.YES_NO, Text("Un second facteur est demandé", "A second factor is asked for")),
    Asked(
        "on_demand",
        AskedKind.YES_NO,
        Text("L’accès n’est ouvert que le temps d’une intervention", "The access is open during interventions only"),
    ),
    Asked(
        "report_clause",
        AskedKind.YES_NO,
        Text("Un compte rendu suit chaque intervention", "A report follows each intervention"),
    ),
    Asked(
        "level",
        AskedKind.CHOICE,
        Text("Palier tenu (guide PGSSI-S)", "Level kept (PGSSI-S guide)"),
        Text(
            "Règles d’intervention à distance : palier 1, intermédiaire, ou palier 2, supérieur.",
            "Rules of remote intervention: level 1, intermediate, or level 2, higher.",
        ),
        {"1": Text("Palier 1", "Level 1"), "2": Text("Palier 2", "Level 2")},
    ),
    Asked(
        "attested_on",
        AskedKind.DAY,
        Text("Conformité annuelle remise le", "Yearly compliance handed over on"),
        Text("Référentiel PAMS ou équivalent.", "PAMS referential or equivalent."),
    ),
    Asked(
        "emergency_contact",
        AskedKind.TEXT,
        Text("Qui appeler pour couper l’accès, à toute heure", "Whom to call to cut the access, at any hour"),
    ),
)
BY_NAME: Mapping[str, Asked] = {one.name: one for one in ASKED}

_NOT_OFFERED = Text("Choisissez une des réponses proposées.", "Choose one of the answers offered.")
_NO_DAY = Text("Une date est attendue, comme 2026-03-12.", "A date is expected, like 2026-03-12.")
_TOO_LONG = Text(
    f"Réponse trop longue : {MAX_LINES} lignes de {MAX_NAME} signes au plus.",
    f"Answer too long: at most {MAX_LINES} lines of {MAX_NAME} characters.",
)
_TO_COME = Text("Cette date est à venir.", "This day is to come.")


class AnswerError(ValueError):
    """What was typed cannot be understood; `text` is shown to people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def read_answer(asked: Asked, typed: str, today: date) -> Any:  # noqa: ANN401 - as `kind` says
    """What was typed, cleaned beforehand, as the register's column holds it in JSON: None when nothing was said.

    AnswerError when it cannot be understood, or tells of a day to come.
    """
    text = typed.strip()
    if not text:
        return None
    if len(text) > MAX_LINES * MAX_TEXT:
        raise AnswerError(_TOO_LONG)
    if asked.kind is AskedKind.DAY:
        return _day(text, today)
    return _READERS[asked.kind](asked, text)


def _yes_no(_asked: Asked, text: str) -> bool:
    if text not in (YES, NO):
        raise AnswerError(_NOT_OFFERED)
    return text == YES


def _choice(asked: Asked, text: str) -> str | int:
    if text not in (asked.choices or {}):
        raise AnswerError(_NOT_OFFERED)
    return int(text) if text.isdecimal() else text


def _lines(_asked: Asked, text: str) -> list[str]:
    lines = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))
    if len(lines) > MAX_LINES or any(len(line) > MAX_NAME for line in lines):
        raise AnswerError(_TOO_LONG)
    return lines


def _text(_asked: Asked, text: str) -> str:
    line = " ".join(text.split())
    if len(line) > MAX_TEXT:
        raise AnswerError(_TOO_LONG)
    return line


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise AnswerError(_NO_DAY) from error
    if day > today:
        raise AnswerError(_TO_COME)
    return day.isoformat()


_READERS = {
    AskedKind.YES_NO: _yes_no,
    AskedKind.CHOICE: _choice,
    AskedKind.LINES: _lines,
    AskedKind.TEXT: _text,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """An open finding about an account of a gateway: the rule, the account, the number of the finding."""

    rule: str
    account: str
    finding_id: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A question, what the register holds (None: nothing), what was said, and the findings that say otherwise."""

    asked: Asked
    held: Any
    said: Any
    against: tuple[Fault, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether both sides know, and disagree."""
        return self.held is not None and self.said is not None and _plain(self.held) != _plain(self.said)

    @property
    def contradicted(self) -> bool:
        """Whether what was said is not what was measured."""
        return bool(self.against)


BELIED: Mapping[str, frozenset[str]] = {
    "second_factor": frozenset(
        {"remote_access.single_factor", "remote_access.second_factor_optional", "remote_access.listed_single_factor"}
    ),
    "on_demand": frozenset({"remote_access.listed_open_without_ticket"}),
}
"""Rules whose finding about an account belies a yes said of it."""


def compared(held: Mapping[str, Any], said: Mapping[str, Any], faults: Sequence[Fault]) -> tuple[Compared, ...]:
    """Every question asked about one access, with both sides. `faults` are those of its accounts, in either list."""
    known = tuple(_one(asked, held.get(asked.name), said.get(asked.name), faults) for asked in ASKED)
    return tuple(one for one in known if one.held is not None or one.said is not None)


def _one(asked: Asked, held: Any, said: Any, faults: Sequence[Fault]) -> Compared:  # noqa: ANN401 - values of JSON
    held = None if held in ("", [], ()) else held
    against = tuple(_against(asked.name, faults)) if said is True else ()
    return Compared(asked, held, said, against)


def _against(name: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    return (fault for fault in faults if fault.rule in BELIED.get(name, ()))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    """Lists without order, texts without case."""
    if isinstance(value, list | tuple):
        return sorted(str(one).casefold() for one in value)
    return value.casefold() if isinstance(value, str) else value
