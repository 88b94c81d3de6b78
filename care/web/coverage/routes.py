"""Candidates, and the computation of one: read, weighed, handed out."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place
from care.domain.eligibility import PHASE_SOURCE
from care.services import coverage_weights as weights
from care.services.coverage_candidates import list_candidates
from care.services.coverage_exports import coverage_csv, coverage_xlsx
from care.services.coverage_rule import Coverage, read_coverage
from care.services.coverage_weights import WeightDraft
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.web.coverage.forms import DeclaredForm
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope

pages = Blueprint("coverage", __name__, template_folder="templates")
ONE = "/coverage/<any(ght, legal_entity):level>/<int:candidate_id>"
SHOWN = 100


@pages.get("/coverage")
def index() -> str:
    """The candidates that the reader sees whole."""
    words = " ".join(request.args.get("q", "").split())[:100]
    known = list_candidates(platform(), scope())
    found = [one for one in known if words.casefold() in f"{one.name} {one.ght}".casefold()]
    return render_template(
        "coverage/index.html",
        found=found[:SHOWN],
        total=len(found),
        searched=len(known) > SHOWN or bool(words),
        words=words,
    )


@pages.get(ONE)
def one(level: str, candidate_id: int) -> str:
    """The rule applied to a candidate, unit by unit."""
    return _page(read_coverage(platform(), scope(), _place(level, candidate_id)))


@pages.post(f"{ONE}/weights")
def weigh(level: str, candidate_id: int) -> ResponseReturnValue:
    """Keep the weights; what cannot be kept is shown again with its sentences."""
    where = _place(level, candidate_id)
    found = _managed(where)
    typed = {
        name: request.form.get(name, "")
        for unit in found.units
        for name in (f"weight-{unit.key}", f"origin-{unit.key}")
    }
    drafts = [
        WeightDraft(
            unit.key,
            typed[f"weight-{unit.key}"],
            typed[f"origin-{unit.key}"],
            request.form.get(f"version-{unit.key}", 0, type=row_number),
        )
        for unit in found.units
    ]
    try:
        weights.set_weights(platform(), scope(), where, drafts)
    except Invalid as refusal:
        wrong = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _page(found, typed, wrong), 400
    except Refused as refusal:
        return _page(found, typed, refusal=refusal.text.render(current_language())), 409
    flash(_("Poids enregistrés."))
    return _to(where)


@pages.post(f"{ONE}/declared")
def declare(level: str, candidate_id: int) -> ResponseReturnValue:
    """Say when the candidate declared."""
    where = _place(level, candidate_id)
    found, form = _managed(where), DeclaredForm(request.form)
    if form.validate():
        try:
            seen = seen_version()
            weights.set_declared(platform(), scope(), where, form.declared_on.data, seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(found, declared=form), 409
        else:
            flash(_("Phase opérationnelle enregistrée."))
            return _to(where)
    return _page(found, declared=form), 400


@pages.get(f"{ONE}.csv")
def table(level: str, candidate_id: int) -> Response:
    """The computation as a CSV."""
    return attachment(coverage_csv(platform(), scope(), _place(level, candidate_id)), "regle-66.csv")


@pages.get(f"{ONE}.xlsx")
def workbook(level: str, candidate_id: int) -> Response:
    """The computation as a workbook."""
    return attachment(coverage_xlsx(platform(), scope(), _place(level, candidate_id)), "regle-66.xlsx")


def _place(level: str, candidate_id: int) -> Place:
    if not candidate_id:
        raise NotFound
    return Place(Level(level), candidate_id)


def _managed(where: Place) -> Coverage:
    found = read_coverage(platform(), scope(), where)
    if not found.may_manage:
        raise Forbidden
    return found


def _to(where: Place) -> ResponseReturnValue:
    return redirect(url_for("coverage.one", level=where.level.value, candidate_id=where.id))


def _page(
    found: Coverage,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    refusal: str = "",
    declared: DeclaredForm | None = None,
) -> str:
    if declared is None:
        declared = DeclaredForm()
        declared.declared_on.data = found.phase.end
    return render_template(
        "coverage/one.html",
        found=found,
        typed=typed or {},
        wrong=wrong or {},
        refusal=refusal,
        declared=declared,
        source=PHASE_SOURCE.render(current_language()),
    )
