"""The forms of the link with a region."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.services.federation.joining import DEFAULT_MONTHS, MAX_NAME, MOST_MONTHS, LinkDraft
from care.web.forms import Form, file_of

_MAX_FILE = 1 << 20


class WhereForm(Form):
    """Where the region is."""

    url = StringField(
        _("Adresse de la région"),
        [Optional(), Length(max=500)],
        description=_("Du type https://care.region.fr. Vide : tout passera par des fichiers (clé USB, messagerie)."),
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    authority = FileField(
        _("Autorité de son certificat"),
        [Optional()],
        description=_(
            "Seulement si la région l’a remise (.pem ou .crt) : elle devient alors la seule reconnue. Sinon, celles de "
            "la machine."
        ),
    )
    months = IntegerField(
        _("Mois redits à chaque envoi"),
        [InputRequired(), NumberRange(1, MOST_MONTHS)],
        default=DEFAULT_MONTHS,
        description=_(
            "Chaque lot redit tout : un lot perdu ne laisse pas de trou. 13 mois couvrent une année entière."
        ),
        render_kw={"inputmode": "numeric"},
    )

    def draft(self) -> LinkDraft:
        """What was typed; the form is valid."""
        sent = file_of(self.authority)
        content = sent.stream.read(_MAX_FILE) if sent else b""
        return LinkDraft(self.url.data or "", content, int(self.months.data or DEFAULT_MONTHS))


class ChangeForm(WhereForm):
    """The same, for a link that exists: what was shown is remembered."""

    keep = BooleanField(_("Garder l’autorité déjà donnée"), default=True)
    version = HiddenField()


class AskForm(Form):
    """What the region is asked with."""

    code = StringField(
        _("Code d’inscription"),
        [InputRequired(), Length(max=60)],
        description=_("Les six groupes de quatre signes que la région vous a donnés. Il ne sert qu’une fois."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    name = StringField(
        _("Nom de cette installation"),
        [InputRequired(), Length(max=MAX_NAME)],
        description=_("Ce que la région lira dans sa liste, par exemple « CH de la Vallée »."),
    )


class FileForm(Form):
    """A file that came back from the region."""

    file = FileField(_("Fichier"), [InputRequired()])

    def content(self) -> bytes:
        """Its bytes, a mebibyte at most; empty when nothing was sent."""
        sent = file_of(self.file)
        return sent.stream.read(_MAX_FILE) if sent else b""
