"""The security policy (PSSI): the evidence filed for D2.P1, when it was reviewed and when it must be again.

The review is the first day of the evidence's period, the next review its last day: nothing else is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.evidence import EvidenceKind, Standing, ThingKind
from care.domain.judging import RequirementStatus
from care.services.action_query import today
from care.services.frameworks.assessing import Assessed, assess
from care.services.frameworks.holders import Holder, seen_holder
from care.services.frameworks.library import frameworks_in_use
from care.services.governance.holding import HolderView, names_of, view_of
from care.services.governance.proofs import ProofLine, tied
from care.services.platform import Platform
from care.store.evidence import Evidence

FRAMEWORK, ITEM = "care-d2", "P1"
REQUIREMENT = f"{FRAMEWORK}:{ITEM}"


@dataclass(frozen=True, slots=True)
class PolicyPiece:
    """A policy filed for D2.P1 in an establishment."""

    where: str
    proof: ProofLine


@dataclass(frozen=True, slots=True)
class PolicyState:
    """Where the PSSI of a holder stands. `status`, `why` and `missing` are what the engine says of D2.P1, None when
    that requirement is not in the framework in use. `loose` counts the policies filed that no requirement is tied to.
    """

    holder: HolderView
    pieces: tuple[PolicyPiece, ...]
    reviewed_on: date | None
    next_on: date | None
    expired: bool
    loose: int
    status: RequirementStatus | None
    why: tuple[str, ...]
    missing: tuple[str, ...]


def read_policy(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> PolicyState:
    """The PSSI of a holder. NotFound for who does not see all of it."""
    day = today(platform)
    with platform.database.read() as session:
        return policy_in(platform, session, scope, seen_holder(session, scope, place, day, right), day)


def policy_in(
    platform: Platform, session: Session, scope: Scope, holder: Holder, day: date, *, judged: bool = True
) -> PolicyState:
    """The same in the caller's transaction; without what the engine says unless `judged`."""
    proofs = tied(session, scope, holder.sites, ThingKind.REQUIREMENT, [REQUIREMENT], day).get(REQUIREMENT, ())
    pieces = _named(session, holder, proofs)
    latest = max((one.since for one in proofs if one.since is not None), default=None)
    newest = next((one for one in proofs if one.since == latest and latest is not None), proofs[0] if proofs else None)
    found = _judged(platform, session, holder, day) if judged else None
    return PolicyState(
        holder=view_of(platform, session, scope, holder),
        pieces=pieces,
        reviewed_on=latest,
        next_on=newest.until if newest else None,
        expired=newest is not None and newest.standing is Standing.EXPIRED,
        loose=_loose(session, holder, proofs),
        status=found.status if found else None,
        why=tuple(one.render(scope.lang) for one in found.why) if found else (),
        missing=tuple(one.render(scope.lang) for one in found.missing) if found else (),
    )


def _judged(platform: Platform, session: Session, holder: Holder, day: date) -> Assessed | None:
    framework = frameworks_in_use(platform, session, day).get(FRAMEWORK)
    if framework is None:
        return None
    return next((one for one in assess(platform, session, holder, framework, day) if one.item.id == ITEM), None)


def _named(session: Session, holder: Holder, proofs: Sequence[ProofLine]) -> tuple[PolicyPiece, ...]:
    names = names_of(session, [Place(Level.ESTABLISHMENT, one) for one in holder.sites])
    return tuple(PolicyPiece(names.get(f"{Level.ESTABLISHMENT}:{one.establishment_id}", ""), one) for one in proofs)


def _loose(session: Session, holder: Holder, proofs: Sequence[ProofLine]) -> int:
    """The policies in place that are not among these."""
    query = select(func.count()).where(
        Evidence.establishment_id.in_(holder.sites),
        Evidence.kind == EvidenceKind.POLICY,
        Evidence.current.is_(True),
        Evidence.id.not_in([one.id for one in proofs]),
    )
    return session.scalar(query) or 0
