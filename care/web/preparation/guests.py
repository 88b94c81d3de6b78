"""Who is invited: one by one, pasted, from the crisis directory; the invitations sent."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.services.errors import Invalid, Refused
from care.services.exercises import guests as people
from care.services.exercises.guest_lists import pasted
from care.services.exercises.reading import ExerciseLine
from care.web.exercises.routes import the_exercise_to_run, to
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may
from care.web.preparation.blueprint import HERE, pages
from care.web.preparation.forms import GuestForm, PasteForm, PlacedForm
from care.web.refusals import said_as_refused

LIST = f"{HERE}/guests"
GUEST = f"{LIST}/<int:guest_id>"


@pages.get(LIST)
def guests(establishment_id: int, exercise_id: int) -> str:
    """Everyone invited, who answered, whether the letters left."""
    return _list(the_exercise_to_run(exercise_id))


def _list(exercise: ExerciseLine, form: GuestForm | None = None, paste: PasteForm | None = None) -> str:
    found = people.list_guests(platform(), scope(), exercise.id)
    form, paste = form or GuestForm(), paste or PasteForm()
    form.prepare(found.cells)
    paste.prepare(found.cells)
    return render_template(
        "preparation/guests.html", exercise=exercise, found=found, form=form, paste=paste,
        directory=may(Right.SEE_CONTACTS),
    )  # fmt: skip


@pages.post(LIST)
def add_guest(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Put somebody on the list."""
    exercise = the_exercise_to_run(exercise_id)
    form = GuestForm(request.form)
    form.prepare(people.list_guests(platform(), scope(), exercise_id).cells)
    added: list[people.Added] = []
    code = form.saved(lambda: added.append(people.add_guests(platform(), scope(), exercise_id, [form.draft()])))
    if code:
        return _list(exercise, form=form), code
    flash(_("Personne ajoutée.") if added[0].count else _("Cette personne est déjà dans la liste."))
    return to("preparation.guests", exercise)


@pages.post(f"{LIST}/paste")
def paste_guests(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Put the people of a pasted list on it."""
    exercise, form = the_exercise_to_run(exercise_id), PasteForm(request.form)
    cells = people.list_guests(platform(), scope(), exercise_id).cells
    form.prepare(cells)
    added: list[people.Added] = []

    def save() -> None:
        drafts = pasted(form.lines.data or "", form.placed, cells)
        added.append(people.add_guests(platform(), scope(), exercise_id, drafts))

    code = form.saved(save)
    if code:
        return _list(exercise, paste=form), code
    flash(_said(added[0]))
    return to("preparation.guests", exercise)


def _said(added: people.Added) -> str:
    """How many were added, and who was there already: no one is left out in silence."""
    said: str = ngettext("%(num)s personne ajoutée.", "%(num)s personnes ajoutées.", added.count)
    if not added.skipped:
        return said
    names = ", ".join(added.skipped[:8]) + ("…" if len(added.skipped) > 8 else "")
    there = _("Déjà dans la liste : %(names)s.", names=names)
    return f"{said} {there}"


@pages.get(f"{LIST}/directory")
def directory(establishment_id: int, exercise_id: int) -> str:
    """The crisis directory, to choose from."""
    return _directory(the_exercise_to_run(exercise_id), PlacedForm())


@pages.post(f"{LIST}/directory")
def add_from_directory(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Put those chosen on the list."""
    exercise, form = the_exercise_to_run(exercise_id), PlacedForm(request.form)
    form.prepare(people.list_guests(platform(), scope(), exercise_id).cells)
    chosen = [one for one in request.form.getlist("contact", type=row_number) if one]
    added: list[people.Added] = []

    def save() -> None:
        placed = form.placed
        added.append(people.add_from_directory(platform(), scope(), exercise_id, chosen, placed.role, placed.cell))

    code = form.saved(save)
    if code:
        return _directory(exercise, form, chosen), code
    flash(_said(added[0]))
    return to("preparation.guests", exercise)


def _directory(exercise: ExerciseLine, form: PlacedForm, chosen: list[int] | None = None) -> str:
    found = people.directory_people(platform(), scope(), exercise.id)
    form.prepare(people.list_guests(platform(), scope(), exercise.id).cells)
    return render_template("preparation/directory.html", exercise=exercise, found=found, form=form, chosen=chosen or [])


@pages.get(GUEST)
def edit_guest(establishment_id: int, exercise_id: int, guest_id: int) -> str:
    """The form of somebody invited."""
    exercise = the_exercise_to_run(exercise_id)
    guest = people.open_guest(platform(), scope(), exercise_id, guest_id)
    form = _form(exercise_id)
    form.fill(guest.draft, guest.version)
    return render_template("preparation/guest.html", exercise=exercise, guest=guest, form=form)


@pages.post(GUEST)
def change_guest(establishment_id: int, exercise_id: int, guest_id: int) -> ResponseReturnValue:
    """Record it; what was typed stays when somebody was quicker."""
    exercise = the_exercise_to_run(exercise_id)
    guest = people.open_guest(platform(), scope(), exercise_id, guest_id)
    form = _form(exercise_id, request.form)
    version = row_number(form.version.data or "0") or 0
    code = form.saved(lambda: people.change_guest(platform(), scope(), exercise_id, guest_id, form.draft(), version))
    if code:
        changed = code == 409
        form.version.data = str(guest.version) if changed else form.version.data
        return render_template(
            "preparation/guest.html", exercise=exercise, guest=guest, form=form, changed=changed
        ), code
    flash(_("Personne enregistrée."))
    return to("preparation.guests", exercise)


def _form(exercise_id: int, given: Any = None) -> GuestForm:  # noqa: ANN401 - what werkzeug gives
    form = GuestForm(given)
    form.prepare(people.list_guests(platform(), scope(), exercise_id).cells)
    return form


@pages.post(f"{GUEST}/remove")
def remove_guest(establishment_id: int, exercise_id: int, guest_id: int) -> ResponseReturnValue:
    """Take somebody off the list."""
    exercise = the_exercise_to_run(exercise_id)
    people.remove_guest(platform(), scope(), exercise_id, guest_id)
    flash(_("Personne retirée de la liste."))
    return to("preparation.guests", exercise)


@pages.post(f"{LIST}/invite")
def invite(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Send the invitations that were not; or one more, to one."""
    exercise = the_exercise_to_run(exercise_id)
    with said_as_refused(Refused, Invalid):
        count = people.invite(platform(), scope(), exercise_id, request.form.get("guest", type=row_number))
        flash(ngettext("%(num)s invitation confiée au relais.", "%(num)s invitations confiées au relais.", count))
    return to("preparation.guests", exercise)
