"""Support: the list over a region, the services of its centre, and the page of one establishment."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.support import StepState, UseState
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.library import today as local_day
from care.services.support.editing import add_contact, change_contact, drop_contact, save_file
from care.services.support.exports import follow_up_csv, follow_up_xlsx
from care.services.support.following import SupportFilter, list_support
from care.services.support.reading import SupportView, open_contact, open_support
from care.services.support.uses import MAX_NOTE, ask_service, move_use, read_services, withdraw_use
from care.services.typed_texts import MAX_LINE
from care.web.days import plausible
from care.web.files import attachment
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused
from care.web.support.forms import ContactForm, FileForm
from care.web.wide import asked_place, place_options
from scanners.model import Text

pages = Blueprint("support", __name__, template_folder="templates")
REGION = "/support"
HERE = "/establishments/<int:establishment_id>/support"
CONTACT = f"{HERE}/contacts/<int:support_contact_id>"
USE = f"{HERE}/services/<int:use_id>"


@pages.get(REGION)
def index() -> str:
    """Every establishment of the region: what comes next, what is overdue."""
    wanted = _wanted()
    found = list_support(platform(), scope(), wanted)
    return render_template("support/index.html", found=found, wanted=wanted, places=place_options(found.places))


@pages.get(f"{REGION}/follow-up.csv")
def table() -> Response:
    """The list, with its filters, as CSV."""
    return attachment(follow_up_csv(platform(), scope(), _wanted()), "accompagnement.csv")


@pages.get(f"{REGION}/follow-up.xlsx")
def workbook() -> Response:
    """The same as a workbook, with contacts and services."""
    return attachment(follow_up_xlsx(platform(), scope(), _wanted()), "accompagnement.xlsx")


@pages.get(f"{REGION}/services")
def services() -> str:
    """The services of the regional centre and who uses them."""
    found = read_services(platform(), scope(), asked_place())
    return render_template("support/services.html", found=found, places=place_options(found.places))


@pages.get(HERE)
def one(establishment_id: int) -> str:
    """Who supports this establishment, what was agreed, which services it uses."""
    view = open_support(platform(), scope(), establishment_id)
    return render_template("support/one.html", view=view, today=local_day(platform()))


@pages.get(f"{HERE}/edit")
def edit(establishment_id: int) -> str:
    """The form of what comes next."""
    view = _supported(establishment_id)
    form = FileForm()
    form.show(view.draft, view.version)
    return render_template("support/edit.html", form=form, view=view)


@pages.post(f"{HERE}/edit")
def change(establishment_id: int) -> ResponseReturnValue:
    """Write it; what was typed is kept when somebody was quicker."""
    form = FileForm(request.form)
    view = _supported(establishment_id)
    code = form.saved(lambda: save_file(platform(), scope(), establishment_id, form.draft(), seen_version()))
    if code:
        form.version.data = str(view.version)
        return render_template("support/edit.html", form=form, view=view), code
    flash(_("Suivi enregistré."))
    return _back(establishment_id)


@pages.get(f"{HERE}/contacts/new")
def new_contact(establishment_id: int) -> str:
    """The form of a contact."""
    view, form = _supported(establishment_id), ContactForm()
    form.prepare()
    form.held_on.data, form.by.data = local_day(platform()), view.owner or scope().name
    return render_template("support/contact.html", form=form, view=view, contact_id=None)


@pages.post(f"{HERE}/contacts/new")
def create_contact(establishment_id: int) -> ResponseReturnValue:
    """Write the contact down."""
    view, form = _supported(establishment_id), ContactForm(request.form)
    form.prepare()
    code = form.saved(lambda: add_contact(platform(), scope(), establishment_id, form.draft()))
    if code:
        return render_template("support/contact.html", form=form, view=view, contact_id=None), code
    flash(_("Contact enregistré."))
    return _back(establishment_id)


@pages.get(CONTACT)
def contact(establishment_id: int, support_contact_id: int) -> str:
    """The form of a contact that is written down."""
    view, form = _supported(establishment_id), ContactForm()
    place, draft, version = open_contact(platform(), scope(), support_contact_id)
    _same(establishment_id, place)
    form.prepare()
    form.show(draft, version)
    return _contact_page(form, view, support_contact_id, held=draft.held)


@pages.post(CONTACT)
def save_contact(establishment_id: int, support_contact_id: int) -> ResponseReturnValue:
    """Change it, or tell how it went."""
    view, form = _supported(establishment_id), ContactForm(request.form)
    place, draft, version = open_contact(platform(), scope(), support_contact_id)
    _same(establishment_id, place)
    form.prepare()
    code = form.saved(lambda: change_contact(platform(), scope(), support_contact_id, form.draft(), seen_version()))
    if code:
        form.version.data = str(version) if code == 409 else form.version.data
        return _contact_page(form, view, support_contact_id, held=draft.held), code
    flash(_("Contact enregistré."))
    return _back(establishment_id)


@pages.post(f"{CONTACT}/drop")
def drop(establishment_id: int, support_contact_id: int) -> ResponseReturnValue:
    """Give up a contact that was planned."""
    place, _draft, _version = open_contact(platform(), scope(), support_contact_id)
    _same(establishment_id, place)
    with said_as_refused(Refused):
        drop_contact(platform(), scope(), support_contact_id, seen_version())
        flash(_("Contact annulé."))
    return _back(establishment_id)


@pages.post(f"{HERE}/services")
def ask(establishment_id: int) -> ResponseReturnValue:
    """Ask the region for a service."""
    if not (may(Right.MANAGE_PROGRAMME) or may(Right.MANAGE_REGION)):
        raise Forbidden
    service = request.form.get("service", "")[:MAX_LINE]
    with said_as_refused(Refused, Invalid):
        ask_service(platform(), scope(), establishment_id, service, request.form.get("note", "")[: MAX_NOTE + 1])
        flash(_("Demande notée : votre région la voit."))
    return _back(establishment_id, "services")


@pages.post(USE)
def move(establishment_id: int, use_id: int) -> ResponseReturnValue:
    """Agree, begin, end or decline."""
    _supported(establishment_id)
    _same_use(establishment_id, use_id)
    with said_as_refused(Refused, Invalid):
        move_use(platform(), scope(), use_id, _state(), _day(), request.form.get("note", "")[: MAX_NOTE + 1],
                 seen_version())  # fmt: skip
        flash(_("Service mis à jour."))
    return _back(establishment_id, f"use-{use_id}")


@pages.post(f"{USE}/withdraw")
def withdraw(establishment_id: int, use_id: int) -> ResponseReturnValue:
    """Give up a request."""
    _same_use(establishment_id, use_id)
    with said_as_refused(Refused):
        withdraw_use(platform(), scope(), use_id, seen_version())
        flash(_("Demande retirée."))
    return _back(establishment_id, "services")


def _supported(establishment_id: int) -> SupportView:
    """The support of an establishment, for who writes it; Forbidden for its own people."""
    view = open_support(platform(), scope(), establishment_id)
    if not view.may_support:
        raise Forbidden
    return view


def _contact_page(form: ContactForm, view: SupportView, contact_id: int, *, held: bool) -> str:
    return render_template("support/contact.html", form=form, view=view, contact_id=contact_id, held=held)


def _same(establishment_id: int, other: int) -> None:
    if establishment_id != other:
        raise NotFound


def _same_use(establishment_id: int, use_id: int) -> None:
    view = open_support(platform(), scope(), establishment_id)
    if use_id not in {one.id for one in view.uses}:
        raise NotFound


def _back(establishment_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("support.one", establishment_id=establishment_id, _anchor=anchor))


def _state() -> UseState:
    asked = request.form.get("state", "")
    if asked not in list(UseState):
        raise Refused(Text("Choisissez ce que devient ce service.", "Choose what becomes of this service."))
    return UseState(asked)


def _day() -> date:
    """The day typed, today when there is none."""
    typed = request.form.get("day", "").strip()
    if not typed:
        return local_day(platform())
    try:
        return plausible(typed)
    except ValueError as error:
        raise Refused(
            Text("Cette date ne se lit pas : écrivez-la 2026-03-12.", "This date cannot be read: write it 2026-03-12.")
        ) from error


def _wanted() -> SupportFilter:
    asked = request.args
    state = asked.get("state", "")
    return SupportFilter(
        place=asked_place(),
        words=asked.get("q", "")[:MAX_LINE],
        owner=asked.get("owner", "")[:MAX_LINE],
        state=StepState(state) if state in list(StepState) else None,
        quiet="quiet" in asked,
        number=asked_page(),
    )
