"""Signing in and out, and the account of who is signed in."""

from __future__ import annotations

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from care.services import accounts, notices, sessions
from care.services.errors import Invalid, Refused, Throttled
from care.web.account.forms import NoticesForm, PasswordForm, ProfileForm, SignInForm
from care.web.addresses import inside
from care.web.kept import Kept, kept_in
from care.web.known_browsers import mark_of
from care.web.language import current_language
from care.web.people import (
    address,
    close_session,
    half_done,
    open_session,
    open_to_all,
    own_session,
    platform,
    scope,
)
from care.web.second_factor.forms import CodeForm

pages = Blueprint("account", __name__, template_folder="templates")


@pages.get("/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The sign-in form; who is already signed in goes on."""
    if g.scope is not None:
        return redirect(inside(request.args.get("next", "")))
    half = half_done()
    if half is not None and half.stage is sessions.Stage.ENROL:
        return redirect(url_for("second_factor.mine"))
    return render_template("account/sign_in.html", form=SignInForm(), refusal="")


@pages.post("/sign-in")
@open_to_all
def do_sign_in() -> ResponseReturnValue:
    """Open a session and go where the person was heading, or show the form they were filling when theirs ended."""
    form, kept = SignInForm(request.form), kept_in(request.form.get("kept", ""))
    if not form.validate():
        return render_template("account/sign_in.html", form=form, refusal="", kept=kept), 400
    login = sessions.as_login(str(form.login.data))
    try:
        signed_in = sessions.sign_in(
            platform(), login, str(form.password.data), address(), request.user_agent.string, mark_of(login)
        )
    except Refused as refusal:
        code = 429 if isinstance(refusal, Throttled) else 401
        words = refusal.text.render(current_language())
        return render_template("account/sign_in.html", form=form, refusal=words, kept=kept), code
    if signed_in.stage is sessions.Stage.CODE:
        return open_session(signed_in, lambda: _code_page(kept))
    if kept is not None:
        return open_session(signed_in, lambda: make_response(render_template("account/again.html", kept=kept)))
    return open_session(signed_in, lambda: redirect(inside(request.args.get("next", ""))))


def _code_page(kept: Kept | None) -> AnyResponse:
    """Where the code is asked for; a form that waits goes on waiting there."""
    if kept is None:
        return redirect(url_for("second_factor.ask", next=request.args.get("next")))
    return make_response(render_template("second_factor/ask.html", form=CodeForm(), refusal="", kept=kept, keys=False))


@pages.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """End the session."""
    return close_session(redirect(url_for("account.sign_in")))


@pages.get("/account")
def mine() -> str:
    """The account of who is signed in."""
    return _mine()


@pages.post("/account/profile")
def change_profile() -> ResponseReturnValue:
    """Change one's name, address and language."""
    form = ProfileForm(request.form)
    if form.validate():
        try:
            accounts.change_profile(
                platform(), scope(), str(form.name.data), form.email.data or "", str(form.lang.data)
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Profil enregistré."))
            return redirect(url_for("account.mine"))
    return _mine(profile=form), 400


@pages.post("/account/notices")
def choose_notices() -> ResponseReturnValue:
    """Choose what to be told by mail, and when."""
    form = NoticesForm(request.form)
    if form.validate():
        try:
            notices.choose(platform(), scope(), form.choice())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Choix des messages enregistré."))
            return redirect(url_for("account.mine"))
    return _mine(told=form), 400


@pages.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's password; the sessions open elsewhere end."""
    form = PasswordForm(request.form)
    if form.validate():
        try:
            accounts.change_password(
                platform(), scope(), str(form.current.data), str(form.password.data), own_session()
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Mot de passe changé ; vos autres sessions sont fermées."))
            return redirect(url_for("account.mine"))
    return _mine(password=form), 400


@pages.post("/account/sessions/<int:session_id>/revoke")
def revoke(session_id: int) -> ResponseReturnValue:
    """End one of one's sessions."""
    sessions.revoke_session(platform(), scope(), session_id)
    flash(_("Session fermée."))
    return redirect(url_for("account.mine"))


@pages.post("/account/sessions/revoke-others")
def revoke_others() -> ResponseReturnValue:
    """End all of one's sessions but this one."""
    sessions.revoke_others(platform(), scope(), own_session())
    flash(_("Vos autres sessions sont fermées."))
    return redirect(url_for("account.mine"))


def _mine(
    profile: ProfileForm | None = None, password: PasswordForm | None = None, told: NoticesForm | None = None
) -> str:
    who = scope()
    account = accounts.find_account(platform(), who, who.account_id or 0)
    return render_template(
        "account/mine.html",
        account=account,
        profile=profile or ProfileForm(data={"name": account.name, "email": account.email, "lang": account.lang}),
        password=password or PasswordForm(),
        told=told or NoticesForm.of(notices.own_choice(platform(), who)),
        sessions=sessions.list_sessions(platform(), who),
        own_session=own_session(),
    )
