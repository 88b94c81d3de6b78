"""The ways into an exercise, for who conducts it: shown to the room, renewed when one was seen by who should not."""

from __future__ import annotations

import segno
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.exercises import Seat
from care.services.exercises import seats
from care.services.exercises.seats import Badge
from care.web.continuity.links import page_if
from care.web.exercises.routes import ONE, the_exercise
from care.web.people import platform, scope
from care.web.play.blueprint import pages

_LEVEL = "m"
"""Error correction of the QR: 15 %, read off a projector or a folded badge."""


@pages.get(f"{ONE}/codes")
def codes(establishment_id: int, exercise_id: int) -> str:
    """The code, the PIN and the QR of each cell, of the observers and of the screen."""
    exercise = the_exercise(exercise_id)
    ways = [(badge, _address(badge), _drawn(badge)) for badge in seats.badges(platform(), scope(), exercise.id)]
    groups = [
        (_("Cellules"), [way for way in ways if way[0].seat is Seat.PLAYER]),
        (_("Autour des cellules"), [way for way in ways if way[0].seat is not Seat.PLAYER]),
    ]
    return render_template(
        "play/codes.html", exercise=exercise, groups=groups, base=_base(), code=ways[0][0].code, page_if=page_if,
        trust=_trust(),
    )  # fmt: skip


@pages.post(f"{ONE}/codes")
def renew_codes(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Close every badge printed so far."""
    exercise = the_exercise(exercise_id)
    seats.renew_badges(platform(), scope(), exercise.id)
    flash(_("Nouveaux PIN et nouveaux QR : les badges déjà imprimés n’ouvrent plus rien. Qui est assis reste assis."))
    return redirect(url_for("play.codes", establishment_id=establishment_id, exercise_id=exercise_id))


def _base() -> str:
    return platform().settings.base_url.rstrip("/")


def _address(badge: Badge) -> str:
    return f"{_base()}/x/{badge.token}"


def _trust() -> tuple[str, str] | None:
    """Where a phone comes to trust this installation, over plain http, and its QR; None when it need not."""
    authority = platform().authority
    if authority is None:
        return None
    address = f"{authority.plain_url}{url_for('trust.index')}"
    return address, _qr(address)


def _drawn(badge: Badge) -> str:
    return _qr(_address(badge))


def _qr(address: str) -> str:
    return str(segno.make(address, error=_LEVEL, micro=False).svg_data_uri(scale=4, border=3, light="white"))
