"""What a supplier says of its accesses, beside what the register holds and what was measured; reviews of owners. Pure.

Only what both sides know is compared: nothing said is no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from care.domain.supplier_questions import ASKED, Asked, AskedKind
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


MAX_LINES, MAX_NAME, MAX_TEXT = 50, 100, 300
"""Bounds of what a stranger may send: those of the register."""
YES, NO = "yes", "no"


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
    """A finding about an account of a list or of a gateway, or about the interventions of a company (`company`): the
    rule, whom, the number of the finding."""

    rule: str
    account: str
    finding_id: int
    company: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A question, what the register holds (None: nothing), what was said, what says otherwise: findings, measures."""

    asked: Asked
    held: Any
    said: Any
    against: tuple[Fault, ...] = ()
    measured: tuple[Text, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether both sides know, and disagree."""
        return self.held is not None and self.said is not None and _plain(self.held) != _plain(self.said)

    @property
    def contradicted(self) -> bool:
        """Whether what was said is not what was measured."""
        return bool(self.against or self.measured)


BELIED: Mapping[str, frozenset[str]] = {
    "second_factor": frozenset(
        {"remote_access.single_factor", "remote_access.second_factor_optional", "remote_access.listed_single_factor"}
    ),
    "on_demand": frozenset({"remote_access.listed_open_without_ticket", "remote_access.session_without_ticket"}),
    "report_clause": frozenset({"remote_access.intervention_without_report"}),
}
"""Rules whose finding about an account, or about the interventions of a company, belies a yes said of it."""


def compared(
    held: Mapping[str, Any],
    said: Mapping[str, Any],
    faults: Sequence[Fault],
    measured: Mapping[str, tuple[Text, ...]] | None = None,
) -> tuple[Compared, ...]:
    """Every question asked about one access, with both sides. `faults` are those of its accounts, in either list;
    `measured` what belies each answer besides, by question."""
    known = tuple(
        _one(asked, held.get(asked.name), said.get(asked.name), faults, (measured or {}).get(asked.name, ()))
        for asked in ASKED
    )
    return tuple(one for one in known if one.held is not None or one.said is not None)


def _one(
    asked: Asked,
    held: Any,  # noqa: ANN401 - a value of JSON
    said: Any,  # noqa: ANN401 - the same
    faults: Sequence[Fault],
    measured: tuple[Text, ...],
) -> Compared:
    held = None if held in ("", [], ()) else held
    against = tuple(_against(asked.name, faults)) if said is True else ()
    return Compared(asked, held, said, against, measured)


def _against(name: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    return (fault for fault in faults if fault.rule in BELIED.get(name, ()))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of JSON
    """Lists without order, texts without case."""
    if isinstance(value, list | tuple):
        return sorted(str(one).casefold() for one in value)
    return value.casefold() if isinstance(value, str) else value
