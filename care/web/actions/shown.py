"""The page of one action, shown by several routes: as it is, or with what somebody typed and could not be recorded."""

from __future__ import annotations

from flask import current_app, render_template

from care.services.action_view import ActionView, findings_of_action, open_action
from care.services.errors import NotFound
from care.services.remediation import sheet_for
from care.web.actions.forms import SignForm
from care.web.pages import asked_page
from care.web.people import platform, scope

EVIDENCE_PAGE, SHEET_PAGE = "evidence.one", "remediation.one"


def _known(endpoint: str) -> str:
    """The page, when this version has it."""
    return endpoint if endpoint in current_app.view_functions else ""


def action_here(establishment_id: int, action_id: int) -> ActionView:
    """The action, if this establishment is one of its sites; NotFound otherwise."""
    action = open_action(platform(), scope(), action_id)
    if all(site.establishment_id != establishment_id for site in action.sites):
        raise NotFound
    return action


def page_of(action: ActionView, sign: SignForm | None = None, moving: dict[str, str] | None = None) -> str:
    """The page. `sign` and `moving` are forms refused, with their sentences, `moving` that of a state."""
    line = action.line
    return render_template(
        "actions/one.html",
        action=action,
        line=line,
        findings=findings_of_action(platform(), scope(), line.id, asked_page()) if action.findings_readable else None,
        sheet=sheet_for(platform(), scope(), line.rule) if line.rule else None,
        sign=sign or SignForm(),
        signing=sign is not None,
        moving=moving or {},
        evidence_page=_known(EVIDENCE_PAGE),
        sheet_page=_known(SHEET_PAGE),
    )
