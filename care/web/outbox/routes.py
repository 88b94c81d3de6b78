"""The outbox: what was sent and what was not, a message in full, sending again by choice."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.mail import MailState
from care.services import notices, outbox
from care.services.errors import Forbidden
from care.services.outbox import MailFilter
from care.web.pages import asked_page
from care.web.people import platform, scope

pages = Blueprint("outbox", __name__, template_folder="templates", url_prefix="/outbox")


@pages.before_request
def managers_only() -> None:
    """Nothing here is for who manages no account."""
    if not scope().allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden


@pages.get("")
def index() -> str:
    """The messages, the latest first."""
    state = request.args.get("state", "")
    wanted = MailFilter(
        state=MailState(state) if state in list(MailState) else None,
        words=request.args.get("q", ""),
        number=asked_page(),
    )
    found = outbox.list_mail(platform(), scope(), wanted)
    settings = platform().settings
    return render_template(
        "outbox/index.html",
        found=found,
        wanted=wanted,
        relay=f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else "",
    )


@pages.get("/<int:mail_id>")
def one(mail_id: int) -> str:
    """One message as it was written, and what became of it."""
    return render_template("outbox/one.html", mail=outbox.open_mail(platform(), scope(), mail_id))


@pages.post("/<int:mail_id>/send-again")
def send_again(mail_id: int) -> ResponseReturnValue:
    """Send it once more."""
    outbox.send_again(platform(), scope(), mail_id)
    flash(_("Le message va repartir."))
    return redirect(url_for("outbox.one", mail_id=mail_id))


@pages.post("/<int:mail_id>/drop")
def drop(mail_id: int) -> ResponseReturnValue:
    """Leave it at that."""
    outbox.drop(platform(), scope(), mail_id)
    flash(_("Message classé : il ne sera pas renvoyé."))
    return redirect(url_for("outbox.index"))


@pages.post("/failed/send-again")
def send_failed_again() -> ResponseReturnValue:
    """Send every refused message once more."""
    count = outbox.send_failed_again(platform(), scope())
    flash(ngettext("%(num)s message va repartir.", "%(num)s messages vont repartir.", count))
    return redirect(url_for("outbox.index"))


@pages.post("/trial")
def send_trial() -> ResponseReturnValue:
    """Send oneself a trial message."""
    notices.send_trial(platform(), scope())
    flash(_("Message d’essai enregistré : il part vers votre adresse."))
    return redirect(url_for("outbox.index"))
