"""The security policy and the committees: calendar, minutes, decisions that become actions."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place
from care.services.errors import Refused
from care.services.governance import committee_writing
from care.services.governance.committees import Committees, read_committees, read_meeting
from care.services.governance.policy import REQUIREMENT, read_policy
from care.web.governance.blueprint import Where, back_to, check_managed, place_in, reads, shown, writes
from care.web.governance.forms import MeetingForm
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.refusals import said_as_refused


@reads("/committees")
def committees(**where: Where) -> ResponseReturnValue:
    """The PSSI, the rhythm of committees, and their calendar."""
    view = read_committees(platform(), scope(), place_in(where))
    policy = read_policy(platform(), scope(), place_in(where))
    return shown("committees", view.holder, view=view, policy=policy, requirement=REQUIREMENT)


@reads("/committees/new")
def new_committee(**where: Where) -> ResponseReturnValue:
    """The form of a meeting."""
    view, form = _managed(where), _form()
    asked = request.args.get("kind", "")
    if asked in platform().kits.governance.committees:
        form.kind.data = asked
    return shown("committee_new", view.holder, form=form)


@writes("/committees/new")
def add_committee(**where: Where) -> ResponseReturnValue:
    """Plan a meeting, or note one that took place."""
    view, form, place = _managed(where), _form(posted=True), place_in(where)
    made: list[int] = []
    code = form.saved(lambda: made.append(committee_writing.add_meeting(platform(), scope(), place, form.draft())))
    if code:
        return shown("committee_new", view.holder, form=form), code
    flash(_("Réunion enregistrée."))
    return back_to("committee", place, committee_id=made[0])


@reads("/committees/<int:committee_id>")
def committee(committee_id: int, **where: Where) -> ResponseReturnValue:
    """One meeting: what was decided, its minutes, its actions."""
    holder, found = read_meeting(platform(), scope(), place_in(where), committee_id)
    form = _form()
    form.fill(found)
    return shown("committee", holder, form=form, meeting=found)


@writes("/committees/<int:committee_id>")
def change_committee(committee_id: int, **where: Where) -> ResponseReturnValue:
    """Correct it; what was typed is kept when somebody was quicker."""
    place = place_in(where)
    holder, found = read_meeting(platform(), scope(), place, committee_id)
    check_managed(holder)
    form = _form(posted=True)
    code = form.saved(
        lambda: committee_writing.change_meeting(platform(), scope(), place, committee_id, form.draft(), seen_version())
    )
    if code:
        if code == 409:
            form.version.data = str(found.version)
        return shown("committee", holder, form=form, meeting=found), code
    flash(_("Réunion enregistrée."))
    return back_to("committee", place, committee_id=committee_id)


@writes("/committees/<int:committee_id>/actions/<decision>")
def act_on_decision(committee_id: int, decision: str, **where: Where) -> ResponseReturnValue:
    """Turn a decision into an action, then show it."""
    place = place_in(where)
    sites = _sites(place)
    with said_as_refused(Refused):
        action, site = committee_writing.act_on_decision(platform(), scope(), place, committee_id, decision, sites)
        return redirect(url_for("actions.one", establishment_id=site, action_id=action))
    return back_to("committee", place, committee_id=committee_id)


def _sites(place: Place) -> list[int]:
    """The establishments ticked; the holder itself when it is one."""
    if place.level is Level.ESTABLISHMENT:
        return [place.id]
    return [one for one in request.form.getlist("site", type=row_number) if one]


def _form(*, posted: bool = False) -> MeetingForm:
    form = MeetingForm(request.form if posted else None)
    form.prepare(platform().kits.governance)
    return form


def _managed(where: dict[str, Where]) -> Committees:
    view = read_committees(platform(), scope(), place_in(where))
    check_managed(view.holder)
    return view
