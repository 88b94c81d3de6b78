"""Incidents: the register, the first minute, the page of one with its clocks and its timeline, its sheet."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.actions import ActionSource
from care.domain.evidence import ThingKind
from care.domain.programme import Gravity, IncidentState
from care.services.errors import Forbidden, Refused
from care.services.incidents.chain import chain_pdf, open_chain
from care.services.incidents.closing import IncidentRef, origin_incident
from care.services.incidents.figures import incident_figures, register_file
from care.services.incidents.reading import (
    IncidentFilter,
    IncidentLine,
    IncidentName,
    IncidentView,
    TimelineLine,
    incidents_of_logbook,
    incidents_under_way,
    list_incidents,
    open_incident,
    start_of,
)
from care.services.incidents.writing import (
    change_incident,
    decide_gravity,
    note_event,
    open_logbook_of,
    register_incident,
)
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.incidents import declaring, ending
from care.web.incidents.blueprint import HERE, ONE, pages
from care.web.incidents.forms import EventForm, FirstForm, GravityForm, SheetForm, number_of
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

__all__ = ["declaring", "ending", "pages"]


@pages.app_template_global("incident_behind")
def incident_behind(source: ActionSource, source_ref: str) -> IncidentRef | None:
    """The incident that an action comes from, for the page of the action."""
    return origin_incident(platform(), scope(), source, source_ref)


@pages.app_template_global("incidents_of_logbook")
def tied_incidents(establishment_id: int, logbook_id: int) -> tuple[IncidentName, ...]:
    """The incidents tied to a logbook, for its page."""
    return incidents_of_logbook(platform(), scope(), establishment_id, logbook_id)


@pages.app_template_global("incidents_under_way")
def under_way(establishment_id: int) -> tuple[IncidentLine, ...]:
    """The incidents that are not closed, for the home of the establishment."""
    return incidents_under_way(platform(), scope(), establishment_id)


@pages.app_template_global("may_register_incident")
def may_register_incident() -> bool:
    """Whether pages of this place offer to register an incident."""
    return may(Right.MANAGE_INCIDENTS)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The register: what is under way first."""
    wanted = _wanted()
    found = list_incidents(platform(), scope(), establishment_id, wanted)
    return render_template("incidents/index.html", found=found, wanted=wanted)


@pages.get(f"{HERE}/register.<form>")
def register(establishment_id: int, form: str) -> Response:
    """The register to take away: CSV, or a workbook."""
    content = register_file(platform(), scope(), establishment_id, form)
    return attachment(content, f"registre-des-incidents.{form}")


@pages.get(f"{HERE}/figures")
def figures(establishment_id: int) -> str:
    """The figures of each year beside those of the country."""
    return render_template("incidents/figures.html", found=incident_figures(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/chain")
def chain(establishment_id: int) -> str:
    """Who to call, in order."""
    return render_template("incidents/chain.html", chain=open_chain(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/chain.pdf")
def chain_file(establishment_id: int) -> Response:
    """The same, on a sheet to pin up."""
    return attachment(chain_pdf(platform(), scope(), establishment_id), "chaine-d-alerte.pdf")


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of the first minute, begun from a logbook if the address names one."""
    _may_manage()
    form = FirstForm()
    form.detected_at.show(platform().clock.now())
    asked = number_of(request.args.get("logbook", ""))
    begun = start_of(platform(), scope(), establishment_id, asked) if asked else None
    if begun is not None:
        form.title.data, form.logbook.data = begun[0], str(asked)
        form.detected_at.show(begun[1])
    return render_template("incidents/new.html", form=form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Register it."""
    _may_manage()
    form, numbers = FirstForm(request.form), list[int]()
    code = form.saved(lambda: numbers.append(register_incident(platform(), scope(), establishment_id, form.words())))
    if code:
        return render_template("incidents/new.html", form=form), code
    flash(_("Incident enregistré. Les délais courent : complétez au fur et à mesure."))
    return to_incident(establishment_id, numbers[0])


@pages.get(ONE)
def one(establishment_id: int, incident_id: int) -> str:
    """An incident: what is due, what happened, what is known."""
    return _page(the_incident(incident_id))


@pages.get(f"{ONE}/clocks")
def clocks(establishment_id: int, incident_id: int) -> str:
    """Its clocks alone, for a page that is open."""
    return render_template("incidents/_clocks.html", incident=the_incident(incident_id))


@pages.post(ONE)
def note(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Write a line of its timeline."""
    incident = to_manage(incident_id)
    form = EventForm(request.form)
    form.prepare()
    now, zone = platform().clock.now(), ZoneInfo(platform().settings.timezone)
    code = form.saved(lambda: note_event(platform(), scope(), incident_id, form.draft(now, zone)))
    if code:
        return _page(incident, form), code
    return to_incident(establishment_id, incident_id, "timeline")


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, incident_id: int) -> str:
    """The form of its sheet."""
    incident, form = to_manage(incident_id), SheetForm()
    form.prepare()
    form.fill(incident.draft, incident.version)
    return render_template("incidents/edit.html", incident=incident, form=form)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Record the sheet; what was typed is kept when somebody was quicker."""
    incident, form = to_manage(incident_id), SheetForm(request.form)
    form.prepare()
    code = form.saved(lambda: change_incident(platform(), scope(), incident_id, form.draft(), seen_version()))
    if code:
        form.version.data = str(incident.version) if code == 409 else form.version.data
        return render_template("incidents/edit.html", incident=incident, form=form), code
    flash(_("Fiche enregistrée."))
    return to_incident(establishment_id, incident_id)


@pages.get(f"{ONE}/gravity")
def gravity(establishment_id: int, incident_id: int) -> str:
    """How grave it is, why, and the form of who decides."""
    incident = the_incident(incident_id)
    form = GravityForm()
    form.prepare()
    form.gravity.data = incident.gravity.value if incident.decided else Gravity.UNKNOWN.value
    form.why.data, form.version.data = incident.gravity_why, str(incident.version)
    return render_template("incidents/gravity.html", incident=incident, form=form)


@pages.post(f"{ONE}/gravity")
def decide(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Record the decision."""
    incident, form = to_manage(incident_id), GravityForm(request.form)
    form.prepare()
    code = form.saved(
        lambda: decide_gravity(
            platform(), scope(), incident_id, Gravity(form.gravity.data), form.why.data or "", seen_version()
        )
    )
    if code:
        form.version.data = str(incident.version) if code == 409 else form.version.data
        return render_template("incidents/gravity.html", incident=incident, form=form), code
    flash(_("Gravité enregistrée."))
    return to_incident(establishment_id, incident_id)


@pages.post(f"{ONE}/logbook")
def logbook(establishment_id: int, incident_id: int) -> ResponseReturnValue:
    """Open its logbook, or the one already open here."""
    to_manage(incident_id)
    with said_as_refused(Refused):
        number = open_logbook_of(platform(), scope(), incident_id)
        return redirect(url_for("logbooks.one", establishment_id=establishment_id, logbook_id=number))
    return to_incident(establishment_id, incident_id)


def the_incident(incident_id: int) -> IncidentView:
    """The incident, if it is of this place."""
    return of_this_place(open_incident(platform(), scope(), incident_id))


def to_manage(incident_id: int) -> IncidentView:
    """The same, for who may change it."""
    incident = the_incident(incident_id)
    _may_manage()
    return incident


def to_incident(establishment_id: int, incident_id: int, anchor: str | None = None) -> ResponseReturnValue:
    """Back to the page of an incident."""
    address = url_for("incidents.one", establishment_id=establishment_id, incident_id=incident_id, _anchor=anchor)
    return redirect(address)


def _may_manage() -> None:
    if not may(Right.MANAGE_INCIDENTS):
        raise Forbidden


def _page(incident: IncidentView, form: EventForm | None = None) -> str:
    if form is None:
        form = EventForm()
        form.prepare()
        asked = _corrected(incident, request.args.get("corrects", ""))
        if asked is not None:
            form.corrects.data, form.text.data = str(asked.id), asked.text.replace("\n", " ")
    return render_template(
        "incidents/one.html",
        incident=incident,
        form=form,
        corrected=_corrected(incident, form.corrects.data),
        proofs=proofs_of(ThingKind.INCIDENT, incident.id),
        now=_local(platform().clock.now()),
    )


def _corrected(incident: IncidentView, number: str | None) -> TimelineLine | None:
    return next((line for line in incident.timeline if str(line.id) == number and not line.corrected_by), None)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(platform().settings.timezone))


def _wanted() -> IncidentFilter:
    asked = request.args
    state, grave = asked.get("state", ""), asked.get("gravity", "")
    return IncidentFilter(
        search=asked.get("q", "")[:200],
        year=asked.get("year", 0, type=row_number),
        state=IncidentState(state) if state in list(IncidentState) else None,
        gravity=Gravity(grave) if grave in list(Gravity) else None,
    )
