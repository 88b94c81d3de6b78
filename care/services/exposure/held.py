"""D1.O2.B for the page of exposure: the pair of audits that proves the level, or when the next one would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.domain.held_exposure import ExposureAudit, Window, held
from care.services.action_query import today
from care.services.frameworks.computed import proven_number
from care.services.frameworks.exposure_audits import Refused, exposure_audits
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.platform import Platform
from scanners.model import Text

_FRAMEWORK = "care-d1"


@dataclass(frozen=True, slots=True)
class HeldView:
    """What the audits of one target that count prove. `pair` holds the days of the two that do, `exceptions` what they
    did not look at; `next_from` and `next_until` bound the day of the audit that would; `allowed` None: the level
    itself is not public. The last audit is `refused` when it does not count, with the reason, and `fallen` when what it
    left open is below the level."""

    target: str
    audits: int
    shortest: int
    longest: int
    allowed: int | None
    pair: tuple[date, date] | None
    next_from: date | None
    next_until: date | None
    exceptions: tuple[str, ...] = ()
    refused: Refused | None = None
    fallen: ExposureAudit | None = None
    limits: tuple[Text, ...] = ()


def held_of(platform: Platform, session: Session, establishment_id: int) -> tuple[HeldView, ...]:
    """One line for each exposure target once one of them was audited; none when the framework is not in use."""
    day = today(platform)
    ground = Ground(platform, session, holder_at(session, Place(Level.ESTABLISHMENT, establishment_id), day), day)
    framework = ground.frameworks.get(_FRAMEWORK)
    if framework is None:
        return ()
    shortest, longest = (proven_number(framework, f"interval_days_{end}") for end in ("min", "max"))
    if shortest is None or longest is None:
        return ()
    allowed = proven_number(framework, "max_open_critical")
    found = []
    for name, audits in exposure_audits(ground).items():
        proof = held(audits.every, Window(shortest, longest), allowed, day)
        pair = (proof.pair[0].day, proof.pair[1].day) if proof.pair else None
        found.append(
            HeldView(
                name,
                len(audits.counted),
                shortest,
                longest,
                allowed,
                pair,
                proof.next_from,
                proof.next_until,
                proof.exceptions,
                audits.refused,
                proof.fallen,
                proof.limits,
            )
        )
    return tuple(found)
