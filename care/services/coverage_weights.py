"""What people say of a candidate for the 66 % rule: the weight of each unit with its origin, and the declaration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.eligibility import PHASE_START
from care.domain.share_rule import weight_of
from care.services.action_query import today
from care.services.coverage_candidates import candidate, has_file, units_of
from care.services.errors import Invalid, Refused
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.continuity import CandidatePhase, UnitWeight
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_WEIGHT, MAX_ORIGIN = 32, 300
LATEST = date(2100, 1, 1)
_FIELDS: Mapping[str, Text] = {
    "weight": Text("le poids d’une unité", "the weight of a unit"),
    "origin": Text("l’origine d’un poids", "the origin of a weight"),
    "declared_on": Text("la date de déclaration", "the date of the declaration"),
}


@dataclass(frozen=True, slots=True)
class WeightDraft:
    """The weight of one unit as typed, seen at `version` (0 when nobody had typed one). Empty: unknown."""

    unit: str
    weight: str
    origin: str
    version: int


def set_weights(platform: Platform, scope: Scope, place: Place, drafts: Sequence[WeightDraft]) -> int:
    """Keep the weights that changed, all or none, and return how many.

    Invalid names each field (`weight-<unit>`, `origin-<unit>`); Refused when somebody changed one of them since.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        sites = candidate(session, scope, place, Right.MANAGE_CONTINUITY)
        units = {one.key: one.name for one in units_of(session, place, sites, PHASE_START, today(platform))}
        cleaned = [WeightDraft(one.unit, one.weight.strip(), line_of(one.origin), one.version) for one in drafts]
        if faults := _faults(cleaned, units):
            raise Invalid(faults)
        changed = [one for one in cleaned if _differs(session, place, one)]
        for one in sorted(changed, key=lambda draft: draft.unit):
            row = _locked(platform, session, scope, place, one)
            row.weight, row.origin = one.weight, one.origin
            row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
            session.flush()
        for one in changed:
            detail: dict[str, Scalar] = {
                "unit": units[one.unit],
                "weight": one.weight,
                "origin": one.origin,
                "fields": "weight, origin",
                "version": one.version + 1,
            }
            record(session, scope, "unit_weight.set", _thing(place, one.unit), now, detail)
        return len(changed)


def set_declared(platform: Platform, scope: Scope, place: Place, declared_on: date | None, version: int) -> None:
    """Say when the candidate declared: the end of its operational phase. None leaves the phase open.

    Refused for a candidate that has an application file: the file says it (`application_files.moving`).
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        candidate(session, scope, place, Right.MANAGE_CONTINUITY)
        if declared_on is not None and not PHASE_START <= declared_on <= LATEST:
            raise Invalid(
                {
                    "declared_on": Text(
                        f"La phase a commencé le {PHASE_START:%d/%m/%Y} : donnez un jour à partir de là.",
                        f"The phase began on {PHASE_START}: give a day from then on.",
                    )
                }
            )
        key = place.key
        if has_file(session, place):
            raise Refused(BY_FILE)
        insert_missing(session, CandidatePhase, candidate=key, changed_at=now, changed_by=scope.actor, version=0)
        row = session.scalars(
            select(CandidatePhase)
            .where(CandidatePhase.candidate == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        thing = Thing("candidate_phase", key)
        if row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _FIELDS)
        row.declared_on, row.version = declared_on, version + 1
        row.changed_at, row.changed_by = now, scope.actor
        said = declared_on.isoformat() if declared_on else ""
        detail: dict[str, Scalar] = {"declared_on": said, "fields": "declared_on", "version": row.version}
        record(session, scope, "candidate_phase.set", thing, now, detail)


BY_FILE = Text(
    "Le dossier « Domaine 2 – Stratégie de continuité et de reprise d’activité » de ce candidat dit quand il a "
    "déclaré : c’est là que cette date se note et se corrige.",
    "The file “Domain 2 – Continuity and recovery strategy” of this candidate says when it declared: this date is "
    "written and corrected there.",
)


def _faults(drafts: Sequence[WeightDraft], units: Collection[str]) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    for one in drafts:
        if one.unit not in units:
            faults["units"] = Text(
                "Une unité n’est plus dans ce candidat : rechargez la page.",
                "A unit is no longer in this candidate: reload the page.",
            )
        if one.weight and not _is_weight(one.weight):
            faults[f"weight-{one.unit}"] = _NO_NUMBER
        if one.weight and not one.origin:
            faults[f"origin-{one.unit}"] = _NO_ORIGIN
        elif len(one.origin) > MAX_ORIGIN:
            faults[f"origin-{one.unit}"] = Text(f"{MAX_ORIGIN} signes au plus.", f"At most {MAX_ORIGIN} characters.")
    return faults


_NO_NUMBER = Text(
    "Un nombre positif, zéro compris : 12 500 ou 0,5. Laissez vide si personne ne le sait.",
    "A number, zero included: 12500 or 0.5. Leave it empty if nobody knows.",
)
_NO_ORIGIN = Text(
    "Dites d’où vient ce chiffre (SAE 2025, PMSI, dossier de candidature…) : sans origine, il ne prouve rien.",
    "Say where this figure comes from (annual statistics, application file…): without it, it proves nothing.",
)


def _is_weight(words: str) -> bool:
    try:
        weight_of(words)
    except ValueError:
        return False
    return len(words) <= MAX_WEIGHT


def _differs(session: Session, place: Place, draft: WeightDraft) -> bool:
    row = session.get(UnitWeight, (place.key, draft.unit))
    known = (row.weight, row.origin) if row else ("", "")
    return known != (draft.weight, draft.origin)


def _locked(platform: Platform, session: Session, scope: Scope, place: Place, draft: WeightDraft) -> UnitWeight:
    """The row of a unit, locked and still as it was seen; made when there is none."""
    key, now = place.key, platform.clock.now()
    blank = {"weight": "", "origin": "", "changed_at": now, "changed_by": scope.actor, "version": 0}
    insert_missing(session, UnitWeight, candidate=key, unit=draft.unit, **blank)
    row = session.scalars(
        select(UnitWeight)
        .where(UnitWeight.candidate == key, UnitWeight.unit == draft.unit)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.version != draft.version:
        refuse_stale(
            platform, session, _thing(place, draft.unit), (row.changed_at, row.changed_by), draft.version, _FIELDS
        )
    return row


def _thing(place: Place, unit: str) -> Thing:
    return Thing("unit_weight", f"{place.key}/{unit}")
