"""The columns we understand of each kind of list: their type and the headers they bear in known products. Pure.

Headers are compared as `scanners.lists.words.plain` writes them: lower case, no accent, words separated by one space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scanners.lists.kinds import ListKind
from scanners.model import Text

ColumnType = Literal["name", "text", "date", "moment", "truth", "number"]
"""`name`: a machine's short name. `date`: a day. `moment`: a day and time."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A list that lacks a `required` one is refused, and so is a line that leaves it empty.

    `past`: its dates are never after the day the list was made, which helps to tell 05/03 from 03/05. `yes` and `no`
    are words of products that stand for them beside the usual ones, written plainly.
    """

    type: ColumnType
    headers: tuple[str, ...]
    required: bool = False
    past: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


_NAME = Column(
    "name",
    (
        "nom",
        "name",
        "device name",
        "nom de la machine",
        "nom ordinateur",
        "computer name",
        "machine",
        "hostname",
        "poste",
    ),
    required=True,
)
_AGENT_NAME = Column("name", (*_NAME.headers, "endpoint", "endpoint name", "host", "agent"), required=True)
_SERIAL = Column("text", ("numero de serie", "serial number", "serial", "n de serie", "serialnumber"))
_SEEN = Column(
    "date",
    (
        "derniere connexion",
        "dernier contact",
        "last seen",
        "last contact",
        "last check in",
        "last communication",
        "derniere communication",
        "vu le",
    ),
    past=True,
)
_PATCHED = Column(
    "date",
    (
        "dernier correctif",
        "derniere mise a jour",
        "last patch",
        "last update",
        "last patched",
        "date du dernier correctif",
    ),
    past=True,
)

_INVENTORY: Mapping[str, Column] = {
    "name": _NAME,
    "serial": _SERIAL,
    "system": Column(
        "text", ("systeme d exploitation", "systeme d exploitation nom", "operating system", "os", "os name")
    ),
    "version": Column(
        "text",
        ("systeme d exploitation version", "version du systeme", "os version", "build number", "build", "version"),
    ),
    "kind": Column("text", ("type", "categorie", "chassis", "chassis type", "device type", "form factor")),
    "patched": _PATCHED,
    "encrypted": Column(
        "truth", ("chiffre", "chiffrement", "encrypted", "encryption", "bitlocker", "chiffrement du disque")
    ),
    "isolated": Column("truth", ("isole", "isolated", "cloisonne")),
}

_AGENTS: Mapping[str, Column] = {"name": _AGENT_NAME, "serial": _SERIAL, "edr_seen": _SEEN}

_ACCOUNT = (
    "compte",
    "account",
    "identifiant",
    "login",
    "user",
    "username",
    "user name",
    "utilisateur",
    "nom d utilisateur",
    "nom du compte",
    "common name",
    "srcuser",
    "source user",
    "uid",
)

_ACCOUNTS: Mapping[str, Column] = {
    "account": Column("text", (*_ACCOUNT, "name", "nom"), required=True),
    "company": Column("text", ("societe", "company", "entreprise", "fournisseur", "prestataire", "organisation")),
    "group": Column(
        "text",
        ("groupe", "groupes", "group", "groups", "member of", "membre de", "profil", "profile", "portal", "portail"),
    ),
    "source": Column(
        "text",
        ("source", "sources", "adresse source", "adresses autorisees", "source address", "from", "trusted hosts"),
    ),
    "destination": Column(
        "text", ("destination", "destinations", "ressource", "ressources", "to", "local network", "reseau local")
    ),
    "port": Column("text", ("port", "ports", "service", "services")),
    "second_factor": Column(
        "truth",
        (
            "mfa",
            "2fa",
            "two factor",
            "two factor authentication",
            "double authentification",
            "second facteur",
            "authentification forte",
            "otp",
            "totp",
        ),
        yes=(
            "fortitoken",
            "fortitoken cloud",
            "fortitoken mobile",
            "email",
            "sms",
            "totp",
            "otp",
            "duo",
            "radius otp",
            "certificat et mot de passe",
        ),
        no=("password", "mot de passe", "mot de passe seul"),
    ),
    "created": Column(
        "date", ("cree le", "date de creation", "creation", "created", "creation date", "created on"), past=True
    ),
    "expires": Column(
        "date",
        ("expire le", "date d expiration", "expiration", "expires", "expiry", "expiration date", "expiry date", "fin"),
    ),
    "last_login": Column(
        "date",
        (
            "derniere connexion",
            "dernier acces",
            "derniere utilisation",
            "last login",
            "last logon",
            "last connection",
            "last used",
            "last login time",
        ),
        past=True,
    ),
    "enabled": Column(
        "truth",
        ("actif", "active", "enabled", "etat", "status", "statut", "state"),
        yes=("ouvert", "open", "valide", "valid"),
        no=("desactive", "ferme", "closed", "bloque", "locked", "disable", "expire", "expired", "revoked", "revoque"),
    ),
}

_SESSIONS: Mapping[str, Column] = {
    "account": Column("text", _ACCOUNT, required=True),
    "start": Column(
        "moment",
        (
            "debut",
            "debut de session",
            "date et heure",
            "connexion",
            "start",
            "start time",
            "login time",
            "connected since",
            "connect time",
            "timestamp",
            "receive time",
        ),
        required=True,
        past=True,
    ),
    "end": Column(
        "moment",
        (
            "fin",
            "fin de session",
            "deconnexion",
            "end",
            "end time",
            "logout time",
            "disconnect time",
            "disconnected",
        ),
        past=True,
    ),
    "source": Column(
        "text",
        (
            "source",
            "adresse source",
            "ip source",
            "adresse ip",
            "source address",
            "source ip",
            "src ip",
            "src",
            "remip",
            "remote ip",
            "remote address",
            "real address",
            "public ip",
            "client ip",
        ),
    ),
    "gateway": Column(
        "text", ("passerelle", "gateway", "pare feu", "firewall", "bastion", "devname", "device name", "serveur")
    ),
    "bytes": Column("number", ("octets", "bytes", "volume", "bytes total", "total bytes")),
}

_TICKETS: Mapping[str, Column] = {
    "number": Column("text", ("numero", "n", "id", "ticket", "number", "reference", "numero de ticket"), required=True),
    "supplier": Column(
        "text", ("fournisseur", "prestataire", "societe", "supplier", "vendor", "attribue a fournisseur", "company")
    ),
    "account": Column("text", (*_ACCOUNT, "comptes", "compte d acces", "compte de telemaintenance")),
    "opened": Column(
        "moment",
        ("ouvert le", "date d ouverture", "ouverture", "opened", "created", "opened at", "opening date"),
        past=True,
    ),
    "closed": Column(
        "moment",
        (
            "ferme le",
            "date de cloture",
            "date de fermeture",
            "cloture",
            "clos le",
            "date de resolution",
            "resolu le",
            "closed",
            "closed at",
            "closing date",
            "resolution date",
        ),
        past=True,
    ),
    "window_start": Column(
        "moment",
        (
            "debut",
            "debut d intervention",
            "debut de l intervention",
            "debut prevu",
            "planned start",
            "window start",
            "debut de la fenetre",
            "planned start date",
        ),
    ),
    "window_end": Column(
        "moment",
        (
            "fin",
            "fin d intervention",
            "fin de l intervention",
            "fin prevue",
            "planned end",
            "window end",
            "fin de la fenetre",
            "planned end date",
        ),
    ),
    "report": Column(
        "date",
        (
            "compte rendu",
            "date du compte rendu",
            "compte rendu recu le",
            "rapport",
            "report",
            "report date",
            "rapport d intervention",
        ),
        past=True,
    ),
}

COLUMNS: Mapping[ListKind, Mapping[str, Column]] = {
    ListKind.INVENTORY: _INVENTORY,
    ListKind.EDR: _AGENTS,
    ListKind.ANTIVIRUS: {"name": _AGENT_NAME, "serial": _SERIAL},
    ListKind.PATCHES: {"name": _NAME, "serial": _SERIAL, "patched": _PATCHED},
    ListKind.SOFTWARE: {
        "name": _NAME,
        "software": Column(
            "text",
            ("logiciel", "nom du logiciel", "software", "software name", "application", "product"),
            required=True,
        ),
    },
    ListKind.LOG_SOURCES: {"name": Column("name", (*_AGENT_NAME.headers, "source", "log source"), required=True)},
    ListKind.ACCOUNTS: _ACCOUNTS,
    ListKind.SESSIONS: _SESSIONS,
    ListKind.TICKETS: _TICKETS,
}

UNIQUE: Mapping[ListKind, str] = {
    ListKind.INVENTORY: "name",
    ListKind.EDR: "name",
    ListKind.ANTIVIRUS: "name",
    ListKind.LOG_SOURCES: "name",
}
"""The column of which each value is kept once, on its first line; the other kinds keep every line."""

COLUMN_NAMES: Mapping[str, Text] = {
    "name": Text("nom", "name"),
    "serial": Text("numéro de série", "serial number"),
    "system": Text("système", "system"),
    "version": Text("version du système", "system version"),
    "kind": Text("type", "type"),
    "patched": Text("dernier correctif", "last patch"),
    "encrypted": Text("chiffré", "encrypted"),
    "isolated": Text("isolé", "isolated"),
    "edr_seen": Text("dernier contact", "last contact"),
    "software": Text("logiciel", "software"),
    "account": Text("compte", "account"),
    "company": Text("société", "company"),
    "group": Text("groupe ou profil", "group or profile"),
    "source": Text("adresse source", "source address"),
    "destination": Text("destination", "destination"),
    "port": Text("port ou service", "port or service"),
    "second_factor": Text("second facteur", "second factor"),
    "created": Text("créé le", "created on"),
    "expires": Text("expire le", "expires on"),
    "last_login": Text("dernière connexion", "last login"),
    "enabled": Text("actif", "enabled"),
    "start": Text("début", "start"),
    "end": Text("fin", "end"),
    "gateway": Text("passerelle", "gateway"),
    "bytes": Text("octets", "bytes"),
    "number": Text("numéro", "number"),
    "supplier": Text("fournisseur", "supplier"),
    "opened": Text("ouvert le", "opened on"),
    "closed": Text("clos le", "closed on"),
    "window_start": Text("début d’intervention", "start of the intervention"),
    "window_end": Text("fin d’intervention", "end of the intervention"),
    "report": Text("compte rendu", "report"),
}
"""How people call our columns (a test wants each of them here)."""


def required_of(kind: ListKind) -> tuple[str, ...]:
    """The columns without which a list of that kind says nothing."""
    return tuple(name for name, column in COLUMNS[kind].items() if column.required)
