"""The second factor: asked for at sign-in, added, its recovery codes, removed."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services import second_factors, sessions
from care.services.errors import Refused, Throttled
from care.web.addresses import inside
from care.web.kept import kept_in
from care.web.known_browsers import mark_of
from care.web.language import current_language
from care.web.people import (
    address,
    half_done,
    open_session,
    open_to_all,
    own_session,
    own_token,
    platform,
    scope,
    while_enrolling,
)
from care.web.qr import qr
from care.web.second_factor.forms import CodeForm, ConfirmForm

pages = Blueprint("second_factor", __name__, template_folder="templates")


@pages.get("/sign-in/code")
@open_to_all
def ask() -> ResponseReturnValue:
    """The code is asked for; who awaits none is sent where they belong."""
    return _elsewhere() or render_template("second_factor/ask.html", form=CodeForm(), refusal="")


@pages.post("/sign-in/code")
@open_to_all
def check() -> ResponseReturnValue:
    """Open the session when the code is right, and go where the person was heading."""
    away = _elsewhere()
    half = half_done()
    if away is not None or half is None:
        return away or redirect(url_for("account.sign_in"))
    form, kept = CodeForm(request.form), kept_in(request.form.get("kept", ""))
    if not form.validate():
        return render_template("second_factor/ask.html", form=form, refusal="", kept=kept), 400
    try:
        signed_in = sessions.confirm_sign_in(
            platform(), own_token(), str(form.code.data), address(), mark_of(half.scope.actor)
        )
    except Refused as refusal:
        words = refusal.text.render(current_language())
        code = 429 if isinstance(refusal, Throttled) else 401
        return render_template("second_factor/ask.html", form=CodeForm(), refusal=words, kept=kept), code
    if kept is not None:
        return open_session(signed_in, lambda: make_response(render_template("account/again.html", kept=kept)))
    return open_session(signed_in, lambda: redirect(inside(request.args.get("next", ""))))


@pages.get("/account/second-factor")
@while_enrolling
def mine() -> str:
    """One's second factor: add it, or its recovery codes and its end."""
    return _mine()


@pages.post("/account/second-factor/begin")
@while_enrolling
def begin() -> ResponseReturnValue:
    """Draw a secret and show it to the phone."""
    second_factors.begin(platform(), scope())
    return redirect(url_for("second_factor.mine"))


@pages.post("/account/second-factor/confirm")
@while_enrolling
def confirm() -> ResponseReturnValue:
    """A code of the phone makes it count; the recovery codes are shown, this once."""
    form = ConfirmForm(request.form)
    codes: list[str] = []
    fault = form.saved(
        lambda: codes.extend(
            second_factors.confirm(platform(), scope(), str(form.password.data), str(form.code.data), own_session())
        )
    )
    return (_mine(adding=form), fault) if fault else _codes(codes)


@pages.post("/account/second-factor/codes")
def renew() -> ResponseReturnValue:
    """Ten new recovery codes."""
    form = ConfirmForm(request.form)
    codes: list[str] = []
    fault = form.saved(
        lambda: codes.extend(
            second_factors.renew_codes(platform(), scope(), str(form.password.data), str(form.code.data))
        )
    )
    return (_mine(renewing=form), fault) if fault else _codes(codes)


@pages.post("/account/second-factor/remove")
def remove() -> ResponseReturnValue:
    """Take one's second factor away."""
    form = ConfirmForm(request.form)
    fault = form.saved(
        lambda: second_factors.remove_own(
            platform(), scope(), str(form.password.data), str(form.code.data), own_session()
        )
    )
    if fault:
        return _mine(removing=form), fault
    flash(_("Second facteur retiré ; vos autres sessions sont fermées."))
    return redirect(url_for("second_factor.mine"))


def _elsewhere() -> ResponseReturnValue | None:
    """Where whoever awaits no code is sent; None for who does."""
    half = half_done()
    if half is not None and half.stage is sessions.Stage.CODE:
        return None
    return redirect(url_for("home.start") if own_session() is None else inside(request.args.get("next", "")))


def _codes(codes: list[str]) -> str:
    return render_template("second_factor/codes.html", codes=codes)


def _mine(
    adding: ConfirmForm | None = None, renewing: ConfirmForm | None = None, removing: ConfirmForm | None = None
) -> str:
    factor = second_factors.own_factor(platform(), scope())

    return render_template(
        "second_factor/mine.html",
        factor=factor,
        picture=qr(factor.begun.address, _("Code à scanner avec l’application")) if factor.begun else "",
        held=half_done() is not None,
        adding=adding or ConfirmForm(),
        renewing=renewing or ConfirmForm(),
        removing=removing or ConfirmForm(),
    )
