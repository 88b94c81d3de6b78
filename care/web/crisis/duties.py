"""Duties to declare: the page, the sheet to print, the words of the establishment."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import declaration_duties
from care.services.errors import Forbidden, Invalid, Refused
from care.web.crisis.blueprint import HERE, pages
from care.web.crisis.forms import DutyForm
from care.web.days import EARLIEST, LATEST
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused

TYPED = "%Y-%m-%dT%H:%M"
"""How a browser writes a day and an hour."""


@pages.get(f"{HERE}/duties")
def duties(establishment_id: int) -> str:
    """Every duty, with its limits once the hour of detection is given."""
    found = declaration_duties.list_duties(platform(), scope(), establishment_id, _detected())
    return render_template("crisis/duties.html", found=found, typed=found.detected and found.detected.strftime(TYPED))


@pages.get(f"{HERE}/duties.pdf")
def duties_pdf(establishment_id: int) -> Response:
    """The sheet and the incident form, to print."""
    document = declaration_duties.duties_pdf(platform(), scope(), establishment_id, _detected())
    return attachment(document, "devoirs-de-declaration.pdf")


@pages.get(f"{HERE}/duties/new")
def new_duty(establishment_id: int) -> str:
    """The form of a duty of the establishment's own."""
    _may_manage()
    return render_template("crisis/duty.html", form=_form(), duty=None)


@pages.post(f"{HERE}/duties/new")
def add_duty(establishment_id: int) -> ResponseReturnValue:
    """Add it."""
    _may_manage()
    form = _form(request.form)
    if form.validate():
        try:
            declaration_duties.add_duty(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Devoir ajouté."))
            return _back(establishment_id)
    return render_template("crisis/duty.html", form=form, duty=None), 400


@pages.get(f"{HERE}/duties/<duty_id>")
def edit_duty(establishment_id: int, duty_id: str) -> str:
    """The form of a duty."""
    _may_manage()
    duty, form = declaration_duties.open_duty(platform(), scope(), establishment_id, duty_id), _form()
    form.fill(duty.draft, duty.version)
    return render_template("crisis/duty.html", form=form, duty=duty)


@pages.post(f"{HERE}/duties/<duty_id>")
def change_duty(establishment_id: int, duty_id: str) -> ResponseReturnValue:
    """Rewrite the duty; what was typed is kept when somebody was quicker."""
    _may_manage()
    duty = declaration_duties.open_duty(platform(), scope(), establishment_id, duty_id)
    form, code = _form(request.form), 400
    if form.validate():
        try:
            draft = form.draft()
            declaration_duties.change_duty(platform(), scope(), establishment_id, duty_id, draft, seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            form.version.data, code = str(duty.version), 409
        else:
            flash(_("Devoir enregistré."))
            return _back(establishment_id, duty_id)
    return render_template("crisis/duty.html", form=form, duty=duty), code


@pages.post(f"{HERE}/duties/<duty_id>/reset")
def reset_duty(establishment_id: int, duty_id: str) -> ResponseReturnValue:
    """Back to the text of the kit, or away with a duty that was added."""
    _may_manage()
    with said_as_refused(Refused):
        declaration_duties.reset_duty(platform(), scope(), establishment_id, duty_id, seen_version())
        flash(_("Texte d’origine remis."))
        return _back(establishment_id)
    return redirect(url_for("crisis.edit_duty", establishment_id=establishment_id, duty_id=duty_id))


def _detected() -> datetime | None:
    """The hour of detection in the address, on the clock of the installation; a senseless one is as none."""
    try:
        typed = datetime.strptime(request.args.get("detected", ""), TYPED)  # noqa: DTZ007 - its zone comes next
    except ValueError:
        return None
    likely = EARLIEST <= typed.date() <= LATEST
    return typed.replace(tzinfo=ZoneInfo(platform().settings.timezone)) if likely else None


def _form(given: Any = None) -> DutyForm:  # noqa: ANN401 - what werkzeug gives
    form = DutyForm(given)
    form.prepare()
    return form


def _may_manage() -> None:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden


def _back(establishment_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("crisis.duties", establishment_id=establishment_id, _anchor=anchor))
