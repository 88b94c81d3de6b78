"""The register of hosting of health data: its list, one hosting, its files."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from care.domain.access import Right
from care.domain.evidence import ThingKind
from care.services import hostings
from care.services.action_query import today
from care.services.errors import Forbidden, Refused
from care.services.hostings import HostingView
from care.web.evidence.part import proofs_of
from care.web.hosting.forms import HostingForm
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused
from care.web.registers import RegisterFiles

pages = Blueprint("hosting", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/hosting"
FILES = RegisterFiles(hostings.REGISTER, "hosting", lazy_gettext("Hébergements de données de santé"), "hebergements")
ONE = f"{HERE}/<int:hosting_id>"

FILES.add_to(pages, HERE)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Every hosting, what it calls for, and what is unknown."""
    return render_template("hosting/index.html", register=hostings.read_register(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a hosting; a contract may be given by the address."""
    form = _form(establishment_id)
    form.contract.data = request.args.get("contract", 0, type=row_number)
    return _edit_page(form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the hosting down."""
    form = _form(establishment_id, filled=True)
    made: list[int] = []
    code = form.saved(lambda: made.append(hostings.REGISTER.add(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _edit_page(form), code
    flash(_("Hébergement noté. Joignez son certificat comme preuve."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, hosting_id: int) -> str:
    """One hosting: what it calls for, what is known, its evidence."""
    view = _hosting(hosting_id)
    proofs = proofs_of(ThingKind.HOSTING, hosting_id)
    manages = may(Right.MANAGE_PROGRAMME)
    return render_template("hosting/one.html", view=view, one=view.draft, proofs=proofs, may_manage=manages)


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, hosting_id: int) -> str:
    """The form of a known hosting."""
    form, view = _form(establishment_id), _hosting(hosting_id)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _edit_page(form, view)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, hosting_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(establishment_id, filled=True), _hosting(hosting_id), seen_version()
    code = form.saved(lambda: hostings.REGISTER.change(platform(), scope(), hosting_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _edit_page(form, view), code
    flash(_("Hébergement enregistré."))
    return _to(establishment_id, hosting_id)


@pages.post(f"{ONE}/close")
def close(establishment_id: int, hosting_id: int) -> ResponseReturnValue:
    """Say that it is over since today, or open it again."""
    _hosting(hosting_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        hostings.REGISTER.close(platform(), scope(), hosting_id, day, seen_version())
        flash(_("Hébergement clôturé : il reste lisible.") if day else _("Hébergement rouvert."))
    return _to(establishment_id, hosting_id)


def _form(establishment_id: int, *, filled: bool = False) -> HostingForm:
    _may_manage()
    form = HostingForm(request.form) if filled else HostingForm()
    form.prepare(hostings.contract_choices(platform(), scope(), establishment_id))
    return form


def _edit_page(form: HostingForm, view: HostingView | None = None) -> str:
    return render_template("hosting/edit.html", form=form, view=view)


def _hosting(hosting_id: int) -> HostingView:
    return of_this_place(hostings.open_hosting(platform(), scope(), hosting_id))


def _may_manage() -> None:
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden


def _to(establishment_id: int, hosting_id: int) -> ResponseReturnValue:
    return redirect(url_for("hosting.one", establishment_id=establishment_id, hosting_id=hosting_id))
