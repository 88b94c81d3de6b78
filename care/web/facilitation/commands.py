"""What the facilitation may ask for, by the name that its form carries. Each answers what was done, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from care.services.errors import Refused
from care.services.exercises.conducting import obey
from care.services.exercises.directing import board
from care.services.exercises.facilitating import (
    Seen,
    discount_interruption,
    improvise,
    observe,
    say,
    shift_by_lateness,
)
from care.web.facilitation.forms import ImpromptuForm, RemarkForm, SayForm, SeenForm, ShiftForm
from care.web.forms import Form
from care.web.labels import REACTION_VERDICT
from care.web.people import platform, scope
from exercises.decide import Command, Decide, End, Note, Pause, Play, Resume, Shift, Skip, Start, Tell
from exercises.events import Verdict
from scanners.model import Text


@dataclass(frozen=True)
class Done:
    """What was done. `open` is what lies on the desk from then on, None to leave it."""

    words: str
    open: str | None = None


class UnfitError(Exception):
    """A form that cannot be used as typed: it is shown again."""

    def __init__(self, form: Form, status: int) -> None:
        super().__init__(str(form.errors))
        self.form, self.status = form, status


def _asked(name: str) -> str:
    return request.form.get(name, "")[:60]


def _obeyed(exercise_id: int, command: Command) -> None:
    obey(platform(), scope(), exercise_id, command)


def _saved(form: Form, save: Callable[[], object]) -> None:
    status = form.saved(save)
    if status:
        raise UnfitError(form, status)


def _start(exercise_id: int) -> Done:
    _obeyed(exercise_id, Start())
    return Done(_("L’exercice a commencé."), "")


def _pause(exercise_id: int) -> Done:
    _obeyed(exercise_id, Pause())
    return Done(_("Pause : l’horloge est arrêtée, rien ne partira."))


def _resume(exercise_id: int) -> Done:
    _obeyed(exercise_id, Resume())
    return Done(_("L’exercice reprend."))


def _end(exercise_id: int) -> Done:
    _obeyed(exercise_id, End())
    return Done(_("L’exercice est terminé. Merci à tous."), "")


def _play(exercise_id: int) -> Done:
    key = _asked("stimulus")
    _obeyed(exercise_id, Play(key))
    return Done(_("%(stimulus)s est parti.", stimulus=key))


def _skip(exercise_id: int) -> Done:
    key = _asked("stimulus")
    _obeyed(exercise_id, Skip(key))
    return Done(_("%(stimulus)s est écarté.", stimulus=key))


def _tell(exercise_id: int) -> Done:
    key = _asked("stimulus")
    _obeyed(exercise_id, Tell(key))
    return Done(_("%(stimulus)s : c’est dit.", stimulus=key))


def _catch_up(exercise_id: int) -> Done:
    shift_by_lateness(platform(), scope(), exercise_id)
    return Done(_("La suite est décalée de tout le retard."))


def _discount(exercise_id: int) -> Done:
    discount_interruption(platform(), scope(), exercise_id)
    return Done(_("L’interruption ne compte plus."))


def _shift(exercise_id: int) -> Done:
    form = ShiftForm(request.form)
    _saved(form, lambda: _obeyed(exercise_id, Shift((form.minutes.data or 0) * 60.0)))
    minutes = form.minutes.data or 0
    words = _("La suite est décalée de %(minutes)s min.", minutes=minutes)
    return Done(words if minutes >= 0 else _("La suite est avancée de %(minutes)s min.", minutes=-minutes))


def _decide(exercise_id: int) -> Done:
    _obeyed(exercise_id, Decide(_asked("decision"), _asked("option")))
    return Done(_("La décision est notée."))


def _observe(exercise_id: int) -> Done:
    """One touch."""
    key, verdict = _asked("reaction"), _asked("verdict")
    if verdict not in {one.value for one in Verdict}:
        raise Refused(Text("Dites si c’est vu, en partie, ou manqué.", "Say whether it was seen, in part, or missed."))
    observe(platform(), scope(), exercise_id, Seen(key, Verdict(verdict)))
    return Done(_noted(key, verdict))


def _observe_more(exercise_id: int) -> Done:
    """With a note, or for a while ago."""
    form = SeenForm(request.form)
    _saved(form, lambda: observe(platform(), scope(), exercise_id, form.seen()))
    seen = form.seen()
    return Done(_noted(seen.reaction, seen.verdict), f"stimulus-{seen.reaction.partition('.')[0]}")


def _noted(reaction: str, verdict: str) -> str:
    return str(_("%(reaction)s : %(verdict)s.", reaction=reaction, verdict=REACTION_VERDICT[verdict]))


def _note(exercise_id: int) -> Done:
    form = RemarkForm(request.form)
    _saved(form, lambda: _obeyed(exercise_id, Note(form.text.data or "")))
    return Done(_("C’est noté pour le débriefing."), "")


def _add(exercise_id: int) -> Done:
    form = ImpromptuForm(request.form).of(board(platform(), scope(), exercise_id))
    made: list[str] = []
    _saved(form, lambda: made.append(improvise(platform(), scope(), exercise_id, form.draft())))
    return Done(_("Le stimulus %(stimulus)s est créé.", stimulus=made[0]), f"stimulus-{made[0]}")


def _say(exercise_id: int) -> Done:
    form = SayForm(request.form).of(board(platform(), scope(), exercise_id))
    _saved(form, lambda: say(platform(), scope(), exercise_id, form.words()))
    return Done(_("Le message est parti."), "")


COMMANDS: Mapping[str, Callable[[int], Done]] = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "end": _end,
    "play": _play,
    "skip": _skip,
    "tell": _tell,
    "catch-up": _catch_up,
    "discount": _discount,
    "shift": _shift,
    "decide": _decide,
    "observe": _observe,
    "observe-more": _observe_more,
    "note": _note,
    "add": _add,
    "say": _say,
}
