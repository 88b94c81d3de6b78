"""The first run: the account that administers everything. The page exists only while there is no account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from care.services import sessions
from care.services.accounts import AccountDraft
from care.services.errors import Invalid, NotFound
from care.services.setup import create_first_administrator, needs_setup
from care.web.language import current_language
from care.web.people import address, open_session, open_to_all, platform
from care.web.setup.forms import SetupForm

pages = Blueprint("setup", __name__, template_folder="templates")


@pages.get("/setup")
@open_to_all
def first_run() -> str:
    """The form, while nobody can sign in."""
    if not needs_setup(platform()):
        raise NotFound
    return render_template("setup/first_run.html", form=SetupForm())


@pages.post("/setup")
@open_to_all
def create_administrator() -> ResponseReturnValue:
    """Open the account and sign in at once."""
    form = SetupForm(request.form)
    if form.validate():
        draft = AccountDraft(
            login=str(form.login.data),
            name=str(form.name.data),
            password=str(form.password.data),
            email=form.email.data or "",
            lang=current_language(),
        )
        try:
            create_first_administrator(platform(), draft)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            opened = sessions.sign_in(platform(), draft.login, draft.password, address(), request.user_agent.string)
            return open_session(opened, lambda: redirect(url_for("home.start")))
    return render_template("setup/first_run.html", form=form), 400
