"""What somebody invited does without an account: the page behind the link of a letter."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.exercises import GuestAnswer
from care.services.errors import NotFound, Refused
from care.services.exercises import guest_links
from care.web.files import attachment
from care.web.people import open_to_all, platform
from care.web.preparation.blueprint import pages
from care.web.refusals import said_as_refused

LINK = "/exercise-guest/<guest_token>"


@pages.get(LINK)
@open_to_all
def invitation(guest_token: str) -> str:
    """The invitation: what, when, where; two answers."""
    found = guest_links.open_invitation(platform(), guest_token)
    return render_template("preparation/invitation.html", found=found, token=guest_token)


@pages.post(f"{LINK}/answer")
@open_to_all
def answer(guest_token: str) -> ResponseReturnValue:
    """I come, or I do not."""
    said = request.form.get("answer", "")
    if said not in list(GuestAnswer):
        raise NotFound
    with said_as_refused(Refused):
        guest_links.answer_invitation(platform(), guest_token, GuestAnswer(said))
        flash(_("Votre réponse est notée, merci."))
    return _back(guest_token)


@pages.post(f"{LINK}/received")
@open_to_all
def received(guest_token: str) -> ResponseReturnValue:
    """The trial mail arrived. By a button: what opens links by itself, to look for viruses, confirms nothing."""
    guest_links.confirm_received(platform(), guest_token)
    flash(_("C’est noté : le courriel vous parvient."))
    return _back(guest_token)


@pages.get(f"{LINK}/exercise.ics")
@open_to_all
def calendar_file(guest_token: str) -> Response:
    """The exercise, for a calendar."""
    return attachment(guest_links.invitation_calendar(platform(), guest_token), "exercice.ics")


def _back(guest_token: str) -> ResponseReturnValue:
    return redirect(url_for("preparation.invitation", guest_token=guest_token))
