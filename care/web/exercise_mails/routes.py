"""The mails of an exercise: what left, and what only the facilitation may send again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.exercises.mails import drop_mail, mails_of, send_mail_again
from care.web.exercises.routes import ONE, the_exercise
from care.web.people import platform, scope

pages = Blueprint("exercise_mails", __name__, template_folder="templates")
MAILS = f"{ONE}/mails"


@pages.get(MAILS)
def index(establishment_id: int, exercise_id: int) -> str:
    """How many mails are where, and those that wait for a choice."""
    exercise, mails = the_exercise(exercise_id), mails_of(platform(), scope(), exercise_id)
    return render_template("exercise_mails/index.html", exercise=exercise, mails=mails)


@pages.post(f"{MAILS}/<int:mail_id>/send-again")
def send_again(establishment_id: int, exercise_id: int, mail_id: int) -> ResponseReturnValue:
    """Send one once more."""
    the_exercise(exercise_id)
    send_mail_again(platform(), scope(), exercise_id, mail_id)
    flash(_("Le message va repartir."))
    return _back(establishment_id, exercise_id)


@pages.post(f"{MAILS}/<int:mail_id>/drop")
def drop(establishment_id: int, exercise_id: int, mail_id: int) -> ResponseReturnValue:
    """Leave one at that."""
    the_exercise(exercise_id)
    drop_mail(platform(), scope(), exercise_id, mail_id)
    flash(_("Message classé : il ne sera pas renvoyé."))
    return _back(establishment_id, exercise_id)


def _back(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    return redirect(url_for("exercise_mails.index", establishment_id=establishment_id, exercise_id=exercise_id))
