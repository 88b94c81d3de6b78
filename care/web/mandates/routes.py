"""Mandates: the list, a new one, its signed document, its names that moved, withdrawing one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import CombinedMultiDict

from care.domain.access import Right
from care.services import mandate_names, mandates
from care.services.errors import Forbidden, Invalid
from care.services.mandates import MandateView
from care.web.forms import sent
from care.web.mandates.forms import MandateForm, SigningForm, UnsignedForm
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from scanners.model import Text

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
            number = mandates.add_mandate(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Mandat enregistré."))
            return redirect(url_for("mandates.one", establishment_id=establishment_id, mandate_id=number))
    return render_template("mandates/new.html", form=form), 400


@pages.get("/<int:mandate_id>")
def one(establishment_id: int, mandate_id: int) -> str:
    """One mandate: what it allows, its signed document, what is missing."""
    return _page(_mandate(mandate_id), SigningForm(), UnsignedForm())


@pages.post("/<int:mandate_id>/document")
def sign(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """Attach the signed document."""
    mandate, form = _mandate(mandate_id), SigningForm(_managing())
    if form.received() and form.kept_file is not None:
        mandates.sign_mandate(platform(), scope(), mandate.id, form.kept_file)
        flash(_("Document signé joint : le mandat est complet."))
        return redirect(url_for("mandates.one", establishment_id=establishment_id, mandate_id=mandate_id))
    if not form.errors:
        form.blame(Invalid({"file": Text("Choisissez le document signé.", "Choose the signed document.")}))
    return _page(mandate, form, UnsignedForm()), 400


@pages.post("/<int:mandate_id>/unsigned")
def go_unsigned(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """Answer, by name, for audits without the signed document."""
    mandate, form = _mandate(mandate_id), UnsignedForm(_managing())
    if form.validate():
        try:
            mandates.go_unsigned(platform(), scope(), mandate.id, str(form.why.data))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Enregistré en votre nom. Le mandat reste incomplet : joignez le document dès qu’il est signé."))
            return redirect(url_for("mandates.one", establishment_id=establishment_id, mandate_id=mandate_id))
    return _page(mandate, SigningForm(), form), 400


@pages.post("/<int:mandate_id>/names/accept")
def accept(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """Say yes to the new addresses of a name, those that the page showed."""
    mandate = _mandate(mandate_id)
    mandate_names.accept_places(platform(), scope(), mandate.id, request.form.getlist("place"))
    flash(_("Adresse acceptée en votre nom : le prochain audit l’examinera."))
    return _names(establishment_id, mandate_id)


@pages.post("/<int:mandate_id>/names/follow")
def follow(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """Have a name followed wherever it goes."""
    mandate = _mandate(mandate_id)
    mandate_names.follow_name(platform(), scope(), mandate.id, request.form.get("name", ""))
    flash(_("Nom suivi où qu’il aille, en votre nom."))
    return _names(establishment_id, mandate_id)


@pages.post("/<int:mandate_id>/names/<int:followed_id>/leave")
def leave(establishment_id: int, mandate_id: int, followed_id: int) -> ResponseReturnValue:
    """Stop following a name."""
    mandate = _mandate(mandate_id)
    mandate_names.leave_name(platform(), scope(), mandate.id, followed_id)
    flash(_("Ce nom n’est plus suivi : sa prochaine nouvelle adresse attendra votre accord."))
    return _names(establishment_id, mandate_id)


@pages.post("/<int:mandate_id>/withdraw")
def withdraw(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    """End the mandate now."""
    mandate = _mandate(mandate_id)
    mandates.withdraw_mandate(platform(), scope(), mandate.id)
    flash(_("Mandat retiré : plus aucun audit ne peut s’en prévaloir."))
    return redirect(url_for("mandates.index", establishment_id=establishment_id))


def _form() -> MandateForm:
    return MandateForm(_managing())


def _managing() -> CombinedMultiDict[str, Any]:
    """What was sent, from who may manage mandates."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    return sent()


def _mandate(mandate_id: int) -> MandateView:
    return of_this_place(mandates.open_mandate(platform(), scope(), mandate_id))


def _page(mandate: MandateView, signing: SigningForm, unsigned: UnsignedForm) -> str:
    return render_template(
        "mandates/one.html",
        mandate=mandate,
        names=mandate_names.names_of(platform(), scope(), mandate.id),
        form=signing,
        unsigned=unsigned,
        may_manage=may(Right.MANAGE_TARGETS) and not mandate.withdrawn,
    )


def _names(establishment_id: int, mandate_id: int) -> ResponseReturnValue:
    return redirect(url_for("mandates.one", establishment_id=establishment_id, mandate_id=mandate_id))
