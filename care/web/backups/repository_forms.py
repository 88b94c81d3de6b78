"""The form of a repository. A secret is never shown again: left empty, the stored one is kept."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.backups import REACHES, TOOLS, Reach, RepositoryTool
from care.services.backups.repositories import LONG_TEXTS, TEXTS, RepositorySecrets
from care.services.backups.repository_plans import RepositoryDraft
from care.web.forms import Form, options
from care.web.language import current_language

_MONO = {"spellcheck": "false", "class": "mono"}
_SECRET = {"autocomplete": "new-password"}


class RepositoryForm(Form):
    """What keeps the copies, where it is, what opens it."""

    name = StringField(
        _("Dépôt"),
        [InputRequired(), Length(max=TEXTS["name"])],
        description=_("Un nom court qui ne changera pas : lettres sans accent, chiffres, « . », « _ », « - »."),
        render_kw={"spellcheck": "false"},
    )
    tool = SelectField(_("Ce qui tient les copies"), [InputRequired()], default="")
    reach = SelectField(
        _("Où il est"), [InputRequired()], default="local", description=_("restic : partout ; borg : ici ou par SSH.")
    )
    path = StringField(
        _("Chemin"),
        [Optional(), Length(max=TEXTS["path"])],
        description=_("Le dossier, ici ou par SSH ; le chemin sur le serveur REST ; le préfixe dans le compartiment."),
        render_kw={"spellcheck": "false"},
    )
    host = StringField(
        _("Serveur"),
        [Optional(), Length(max=TEXTS["host"])],
        description=_("Nom ou adresse. Vide pour un dossier d’ici."),
    )
    port = IntegerField(
        _("Port"),
        [Optional(), NumberRange(1, 65_535)],
        description=_("Vide : 22 par SSH, 8000 pour REST, 443 pour S3."),
    )
    account = StringField(
        _("Compte qui lit"), [Optional(), Length(max=TEXTS["account"])], description=_("Pour S3 : la clé d’accès.")
    )
    bucket = StringField(_("Compartiment S3"), [Optional(), Length(max=TEXTS["bucket"])])
    region = StringField(_("Région S3"), [Optional(), Length(max=TEXTS["region"])])
    host_keys = TextAreaField(
        _("Clés d’hôte SSH"),
        [Optional(), Length(max=LONG_TEXTS["host_keys"])],
        description=_("Les lignes de « ssh-keyscan », vérifiées auprès de l’administrateur du serveur."),
        render_kw={"rows": 2, **_MONO},
    )
    tls = BooleanField(_("Connexion chiffrée (TLS)"), default=True)
    ca = TextAreaField(
        _("Autorité du serveur (PEM)"),
        [Optional(), Length(max=LONG_TEXTS["ca"])],
        description=_("Pour REST ou S3, si le certificat vient d’une autorité interne."),
        render_kw={"rows": 2, **_MONO},
    )
    password = PasswordField(
        _("Mot de passe du dépôt"), [Optional()], description=_("restic et borg."), render_kw=_SECRET
    )
    access_secret = TextAreaField(
        _("Ce qui ouvre le serveur"),
        [Optional()],
        description=_("SSH : clé privée sans phrase ; REST : mot de passe du compte ; S3 : clé secrète."),
        render_kw={"rows": 3, "autocomplete": "off", **_MONO},
    )
    pattern = StringField(
        _("Fichiers qui comptent"),
        [Optional(), Length(max=TEXTS["pattern"])],
        default="*",
        description=_("Pour des exports ou des fichiers déposés : « dpi-*.dump »."),
    )
    identity = StringField(
        _("Identité attendue"),
        [Optional(), Length(max=TEXTS["identity"])],
        description=_("Après un remplacement voulu : l’identité du nouveau dépôt."),
    )
    note = TextAreaField(_("Remarques"), [Optional(), Length(max=LONG_TEXTS["note"])], render_kw={"rows": 3})
    version = HiddenField()

    def prepare(self) -> None:
        """The words of the choices, in the reader’s language."""
        lang = current_language()
        tools = [(str(value), text.render(lang)) for value, text in TOOLS.items()]
        self.tool.choices = options([("", _("Choisissez")), *tools])
        self.reach.choices = options((str(value), text.render(lang)) for value, text in REACHES.items())

    def show(self, draft: RepositoryDraft) -> None:
        """Start from what is known; a secret is not."""
        for name in _AS_IS:
            self[name].data = getattr(draft, name)
        self.tool.data, self.reach.data = str(draft.tool or ""), str(draft.reach)

    def settle(self) -> None:
        """The name stays as it is."""
        self.name.render_kw = {**(self.name.render_kw or {}), "readonly": True}

    def forget(self) -> None:
        """What was typed as a secret does not travel back in the page."""
        self.access_secret.data = ""

    def draft(self) -> RepositoryDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: self[name].data or "" for name in _AS_IS if name not in ("port", "tls")}
        return RepositoryDraft(
            **values,
            tool=RepositoryTool(self.tool.data),
            reach=Reach(self.reach.data),
            port=self.port.data,
            tls=bool(self.tls.data),
        )

    def secrets(self) -> RepositorySecrets:
        """The secrets typed now; "" keeps the stored one. A key ends with a line feed, which SSH wants."""
        access = str(self.access_secret.data or "").replace("\r\n", "\n").strip()
        lines = f"{access}\n" if "\n" in access else access
        return RepositorySecrets(str(self.password.data or ""), lines)


_AS_IS = (
    "name", "path", "host", "port", "account", "bucket", "region", "host_keys", "tls", "ca", "pattern", "identity",
    "note",
)  # fmt: skip
