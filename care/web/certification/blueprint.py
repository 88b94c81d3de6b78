"""The blueprint of certification, and what several of its pages share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, url_for

from care.domain.access import Level, Place, Right
from care.domain.certification import SourceKind
from care.web.place import may

pages = Blueprint("certification", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/certification"
WHOLE = "-"
"""How an address writes the elements of a manual that has no criteria."""

_LINES: Mapping[SourceKind, tuple[str, str, Right]] = {
    SourceKind.AWARENESS: ("awareness.one", "awareness_id", Right.SEE_PROGRAMME),
    SourceKind.PHISHING: ("awareness.one", "awareness_id", Right.SEE_PROGRAMME),
    SourceKind.TRAINING: ("awareness.one", "awareness_id", Right.SEE_PROGRAMME),
    SourceKind.PLANS: ("pcra.one", "plan_id", Right.SEE_CONTINUITY),
    SourceKind.DEGRADED_MODES: ("degraded.one", "mode_id", Right.SEE_CONTINUITY),
    SourceKind.PAPER_KITS: ("degraded.kit", "kit_id", Right.SEE_CONTINUITY),
    SourceKind.RESTORE_TESTS: ("tests.one", "test_id", Right.SEE_CONTINUITY),
    SourceKind.EXERCISES: ("debrief.index", "exercise_id", Right.SEE_EXERCISES),
    SourceKind.AUDITS: ("runs.one", "run_id", Right.SEE_FINDINGS),
    SourceKind.DOCUMENTS: ("evidence.one", "evidence_id", Right.SEE_EVIDENCE),
}
"""The page of one line of a source, and the right it asks for."""
_REGISTERS: Mapping[SourceKind, tuple[tuple[str, ...], Right]] = {
    SourceKind.SECURITY_ROLES: (("governance.roles", "governance.index"), Right.SEE_PROGRAMME),
    SourceKind.COMMITTEES: (("governance.committees", "governance.index"), Right.SEE_PROGRAMME),
    SourceKind.AWARENESS: (("awareness.index",), Right.SEE_PROGRAMME),
    SourceKind.PHISHING: (("awareness.index",), Right.SEE_PROGRAMME),
    SourceKind.TRAINING: (("awareness.index",), Right.SEE_PROGRAMME),
    SourceKind.PLANS: (("pcra.index",), Right.SEE_CONTINUITY),
    SourceKind.DEGRADED_MODES: (("degraded.index",), Right.SEE_CONTINUITY),
    SourceKind.PAPER_KITS: (("degraded.all_kits",), Right.SEE_CONTINUITY),
    SourceKind.RESTORE_TESTS: (("tests.index",), Right.SEE_CONTINUITY),
    SourceKind.EXERCISES: (("exercises.index",), Right.SEE_EXERCISES),
    SourceKind.AUDITS: (("runs.index",), Right.SEE_FINDINGS),
    SourceKind.ACTIONS: (("actions.index",), Right.SEE_ACTIONS),
    SourceKind.INCIDENTS: (("incidents.index",), Right.SEE_INCIDENTS),
    SourceKind.FIGURE_INS: (("governance.figures", "governance.index"), Right.SEE_PROGRAMME),
    SourceKind.FIGURE_MES: (("governance.figures", "governance.index"), Right.SEE_PROGRAMME),
    SourceKind.FIGURE_MSS: (("governance.figures", "governance.index"), Right.SEE_PROGRAMME),
    SourceKind.DOCUMENTS: (("evidence.index",), Right.SEE_EVIDENCE),
}


def place_of(establishment_id: int) -> Place:
    """The establishment as who answers."""
    return Place(Level.ESTABLISHMENT, establishment_id)


def line_address(kind: SourceKind, number: int, establishment_id: int) -> str | None:
    """The page of one line of a source, None when it has none or this person may not open it."""
    endpoint, argument, right = _LINES.get(kind, ("", "", Right.SEE))
    if not number or endpoint not in current_app.view_functions or not may(right):
        return None
    values: dict[str, Any] = {"establishment_id": establishment_id, argument: number}
    return url_for(endpoint, **values)


def register_address(kind: SourceKind, establishment_id: int) -> str | None:
    """The page of a whole register, None when there is none for this person."""
    endpoints, right = _REGISTERS[kind]
    known = next((one for one in endpoints if one in current_app.view_functions), None)
    return url_for(known, establishment_id=establishment_id) if known and may(right) else None
