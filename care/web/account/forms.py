"""Forms of one's own account."""

from __future__ import annotations

from datetime import time

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.notices import Choice, Digest
from care.web import labels
from care.web.forms import Form, options
from care.web.language import NAMES
from care.web.pages import row_number

ZONES = (
    ("", _("Celui de la plateforme")),
    ("Europe/Paris", _("Métropole")),
    ("America/Guadeloupe", _("Guadeloupe")),
    ("America/Martinique", _("Martinique")),
    ("America/Cayenne", _("Guyane")),
    ("Indian/Reunion", _("La Réunion")),
    ("Indian/Mayotte", _("Mayotte")),
    ("America/Miquelon", _("Saint-Pierre-et-Miquelon")),
    ("Pacific/Noumea", _("Nouvelle-Calédonie")),
    ("Pacific/Tahiti", _("Polynésie française")),
    ("Pacific/Wallis", _("Wallis-et-Futuna")),
)
"""The zones of French territories; Saint-Martin and Saint-Barthélemy keep the time of Guadeloupe."""


class SignInForm(Form):
    """Login and password."""

    login = StringField(
        _("Identifiant"),
        [InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(_("Mot de passe"), [InputRequired()], render_kw={"autocomplete": "current-password"})


class PasswordForm(Form):
    """A change of one's own password."""

    current = PasswordField(_("Mot de passe actuel"), [InputRequired()], render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _("Nouveau mot de passe"),
        [InputRequired()],
        description=_("Douze signes au moins. Une phrase de quelques mots se retient mieux qu’un mot compliqué."),
        render_kw={"autocomplete": "new-password"},
    )


class ProfileForm(Form):
    """What a person says of themselves."""

    name = StringField(_("Nom affiché"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "name"})
    email = EmailField(_("Adresse de messagerie"), [Optional(), Length(max=254)], render_kw={"autocomplete": "email"})
    lang = RadioField(_("Langue"), choices=options(NAMES.items()))


class NoticesForm(Form):
    """What a person wants to be told by mail, and when."""

    digest = RadioField(
        _("Rappels d’échéances"), choices=options((value, label.text) for value, label in labels.DIGEST.items())
    )
    weekday = SelectField(_("Jour, si hebdomadaire"), choices=options(enumerate(labels.WEEKDAYS)), coerce=row_number)
    at = TimeField(_("Heure du résumé"), [InputRequired()])
    immediate = BooleanField(
        _("Me prévenir aussitôt"),
        description=_("Quand une action m’est confiée, par exemple. Les messages urgents partent toujours."),
    )
    quiet_from = TimeField(_("Silence à partir de"), [InputRequired()])
    quiet_to = TimeField(_("Silence jusqu’à"), [InputRequired()])
    timezone = SelectField(_("Fuseau horaire"), choices=options(ZONES))

    @classmethod
    def of(cls, choice: Choice) -> NoticesForm:
        """The form of what someone chose."""
        return cls(
            data={
                "digest": choice.digest.value,
                "weekday": choice.weekday,
                "at": _time(choice.at_minute),
                "immediate": choice.immediate,
                "quiet_from": _time(choice.quiet_from),
                "quiet_to": _time(choice.quiet_to),
                "timezone": choice.timezone,
            }
        )

    def choice(self) -> Choice:
        """What was chosen, once validated."""
        return Choice(
            digest=Digest(self.digest.data),
            weekday=int(self.weekday.data),
            at_minute=_minute(self.at.data),
            immediate=bool(self.immediate.data),
            quiet_from=_minute(self.quiet_from.data),
            quiet_to=_minute(self.quiet_to.data),
            timezone=str(self.timezone.data or ""),
        )


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _minute(moment: time | None) -> int:
    return moment.hour * 60 + moment.minute if moment else 0
