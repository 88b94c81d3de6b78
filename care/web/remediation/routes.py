"""Remediation sheets: the list, one to follow or print, and the playbook made for findings."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from care.services import remediation, remediation_playbooks
from care.services.playbook_bundle import Bundle
from care.web.people import platform, scope

pages = Blueprint("remediation", __name__, template_folder="templates")


@pages.get("/remediation")
def index() -> str:
    """The sheets, filtered by audit and words."""
    words, scanner = request.args.get("q", "").strip(), request.args.get("scanner", "")
    return render_template(
        "remediation/index.html",
        sheets=remediation.list_sheets(platform(), scope(), words, scanner),
        words=words,
        scanner=scanner,
    )


@pages.get("/remediation/<sheet_id>")
def one(sheet_id: str) -> str:
    """One sheet, step by step."""
    return render_template(
        "remediation/one.html",
        sheet=remediation.open_sheet(platform(), scope(), sheet_id),
        offer=remediation_playbooks.sheet_playbook(platform(), scope(), sheet_id),
    )


@pages.get("/establishments/<int:establishment_id>/findings/<int:finding_id>/playbook")
def finding_playbook(establishment_id: int, finding_id: int) -> ResponseReturnValue:
    """The playbook for the machine of one finding."""
    made = remediation_playbooks.finding_playbook(platform(), scope(), establishment_id, finding_id, _typed())
    return _download(made)


@pages.get("/establishments/<int:establishment_id>/playbooks/<rule_id>")
def rule_playbook(establishment_id: int, rule_id: str) -> ResponseReturnValue:
    """The playbook for every machine with an open finding of a rule."""
    return _download(remediation_playbooks.rule_playbook(platform(), scope(), establishment_id, rule_id, _typed()))


def _typed() -> str:
    return request.args.get("machines", "")


def _download(bundle: Bundle) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{bundle.name}"'}
    return Response(bundle.content, mimetype="application/zip", headers=headers)
