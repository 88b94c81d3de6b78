"""One step of a declaration: the words to send, when they were sent, or why nothing is due."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.errors import Forbidden
from care.services.incidents.clocks import DeclarationPage, NoticeAct, open_declaration, record_notice
from care.services.incidents.texts import declaration_file, fresh_text, prepared_text
from care.web.files import attachment
from care.web.incidents.blueprint import ONE, pages
from care.web.incidents.forms import NoticeForm
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place

STEP = f"{ONE}/declarations/<duty_id>/<int:rank>"


@pages.get(STEP)
def declaration(establishment_id: int, incident_id: int, duty_id: str, rank: int) -> str:
    """The words prepared, what was recorded, and the ways to record more. `fresh` starts again from the sheet."""
    found, form = _found(incident_id, duty_id, rank), NoticeForm()
    maker = fresh_text if "fresh" in request.args else prepared_text
    form.text.data = maker(platform(), scope(), incident_id, duty_id, rank)
    form.seen.data = str(found.clock.seen)
    return _page(found, form)


@pages.post(STEP)
def declare(establishment_id: int, incident_id: int, duty_id: str, rank: int) -> ResponseReturnValue:
    """Record what the button pressed says."""
    found, form = _found(incident_id, duty_id, rank), NoticeForm(request.form)
    if not may(Right.MANAGE_INCIDENTS):
        raise Forbidden
    asked = request.form.get("act", "")
    act = NoticeAct(asked) if asked in list(NoticeAct) else NoticeAct.KEEP
    seen = request.form.get("seen", 0, type=row_number)
    code = form.saved(lambda: record_notice(platform(), scope(), incident_id, duty_id, rank, form.draft(act), seen))
    if code:
        form.seen.data = str(found.clock.seen) if code == 409 else form.seen.data
        if act in (NoticeAct.NOT_DUE, NoticeAct.WITHDRAW) and not form.text.data:
            form.text.data = prepared_text(platform(), scope(), incident_id, duty_id, rank)
        return _page(found, form, act), code
    if act is NoticeAct.KEEP:
        flash(_("Texte gardé."))
        return redirect(url_for("incidents.declaration", **_values(found)))
    flash(_("Noté."))
    return redirect(url_for("incidents.one", establishment_id=establishment_id, incident_id=incident_id))


@pages.get(f"{STEP}/text.<text_form>")
def declaration_text(establishment_id: int, incident_id: int, duty_id: str, rank: int, text_form: str) -> Response:
    """The words kept last, or made from the sheet: plain text, PDF."""
    _found(incident_id, duty_id, rank)
    content = declaration_file(platform(), scope(), incident_id, duty_id, rank, text_form)
    return attachment(content, f"declaration.{text_form}")


def _found(incident_id: int, duty_id: str, rank: int) -> DeclarationPage:
    return of_this_place(open_declaration(platform(), scope(), incident_id, duty_id, rank))


def _page(found: DeclarationPage, form: NoticeForm, tried: NoticeAct | None = None) -> str:
    return render_template(
        "incidents/declaration.html",
        found=found,
        form=form,
        tried=tried,
        values=_values(found),
        may_export=may(Right.EXPORT),
    )


def _values(found: DeclarationPage) -> dict[str, Any]:
    return {
        "establishment_id": found.establishment_id,
        "incident_id": found.incident_id,
        "duty_id": found.duty.duty.id,
        "rank": found.clock.step,
    }
