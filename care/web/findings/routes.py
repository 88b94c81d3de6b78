"""Findings: the list, one in full, the decisions about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.evidence import ThingKind
from care.domain.findings import State
from care.services import findings
from care.services.action_view import actions_of_finding
from care.services.errors import Invalid, Refused
from care.services.finding_exports import export_findings
from care.services.findings import FindingFilter, FindingView, Sort
from care.services.frameworks.answers_beside import answers_beside
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.findings.forms import FORMS, DecisionForm, ReasonForm
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.remediation.beside import beside
from scanners.model import Severity

pages = Blueprint(
    "findings", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/findings"
)
EVERY_STATE = "all"
ONE_BY_ONE = "one"
PER_PAGE = 25
_FILTERS = ("q", "state", "severity", "scanner", "rule", "run", "target", "unwatched")


@pages.get("")
def index(establishment_id: int) -> str:
    """The findings of the establishment, by rule or one by one: open ones unless asked otherwise."""
    wanted = _wanted()
    by_rule = not wanted.rule and request.args.get("view") != ONE_BY_ONE
    read = findings.group_findings if by_rule else findings.list_findings
    state = request.args.get("state", State.OPEN.value)
    return render_template(
        "findings/index.html",
        found=read(platform(), scope(), establishment_id, wanted),
        by_rule=by_rule,
        wanted=wanted,
        state=state,
        may_act=may(Right.MANAGE_ACTIONS),
        export_address=_export_address(establishment_id) if may(Right.EXPORT) else "",
    )


@pages.get("/export.csv")
def export(establishment_id: int) -> Response:
    """The findings of the same filter, every page of them, for a spreadsheet."""
    wanted = _wanted()
    name = f"constats-{wanted.rule or 'tous'}.csv"
    return attachment(export_findings(platform(), scope(), establishment_id, wanted), name)


@pages.get("/<int:finding_id>")
def one(establishment_id: int, finding_id: int) -> str:
    """One finding: what, what to do, what was seen, what happened."""
    return _page(findings.read_finding(platform(), scope(), establishment_id, finding_id))


@pages.post("/<int:finding_id>/decision/<verdict>")
def decide(establishment_id: int, finding_id: int, verdict: str) -> ResponseReturnValue:
    """Record a decision."""
    finding = _finding(finding_id)
    if verdict not in FORMS:
        abort(404)
    form = FORMS[verdict](request.form)
    if form.validate():
        try:
            findings.decide(platform(), scope(), finding_id, form.draft(), _seen())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(_finding(finding_id), {verdict: form}), 409
        else:
            flash(_("Décision enregistrée."))
            return _back(finding)
    return _page(finding, {verdict: form}), 400


@pages.post("/<int:finding_id>/withdraw")
def withdraw(establishment_id: int, finding_id: int) -> ResponseReturnValue:
    """Take the decision back."""
    finding = _finding(finding_id)
    findings.withdraw_decision(platform(), scope(), finding_id, request.form.get("reason", ""))
    flash(_("Décision retirée : le constat est de nouveau ouvert."))
    return _back(finding)


@pages.post("/<int:finding_id>/gone")
def confirm_gone(establishment_id: int, finding_id: int) -> ResponseReturnValue:
    """Close by hand what no audit can close any more."""
    finding = _finding(finding_id)
    findings.confirm_gone(platform(), scope(), finding_id, request.form.get("reason", ""))
    flash(_("Constat fermé."))
    return _back(finding)


def _export_address(establishment_id: int) -> str:
    """The table of what this page lists, with the same filters."""
    asked: dict[str, Any] = {name: request.args.getlist(name) for name in _FILTERS if request.args.get(name)}
    return url_for("findings.export", establishment_id=establishment_id, **asked)


def _wanted() -> FindingFilter:
    asked = request.args
    state = asked.get("state", State.OPEN.value)
    return FindingFilter(
        scanner=asked.get("scanner", ""),
        severities=tuple(Severity(one) for one in asked.getlist("severity") if one in list(Severity)),
        states=(State(state),) if state in list(State) else (),
        rule=asked.get("rule", ""),
        target_id=asked.get("target", type=row_number),
        new_in_run=asked.get("run", type=row_number),
        words=asked.get("q", ""),
        unwatched=asked.get("unwatched") == "1",
        sort=Sort(asked["sort"]) if asked.get("sort") in list(Sort) else Sort.SEVERITY,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _seen() -> State | None:
    """The state that the page of a decision showed."""
    seen = request.form.get("seen", "")
    return State(seen) if seen in list(State) else None


def _finding(finding_id: int) -> FindingView:
    finding = findings.open_finding(platform(), scope(), finding_id)
    of_this_place(finding.line)
    return finding


def _page(finding: FindingView, filled: dict[str, DecisionForm] | None = None) -> str:
    forms = {verdict: (filled or {}).get(verdict) or form() for verdict, form in FORMS.items()}
    return render_template(
        "findings/one.html",
        finding=finding,
        forms=forms,
        filled=set(filled or ()),
        reason=ReasonForm(),
        **beside(finding.line.rule),
        actions=actions_of_finding(platform(), scope(), finding.line.id),
        answers=answers_beside(platform(), scope(), finding.line.establishment_id, finding.refs),
        proofs=proofs_of(ThingKind.FINDING, finding.line.id),
        may_act=may(Right.MANAGE_ACTIONS),
        may_target=may(Right.MANAGE_TARGETS),
    )


def _back(finding: FindingView) -> ResponseReturnValue:
    line = finding.line
    return redirect(url_for("findings.one", establishment_id=line.establishment_id, finding_id=line.id))
