"""The second factor: asked for at sign-in, added, its recovery codes, removed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services import second_factors, security_keys, sessions
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
from care.web.second_factor.forms import CodeForm, ConfirmForm, KeyEndForm, KeyForm

pages = Blueprint("second_factor", __name__, template_folder="templates")


@pages.get("/sign-in/code")
@open_to_all
def ask() -> ResponseReturnValue:
    """The code is asked for; who awaits none is sent where they belong."""
    half = half_done()
    if half is None or half.stage is not sessions.Stage.CODE:
        return elsewhere()
    return asking(CodeForm())


@pages.post("/sign-in/code")
@open_to_all
def check() -> ResponseReturnValue:
    """Open the session when the code is right, and go where the person was heading."""
    half = half_done()
    if half is None or half.stage is not sessions.Stage.CODE:
        return elsewhere()
    form = CodeForm(request.form)
    if not form.validate():
        return asking(form), 400
    typed, mark = str(form.code.data), mark_of(half.scope.actor)
    return enter(lambda: sessions.confirm_sign_in(platform(), own_token(), typed, address(), mark))


def enter(confirm: Callable[[], sessions.SignedIn]) -> ResponseReturnValue:
    """Open the session that `confirm` gives, and go on; or ask again, saying why it was refused."""
    try:
        signed_in = confirm()
    except Refused as refusal:
        code = 429 if isinstance(refusal, Throttled) else 401
        return asking(CodeForm(), refusal.text.render(current_language())), code
    kept = kept_in(request.form.get("kept", ""))
    if kept is not None:
        return open_session(signed_in, lambda: make_response(render_template("account/again.html", kept=kept)))
    return open_session(signed_in, lambda: redirect(inside(request.args.get("next", ""))))


def asking(form: CodeForm, refusal: str = "") -> str:
    """The page that asks for the second factor; a form that waits goes on waiting there."""
    half = half_done()
    return render_template(
        "second_factor/ask.html",
        form=form,
        refusal=refusal,
        kept=kept_in(request.form.get("kept", "")),
        keys=half is not None and security_keys.has_keys(platform(), half.scope),
    )


def elsewhere() -> ResponseReturnValue:
    """Where whoever awaits no code is sent."""
    return redirect(url_for("home.start") if own_session() is None else inside(request.args.get("next", "")))


@pages.get("/account/second-factor")
@while_enrolling
def mine() -> str:
    """One's second factor: add it, or its recovery codes and its end."""
    return own_page()


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
    if fault:
        return own_page(adding=form), fault
    if codes:
        return _codes(codes)
    flash(_("Téléphone ajouté ; vos autres sessions sont fermées."))
    return redirect(url_for("second_factor.mine"))


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
    return (own_page(renewing=form), fault) if fault else _codes(codes)


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
        return own_page(removing=form), fault
    flash(_("Téléphone retiré ; vos autres sessions sont fermées."))
    return redirect(url_for("second_factor.mine"))


def _codes(codes: list[str]) -> str:
    return render_template("second_factor/codes.html", codes=codes)


def own_page(
    adding: ConfirmForm | None = None,
    renewing: ConfirmForm | None = None,
    removing: ConfirmForm | None = None,
    key: KeyForm | None = None,
) -> str:
    """One's second factors, with the forms as they were typed."""
    factor = second_factors.own_factor(platform(), scope())

    return render_template(
        "second_factor/mine.html",
        factor=factor,
        picture=qr(factor.begun.address, _("Code à scanner avec l’application")) if factor.begun else "",
        held=half_done() is not None,
        keys=security_keys.list_keys(platform(), scope()),
        keys_answer=security_keys.site_of(platform().settings) is not None,
        key_form=key or KeyForm(),
        key_end=KeyEndForm(),
        adding=adding or ConfirmForm(),
        renewing=renewing or ConfirmForm(),
        removing=removing or ConfirmForm(),
    )
