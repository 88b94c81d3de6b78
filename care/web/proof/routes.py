"""Proving again who is there, then going back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from care.services import proofs
from care.services.errors import Refused, Throttled
from care.web.addresses import inside
from care.web.kept import kept_in
from care.web.language import current_language
from care.web.people import own_session, platform, scope
from care.web.proof.forms import ProofForm

pages = Blueprint("proof", __name__, template_folder="templates")


@pages.get("/account/proof")
def ask() -> str:
    """The password, or a code, is asked for again."""
    return render_template("proof/ask.html", form=ProofForm(), refusal="", typed_again=bool(request.args.get("again")))


@pages.post("/account/proof")
def check() -> ResponseReturnValue:
    """Go back where one was, or send the form that waited."""
    form, kept = ProofForm(request.form), kept_in(request.form.get("kept", ""))
    if not form.validate():
        return render_template("proof/ask.html", form=form, refusal="", kept=kept), 400
    try:
        proofs.prove(platform(), scope(), own_session(), str(form.proof.data))
    except Refused as refusal:
        words = refusal.text.render(current_language())
        code = 429 if isinstance(refusal, Throttled) else 401
        return render_template("proof/ask.html", form=ProofForm(), refusal=words, kept=kept), code
    if kept is not None:
        return render_template("account/again.html", kept=kept, proved=True)
    return redirect(inside(request.args.get("next", "")))
