"""Naming who holds a function of security, ending it, and saying how many people are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.frameworks import Confidence
from care.domain.governance import MAX_FTE, hundredths
from care.services.action_query import today
from care.services.errors import Invalid, NotFound
from care.services.frameworks.assessing import mark_due
from care.services.frameworks.holders import Holder, seen_holder
from care.services.governance.holding import thing
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import record
from care.services.typed_texts import length_faults, line_of
from care.store.governance import SecurityRole, SizingTarget
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_NAME, MAX_NOTE, MAX_SOURCE = 200, 500, 300
FIELDS: Mapping[str, Text] = {
    "function": Text("la fonction", "the function"),
    "name": Text("la personne nommée", "the person named"),
    "fte": Text("le temps de travail", "the working time"),
    "shared": Text("le partage", "the sharing"),
    "appointed_on": Text("la date de nomination", "the day of appointment"),
    "ended_on": Text("la fin de la fonction", "the end of the function"),
    "note": Text("la remarque", "the note"),
    "source": Text("la source de la cible", "the source of the target"),
    "confidence": Text("le degré de confiance", "how sure the target is"),
}
NO_FTE = Text(
    f"Un nombre d’équivalents temps plein, jusqu’à {MAX_FTE // 100} : 0,5 ou 1. Laissez vide si personne ne le sait.",
    f"A number of full-time equivalents, up to {MAX_FTE // 100}: 0.5 or 1. Leave it empty if nobody knows.",
)


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """A function and who holds it, as typed; an empty `name` is a post to fill, an empty `fte` is unknown."""

    function: str
    name: str = ""
    fte: str = ""
    shared: bool = False
    appointed_on: date | None = None
    ended_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """How many people are wanted, as typed; empty takes the target back."""

    fte: str
    source: str
    confidence: Confidence


def add_role(platform: Platform, scope: Scope, place: Place, draft: RoleDraft) -> int:
    """Name somebody, or open a post; its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        values = _checked(platform, draft)
        row = SecurityRole(holder=holder.key, changed_at=now, changed_by=scope.actor, version=1, **values)
        session.add(row)
        session.flush()
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {"function": row.function, "name": row.name, "version": 1}
        record(session, scope, "security_role.added", thing("security_role", row.id, holder), now, detail)
        return row.id


def change_role(platform: Platform, scope: Scope, place: Place, role_id: int, draft: RoleDraft, version: int) -> None:
    """Correct a role seen at `version`, or end it. NotFound when it is not of that holder."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        row = session.scalars(
            select(SecurityRole)
            .where(SecurityRole.id == role_id, SecurityRole.holder == holder.key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            raise NotFound
        about = thing("security_role", row.id, holder)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        changed = _changed(row, _checked(platform, draft))
        if not changed:
            return
        row.version, row.changed_at, row.changed_by = version + 1, now, scope.actor
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {"fields": ", ".join(changed), "name": row.name, "version": row.version}
        record(session, scope, "security_role.changed", about, now, detail)


def set_target(platform: Platform, scope: Scope, place: Place, function: str, draft: TargetDraft, version: int) -> None:
    """Say how many people a holder wants for a function. Refused when somebody changed it since `version`."""
    now = platform.clock.now()
    with platform.database.write() as session:
        holder = _managed(platform, session, scope, place)
        if function not in platform.kits.governance.functions:
            raise NotFound
        values = _checked_target(draft)
        row = _locked_target(session, scope, holder, function, now)
        about = thing("sizing_target", f"{holder.key}/{function}", holder)
        if row.version != version:
            refuse_stale(platform, session, about, (row.changed_at, row.changed_by), version, FIELDS)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return
        before = row.fte_hundredths
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.changed_at, row.changed_by = version + 1, now, scope.actor
        session.flush()
        mark_due(session, place, now)
        detail: dict[str, Scalar] = {
            "fields": ", ".join("fte" if name == "fte_hundredths" else name for name in changed),
            "before": before,
            "after": row.fte_hundredths,
            "source": row.source,
            "version": row.version,
        }
        record(session, scope, "sizing_target.set", about, now, detail)


def _managed(platform: Platform, session: Session, scope: Scope, place: Place) -> Holder:
    return seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)


def _changed(row: SecurityRole, values: Mapping[str, object]) -> list[str]:
    """Write what differs; the names of what did, as people know them."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return ["fte" if name == "fte_hundredths" else name for name in changed]


def _checked(platform: Platform, draft: RoleDraft) -> dict[str, object]:
    name, note = line_of(draft.name), line_of(draft.note)
    faults = length_faults({"name": (name, MAX_NAME), "note": (note, MAX_NOTE)})
    if draft.function not in platform.kits.governance.functions:
        faults["function"] = Text("Choisissez une fonction de la liste.", "Choose a function of the list.")
    count = _fte(draft.fte, faults)
    if draft.appointed_on and draft.ended_on and draft.ended_on < draft.appointed_on:
        faults["ended_on"] = Text(
            "La fonction finit avant d’avoir commencé : vérifiez les deux dates.",
            "The function ends before it begins: check both days.",
        )
    if not name and (draft.appointed_on or draft.ended_on):
        faults["name"] = Text(
            "Nommez la personne, ou effacez les dates : un poste à pourvoir n’en a pas.",
            "Name the person, or erase the days: a post to fill has none.",
        )
    if faults:
        raise Invalid(faults)
    return {
        "function": draft.function,
        "name": name,
        "fte_hundredths": count,
        "shared": draft.shared,
        "appointed_on": draft.appointed_on,
        "ended_on": draft.ended_on,
        "note": note,
    }


def _fte(words: str, faults: dict[str, Text]) -> int | None:
    if not words.strip():
        return None
    try:
        return hundredths(words)
    except ValueError:
        faults["fte"] = NO_FTE
        return None


def _checked_target(draft: TargetDraft) -> dict[str, object]:
    source = line_of(draft.source)
    faults = length_faults({"source": (source, MAX_SOURCE)})
    count = _fte(draft.fte, faults)
    if draft.fte.strip() and not source:
        faults["source"] = Text(
            "Dites d’où vient cette cible (texte, délibération, choix du groupe…) : sans source, elle ne vaut rien.",
            "Say where this target comes from (text, decision, choice of the group…): without it, it is worth nothing.",
        )
    if faults:
        raise Invalid(faults)
    return {"fte_hundredths": count, "source": source if count is not None else "", "confidence": draft.confidence}


def _locked_target(session: Session, scope: Scope, holder: Holder, function: str, now: datetime) -> SizingTarget:
    blank = {
        "fte_hundredths": None,
        "source": "",
        "confidence": Confidence.OURS,
        "changed_at": now,
        "changed_by": scope.actor,
        "version": 0,
    }
    insert_missing(session, SizingTarget, holder=holder.key, function=function, **blank)
    return session.scalars(
        select(SizingTarget)
        .where(SizingTarget.holder == holder.key, SizingTarget.function == function)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
