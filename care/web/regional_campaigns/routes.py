"""Regional campaigns: the list and the rate of a region, one campaign followed, what an establishment is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.access import Right
from care.domain.regional import CampaignKind
from care.services.errors import Forbidden, Invalid, Refused
from care.services.regional.campaigns import (
    MAX_NOTE,
    MAX_REASON,
    CampaignDraft,
    change_campaign,
    create_campaign,
    excuse,
    join_campaign,
)
from care.services.regional.exposures import asked_audits, follow_exposures
from care.services.regional.files import follow_up_csv
from care.services.regional.lessons import read_lessons
from care.services.regional.rate import read_rate
from care.services.regional.reading import asked_of, follow_campaign, list_campaigns, places_to_run, read_campaign
from care.services.regional.reminding import remind
from care.services.regional.results import follow_questionnaire
from care.services.regional.sheets import asked_sheets
from care.services.typed_texts import MAX_LINE
from care.web import labels
from care.web.days import EARLIEST, DayField
from care.web.exercises.routes import the_exercise
from care.web.files import attachment
from care.web.forms import Form, options
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused
from care.web.wide import place_in, written

pages = Blueprint("regional_campaigns", __name__, template_folder="templates")
HERE = "/regional-campaigns"
ONE = f"{HERE}/<int:regional_id>"
ASKED = "/establishments/<int:establishment_id>/regional-campaigns"


_NOBODY_TO_REMIND = lazy_gettext(
    "Personne à relancer : tous ont fait ce qui est demandé, ont déjà été relancés aujourd’hui, ou n’ont pas d’adresse."
)


class CampaignForm(Form):
    """A campaign; `version` is the one that was read, empty for a new one."""

    place = SelectField(lazy_gettext("Territoire"), [InputRequired()])
    kind = SelectField(lazy_gettext("Ce que vous demandez"), [Optional()], default=CampaignKind.EXERCISE.value)
    title = StringField(lazy_gettext("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    about = SelectField(
        lazy_gettext("Kit"), [Optional()], description=lazy_gettext("Pour un exercice de crise seulement.")
    )
    opens_on = DayField(lazy_gettext("Du"), [InputRequired()])
    closes_on = DayField(lazy_gettext("Au"), [InputRequired()])
    note = TextAreaField(
        lazy_gettext("Message aux établissements"), [Optional(), Length(max=MAX_NOTE)], render_kw={"rows": 4}
    )
    version = HiddenField()

    def prepare(self, places: dict[str, str]) -> None:
        """Offer the places and the kits shipped."""
        self.place.choices = options(places.items())
        self.kind.choices = options(labels.CAMPAIGN_KIND.items())
        kits = sorted((one.kit.title, key) for key, one in platform().kits.exercises.items())
        self.about.choices = options([("", _("Au choix de l’établissement")), *((key, title) for title, key in kits)])

    def draft(self) -> CampaignDraft:
        """What was typed in; the form is valid."""
        return CampaignDraft(
            title=self.title.data or "",
            opens_on=self.opens_on.data or EARLIEST,
            closes_on=self.closes_on.data or EARLIEST,
            about=self.about.data or "",
            note=self.note.data or "",
            kind=CampaignKind(self.kind.data) if "kind" in self and self.kind.data else CampaignKind.EXERCISE,
        )


@pages.get(HERE)
def index() -> str:
    """The campaigns, and the share of establishments that played this year."""
    found, places = list_campaigns(platform(), scope()), _places()
    asked = request.args.get("place", "") or next(iter(places), "")
    year = request.args.get("year", platform().clock.now().year, type=_year)
    rate = read_rate(platform(), scope(), place_in(asked), year) if asked else None
    this_year = platform().clock.now().year
    years = {str(one): str(one) for one in range(this_year, this_year - 4, -1)}
    return render_template(
        "regional_campaigns/index.html", found=found, places=places, asked=asked, rate=rate, years=years
    )


@pages.get(f"{HERE}/new")
def new() -> str:
    """The form of a new campaign."""
    return render_template("regional_campaigns/form.html", form=_form(), campaign=None)


@pages.post(f"{HERE}/new")
def create() -> ResponseReturnValue:
    """Open it."""
    form = _form(request.form)
    numbers: list[int] = []
    code = form.saved(
        lambda: numbers.append(create_campaign(platform(), scope(), place_in(form.place.data), form.draft()))
    )
    if code:
        return render_template("regional_campaigns/form.html", form=form, campaign=None), code
    flash(_("Campagne ouverte."))
    return redirect(url_for("regional_campaigns.one", regional_id=numbers[0]))


@pages.get(ONE)
def one(regional_id: int) -> str:
    """How far each establishment is."""
    kind = read_campaign(platform(), scope(), regional_id).kind
    return _FOLLOWED[kind](regional_id)


def _exercise(regional_id: int) -> str:
    return render_template("regional_campaigns/one.html", view=follow_campaign(platform(), scope(), regional_id))


def _questionnaire(regional_id: int) -> str:
    view = follow_questionnaire(platform(), scope(), regional_id)
    return render_template("regional_campaigns/questionnaire.html", view=view)


def _exposure(regional_id: int) -> str:
    return render_template("regional_campaigns/exposure.html", view=follow_exposures(platform(), scope(), regional_id))


_FOLLOWED: Mapping[CampaignKind, Callable[[int], str]] = {
    CampaignKind.EXERCISE: _exercise,
    CampaignKind.QUESTIONNAIRE: _questionnaire,
    CampaignKind.EXPOSURE: _exposure,
}


@pages.get(f"{ONE}/edit")
def edit(regional_id: int) -> str:
    """The form of a campaign."""
    campaign = read_campaign(platform(), scope(), regional_id)
    form = _form()
    for name in ("title", "about", "opens_on", "closes_on", "note"):
        form[name].data = getattr(campaign, name)
    form.version.data = str(campaign.version)
    return render_template("regional_campaigns/form.html", form=form, campaign=campaign)


@pages.post(f"{ONE}/edit")
def change(regional_id: int) -> ResponseReturnValue:
    """Change it; what was typed is kept when somebody was quicker."""
    campaign = read_campaign(platform(), scope(), regional_id)
    form = _form(request.form)
    del form.place
    del form.kind
    version = seen_version()
    code = form.saved(lambda: change_campaign(platform(), scope(), regional_id, form.draft(), version))
    if code:
        form.version.data = str(campaign.version)
        return render_template("regional_campaigns/form.html", form=form, campaign=campaign), code
    flash(_("Campagne enregistrée."))
    return redirect(url_for("regional_campaigns.one", regional_id=regional_id))


@pages.post(f"{ONE}/remind")
def send_reminders(regional_id: int) -> ResponseReturnValue:
    """Write to those who have not played."""
    with said_as_refused(Refused):
        sent = remind(platform(), scope(), regional_id)
        flash(ngettext("%(num)s rappel envoyé.", "%(num)s rappels envoyés.", sent) if sent else _NOBODY_TO_REMIND)
    return redirect(url_for("regional_campaigns.one", regional_id=regional_id))


@pages.post(f"{ONE}/excuse")
def excuse_one(regional_id: int) -> ResponseReturnValue:
    """Excuse an establishment, or ask it again."""
    number = request.form.get("establishment", 0, type=row_number)
    with said_as_refused(Invalid):
        excuse(platform(), scope(), regional_id, number, request.form.get("reason", "")[: MAX_REASON + 1])
    return redirect(url_for("regional_campaigns.one", regional_id=regional_id, _anchor=f"place-{number}"))


@pages.get(f"{ONE}/lessons")
def lessons(regional_id: int) -> str:
    """What the region learned, without a name."""
    view = read_lessons(platform(), scope(), regional_id)
    return render_template("regional_campaigns/lessons.html", view=view, regional_id=regional_id)


@pages.get(f"{ONE}/follow-up.csv")
def follow_up(regional_id: int) -> Response:
    """The follow-up as a spreadsheet."""
    return attachment(follow_up_csv(platform(), scope(), regional_id), "campagne-regionale.csv")


@pages.get(ASKED)
def asked(establishment_id: int) -> str:
    """What campaigns ask of an establishment."""
    found = asked_of(platform(), scope(), establishment_id)
    sheets = asked_sheets(platform(), scope(), establishment_id) if may(Right.SEE_ACTIONS) else ()
    audits = asked_audits(platform(), scope(), establishment_id) if may(Right.SEE_FINDINGS) else ()
    return render_template(
        "regional_campaigns/asked.html", found=found, sheets=sheets, audits=audits, may_run=may(Right.RUN_EXERCISE)
    )


@pages.post(ASKED)
def join(establishment_id: int) -> ResponseReturnValue:
    """Tie an exercise to a campaign, or untie it."""
    if not may(Right.RUN_EXERCISE):
        raise Forbidden
    exercise = request.form.get("exercise", 0, type=row_number)
    campaign = request.form.get("campaign", 0, type=row_number)
    the_exercise(exercise)
    with said_as_refused(Refused):
        join_campaign(platform(), scope(), exercise, campaign or None)
        flash(_("Exercice rattaché à la campagne.") if campaign else _("Exercice détaché de la campagne."))
    return redirect(url_for("regional_campaigns.asked", establishment_id=establishment_id))


def _form(given: Any = None) -> CampaignForm:  # noqa: ANN401 - what werkzeug gives
    places = _places()
    if not places:
        raise Forbidden
    form = CampaignForm(given)
    form.prepare(places)
    return form


def _places() -> dict[str, str]:
    return {written(place): name for place, name in places_to_run(platform(), scope())}


def _year(text: str) -> int:
    year = int(text)
    if not 2000 <= year <= 2100:
        raise ValueError(text)
    return year
