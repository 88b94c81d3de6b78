"""The directory of crisis: its page, its contacts one by one, its files."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.continuity import CellKind
from care.services import contact_files, contact_import, crisis_contacts
from care.services.crisis_contacts import ContactView
from care.services.errors import Forbidden, Invalid, Refused
from care.web.crisis.blueprint import HERE, pages
from care.web.crisis.forms import ContactForm, ImportForm
from care.web.files import attachment
from care.web.forms import sent, text_of
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused


@pages.get(f"{HERE}/contacts")
def contacts(establishment_id: int) -> str:
    """The directory, cell by cell, and what it lacks."""
    directory = crisis_contacts.open_directory(platform(), scope(), establishment_id)
    return render_template("crisis/contacts.html", directory=directory)


@pages.get(f"{HERE}/contacts/new")
def new_contact(establishment_id: int) -> str:
    """The form of a new contact."""
    _may_manage()
    form = _form()
    asked = request.args.get("cell", "")
    form.cell.data = asked if asked in list(CellKind) else CellKind.DECISION.value
    return render_template("crisis/contact.html", form=form, contact=None)


@pages.post(f"{HERE}/contacts/new")
def add_contact(establishment_id: int) -> ResponseReturnValue:
    """Add the contact."""
    _may_manage()
    form = _form(request.form)
    if form.validate():
        try:
            crisis_contacts.add_contact(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
        else:
            flash(_("Contact ajouté."))
            return _back(establishment_id, form.cell.data)
    return render_template("crisis/contact.html", form=form, contact=None), 400


@pages.get(f"{HERE}/contacts/<int:contact_id>")
def edit_contact(establishment_id: int, contact_id: int) -> str:
    """The form of a contact."""
    contact, form = _to_change(contact_id), _form()
    form.fill(contact.draft, contact.version)
    return render_template("crisis/contact.html", form=form, contact=contact)


@pages.post(f"{HERE}/contacts/<int:contact_id>")
def change_contact(establishment_id: int, contact_id: int) -> ResponseReturnValue:
    """Change the contact; what was typed is kept when somebody was quicker."""
    contact, form, code = _to_change(contact_id), _form(request.form), 400
    if form.validate():
        try:
            crisis_contacts.change_contact(platform(), scope(), contact_id, form.draft(), seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            form.version.data, code = str(contact.version), 409
        else:
            flash(_("Contact enregistré."))
            return _back(establishment_id, form.cell.data)
    return render_template("crisis/contact.html", form=form, contact=contact), code


@pages.post(f"{HERE}/contacts/<int:contact_id>/remove")
def remove_contact(establishment_id: int, contact_id: int) -> ResponseReturnValue:
    """Erase the contact."""
    contact = _to_change(contact_id)
    crisis_contacts.remove_contact(platform(), scope(), contact_id, seen_version())
    flash(_("Contact effacé."))
    return _back(establishment_id, contact.draft.cell)


@pages.post(f"{HERE}/contacts/<int:contact_id>/move")
def move_contact(establishment_id: int, contact_id: int) -> ResponseReturnValue:
    """Put the contact before or after its neighbour."""
    contact = _to_change(contact_id)
    crisis_contacts.move_contact(platform(), scope(), contact_id, up="up" in request.form)
    return _back(establishment_id, contact.draft.cell)


@pages.post(f"{HERE}/contacts/check")
def check_contacts(establishment_id: int) -> ResponseReturnValue:
    """Say that the numbers ticked were tried today."""
    _may_manage()
    asked = [one for one in request.form.getlist("contact", type=row_number) if one]
    with said_as_refused(Invalid):
        count = crisis_contacts.check_contacts(platform(), scope(), establishment_id, asked)
        flash(ngettext("%(num)s contact vérifié aujourd’hui.", "%(num)s contacts vérifiés aujourd’hui.", count))
    return _back(establishment_id)


@pages.post(f"{HERE}/contacts/start")
def start_contacts(establishment_id: int) -> ResponseReturnValue:
    """Give empty cells their usual functions."""
    _may_manage()
    crisis_contacts.start_from_kit(platform(), scope(), establishment_id)
    flash(_("Fonctions habituelles ajoutées : nommez maintenant les personnes, et effacez ce qui ne sert pas ici."))
    return _back(establishment_id)


@pages.get(f"{HERE}/contacts.pdf")
def contacts_pdf(establishment_id: int) -> Response:
    """The directory to print."""
    return attachment(contact_files.contacts_pdf(platform(), scope(), establishment_id), "annuaire-de-crise.pdf")


@pages.get(f"{HERE}/contacts.csv")
def contacts_csv(establishment_id: int) -> Response:
    """The directory as a spreadsheet."""
    return attachment(contact_files.contacts_csv(platform(), scope(), establishment_id), "annuaire-de-crise.csv")


@pages.get(f"{HERE}/contacts.vcf")
def contacts_vcard(establishment_id: int) -> Response:
    """The directory for telephones."""
    return attachment(contact_files.contacts_vcard(platform(), scope(), establishment_id), "annuaire-de-crise.vcf")


@pages.get(f"{HERE}/contacts/import")
def import_contacts(establishment_id: int) -> str:
    """The form of an import."""
    _may_manage()
    return render_template("crisis/import.html", form=ImportForm())


@pages.post(f"{HERE}/contacts/import")
def preview_contacts(establishment_id: int) -> ResponseReturnValue:
    """What the file would do."""
    _may_manage()
    form = ImportForm(sent())
    form.validate()
    text = text_of(form.file) or form.lines.data or ""
    return _preview(establishment_id, form, text)


@pages.post(f"{HERE}/contacts/import/confirm")
def confirm_contacts(establishment_id: int) -> ResponseReturnValue:
    """Do what was shown."""
    _may_manage()
    form = ImportForm(request.form)
    text, seen = form.lines.data or "", request.form.get("seen", "")
    try:
        contact_import.apply_import(
            platform(), scope(), establishment_id, text, removing=bool(form.removing.data), seen=seen
        )
    except Refused as refusal:
        form.other_errors.append(refusal.text.render(current_language()))
        return _preview(establishment_id, form, text, 409)
    except Invalid as refusal:
        form.blame(refusal)
        return render_template("crisis/import.html", form=form), 400
    flash(_("Annuaire mis à jour."))
    return _back(establishment_id)


def _preview(establishment_id: int, form: ImportForm, text: str, code: int = 200) -> ResponseReturnValue:
    removing = bool(form.removing.data)
    try:
        preview = contact_import.preview_import(platform(), scope(), establishment_id, text, removing=removing)
    except Invalid as refusal:
        form.blame(refusal)
        return render_template("crisis/import.html", form=form), 400
    return render_template("crisis/import_preview.html", form=form, preview=preview, text=text), code


def _form(given: Any = None) -> ContactForm:  # noqa: ANN401 - what werkzeug gives
    form = ContactForm(given)
    form.prepare()
    return form


def _to_change(contact_id: int) -> ContactView:
    """The contact, if this person may change it."""
    contact = of_this_place(crisis_contacts.open_contact(platform(), scope(), contact_id))
    _may_manage()
    return contact


def _may_manage() -> None:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden


def _back(establishment_id: int, cell: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("crisis.contacts", establishment_id=establishment_id, _anchor=cell))
