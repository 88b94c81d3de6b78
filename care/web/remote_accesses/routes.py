"""Remote accesses of suppliers: the register in review order, one access, what is printed of it, its audit."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from care.domain.access import Right
from care.domain.remote_access import EXPOSURES, SERVICES, TECHNOLOGIES
from care.services.action_query import today
from care.services.errors import Forbidden, Refused
from care.services.frameworks.answers_beside import answers_beside
from care.services.hostings import contract_choices
from care.services.remote_access import reading
from care.services.remote_access.cutting import print_cuts
from care.services.remote_access.decided import say_corrected
from care.services.remote_access.own_audit import ask_check
from care.services.remote_access.reading import AccessFilter, AccessView
from care.services.remote_access.register import REGISTER
from care.services.remote_access.supplier_sheet import supplier_sheet
from care.web.files import attachment
from care.web.pages import asked_page, row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused
from care.web.registers import RegisterFiles
from care.web.remote_accesses.forms import AccessForm

pages = Blueprint("remote_accesses", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/remote-accesses"
FILES = RegisterFiles(REGISTER, "remote_accesses", lazy_gettext("Accès distants"), "acces-distants")
ONE = f"{HERE}/<int:remote_access_id>"

FILES.add_to(pages, HERE)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The accesses in the order in which they are to be reviewed."""
    wanted = AccessFilter(request.args.get("q", "")[:100], asked_page())
    register = reading.read_accesses(platform(), scope(), establishment_id, wanted)
    return render_template(
        "remote_accesses/index.html",
        register=register,
        wanted=wanted,
        exposures=EXPOSURES,
        technologies=TECHNOLOGIES,
        first=reading.FIRST,
    )


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of an access; a contract may be given by the address."""
    form = _form(establishment_id)
    form.contract.data = request.args.get("contract", 0, type=row_number)
    form.supplier.data = request.args.get("supplier", "")[:200]
    return _edit_page(form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the access down."""
    form = _form(establishment_id, filled=True)
    made: list[int] = []
    code = form.saved(lambda: made.append(REGISTER.add(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _edit_page(form), code
    flash(_("Accès noté : voici ce qui lui manque."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, remote_access_id: int) -> str:
    """One access: its place in the review, what it lacks, what is known of it."""
    view = _access(remote_access_id)
    return render_template(
        "remote_accesses/one.html",
        view=view,
        one=view.draft,
        exposures=EXPOSURES,
        technologies=TECHNOLOGIES,
        services=SERVICES,
        answers=answers_beside(platform(), scope(), establishment_id, [ref for one in view.lacks for ref in one.refs]),
        may_manage=may(Right.MANAGE_TARGETS),
        may_export=may(Right.EXPORT),
    )


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, remote_access_id: int) -> str:
    """The form of a known access."""
    form, view = _form(establishment_id), _access(remote_access_id)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _edit_page(form, view)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, remote_access_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    form, view, version = _form(establishment_id, filled=True), _access(remote_access_id), seen_version()
    code = form.saved(lambda: REGISTER.change(platform(), scope(), remote_access_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _edit_page(form, view), code
    flash(_("Accès enregistré."))
    return _to(establishment_id, remote_access_id)


@pages.post(f"{ONE}/close")
def close(establishment_id: int, remote_access_id: int) -> ResponseReturnValue:
    """Say that it is over since today, or open it again."""
    _access(remote_access_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        REGISTER.close(platform(), scope(), remote_access_id, day, seen_version())
        flash(_("Accès clôturé : il reste lisible.") if day else _("Accès rouvert."))
    return _to(establishment_id, remote_access_id)


@pages.post(f"{ONE}/corrected")
def corrected(establishment_id: int, remote_access_id: int) -> ResponseReturnValue:
    """Say that what its review asked to correct was."""
    _access(remote_access_id)
    say_corrected(platform(), scope(), remote_access_id, request.form.get("answer", 0, type=row_number))
    flash(_("Correction notée : le constat se fermera au prochain audit du registre."))
    return _to(establishment_id, remote_access_id)


@pages.get(f"{HERE}/cuts.pdf")
def cuts(establishment_id: int) -> Response:
    """For every open access who cuts it and how, to print."""
    return attachment(print_cuts(platform(), scope(), establishment_id), "coupure-acces-distants.pdf")


@pages.get(f"{ONE}/supplier.pdf")
def sheet(establishment_id: int, remote_access_id: int) -> Response:
    """What to ask the supplier of this access."""
    _access(remote_access_id)
    name, content = supplier_sheet(platform(), scope(), remote_access_id)
    return attachment(content, name)


@pages.post(f"{HERE}/check")
def check(establishment_id: int) -> ResponseReturnValue:
    """Audit the register now."""
    with said_as_refused(Refused):
        started = ask_check(platform(), scope(), establishment_id)
        if started is not None:
            return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=started.run_id))
    return redirect(url_for("remote_accesses.index", establishment_id=establishment_id))


def _form(establishment_id: int, *, filled: bool = False) -> AccessForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = AccessForm(request.form) if filled else AccessForm()
    form.prepare(contract_choices(platform(), scope(), establishment_id))
    return form


def _edit_page(form: AccessForm, view: AccessView | None = None) -> str:
    return render_template("remote_accesses/edit.html", form=form, view=view)


def _access(remote_access_id: int) -> AccessView:
    return of_this_place(reading.open_access(platform(), scope(), remote_access_id))


def _to(establishment_id: int, remote_access_id: int) -> ResponseReturnValue:
    return redirect(
        url_for("remote_accesses.one", establishment_id=establishment_id, remote_access_id=remote_access_id)
    )
