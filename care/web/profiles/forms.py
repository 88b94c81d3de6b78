"""The forms of an establishment's sheet: its profile, a change of place or of GHT, its closing."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import FloatField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.services.errors import Invalid
from care.services.profile_files import MOST
from care.services.profiles import ProfileDraft
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.pages import row_number
from care.web.registers import FileForm, answer_of, three_way, typed_as
from scanners.model import Text

_NO_DAY = Text("Indiquez un jour, comme 12/03/2026.", "Give a day, like 2026-03-12.")
FINESS = {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", "maxlength": 11}
DEGREES = {"inputmode": "decimal", "autocomplete": "off"}


def typed_day(day: date | None) -> date:
    """The day of a field that must have one."""
    if day is None:
        raise ValueError("the form was not validated")
    return day


class _Degrees(FloatField):
    """Degrees, with a decimal comma or a point."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """The number typed in, None when empty."""
        self.data = None
        typed = " ".join(valuelist).strip().replace(",", ".")
        if typed:
            super().process_formdata([typed])


class ProfileForm(Form):
    """What regional figures want to know; what nobody knows stays empty."""

    ose = three_way(
        _("Opérateur de services essentiels (OSE)"),
        _("Désigné par l’État : certains indicateurs n’interrogent que les OSE."),
    )
    status = SelectField(_("Statut"), [Optional()], default="")
    department = StringField(
        _("Département"),
        [Optional(), Length(max=3)],
        description=_("Son code : 35, 2A, 974."),
        render_kw={"autocomplete": "off", "maxlength": 3},
    )
    longitude = _Degrees(
        _("Longitude"), [Optional()], description=_("En degrés, par exemple −1,6778."), render_kw=DEGREES
    )
    latitude = _Degrees(
        _("Latitude"), [Optional()], description=_("En degrés, par exemple 48,1173."), render_kw=DEGREES
    )
    since = DayField(
        _("OSE et statut : depuis le"),
        [InputRequired()],
        description=_("Le premier jour de ce qui change. Les mois d’avant gardent l’ancienne réponse."),
    )
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the statuses."""
        named = ((value, words.text) for value, words in labels.LEGAL_STATUS.items())
        self.status.choices = options([("", _("Non renseigné")), *named])

    def show(self, draft: ProfileDraft) -> None:
        """Start from what is known."""
        self.ose.data, self.status.data, self.department.data = typed_as(draft.ose), draft.status, draft.department
        self.longitude.data, self.latitude.data = draft.longitude, draft.latitude

    def draft(self) -> ProfileDraft:
        """What was typed in; the form is valid."""
        return ProfileDraft(
            answer_of(self.ose.data),
            self.status.data or "",
            self.department.data or "",
            self.longitude.data,
            self.latitude.data,
        )


class ProfileFileForm(FileForm):
    """A file of profiles, and since when its answers hold."""

    most = MOST
    since = DayField(
        _("OSE et statut : depuis le"),
        [InputRequired()],
        description=_("Le premier jour de ce qui change. Les mois d’avant gardent l’ancienne réponse."),
    )

    def day(self) -> date:
        """The day typed in; Invalid when there is none."""
        if self.since.data is None:
            raise Invalid({"since": _NO_DAY})
        return self.since.data


class MoveForm(Form):
    """A new region, legal entity or category."""

    region_id = SelectField(_("Région"), coerce=row_number)
    legal_entity_id = StringField(
        _("Numéro FINESS de l’entité juridique (EJ)"),
        [InputRequired(), Length(max=20)],
        description=_("La personne morale qui le gère ; elle donne son GHT à l’établissement."),
        render_kw=FINESS,
    )
    category = StringField(_("Catégorie"), [Optional(), Length(max=200)])
    since = DayField(_("Depuis le"), [InputRequired()], description=_("Le premier jour du nouveau rattachement."))
    version = HiddenField()

    def day(self) -> date:
        """The day typed in; the form is valid."""
        return typed_day(self.since.data)


class GhtForm(Form):
    """The GHT of a legal entity."""

    ght = SelectField(_("GHT"), coerce=row_number)
    since = DayField(_("Depuis le"), [InputRequired()], description=_("Le premier jour du nouveau rattachement."))


class CloseForm(Form):
    """The end of an establishment."""

    on = DayField(_("Fermé le"), [InputRequired()], description=_("Le premier jour où il n’existe plus."))
    successor_id = StringField(
        _("Repris par"),
        [Optional(), Length(max=20)],
        description=_("En cas de fusion : le numéro FINESS de l’établissement qui le reprend."),
        render_kw=FINESS,
    )
    version = HiddenField()

    def day(self) -> date:
        """The day typed in; the form is valid."""
        return typed_day(self.on.data)
