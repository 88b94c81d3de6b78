"""The register of isolation drills: the “red button” that cuts backups off, tried, timed, and what did not go well.

Nothing is deleted: a drill written down by mistake is withdrawn and counts for nothing. The last is handed to audits
with the plan (SAV-22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.durations import YEAR
from care.domain.node_names import folded
from care.services.errors import Invalid
from care.services.register_files import Column, Kind, RegisterSort
from care.services.register_keeping import Register
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.backups import IsolationDrill
from scanners.model import Text

EVERY = timedelta(days=365)
"""The threshold of SAV-22: our choice, no official age was found."""
MAX_PEOPLE, MAX_CUT, MOST = 300, 2_000, 500
_EARLIEST = date(2000, 1, 1)
_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_SPAN = Text("Entre 0 et 1 an.", "Between 0 and 1 year.")


@dataclass(frozen=True, slots=True)
class IsolationDraft:
    """A drill as typed in. Minutes are None when nobody timed them; `gaps` holds one gap a line."""

    held_on: date | None
    people: str
    cut: str
    isolated: bool | None
    cut_minutes: int | None = None
    back_minutes: int | None = None
    gaps: str = ""
    note: str = ""


def cleaned_drill(draft: IsolationDraft, day: date) -> IsolationDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    draft = replace(
        draft,
        people=line_of(draft.people),
        cut=lines_of(draft.cut),
        gaps=lines_of(draft.gaps),
        note=lines_of(draft.note),
    )
    faults = length_faults(
        {"people": (draft.people, MAX_PEOPLE), "cut": (draft.cut, MAX_CUT)}
        | {"gaps": (draft.gaps, MAX_TEXT), "note": (draft.note, MAX_TEXT)}
    )
    faults |= {name: _NEEDED for name in ("held_on", "people", "cut") if not getattr(draft, name)}
    if draft.isolated is None:
        faults["isolated"] = _NEEDED
    if draft.held_on and draft.held_on > day:
        faults["held_on"] = Text("Cette date est à venir.", "This day is to come.")
    elif draft.held_on and draft.held_on < _EARLIEST:
        faults["held_on"] = Text("Vérifiez l’année.", "Check the year.")
    for name in ("cut_minutes", "back_minutes"):
        minutes = getattr(draft, name)
        if minutes is not None and not 0 <= minutes <= YEAR:
            faults[name] = _SPAN
    if faults:
        raise Invalid(faults)
    return draft


def last_of(rows: Iterable[IsolationDrill]) -> IsolationDrill | None:
    """The drill that tells: the last one; of two on one day, the one that failed."""
    return max((row for row in rows if row.ended_on is None), key=_telling, default=None)


def _telling(row: IsolationDrill) -> tuple[date, bool, int]:
    return row.held_on, not row.isolated, row.id


def due_on(row: IsolationDrill) -> date:
    """When the next one is due: a year after a success, at once after a failure."""
    return row.held_on + EVERY if row.isolated else row.held_on


def with_isolation(session: Session, establishment_id: int, plan: Mapping[str, Any]) -> dict[str, Any]:
    """A backup plan with the last drill of the register, unless what is written in the plan says more."""
    query = select(IsolationDrill).where(IsolationDrill.establishment_id == establishment_id)
    row, written = last_of(session.scalars(query)), plan.get("isolation")
    if row is None:
        return dict(plan)
    day = row.held_on.isoformat()
    if isinstance(written, Mapping) and (str(written.get("date", "")), not written.get("success")) > (
        day,
        not row.isolated,
    ):
        return dict(plan)
    return {**plan, "isolation": {"date": day, "success": row.isolated}}


ISOLATIONS: Register[IsolationDrill, IsolationDraft] = Register(
    table=IsolationDrill,
    draft=IsolationDraft,
    sort=RegisterSort(
        columns=(
            Column("held_on", Text("Date", "Date"), Kind.DAY),
            Column("people", Text("Qui l’a mené", "Who led it")),
            Column("cut", Text("Ce qui a été coupé", "What was cut")),
            Column("isolated", Text("Sauvegardes isolées", "Backups isolated"), Kind.YES_NO),
            Column("cut_minutes", Text("Minutes jusqu’à la coupure", "Minutes until cut off"), Kind.SPAN),
            Column("back_minutes", Text("Minutes jusqu’au retour", "Minutes until back"), Kind.SPAN),
            Column("gaps", Text("Écarts", "Gaps")),
            Column("note", Text("Remarques", "Notes")),
        ),
        needed=("held_on", "people", "cut", "isolated"),
        empty=IsolationDraft(None, "", "", None),
        cleaned=cleaned_drill,
        called=lambda draft: str(draft.held_on or ""),
        key=lambda draft: (str(draft.held_on), folded(draft.cut)),
        most=MOST,
    ),
    word="isolation_drill",
    named_by="cut",
    title=Text("Exercices d’isolement des sauvegardes", "Backup isolation drills"),
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
)
