"""The ways into an exercise, for who conducts it: shown to the room, renewed when one was seen by who should not."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from care.domain.exercises import Seat
from care.services.exercises import seats
from care.web.exercises.routes import ONE, the_exercise
from care.web.people import platform, scope
from care.web.play.blueprint import pages
from care.web.qr import qr


@pages.get(f"{ONE}/codes")
def codes(establishment_id: int, exercise_id: int) -> str:
    """The code, the PIN and the QR of each cell, of the observers and of the screen."""
    exercise = the_exercise(exercise_id)
    ways = [
        (badge, platform().settings.at(f"/x/{badge.token}")) for badge in seats.badges(platform(), scope(), exercise.id)
    ]
    groups = [
        (_("Cellules"), [way for way in ways if way[0].seat is Seat.PLAYER]),
        (_("Autour des cellules"), [way for way in ways if way[0].seat is not Seat.PLAYER]),
    ]
    return render_template(
        "play/codes.html", exercise=exercise, groups=groups, enter=platform().settings.at("/x"), code=ways[0][0].code,
        trust=_trust(), qr=_qr, local=not platform().settings.public_url,
        seated=seats.people(platform(), scope(), exercise.id),
    )  # fmt: skip


@pages.post(f"{ONE}/codes")
def renew_codes(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Close the badges printed so far: that of one seat when it is named, else all of them."""
    exercise, seat = the_exercise(exercise_id), request.form.get("seat", "")
    if seat in set(Seat):
        seats.renew_badge(platform(), scope(), exercise.id, Seat(seat), request.form.get("cell", ""))
        flash(_("Nouveau PIN et nouveau QR : l’ancien badge n’ouvre plus rien. Qui est assis reste assis."))
    else:
        seats.renew_badges(platform(), scope(), exercise.id)
        flash(
            _("Nouveaux PIN et nouveaux QR : les badges déjà imprimés n’ouvrent plus rien. Qui est assis reste assis.")
        )
    return redirect(url_for("play.codes", establishment_id=establishment_id, exercise_id=exercise_id))


@pages.post(f"{ONE}/codes/<int:participant_id>/put-out")
def put_out(establishment_id: int, exercise_id: int, participant_id: int) -> ResponseReturnValue:
    """Close the seat of somebody who should not sit there."""
    name = seats.put_out(platform(), scope(), the_exercise(exercise_id).id, participant_id)
    flash(_("%(name)s n’a plus de place ici. Ce qui a été écrit de là reste.", name=name or _("L’écran")))
    return redirect(url_for("play.codes", establishment_id=establishment_id, exercise_id=exercise_id))


def _trust() -> str:
    """Where a phone comes to trust this installation, over plain http; "" when it need not."""
    authority = platform().authority
    return f"{authority.plain_url}{url_for('trust.index')}" if authority else ""


def _qr(address: str, title: str) -> Markup:
    return qr(address, title, "way-qr")
