"""Restore drills: the list, one drill beside what was promised, its sheet to print and to file."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.evidence import ThingKind
from care.services.drills import reading, sheets
from care.services.drills.reading import DrillView
from care.services.errors import Invalid
from care.web.drills.forms import SheetForm
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.forms import sent
from care.web.language import current_language
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.place import may, of_this_place

pages = Blueprint("drills", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/drills"
ONE = f"{HERE}/<int:run_id>"


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The drills of the establishment, the last first."""
    found = reading.list_drills(platform(), scope(), establishment_id, asked_page())
    return render_template(
        "drills/index.html", found=found, may_manage=may(Right.MANAGE_TARGETS), may_run=may(Right.RUN_AUDIT)
    )


@pages.get(ONE)
def one(establishment_id: int, run_id: int) -> str:
    """What one drill brought back, how it was proved, how long it took."""
    view = _drill(run_id)
    form = SheetForm()
    form.operator.data, form.requester.data = view.line.operator, view.line.requester
    return _page(view, form)


@pages.get(f"{ONE}/sheet.pdf")
def sheet(establishment_id: int, run_id: int) -> Response:
    """The restore sheet, to read or to sign."""
    _drill(run_id)
    name, content = sheets.print_sheet(platform(), scope(), run_id)
    return attachment(content, name)


@pages.post(f"{ONE}/sheet")
def file_sheet(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """Complete the sheet and file it as evidence."""
    view, form = _drill(run_id), SheetForm(sent())
    if form.validate():
        try:
            sheets.file_sheet(platform(), scope(), run_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Fiche classée dans les preuves."))
            return redirect(url_for("drills.one", establishment_id=establishment_id, run_id=run_id))
    return _page(view, form), 400


def _page(view: DrillView, form: SheetForm) -> str:
    lang = current_language()
    return render_template(
        "drills/one.html",
        view=view,
        form=form,
        verdict=sheets.verdict(view, lang),
        said={
            "files": sheets.files_said(view, lang),
            "proof": sheets.proof_said(view, lang),
            "source": sheets.source_said(view, lang),
            "time": sheets.time_said(view, lang),
            "databases": sheets.databases_said(view, lang),
        },
        may_file=may(Right.ADD_EVIDENCE),
        proofs=proofs_of(ThingKind.RUN, view.line.run_id),
    )


def _drill(run_id: int) -> DrillView:
    return of_this_place(reading.open_drill(platform(), scope(), run_id))
