"""Security keys: added, named, removed, and asked for at sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services import security_keys, sessions
from care.services.errors import Invalid, Refused
from care.web.known_browsers import mark_of
from care.web.people import address, half_done, open_to_all, own_session, own_token, platform, scope, while_enrolling
from care.web.refusals import said_as_refused
from care.web.second_factor.forms import KeyEndForm, KeyForm
from care.web.second_factor.routes import elsewhere, enter, own_page

pages = Blueprint("security_keys", __name__, template_folder="templates")


@pages.post("/account/security-keys/options")
@while_enrolling
def ask_to_add() -> Response:
    """What the browser must ask a new key."""
    return Response(security_keys.ask_to_add(platform(), scope(), own_session()), mimetype="application/json")


@pages.post("/account/security-keys/add")
@while_enrolling
def add() -> ResponseReturnValue:
    """Add the key that answered; recovery codes are shown with the first factor, this once."""
    form = KeyForm(request.form)
    codes: list[str] = []
    fault = form.saved(
        lambda: codes.extend(
            security_keys.add_key(
                platform(),
                scope(),
                own_session(),
                str(form.name.data),
                str(form.password.data),
                form.answer.data or "",
            )
        )
    )
    if fault:
        return own_page(key=form), fault
    if codes:
        return render_template("second_factor/codes.html", codes=codes)
    flash(_("Clé de sécurité ajoutée ; vos autres sessions sont fermées."))
    return redirect(url_for("second_factor.mine"))


@pages.post("/account/security-keys/<int:key_id>/rename")
def rename(key_id: int) -> ResponseReturnValue:
    """Call a key otherwise."""
    with said_as_refused(Invalid):
        security_keys.rename_key(platform(), scope(), key_id, request.form.get("name", ""))
        flash(_("Nom enregistré."))
    return redirect(url_for("second_factor.mine"))


@pages.post("/account/security-keys/<int:key_id>/remove")
def remove(key_id: int) -> ResponseReturnValue:
    """Take a key away."""
    form = KeyEndForm(request.form)
    with said_as_refused(Invalid, Refused):
        security_keys.remove_key(platform(), scope(), key_id, form.password.data or "", own_session())
        flash(_("Clé de sécurité retirée ; vos autres sessions sont fermées."))
    return redirect(url_for("second_factor.mine"))


@pages.post("/sign-in/key/options")
@open_to_all
def ask_to_enter() -> ResponseReturnValue:
    """What the browser must ask a key of the account that signs in."""
    half = half_done()
    if half is None or half.stage is not sessions.Stage.CODE:
        return elsewhere()
    options = security_keys.ask_to_enter(platform(), half.scope, half.session_id)
    return Response(options, mimetype="application/json")


@pages.post("/sign-in/key")
@open_to_all
def check() -> ResponseReturnValue:
    """Open the session when the key is one of the account's."""
    half = half_done()
    if half is None or half.stage is not sessions.Stage.CODE:
        return elsewhere()
    answer, mark = request.form.get("answer", ""), mark_of(half.scope.actor)
    return enter(lambda: sessions.confirm_by_key(platform(), own_token(), answer, address(), mark))
