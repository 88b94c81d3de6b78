"""Alerts: the list and the follow-up of a territory, the form with “who is exposed?”, the pages of an establishment."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.alerts import AlertAnswer, Exposure
from care.services.alerts.answering import alerts_of, answer, open_alert
from care.services.alerts.asking import Answer, places_to_manage, who_is_exposed
from care.services.alerts.following import FollowFilter, follow, follow_up_csv, list_alerts
from care.services.alerts.writing import TypedCriterion, change, checked_criteria, close, publish, remind
from care.services.errors import Forbidden, Invalid, Refused
from care.web.alerts.forms import AlertForm, AnswerForm, shown_criteria, typed_criteria
from care.web.files import attachment
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused
from care.web.wide import place_in, written

pages = Blueprint("alerts", __name__, template_folder="templates")
HERE = "/alerts"
ONE = f"{HERE}/<int:alert_id>"
OWN = "/establishments/<int:establishment_id>/alerts"


@pages.get(HERE)
def index() -> str:
    """The alerts of the territories that this person manages."""
    return render_template("alerts/index.html", found=list_alerts(platform(), scope()))


@pages.get(f"{HERE}/new")
def new() -> str:
    """The form of a new alert."""
    form, places = _form()
    form.place.data = next(iter(places))
    return _shown(form, ())


@pages.post(f"{HERE}/new")
def create() -> ResponseReturnValue:
    """Say who is exposed, or send it: the button tells."""
    form, _places = _form(request.form)
    typed = typed_criteria(request.form)
    if "ask" in request.form:
        return _asked(form, typed)
    numbers: list[int] = []
    code = form.saved(
        lambda: numbers.append(publish(platform(), scope(), place_in(form.place.data), form.draft(typed)))
    )
    if code:
        return _shown(form, typed), code
    flash(_("Alerte diffusée : les messages partent."))
    return redirect(url_for("alerts.one", alert_id=numbers[0]))


def _asked(form: AlertForm, typed: tuple[TypedCriterion, ...]) -> ResponseReturnValue:
    """Who is exposed to what was typed; the rest of the form may still be empty."""
    try:
        criteria = checked_criteria(typed)
    except Invalid as wrong:
        form.blame(wrong)
        return _shown(form, typed), 400
    return _shown(form, typed, who_is_exposed(platform(), scope(), place_in(form.place.data), criteria))


@pages.get(ONE)
def one(alert_id: int) -> str:
    """Where each establishment stands."""
    wanted = FollowFilter(
        exposure=_word(Exposure, "exposure"), answer=_word(AlertAnswer, "answer"), number=asked_page()
    )
    view = follow(platform(), scope(), alert_id, wanted)
    return render_template("alerts/one.html", view=view, alert=view.alert, wanted=wanted)


@pages.get(f"{ONE}/edit")
def edit(alert_id: int) -> str:
    """The form of a correction."""
    view = follow(platform(), scope(), alert_id, FollowFilter())
    form = AlertForm()
    form.prepare({})
    form.show(view.draft, view.alert.version)
    return _shown(form, view.draft.criteria, alert_id=alert_id)


@pages.post(f"{ONE}/edit")
def correct(alert_id: int) -> ResponseReturnValue:
    """Correct it; what was typed is kept when somebody was quicker."""
    view = follow(platform(), scope(), alert_id, FollowFilter())
    form = AlertForm(request.form)
    form.prepare({})
    del form.place
    typed, version = typed_criteria(request.form), seen_version()
    code = form.saved(lambda: change(platform(), scope(), alert_id, form.draft(typed), version))
    if code:
        form.version.data = str(view.alert.version)
        return _shown(form, typed, alert_id=alert_id), code
    flash(_("Alerte corrigée : l’exposition de chaque établissement est recalculée."))
    return redirect(url_for("alerts.one", alert_id=alert_id))


@pages.post(f"{ONE}/remind")
def send_reminders(alert_id: int) -> ResponseReturnValue:
    """Write again to those who have not settled it."""
    with said_as_refused(Refused):
        remind(platform(), scope(), alert_id)
        flash(_("Rappel demandé : il part vers ceux qui n’ont pas dit avoir traité l’alerte."))
    return redirect(url_for("alerts.one", alert_id=alert_id))


@pages.post(f"{ONE}/close")
def end(alert_id: int) -> ResponseReturnValue:
    """End it."""
    with said_as_refused(Refused):
        close(platform(), scope(), alert_id, seen_version())
        flash(_("Alerte close."))
    return redirect(url_for("alerts.one", alert_id=alert_id))


@pages.get(f"{ONE}/follow-up.csv")
def follow_up(alert_id: int) -> Response:
    """The follow-up as a spreadsheet."""
    return attachment(follow_up_csv(platform(), scope(), alert_id), "alerte.csv")


@pages.get(OWN)
def own(establishment_id: int) -> str:
    """The alerts sent to an establishment."""
    return render_template("alerts/own.html", found=alerts_of(platform(), scope(), establishment_id))


@pages.get(f"{OWN}/<int:alert_id>")
def own_one(establishment_id: int, alert_id: int) -> str:
    """One alert, what was seen here, and the answer."""
    view = open_alert(platform(), scope(), establishment_id, alert_id)
    form = AnswerForm()
    form.prepare()
    form.answer.data, form.note.data = view.line.answer.value, view.line.note
    form.version.data = str(view.line.version)
    return render_template("alerts/own_one.html", view=view, line=view.line, form=form)


@pages.post(f"{OWN}/<int:alert_id>")
def say(establishment_id: int, alert_id: int) -> ResponseReturnValue:
    """Answer it; what was typed is kept when somebody was quicker."""
    view = open_alert(platform(), scope(), establishment_id, alert_id)
    if not may(Right.DECIDE_FINDING):
        raise Forbidden
    form = AnswerForm(request.form)
    form.prepare()
    version = seen_version()
    code = form.saved(
        lambda: answer(
            platform(),
            scope(),
            establishment_id,
            alert_id,
            AlertAnswer(form.answer.data),
            form.note.data or "",
            version,
        )
    )
    if code:
        form.version.data = str(view.line.version)
        return render_template("alerts/own_one.html", view=view, line=view.line, form=form), code
    flash(_("Réponse enregistrée."))
    return redirect(url_for("alerts.own", establishment_id=establishment_id))


def _shown(
    form: AlertForm, typed: tuple[TypedCriterion, ...], found: Answer | None = None, alert_id: int | None = None
) -> str:
    return render_template(
        "alerts/form.html", form=form, criteria=shown_criteria(typed), found=found, alert_id=alert_id
    )


def _form(given: Any = None) -> tuple[AlertForm, dict[str, str]]:  # noqa: ANN401 - what werkzeug gives
    places = {written(place): name for place, name in places_to_manage(platform(), scope())}
    if not places:
        raise Forbidden
    form = AlertForm(given)
    form.prepare(places)
    return form, places


def _word(kind: Any, name: str) -> Any:  # noqa: ANN401 - an enumeration, and one of its members or None
    asked = request.args.get(name, "")
    return kind(asked) if asked in list(kind) else None
