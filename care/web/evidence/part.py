"""What proves a thing, for the page of that thing: `{% with proofs = proofs %}{% include "evidence/proofs.html" %}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for

from care.domain.access import Right
from care.domain.evidence import ThingKind, ThingRef
from care.services.frameworks.naming import names_of
from care.services.library import EvidenceLine, evidence_of
from care.web import labels
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.place import may, place


@dataclass(frozen=True, slots=True)
class Proofs:
    """The evidence of one thing. `thing` is how addresses write it."""

    thing: str
    lines: tuple[EvidenceLine, ...]
    may_add: bool


def proofs_of(kind: ThingKind, number: int | str) -> Proofs | None:
    """The evidence of a thing of this page's establishment; None for who sees no evidence."""
    if not may(Right.SEE_EVIDENCE):
        return None
    ref = ThingRef(kind, str(number))
    lines = evidence_of(platform(), scope(), place().id, ref)
    return Proofs(f"{kind.value}:{number}", lines, may(Right.ADD_EVIDENCE))


_PAGES: Mapping[ThingKind, tuple[str, str]] = {
    ThingKind.FINDING: ("findings.one", "finding_id"),
    ThingKind.ACTION: ("actions.one", "action_id"),
    ThingKind.RUN: ("runs.one", "run_id"),
    ThingKind.ACTIVITY: ("continuity.activity", "node_id"),
    ThingKind.TEST: ("tests.one", "test_id"),
    ThingKind.EXERCISE: ("debrief.index", "exercise_id"),
    ThingKind.AWARENESS: ("awareness.one", "awareness_id"),
    ThingKind.HOSTING: ("hosting.one", "hosting_id"),
    ThingKind.CONTRACT: ("contracts.one", "contract_id"),
    ThingKind.INCIDENT: ("incidents.one", "incident_id"),
    ThingKind.VISIT: ("visits.one", "visit_id"),
    ThingKind.SECURITY_ROLE: ("governance.role", "role_id"),
    ThingKind.COMMITTEE: ("governance.committee", "committee_id"),
    ThingKind.ISOLATION_DRILL: ("isolation.one", "isolation_id"),
}


def called(ref: ThingRef) -> str:
    """What pages call a thing: the title of a requirement, the kind and number of others."""
    if ref.kind is ThingKind.REQUIREMENT:
        name = names_of(platform(), [ref.id], current_language()).get(ref.id, ref.id)
        return f"{labels.THING[ref.kind]} : {name}"
    return f"{labels.THING[ref.kind]} {ref.id}"


def address_of(ref: ThingRef) -> str | None:
    """The page of a thing in this establishment, None when it has none."""
    if ref.kind is ThingKind.REQUIREMENT:
        return _requirement(ref)
    endpoint, argument = _PAGES.get(ref.kind, ("", ""))
    if endpoint not in current_app.view_functions or not ref.id.isdecimal():
        return None
    values: dict[str, Any] = {"establishment_id": place().id, argument: int(ref.id)}
    return url_for(endpoint, **values)


def _requirement(ref: ThingRef) -> str | None:
    framework, _colon, item = ref.id.partition(":")
    if not item or not may(Right.SEE_PROGRAMME):
        return None
    return url_for("needs.requirement", establishment_id=place().id, framework_id=framework, need_id=item)
