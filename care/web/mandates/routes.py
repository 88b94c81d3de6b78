"""Mandates: the list, a new one, withdrawing one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import mandates
from care.services.errors import Forbidden, Invalid
from care.web.forms import sent
from care.web.mandates.forms import MandateForm
from care.web.people import platform, scope
from care.web.place import may, of_this_place

pages = Blueprint(
    "mandates", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/mandates"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """The mandates, the latest first, and whether each may be used now."""
    found = mandates.list_mandates(platform(), scope(), establishment_id)
    return render_template("mandates/index.html", mandates=found, may_manage=may(Right.MANAGE_TARGETS))


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The form of a new mandate."""
    return render_template("mandates/new.html", form=_form())


@pages.post("/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Record the mandate and its signed document."""
    form = _form()
    if form.received():
        try:
            mandates.add_mandate(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Mandat enregistré."))
            return redirect(url_for("mandates.index", establishment_id=establishment_id))
    return render_template("mandates/new.html", form=form), 400


@pages.post("/<int:mandate_id>/withdraw")
def withdraw(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """End the mandate now."""
    mandate = of_this_place(mandates.open_mandate(platform(), scope(), mandate_id))
    mandates.withdraw_mandate(platform(), scope(), mandate.id)
    flash(_("Mandat retiré : plus aucun audit ne peut s’en prévaloir."))
    return redirect(url_for("mandates.index", establishment_id=establishment_id))


def _form() -> MandateForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    return MandateForm(sent())
