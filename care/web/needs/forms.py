"""The forms of requirements: an answer, the profile of a framework.

`AnswerForm` and the template `needs/answer.html` serve whoever answers requirements: give the template `form` and
`action` (where it is sent), read `form.draft(item)` once it is valid, and `form.blame` what the service refuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.frameworks import Method
from care.domain.judging import PEOPLE
from care.domain.programme import AnswerVerdict
from care.services.frameworks.answering import MAX_NOTE, AnswerDraft
from care.services.frameworks.choosing import MAX_REASON, ChoiceDraft
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.pages import row_number

OFFERED = tuple(one for one in AnswerVerdict if one is not AnswerVerdict.INADEQUATE)
"""The answers of every framework; the fourth of the HAS has its own pages."""
METHODS = tuple(method for method in Method if method in PEOPLE)


class AnswerForm(Form):
    """What a person says of one requirement."""

    verdict = RadioField(_("Réponse"), [InputRequired()])
    note = TextAreaField(
        _("Ce qui le montre, ou ce qui manque"),
        [Optional(), Length(max=MAX_NOTE)],
        description=_("Obligatoire si la réponse n’est pas « oui » : un visiteur le demandera."),
        render_kw={"rows": 4},
    )
    method = SelectField(_("D’où vient cette réponse"))
    given_on = DayField(_("Constaté le"), [Optional()], description=_("Vide : aujourd’hui."))
    valid_until = DayField(
        _("À redemander après le"), [Optional()], description=_("Vide : la réponse vaut tant que rien ne change.")
    )
    seen = HiddenField()

    def offer(self, verdicts: Iterable[AnswerVerdict] = OFFERED) -> None:
        """Fill the lists."""
        self.verdict.choices = options((one.value, labels.ANSWER[one]) for one in verdicts)
        self.method.choices = options((one.value, METHOD_WORDS[one]) for one in METHODS)

    def show(self, seen: int, method: Method | None = None, today: date | None = None) -> None:
        """An empty answer. `seen` is the id of the last one shown."""
        self.seen.data = str(seen)
        self.method.data = (method or Method.DECLARATION).value
        self.given_on.data = today

    def draft(self, item: str) -> AnswerDraft:
        """What was typed in; the form is valid."""
        return AnswerDraft(
            item=item,
            verdict=AnswerVerdict(self.verdict.data),
            method=Method(self.method.data),
            note=str(self.note.data or ""),
            given_on=self.given_on.data,
            valid_until=self.valid_until.data,
            seen=number(self.seen.data),
        )


METHOD_WORDS = {
    Method.DECLARATION: _("Déclaration : je réponds pour la structure"),
    Method.INTERVIEW: _("Entretien : constaté avec les équipes"),
}


class SectionForm(Form):
    """What all the answers of a section share."""

    method = SelectField(_("D’où viennent ces réponses"))
    given_on = DayField(_("Constaté le"), [Optional()], description=_("Vide : aujourd’hui."))
    again = BooleanField(_("Confirmer aussi, à cette date, les réponses laissées comme elles étaient"))

    def offer(self) -> None:
        """Fill the lists."""
        self.method.choices = options((one.value, METHOD_WORDS[one]) for one in METHODS)

    @classmethod
    def begun(cls) -> SectionForm:
        """A form to fill in."""
        form = cls()
        form.offer()
        form.method.data = Method.DECLARATION.value
        return form

    @property
    def chosen_method(self) -> Method:
        """Declaration or interview; the form is valid."""
        return Method(self.method.data)


class WithdrawalForm(Form):
    """Why an answer is taken back."""

    why = StringField(_("Pourquoi"), [Optional(), Length(max=MAX_NOTE)])


class ChoiceForm(Form):
    """What a place answers of a framework."""

    profile = SelectField(_("Profil"))
    concerned = RadioField(_("Ce référentiel concerne-t-il la structure ?"))
    reason = StringField(_("Si non, pourquoi"), [Optional(), Length(max=MAX_REASON)])
    version = HiddenField()

    def offer(self, profiles: dict[str, str]) -> None:
        """Fill the lists."""
        self.profile.choices = options([("", _("Tous : pas encore choisi")), *profiles.items()])
        self.concerned.choices = options([("yes", _("Oui")), ("no", _("Non, elle n’est pas concernée"))])

    def show(self, draft: ChoiceDraft, version: int) -> None:
        """What was chosen."""
        self.profile.data, self.reason.data = draft.profile, draft.reason
        self.concerned.data, self.version.data = "yes" if draft.concerned else "no", str(version)

    def draft(self) -> ChoiceDraft:
        """What was chosen in the form; it is valid."""
        return ChoiceDraft(
            profile=str(self.profile.data or ""),
            concerned=self.concerned.data == "yes",
            reason=str(self.reason.data or ""),
        )


def number(text: str | None) -> int:
    """The number of a row that a form carries back, 0 for none."""
    try:
        return row_number(text or "0")
    except ValueError:
        return 0
