"""The forms of a continuity plan."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.actions import CareCriticality
from care.services.activities import ActivityLine
from care.services.plan_reading import PlanView
from care.services.plan_validation import MAX_REASON, Validation
from care.services.plans import PlanDraft
from care.services.typed_texts import MAX_LINE, MAX_TEXT
from care.web.days import DayField
from care.web.forms import Form
from care.web.pages import row_number


class OutlineForm(Form):
    """What a plan is called and what it covers."""

    title = StringField(
        _("Titre"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Par exemple : PCRA de l’établissement, ou PCRA du plateau technique."),
    )
    activities = SelectMultipleField(_("Activités couvertes"), coerce=row_number)
    lines: tuple[ActivityLine, ...] = ()
    ended: tuple[tuple[int, str], ...] = ()

    def offer(self, lines: tuple[ActivityLine, ...], view: PlanView | None = None) -> None:
        """Fill the list of activities; those a plan covers already stay in it once ended."""
        self.lines = lines
        known = {one.id for one in lines}
        covered = view.activities if view else ()
        self.ended = tuple((one.id, one.name) for one in covered if one.id not in known)
        self.activities.choices = [*((one.id, one.name) for one in lines), *self.ended]

    def show(self, view: PlanView) -> None:
        """Fill the fields."""
        self.title.data = view.line.title
        self.activities.data = [one.id for one in view.activities]

    def propose(self) -> None:
        """A first choice: what care cannot lose."""
        critical = (CareCriticality.VITAL, CareCriticality.MAJOR)
        self.activities.data = [one.id for one in self.lines if one.criticality in critical or one.perimeter]

    def draft(self) -> PlanDraft:
        """What was typed in; the form is valid."""
        return PlanDraft(str(self.title.data), tuple(self.activities.data or ()))


class SectionForm(Form):
    """One part of a plan."""

    text = TextAreaField(
        _("Texte"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_(
            "Une ligne vide sépare deux paragraphes ; un tiret en début de ligne fait une liste ; "
            "**deux étoiles** insistent."
        ),
        render_kw={"rows": 16},
    )


class ValidationForm(Form):
    """The signature of the legal representative."""

    name = StringField(_("Nom de qui valide"), [InputRequired(), Length(max=MAX_LINE)])
    title = StringField(
        _("En qualité de"),
        [InputRequired(), Length(max=MAX_LINE)],
        description=_("Le représentant légal de l’établissement : directeur, directrice générale…"),
    )
    validated_on = DayField(_("Jour de la validation"), [InputRequired()])
    review_on = DayField(
        _("À réviser avant le"), [InputRequired()], description=_("Dans les 24 mois ; un an est l’usage.")
    )

    def validation(self) -> Validation:
        """What was typed in; the form is valid."""
        return Validation(str(self["name"].data), str(self.title.data), self.validated_on.data, self.review_on.data)


class ReasonForm(Form):
    """Why a plan goes back to those who write it."""

    reason = TextAreaField(
        _("Ce qui doit être repris"), [InputRequired(), Length(max=MAX_REASON)], render_kw={"rows": 3}
    )
