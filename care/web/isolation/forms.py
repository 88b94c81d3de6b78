"""The form of an isolation drill."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.services.backups.isolation import MAX_CUT, MAX_PEOPLE, IsolationDraft
from care.services.typed_texts import MAX_TEXT
from care.web.continuity.forms import DurationField
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.registers import answer_of, typed_as


class IsolationForm(Form):
    """A try of the “red button”; a time that nobody took stays empty."""

    held_on = DayField(_("Date"), [InputRequired()])
    people = StringField(
        _("Qui l’a mené"), [InputRequired(), Length(max=MAX_PEOPLE)], description=_("Qui a décidé, qui a coupé.")
    )
    cut = TextAreaField(
        _("Ce qui a été coupé"),
        [InputRequired(), Length(max=MAX_CUT)],
        description=_("Liens, ports, comptes : « trunk du commutateur de sauvegarde, pare-feu règle 12 »."),
        render_kw={"rows": 2},
    )
    isolated = RadioField(
        _("Les sauvegardes étaient-elles hors d’atteinte ?"),
        [InputRequired()],
        choices=options([("yes", _("Oui, vérifié depuis la production")), ("no", _("Non, ou pas entièrement"))]),
    )
    cut_minutes = DurationField(
        _("De la décision à la coupure"), [Optional()], description=_("Par exemple : 12 min. Vide si non mesuré.")
    )
    back_minutes = DurationField(_("Du rétablissement au retour complet"), [Optional()])
    gaps = TextAreaField(
        _("Écarts"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Ce qui n’a pas marché, un écart par ligne : chacun pourra devenir une action."),
        render_kw={"rows": 4},
    )
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 3})
    version = HiddenField()

    def show(self, draft: IsolationDraft) -> None:
        """Start from what is known."""
        for name in _AS_IS:
            self[name].data = getattr(draft, name)
        self.isolated.data = typed_as(draft.isolated)

    def draft(self) -> IsolationDraft:
        """What was typed in; the form is valid."""
        return IsolationDraft(
            held_on=self.held_on.data,
            people=self.people.data or "",
            cut=self.cut.data or "",
            isolated=answer_of(self.isolated.data),
            cut_minutes=self.cut_minutes.data,
            back_minutes=self.back_minutes.data,
            gaps=self.gaps.data or "",
            note=self.note.data or "",
        )


_AS_IS = ("held_on", "people", "cut", "cut_minutes", "back_minutes", "gaps", "note")
