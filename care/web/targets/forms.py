"""One form per scanner: the fields a person understands, turned into the scanner's request and its secrets.

Files are stored as their content. A secret is never shown again: left empty, the stored one is kept. Those an audit
cannot do without are asked for until they are stored.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar

import yaml
from flask_babel import get_timezone, gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    Field,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.form import FormMeta
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.actions import CareCriticality
from care.domain.findings import MAX_ACCEPTANCE
from care.domain.schedule import Every, Recurrence
from care.services.drills.handing import Source
from care.services.errors import Invalid
from care.services.library import today
from care.web import labels
from care.web.days import DayField
from care.web.evidence.forms import MultiCheckboxField
from care.web.formats import day
from care.web.forms import Form, file_of, options, text_of
from care.web.pages import row_number
from care.web.people import platform
from scanners.read_yaml import YamlError, load_mapping

MONO = {"spellcheck": "false"}
SECRET = {"autocomplete": "new-password"}
Request = dict[str, Any]


def not_empty(_form: Form, field: Field) -> None:
    """ValidationError when the file sent has no content."""
    if isinstance(field, FileField) and field.data:
        if not field.data.stream.read(1):
            raise ValidationError(gettext("Ce fichier est vide."))
        field.data.stream.seek(0)


class _AbstractForm(FormMeta, ABCMeta):
    """The class of form classes that leave something to their heirs: WTForms has its own."""


class TargetForm(Form, metaclass=_AbstractForm):
    """What every target has. `secret_fields` maps a field to the name the scanner gives its secret; the fields of
    `apart`, which few targets need, are folded.

    `required_secrets` names, among those fields, the ones without which no audit is possible.
    """

    name = StringField(
        _("Nom de la cible"),
        [InputRequired(), Length(max=200)],
        description=_("Le nom que vous lui donnez dans l’établissement, par exemple « Domaine HOPITAL »."),
    )
    criticality = SelectField(
        _("Importance pour les soins"),
        choices=options(labels.CARE_HELP.items()),
        default=CareCriticality.MODERATE.value,
        description=_("Ce que les soins perdent si ce qui est audité tombe. Elle fixe l’urgence des actions."),
    )
    secret_fields: ClassVar[Mapping[str, str]] = {}
    required_secrets: ClassVar[tuple[str, ...]] = ()
    file_fields: ClassVar[Mapping[str, str]] = {}
    apart: ClassVar[tuple[str, ...]] = ()
    apart_name = _("Équipements fragiles et automates")

    @property
    def apart_in_use(self) -> bool:
        """Whether a field of those that few targets need is filled, or wrong."""
        return any(self._fields[name].data or self._fields[name].errors for name in self.apart)

    def require_secrets(self, stored: Collection[str]) -> None:
        """Ask for the secrets no audit can do without, except those already stored."""
        for name in self.required_secrets:
            if self.secret_fields[name] not in stored:
                field = self._fields[name]
                field.validators = [InputRequired(), not_empty, *field.validators]
                field.flags.required = True

    @abstractmethod
    def request(self, stored: Request) -> Request:
        """The scanner's request; `stored` gives what was not sent again (files)."""

    def show(self, request: Request) -> None:
        """Fill the fields from a stored request."""
        for name, value in request.items():
            if name in self._fields and name not in self.file_fields:
                self._fields[name].data = value

    def blame(self, refusal: Invalid) -> None:
        """Bring each sentence to the field that a person filled."""
        renamed = {self._field_of(name): text for name, text in refusal.fields.items()}
        super().blame(Invalid(renamed))

    def _field_of(self, name: str) -> str:
        """`request.ca_pem.0` -> the field of that file, `secrets.password` -> the field of that secret."""
        kind, _dot, rest = name.partition(".")
        if kind not in ("request", "secrets"):
            return "mandate" if name == "mandate_id" else name
        wanted = rest.split(".")[0] if kind == "request" else rest
        known = self.file_fields if kind == "request" else self.secret_fields
        return next((field for field, stored in known.items() if stored == wanted), wanted)

    def mention(self, request: Request, secrets: Mapping[str, datetime]) -> None:
        """Say beside each file and secret field what is already stored: neither is ever shown again."""
        for name, secret in self.secret_fields.items():
            if secret in secrets:
                self._add_help(
                    name, gettext("Enregistré le %(day)s : laissez vide pour le garder.", day=day(secrets[secret]))
                )
        for name, stored in self.file_fields.items():
            if request.get(stored):
                self._add_help(name, gettext("Un fichier est déjà enregistré : laissez vide pour le garder."))

    def _add_help(self, name: str, words: str) -> None:
        field = self._fields[name]
        field.description = f"{field.description} {words}".strip()

    def secrets(self) -> dict[str, str]:
        """The secrets typed or sent now; those left empty are not in it."""
        typed = {secret: self._typed(field) for field, secret in self.secret_fields.items()}
        return {secret: value for secret, value in typed.items() if value}

    def file(self, name: str, stored: Request) -> str:
        """The text of a file: the one sent now, else the stored one."""
        return text_of(self._fields[name]) or str(stored.get(self.file_fields[name], ""))

    def _typed(self, name: str) -> str:
        field = self._fields[name]
        return text_of(field) if isinstance(field, FileField) else str(field.data or "")


class AdForm(TargetForm):
    """A domain controller read over LDAP."""

    server = StringField(
        _("Contrôleur de domaine"),
        [InputRequired(), Length(max=300)],
        description=_("Son adresse LDAP chiffrée, par exemple ldaps://dc1.hopital.local."),
        render_kw={"placeholder": "ldaps://", "spellcheck": "false"},
    )
    user = StringField(
        _("Compte de lecture"),
        [InputRequired(), Length(max=512)],
        description=_(
            "Un compte ordinaire du domaine suffit, par exemple audit-care@hopital.local. Aucun "
            "droit d’administration n’est nécessaire."
        ),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    password = PasswordField(_("Mot de passe du compte"), render_kw=SECRET)
    authentication = SelectField(
        _("Authentification"),
        choices=options(
            [
                ("simple", _("Simple, sous ldaps://")),
                ("ntlm", _("NTLM")),
                ("kerberos", _("Kerberos")),
            ]
        ),
        description=_(
            "NTLM et Kerberos chiffrent eux-mêmes une adresse ldap:// : utile quand les contrôleurs n’ont pas de "
            "certificat."
        ),
    )
    ca = FileField(
        _("Certificat de l’autorité"),
        [Optional()],
        description=_(
            "Fichier PEM de l’autorité qui a signé le certificat du contrôleur. Sans fichier, celles "
            "du système sont utilisées."
        ),
        render_kw={"accept": ".pem,.crt,.cer"},
    )
    allow_clear_text = BooleanField(
        _("Accepter une connexion non chiffrée"),
        description=_(
            "Déconseillé : si le contrôleur n’offre pas StartTLS, le mot de passe passe en clair sur le réseau."
        ),
    )
    pages_per_second = SelectField(
        _("Allure de lecture"),
        coerce=float,
        choices=options(
            [
                ("0.0", _("Aussi vite que le contrôleur répond")),
                ("5.0", _("5 pages par seconde")),
                ("1.0", _("1 page par seconde : contrôleur chargé ou liaison lente")),
            ]
        ),
    )
    page_size = SelectField(
        _("Objets par page"),
        default=1000,
        coerce=int,
        choices=options(
            [
                ("1000", _("1 000 objets")),
                ("250", _("250 objets")),
                ("50", _("50 objets : contrôleur qui limite ou refuse la lecture")),
            ]
        ),
    )
    hours = StringField(
        _("Heures de lecture"),
        [Optional(), Length(max=40)],
        description=_(
            "Par exemple 22:00-06:00. Vide : à toute heure. Hors de ces heures, un audit est refusé ; ce qui n’est "
            "pas lu à la fin reste « non évaluable »."
        ),
        render_kw={"spellcheck": "false"},
    )
    sysvol = BooleanField(
        _("Lire aussi les fichiers des stratégies de groupe (SYSVOL)"),
        description=_(
            "En lecture seule, avec le même compte, sur le port 445 de ce contrôleur. Sans cette lecture, mots de "
            "passe oubliés, scripts modifiables et réglages des stratégies restent non évalués."
        ),
    )
    probe = BooleanField(
        _("Éprouver les protections du contrôleur"),
        description=_(
            "Sept connexions de plus : sans signature, sans lien au certificat, en SSL et TLS anciens. Sans danger "
            "pour le compte ni pour le contrôleur, mais visible dans ses journaux (2889, 3039) : prévenez votre SOC."
        ),
    )
    secret_fields: ClassVar[Mapping[str, str]] = {"password": "password"}
    required_secrets = ("password",)
    file_fields: ClassVar[Mapping[str, str]] = {"ca": "ca_pem"}

    def request(self, stored: Request) -> Request:
        """Server, account, authority."""
        return {
            "server": str(self.server.data).strip(),
            "user": str(self.user.data).strip(),
            "ca_pem": self.file("ca", stored),
            "authentication": self.authentication.data,
            "allow_clear_text": bool(self.allow_clear_text.data),
            "pages_per_second": self.pages_per_second.data,
            "page_size": self.page_size.data,
            "hours": str(self.hours.data or "").strip(),
            "probe": bool(self.probe.data),
            "time_zone": str(get_timezone()),
            "sysvol": bool(self.sysvol.data),
        }


class ExposureForm(TargetForm):
    """Addresses and names seen from outside."""

    targets = TextAreaField(
        _("Adresses, réseaux et noms à examiner"),
        [InputRequired(), Length(max=100_000)],
        description=_(
            "Un par ligne : 203.0.113.10, 203.0.113.0/28 ou portail.hopital.fr. Tous doivent être "
            "couverts par le mandat."
        ),
        render_kw={"rows": 6, **MONO},
    )
    mandate = SelectField(
        _("Mandat"),
        [InputRequired()],
        description=_("Sans mandat en cours de validité, l’audit d’exposition est refusé."),
        coerce=row_number,
        validate_choice=False,
    )
    domains = TextAreaField(
        _("Domaines de l’établissement"),
        [Optional(), Length(max=20_000)],
        description=_(
            "Un par ligne, par exemple hopital.fr, suivi de ses sélecteurs DKIM s’ils sont connus. Leur messagerie, "
            "leur DNS et leurs sous-domaines sont examinés ; sans eux, ces points restent « non évaluables »."
        ),
        render_kw={"rows": 3, **MONO},
    )
    names_file = FileField(
        _("Noms déjà connus"),
        [Optional(), not_empty],
        description=_(
            "Export des certificats émis (transparence), de l’hébergeur ou de la zone DNS : CSV, zone ou simple liste. "
            "Chaque nom est confronté au mandat avant tout contact."
        ),
        render_kw={"accept": ".csv,.txt,.zone,text/csv,text/plain"},
    )
    resolver = StringField(
        _("Serveur DNS"),
        [Optional(), Length(max=500)],
        description=_(
            "Vide : celui de cette machine. S’il montre la vue interne de vos domaines, indiquez l’adresse d’un "
            "résolveur qui voit la vue publique, par exemple 192.0.2.53."
        ),
        render_kw={"spellcheck": "false"},
    )
    ports = StringField(
        _("Ports"),
        [Optional(), Length(max=1000)],
        description=_("Vide : les ports habituels. Sinon une liste comme 22,80,443,1000-1100."),
        render_kw={"spellcheck": "false"},
    )
    profile = RadioField(
        _("Allure"),
        default="gentle",
        choices=options(
            [
                (
                    "gentle",
                    _("Douce (par défaut) : 5 paquets par seconde et par adresse, sans risque pour la production"),
                ),
                ("standard", _("Normale : rapide, pour des serveurs solides que vous administrez")),
                ("fragile", _("Prudente : une connexion à la fois, rien d’écrit, pour le biomédical et le bâtiment")),
            ]
        ),
        description=_(
            "En allure douce, 16 adresses demandent quelques minutes, un réseau /24 près d’une heure. L’allure "
            "prudente ne fait qu’ouvrir des connexions : elle voit les portes, pas les versions."
        ),
    )
    never_written = TextAreaField(
        _("Ne jamais écrire à"),
        [Optional(), Length(max=20_000)],
        description=_(
            "Une ligne par équipement fragile : 203.0.113.10, 8080 ou 203.0.113.0/28 8080,9000-9010. L’audit s’y "
            "connecte, écoute, et n’envoie rien. HL7, automates et impression directe sont déjà épargnés."
        ),
        render_kw={"rows": 3, **MONO},
    )
    asked = MultiCheckboxField(
        _("Automates à qui demander leur nom"),
        choices=options([("modbus", "Modbus"), ("s7", "S7"), ("bacnet", "BACnet")]),
        description=_(
            "Sans votre accord, l’audit ne fait que s’y connecter. Cochez pour permettre une question normalisée, en "
            "lecture seule : « qui es-tu ? ». Voyez-le d’abord avec les services techniques. En allure prudente, rien "
            "n’est demandé."
        ),
    )
    asked_until = DayField(_("Permis jusqu’au (inclus)"), [Optional()])
    asked_by = StringField(
        _("Permis par"),
        [Optional(), Length(max=300)],
        description=_("Nom et fonction, par exemple l’ingénieur des services techniques."),
    )
    ca = FileField(
        _("Autorités de l’établissement"),
        [Optional()],
        description=_(
            "Fichier PEM des autorités privées qui signent vos certificats. Sans lui, seules celles que connaît cette "
            "machine sont reconnues."
        ),
        render_kw={"accept": ".pem,.crt,.cer"},
    )
    file_fields: ClassVar[Mapping[str, str]] = {"names_file": "names_file", "ca": "ca_pem"}
    apart = ("never_written", "asked", "asked_until", "asked_by")

    def validate_asked(self, field: MultiCheckboxField) -> None:
        """A permission has an end, within a year, and somebody who gives it."""
        now, until = today(platform()), self.asked_until.data
        if not field.data:
            return
        if until is None or not str(self.asked_by.data or "").strip():
            raise ValidationError(gettext("Dites jusqu’à quel jour, et qui le permet."))
        if not now <= until <= now + MAX_ACCEPTANCE:
            raise ValidationError(
                gettext("La permission finit entre aujourd’hui et dans un an : renouvelez-la, ou décochez.")
            )

    def request(self, stored: Request) -> Request:
        """What to look at and how; the mandate is kept apart."""
        return {
            "targets": _lines(self.targets),
            "domains": _lines(self.domains),
            "names_file": self.file("names_file", stored),
            "resolver": str(self.resolver.data or "").strip(),
            "ports": str(self.ports.data or "").strip(),
            "profile": self.profile.data,
            "ca_pem": self.file("ca", stored),
            "never_written": _lines(self.never_written),
            "permissions": [
                {
                    "protocol": protocol,
                    "until": str(self.asked_until.data),
                    "by": str(self.asked_by.data).strip(),
                }
                for protocol in self.asked.data or ()
            ],
        }

    def show(self, request: Request) -> None:
        """One target, one domain a line."""
        lines = {name: "\n".join(request.get(name, ())) for name in ("targets", "domains", "never_written")}
        super().show({**request, **lines})
        given = request.get("permissions") or ()
        if given:
            self.asked.data = [one["protocol"] for one in given]
            self.asked_until.data, self.asked_by.data = date.fromisoformat(given[0]["until"]), given[0]["by"]


def _lines(field: TextAreaField) -> list[str]:
    """The lines of a field that say something."""
    lines = (line.partition("#")[0].strip() for line in str(field.data or "").splitlines())
    return [line for line in lines if line]


class RemoteAccessForm(TargetForm):
    """A bastion reviewed over SSH, and the register of remote accesses."""

    bastion = StringField(
        _("Bastion"),
        [InputRequired(), Length(max=300)],
        description=_("Compte et adresse, par exemple audit@bastion.hopital.local:22."),
        render_kw={"spellcheck": "false"},
    )
    private_key = FileField(
        _("Clé privée SSH du compte d’audit"), description=_("Un fichier OpenSSH, réservé à cet usage.")
    )
    passphrase = PasswordField(_("Phrase secrète de la clé"), [Optional()], render_kw=SECRET)
    known_hosts = TextAreaField(
        _("Empreintes connues du bastion (known_hosts)"),
        [InputRequired(), Length(max=200_000)],
        description=_(
            "Les lignes que donne « ssh-keyscan », vérifiées auprès de l’administrateur du bastion : "
            "une clé inconnue fait refuser l’audit."
        ),
        render_kw={"rows": 4, **MONO},
    )
    register = FileField(
        _("Registre des accès"),
        [Optional(), not_empty],
        description=_(
            "Inutile si vous tenez le registre ici (Accès distants) : l’audit compare alors ses comptes à ceux du "
            "bastion. Sinon, un fichier CSV."
        ),
        render_kw={"accept": ".csv,text/csv"},
    )
    secret_fields: ClassVar[Mapping[str, str]] = {"private_key": "private_key", "passphrase": "passphrase"}
    required_secrets = ("private_key",)
    file_fields: ClassVar[Mapping[str, str]] = {"register": "register_csv"}

    def request(self, stored: Request) -> Request:
        """Bastion, known keys, register."""
        return {
            "bastion": str(self.bastion.data).strip(),
            "known_hosts": str(self.known_hosts.data),
            "register_csv": self.file("register", stored),
            "register_name": file_name(self.register, stored.get("register_name", "")),
        }


WITH_PASSWORD = ("restic", "borg")
ACCESS_SECRETS = {
    "ssh": _("Clé SSH privée pour lire le dépôt %(name)s"),
    "rest": _("Mot de passe du serveur qui tient le dépôt %(name)s"),
    "s3": _("Clé secrète S3 du dépôt %(name)s"),
}
"""What each way to another machine asks for."""


class BackupForm(TargetForm):
    """The backup plan; the passwords of its repositories are asked for once it is known."""

    inventory = BooleanField(
        _("Les systèmes et leurs copies sont à l’inventaire de la plateforme"),
        description=_("Le plan ci-dessous ne garde alors que les dépôts, la politique et les réponses."),
    )
    plan = TextAreaField(
        _("Plan de sauvegarde"),
        [Length(max=1_000_000)],
        description=_(
            "En YAML : les systèmes, leurs copies et les dépôts à vérifier. Le guide donne un exemple à compléter."
        ),
        render_kw={"rows": 16, **MONO},
    )

    def request(self, stored: Request) -> Request:
        """The plan as a mapping, and whether the inventory completes it."""
        return {"plan": as_mapping(str(self.plan.data)), "inventory": bool(self.inventory.data)}

    def show(self, request: Request) -> None:
        """The plan as YAML again."""
        written = request.get("plan", {})
        plan = yaml.safe_dump(written, allow_unicode=True, sort_keys=False) if written else ""
        super().show({**request, "plan": plan})

    @property
    def asked_secrets(self) -> list[tuple[str, str, bool]]:
        """(name of the secret, sentence that asks for it, whether it has lines): the password of each repository, and
        what opens the machine that holds it."""
        asked = [
            (f"repository.{one['name']}", gettext("Mot de passe du dépôt %(name)s", name=one["name"]), False)
            for one in self._repositories
            if one.get("tool") in WITH_PASSWORD
        ]
        for one in self._repositories:
            kind = one["remote"].get("kind") if isinstance(one.get("remote"), dict) else None
            if kind in ACCESS_SECRETS:
                asked.append(
                    (f"access.{one['name']}", str(ACCESS_SECRETS[kind]) % {"name": one["name"]}, kind == "ssh")
                )
        return asked

    @property
    def _repositories(self) -> list[dict[str, Any]]:
        try:
            listed = as_mapping(str(self.plan.data or "")).get("repositories")
        except YamlError:
            return []
        return [one for one in listed if isinstance(one, dict) and one.get("name")] if isinstance(listed, list) else []

    def validate_plan(self, field: TextAreaField) -> None:
        """The plan must be YAML with fields; it may be empty beside the inventory alone."""
        if not str(field.data or "").strip() and not self.inventory.data:
            raise ValidationError(gettext("Donnez un plan, ou cochez l’inventaire."))
        check_yaml(str(field.data))


class RestoreForm(TargetForm):
    """A restore drill: which repository of which plan, which files, what proves them."""

    source = SelectField(
        _("Dépôt à essayer"),
        [InputRequired()],
        description=_("Un dépôt d’un plan de sauvegarde déjà enregistré : son mot de passe est repris de ce plan."),
    )
    system = StringField(
        _("Système"),
        [Optional(), Length(max=120)],
        description=_(
            "Son nom dans le plan : sa DMARD est comparée à la durée mesurée, et sa machine choisit le point."
        ),
    )
    mode = RadioField(
        _("Que restaurer"),
        choices=options(
            [
                ("sample", _("Des fichiers tirés au sort, le tirage étant noté pour pouvoir être refait")),
                ("named", _("Les fichiers et dossiers nommés ci-dessous")),
                ("whole", _("Tout le point de restauration, dans la limite de volume")),
            ]
        ),
        default="sample",
    )
    sample_files = IntegerField(_("Fichiers à tirer au sort"), [Optional(), NumberRange(min=1, max=1000)], default=50)
    paths = TextAreaField(
        _("Fichiers et dossiers nommés"),
        [Optional(), Length(max=100_000)],
        description=_("Un chemin par ligne, tel que l’outil l’affiche. Ils paraîtront sur la fiche de restauration."),
        render_kw={"rows": 4, **MONO},
    )
    max_mib = IntegerField(
        _("Volume à restaurer au plus, en Mio"),
        [Optional(), NumberRange(min=1, max=4_000_000)],
        default=1024,
        description=_("Écrit dans le dossier temporaire de la machine, puis toujours effacé."),
    )
    manifest = FileField(
        _("Manifeste des empreintes"),
        [Optional(), not_empty],
        description=_(
            "Ce que « sha256sum » a écrit au moment de la sauvegarde. Sans lui, les empreintes propres au dépôt font "
            "foi."
        ),
    )
    databases = TextAreaField(
        _("Sauvegardes PostgreSQL à recharger"),
        [Optional(), Length(max=20_000)],
        description=_(
            "Un chemin par ligne (pg_dump -Fc, ou script SQL) : chacune est rechargée dans un serveur jetable, sans "
            "réseau."
        ),
        render_kw={"rows": 2, **MONO},
    )
    query = StringField(
        _("Question à poser à ces bases"),
        [Optional(), Length(max=4_000)],
        description=_("Une requête SQL de lecture. Seuls le nombre de lignes et une valeur numérique sont gardés."),
        render_kw=MONO,
    )
    host = StringField(
        _("Machine sauvegardée"),
        [Optional(), Length(max=255)],
        description=_("Vide : celle que le plan donne au système, sinon toutes."),
    )
    snapshot = StringField(
        _("Point de restauration"), [Optional(), Length(max=255)], description=_("Vide : le plus récent.")
    )
    requester = StringField(_("Demandeur"), [Optional(), Length(max=300)])
    purpose = StringField(_("Motif"), [Optional(), Length(max=300)])
    file_fields: ClassVar[Mapping[str, str]] = {"manifest": "manifest"}
    apart: ClassVar[tuple[str, ...]] = ("databases", "query", "host", "snapshot", "manifest")
    apart_name = _("Bases de données, preuve, machine et point")

    def offer(self, found: Iterable[Source]) -> None:
        """The repositories that can be tried."""
        self.source.choices = options(
            (f"{one.target_id} {one.repository}", f"{one.target_name} – {one.repository}") for one in found
        )

    def request(self, stored: Request) -> Request:
        """The repository, the files, the proof."""
        number, _space, repository = str(self.source.data).partition(" ")
        return {
            "repository": repository,
            "plan_of": int(number) if number.isdecimal() else 0,
            "mode": str(self.mode.data),
            "sample_files": self.sample_files.data or 50,
            "max_bytes": (self.max_mib.data or 1024) << 20,
            "paths": lines_in(self.paths.data),
            "databases": lines_in(self.databases.data),
            "manifest": self.file("manifest", stored),
            "manifest_name": file_name(self.manifest, stored.get("manifest_name", "")),
            **{
                name: str(self._fields[name].data or "").strip()
                for name in ("system", "query", "host", "snapshot", "requester", "purpose")
            },
        }

    def show(self, request: Request) -> None:
        """The fields again."""
        chosen = f"{request.get('plan_of', 0)} {request.get('repository', '')}"
        lines = {name: "\n".join(request.get(name) or ()) for name in ("paths", "databases")}
        size = int(request.get("max_bytes") or 0) >> 20
        super().show({**request, **lines, "source": chosen, "max_mib": size})


def lines_in(text: str | None) -> list[str]:
    """The lines that hold something."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


class WorkstationsForm(TargetForm):
    """Inventories to compare with the directory."""

    inventory = FileField(
        _("Inventaire du parc"),
        [Optional(), not_empty],
        description=_("Export CSV de GLPI, SCCM ou Intune."),
        render_kw={"accept": ".csv,text/csv"},
    )
    edr = FileField(
        _("Console antivirus ou EDR"),
        [Optional(), not_empty],
        description=_("Export CSV de la console : un poste par ligne."),
        render_kw={"accept": ".csv,text/csv"},
    )
    answers = TextAreaField(
        _("Machines isolées et réglages"),
        [Optional(), Length(max=200_000)],
        description=_(
            "En YAML : isolated, settings. Ce qui ne se mesure pas se répond dans « Questions » et l’emporte sur ce "
            "qui est écrit ici."
        ),
        render_kw={"rows": 6, **MONO},
    )
    log_retention_days = IntegerField(
        _("Conservation voulue des journaux, en jours"),
        [Optional(), NumberRange(min=1, max=36_500)],
        description=_(
            "90 satisfait ReCyF 20.5 ; 183, aussi NIS 1 et PGSSI-S 7.2.2.5 ; 365, sans réglage, aussi PSSI-MCAS et la "
            "mesure 36 de l’ANSSI, mais la PGSSI-S veut alors une justification écrite."
        ),
    )
    file_fields: ClassVar[Mapping[str, str]] = {"inventory": "inventory_csv", "edr": "edr_csv"}

    def request(self, stored: Request) -> Request:
        """Lists and answers."""
        return {
            "inventory_csv": self.file("inventory", stored),
            "inventory_name": file_name(self.inventory, stored.get("inventory_name", "")),
            "edr_csv": self.file("edr", stored),
            "edr_name": file_name(self.edr, stored.get("edr_name", "")),
            "answers": as_mapping(str(self.answers.data or "")),
            "settings": self._settings(stored),
        }

    def _settings(self, stored: Request) -> Request:
        """The thresholds: those that this form does not show stay."""
        kept = {name: value for name, value in stored.get("settings", {}).items() if name != "log_retention_days"}
        days = self.log_retention_days.data
        return kept if days is None else {**kept, "log_retention_days": days}

    def show(self, request: Request) -> None:
        """The answers as YAML again."""
        answers = request.get("answers") or {}
        shown = yaml.safe_dump(answers, allow_unicode=True, sort_keys=False) if answers else ""
        days = (request.get("settings") or {}).get("log_retention_days")
        super().show({**request, "answers": shown, "log_retention_days": days})

    def validate_answers(self, field: TextAreaField) -> None:
        """The answers must be YAML with fields."""
        check_yaml(str(field.data))


class ScheduleForm(Form):
    """When a target is audited by itself."""

    every = SelectField(_("Fréquence"), choices=options((value, label.text) for value, label in labels.EVERY.items()))
    weekday = SelectField(
        _("Jour, si hebdomadaire"), choices=options(enumerate(labels.WEEKDAYS)), coerce=row_number, default=0
    )
    at = TimeField(_("Heure"), [InputRequired()], default=time(22, 0))

    @classmethod
    def of(cls, recurrence: Recurrence | None) -> ScheduleForm:
        """The form of a known recurrence, or of the usual one: every week, Monday evening."""
        known = recurrence or Recurrence(Every.WEEK, 22)
        moment = time(known.hour, known.minute)
        return cls(data={"every": known.every.value, "weekday": known.weekday, "at": moment})

    def recurrence(self) -> Recurrence:
        """What was typed, once validated."""
        every, at = Every(self.every.data), self.at.data or time()
        return Recurrence(every, at.hour, at.minute, int(self.weekday.data) if every is Every.WEEK else 0)


FORMS: Mapping[str, type[TargetForm]] = {
    "exposure": ExposureForm,
    "ad": AdForm,
    "remote_access": RemoteAccessForm,
    "workstations": WorkstationsForm,
    "backup": BackupForm,
    "restore": RestoreForm,
}


def file_name(field: FileField, stored: str) -> str:
    """The name of the file sent now, else the stored one."""
    file = file_of(field)
    return str(file.filename) if file and file.filename else stored


def as_mapping(text: str) -> dict[str, Any]:
    """YAML already checked by `check_yaml`."""
    return load_mapping(text, "YAML", may_be_empty=True)


def check_yaml(text: str) -> None:
    """ValidationError naming the line when `text` is not YAML made of `name: value` fields."""
    try:
        load_mapping(text, "YAML", may_be_empty=True)
    except YamlError as error:
        if error.__cause__ is None:
            raise ValidationError(gettext("Il faut des champs « nom: valeur ».")) from error
        mark = getattr(error.__cause__, "problem_mark", None)
        line = mark.line + 1 if mark else "?"
        raise ValidationError(gettext("La ligne %(line)s n’est pas du YAML lisible.", line=line)) from error
