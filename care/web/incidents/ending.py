"""What an incident teaches, and its closing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.errors import Forbidden, NotFound, Refused
from care.services.incidents.closing import (
    Ending,
    act_on_lesson,
    close_incident,
    open_ending,
    reopen_incident,
    write_lessons,
)
from care.web.incidents.blueprint import ONE, pages
from care.web.incidents.forms import ClosingForm, LessonsForm
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused


@pages.get(f"{ONE}/closing")
def closing(establishment_id: int, incident_id: int) -> str:
    """The lessons, the actions they became, and what closing waits for."""
    return _page(_found(incident_id))


@pages.post(f"{ONE}/lessons")
def teach(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Record the lessons."""
    found, form = _to_manage(incident_id), LessonsForm(request.form)
    code = form.saved(lambda: write_lessons(platform(), scope(), incident_id, form.lessons.data or "", seen_version()))
    if code:
        form.version.data = str(found.version) if code == 409 else form.version.data
        return _page(found, lessons=form), code
    flash(_("Enseignements enregistrés."))
    return _back(found)


@pages.post(f"{ONE}/act")
def act(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """The action that a lesson calls for."""
    found = _found(incident_id)
    with said_as_refused(NotFound):
        number = act_on_lesson(platform(), scope(), incident_id, request.form.get("lesson", ""))
        return redirect(url_for("actions.one", establishment_id=establishment_id, action_id=number))
    return _back(found)


@pages.post(f"{ONE}/closing")
def close(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Close it."""
    found, form = _to_manage(incident_id), ClosingForm(request.form)
    code = form.saved(lambda: close_incident(platform(), scope(), incident_id, form.reason.data or "", seen_version()))
    if code:
        form.version.data = str(found.version) if code == 409 else form.version.data
        return _page(found, ending=form), code
    flash(_("Incident clos."))
    return redirect(url_for("incidents.one", establishment_id=establishment_id, incident_id=incident_id))


@pages.post(f"{ONE}/reopen")
def reopen(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Open it again."""
    _to_manage(incident_id)
    with said_as_refused(Refused):
        reopen_incident(platform(), scope(), incident_id, seen_version())
        flash(_("Incident rouvert."))
    return redirect(url_for("incidents.one", establishment_id=establishment_id, incident_id=incident_id))


def _found(incident_id: int) -> Ending:
    return of_this_place(open_ending(platform(), scope(), incident_id))


def _to_manage(incident_id: int) -> Ending:
    found = _found(incident_id)
    if not may(Right.MANAGE_INCIDENTS):
        raise Forbidden
    return found


def _page(found: Ending, *, lessons: LessonsForm | None = None, ending: ClosingForm | None = None) -> str:
    version = str(found.version)
    lessons = lessons or LessonsForm(data={"lessons": found.lessons, "version": version})
    ending = ending or ClosingForm(data={"version": version})
    return render_template("incidents/closing.html", found=found, lessons=lessons, ending=ending)


def _back(found: Ending) -> ResponseReturnValue:
    address = url_for("incidents.closing", establishment_id=found.establishment_id, incident_id=found.incident_id)
    return redirect(address)
