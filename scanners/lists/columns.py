"""The columns we understand of each kind of list: their type and the headers they bear in known products. Pure.

Headers are compared as `scanners.lists.words.plain` writes them: lower case, no accent, words separated by one space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scanners.lists.kinds import ListKind
from scanners.model import Text

ColumnType = Literal["name", "text", "date", "moment", "truth", "number", "size"]
"""`name`: a machine's short name. `date`: a day. `moment`: a day and time. `size`: bytes, with or without a unit."""


HOUR = " hour"
"""Beside the name of a moment: the header of its hour, when day and hour stand in two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A list that lacks a `required` one is refused, and so is a line that leaves it empty, save where a
    blank cell says something (`blank`: a job that never ran has no start).

    `pairs` are the headers of a day and of its hour, when a product writes a moment in two columns. `otherwise` are
    headers that count, the first that is there, when none of the others is: a list of sessions has both a “job name”
    and a “name”.

    `past`: its dates are never after the day the list was made, which helps to tell 05/03 from 03/05. `yes` and `no`
    are words of products that stand for them beside the usual ones, written plainly.
    """

    type: ColumnType
    headers: tuple[str, ...]
    required: bool = False
    past: bool = False
    blank: bool = False
    otherwise: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def filled(self) -> bool:
        """Whether each line must fill it."""
        return self.required and not self.blank


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
        "devicename",
        "computername",
        "system name",
        "netbios name",
        "host name",
        "nom d ordinateur",
        "nom de l appareil",
        "nom du poste",
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
        "last active",
        "last device update",
        "last activity",
        "lastseen",
        "last reported",
        "lastreporteddatetime",
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
        "last installed",
    ),
    past=True,
)

_DOMAIN = Column("text", ("domaine", "domain", "domain name", "nom de domaine", "domaine ou groupe de travail"))
_SID = Column("text", ("sid", "sid0", "object sid", "computer sid", "sid de la machine"))
_SYSTEM = Column(
    "text",
    (
        *("systeme d exploitation", "systeme d exploitation nom", "operating system", "os", "os name"),
        *("os product name", "os platform", "operating system name", "osproducttype"),
    ),
)
_VERSION = Column(
    "text",
    (
        *("systeme d exploitation version", "version du systeme", "os version", "build number", "build", "version"),
        *("operating system version", "osversion"),
    ),
)
_AGENT_VERSION = Column("text", tuple(one for one in _VERSION.headers if one not in ("version", "build")))
"""In a console, “version” alone is that of the agent."""
_KIND = Column("text", ("type", "categorie", "device type", "type de machine", "machine type", "device role"))
_CHASSIS = Column("text", ("chassis", "chassis type", "form factor", "chassistypes0", "chassis types"))
_SITE = Column("text", ("site", "site name", "etablissement", "campus", "batiment"))
_SERVICE = Column(
    "text", ("service", "department", "departement", "unite fonctionnelle", "uf", "service utilisateur", "category")
)
_GROUP = Column(
    "text",
    (
        "groupe",
        "group",
        "group name",
        "groupname",
        "device group",
        "machine group",
        "groupe d ordinateurs",
        "computer group",
    ),
)
_UNIT = Column("text", ("ou", "organizational unit", "unite d organisation", "unite organisationnelle", "ou name"))
_ENCRYPTED = Column(
    "truth",
    (
        *("chiffre", "chiffrement", "encrypted", "encryption", "bitlocker", "chiffrement du disque"),
        *("disk encryption", "encryption status", "etat du chiffrement", "bitlocker status"),
    ),
    yes=("encrypted and protected", "protection on", "fully encrypted", "chiffre integralement", "protege"),
    no=("protection off", "fully decrypted", "partially encrypted", "en clair", "non protege"),
)
_FIREWALL = Column(
    "truth",
    (
        "pare feu",
        "firewall",
        "firewall status",
        "firewall enabled",
        "etat du pare feu",
        "windows firewall",
        "pare feu local",
    ),
)
_PROTECTED = Column(
    "truth",
    (
        *(
            "protection en temps reel",
            "real time protection",
            "real time protection enabled",
            "realtimeprotectionenabled",
        ),
        *("on access scan enabled", "protection active", "analyse a l acces", "real time protection status"),
        *("antivirus active", "protection state"),
    ),
    yes=("protected", "protege", "running"),
    no=("not protected", "unprotected", "non protege", "stopped", "at risk"),
)
_STATE = Column(
    "text",
    (
        "onboarding status",
        "etat d integration",
        "agent status",
        "etat de l agent",
        "managed state",
        "etat de gestion",
        "sensor status",
    ),
)

_EXPOSED = Column(
    "truth",
    (
        *("expose", "exposee", "expose sur internet", "accessible depuis internet", "exposed", "internet facing"),
        *("is internet facing", "internetfacing", "dmz"),
    ),
)

_INVENTORY: Mapping[str, Column] = {
    "name": _NAME,
    "serial": _SERIAL,
    "sid": _SID,
    "domain": _DOMAIN,
    "system": _SYSTEM,
    "version": _VERSION,
    "kind": _KIND,
    "chassis": _CHASSIS,
    "patched": _PATCHED,
    "encrypted": _ENCRYPTED,
    "isolated": Column("truth", ("isole", "isolated", "cloisonne")),
    "exposed": _EXPOSED,
    "changeable": Column(
        "truth",
        (
            *("secrets modifiables", "mots de passe modifiables", "mot de passe modifiable"),
            *("secrets changeable", "passwords changeable", "password changeable"),
        ),
    ),
    "dedicated_admin": Column(
        "truth",
        (
            *("compte d administration dedie", "administration dediee", "compte dedie"),
            *("dedicated administration account", "dedicated admin account", "dedicated admin"),
        ),
    ),
    "admin_link": Column(
        "truth",
        (
            *("interface d administration", "liaison d administration", "reseau d administration"),
            *("administration interface", "admin interface", "management interface", "out of band management"),
        ),
    ),
    "firewall": _FIREWALL,
    "site": _SITE,
    "location": Column("text", ("lieu", "location", "localisation", "emplacement")),
    "entity": Column("text", ("entite", "entity")),
    "service": _SERVICE,
    "group": _GROUP,
    "unit": _UNIT,
}

_AGENTS: Mapping[str, Column] = {
    "name": _AGENT_NAME,
    "serial": _SERIAL,
    "sid": _SID,
    "domain": _DOMAIN,
    "system": _SYSTEM,
    "version": _AGENT_VERSION,
    "kind": _KIND,
    "chassis": _CHASSIS,
    "edr_seen": _SEEN,
    "exposed": _EXPOSED,
    "state": _STATE,
    "encrypted": _ENCRYPTED,
    "firewall": _FIREWALL,
    "protected": _PROTECTED,
    "site": _SITE,
    "group": _GROUP,
    "unit": _UNIT,
}

_ANTIVIRUS: Mapping[str, Column] = {
    **{name: column for name, column in _AGENTS.items() if name not in ("edr_seen", "exposed")},
    "antivirus_seen": _SEEN,
    "signatures": Column(
        "date",
        (
            *("date des signatures", "signatures du", "signature date", "antivirus signature last updated"),
            *(
                "antivirussignaturelastupdated",
                "amcore content date",
                "dat date",
                "definitions date",
                "definition date",
            ),
            *("derniere mise a jour des signatures", "last signature update", "signature last updated"),
        ),
        past=True,
    ),
    "outdated": Column(
        "truth",
        (
            *("signatureupdateoverdue", "signature update overdue", "signature out of date", "signatureoutofdate"),
            *("signatures obsoletes", "signatures en retard", "out of date"),
        ),
    ),
}

_PATCHES: Mapping[str, Column] = {
    "name": _NAME,
    "serial": _SERIAL,
    "sid": _SID,
    "domain": _DOMAIN,
    "system": _SYSTEM,
    "version": _VERSION,
    "patched": Column(
        "date",
        (
            *_PATCHED.headers,
            *("last installed update", "last update install date", "quality update release date", "last install time"),
            *("date de la derniere mise a jour installee", "derniere installation"),
        ),
        past=True,
    ),
    "missing": Column(
        "number",
        (
            *("mises a jour necessaires", "updates needed", "needed updates", "missing updates", "missing"),
            *("correctifs manquants", "updates needed count", "mises a jour manquantes"),
        ),
    ),
    "compliant": Column(
        "truth",
        (
            "conforme",
            "compliant",
            "compliance state",
            "compliance",
            "etat de conformite",
            "update state",
            "compliance status",
        ),
        yes=("conforme", "compliant", "up to date", "a jour", "installed", "installe"),
        no=(
            "non conforme",
            "non compliant",
            "not compliant",
            "noncompliant",
            "out of date",
            "failed",
            "echec",
            "needed",
        ),
    ),
    "patch_seen": Column(
        "date",
        (
            *(
                "dernier rapport d etat",
                "last status report",
                "last scan time",
                "lastscantime",
                "last scan",
                "dernier rapport",
            ),
            *("last state message time", "lastwuscantimeutc", *_SEEN.headers),
        ),
        past=True,
    ),
    "site": _SITE,
    "group": _GROUP,
    "unit": _UNIT,
}

_SOFTWARE: Mapping[str, Column] = {
    "name": Column(
        "name",
        (
            *(
                "ordinateur",
                "nom de la machine",
                "device name",
                "computer name",
                "hostname",
                "machine",
                "poste",
                "endpoint name",
            ),
        ),
        required=True,
    ),
    "software": Column(
        "text",
        (
            *("logiciel", "nom du logiciel", "software", "software name", "application", "product", "application name"),
            *("product name", "display name", "nom", "name"),
        ),
        required=True,
    ),
    "version": Column(
        "text", ("version", "software version", "application version", "product version", "display version")
    ),
}

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
        pairs=(
            ("date", "time"),
            ("date", "heure"),
            ("date debut", "heure debut"),
            ("date de debut", "heure de debut"),
            ("start date", "start time"),
            ("login date", "login time"),
        ),
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
        pairs=(
            ("date fin", "heure fin"),
            ("date de fin", "heure de fin"),
            ("end date", "end time"),
            ("logout date", "logout time"),
        ),
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
        pairs=(
            ("date d ouverture", "heure d ouverture"),
            ("date ouverture", "heure ouverture"),
        ),
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
        pairs=(
            ("date de cloture", "heure de cloture"),
            ("date cloture", "heure cloture"),
        ),
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
        pairs=(
            ("date de debut", "heure de debut"),
            ("date debut", "heure debut"),
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
        pairs=(
            ("date de fin", "heure de fin"),
            ("date fin", "heure fin"),
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
    "about": Column(
        "text",
        (
            *("titre", "objet", "sujet", "resume", "intitule", "libelle", "title", "subject", "summary"),
            *("short description", "description courte", "nom", "name"),
        ),
    ),
    "element": Column(
        "text",
        (
            *("element", "elements associes", "element de configuration", "configuration item", "ci", "asset"),
            *("equipement", "materiel", "actif concerne", "associated elements"),
        ),
    ),
}

_BACKUP_JOBS: Mapping[str, Column] = {
    "job": Column(
        "text",
        (
            *("travail", "tache", "tache de sauvegarde", "travail de sauvegarde", "nom du travail", "nom de la tache"),
            *("job name", "jobname", "backup job", "task name", "subclient", "subclient name", "subclientname"),
            *("worker id", "sous client", "plan de sauvegarde"),
        ),
        required=True,
        otherwise=("name", "nom", "task", "job", "strategie"),
    ),
    "system": Column(
        "text",
        (
            *("client", "client name", "clientname", "machine", "serveur", "server", "hote", "host", "hostname"),
            *("vm", "vm name", "object name", "objet", "device name", "systeme"),
            *("nom de la machine", "machine virtuelle", "appareil"),
        ),
        otherwise=("object", "device", "source", "agent", "application"),
    ),
    "start": Column(
        "moment",
        (
            *("debut", "date de debut", "heure de debut", "demarre le", "start", "start time", "starttime", "started"),
            *("job start time", "jobstarttime", "start date", "derniere execution", "date et heure"),
        ),
        required=True,
        past=True,
        blank=True,
        otherwise=("creation time", "creationtime", "date", "last run", "lastrun"),
    ),
    "end": Column(
        "moment",
        (
            *(
                "fin",
                "date de fin",
                "heure de fin",
                "termine le",
                "end",
                "end time",
                "endtime",
                "finished",
                "stop time",
            ),
            *("job end time", "jobendtime", "end date"),
        ),
        past=True,
        otherwise=("completion time", "real end time", "realendtime"),
    ),
    "status": Column(
        "text",
        (*("statut", "resultat", "job status", "jobstatus", "last result", "lastresult", "result", "etat final"),),
        required=True,
        blank=True,
        otherwise=("status", "etat", "issue", "outcome"),
    ),
    "state": Column("text", ("state", "last state", "laststate", "avancement")),
    "bytes": Column(
        "size",
        (
            *("volume", "taille", "octets", "job bytes", "jobbytes", "size of application", "sizeofapplication"),
            *("backup size", "backupsize", "taille de la sauvegarde", "volume traite", "donnees traitees"),
        ),
        otherwise=("total size", "totalsize", "data size", "processed size", "size", "bytes", "transferred"),
    ),
    "files": Column(
        "number",
        (
            *("fichiers", "nombre de fichiers", "files", "job files", "jobfiles", "number of files", "file count"),
            *("total num of files", "totalnumoffiles"),
        ),
        otherwise=(
            "objets",
            "nombre d objets",
            "objects",
            "number of objects",
            "protected objects",
            "processed objects",
        ),
    ),
    "errors": Column(
        "number",
        (
            *("erreurs", "nombre d erreurs", "errors", "job errors", "joberrors", "error count", "failed objects"),
            *("failed files", "total failed files", "totalfailedfiles", "objets en echec", "fichiers en echec"),
        ),
    ),
    "repository": Column(
        "text",
        (
            *("depot", "destination", "stockage", "cible", "repository", "repository name", "repositoryname"),
            *("target repository", "storage policy", "storagepolicy", "pool", "pool name", "poolname", "datastore"),
        ),
        otherwise=(
            "target",
            "storage",
            "storage policy name",
            "media pool",
            "bibliotheque",
            "library",
            "copie",
            "support",
        ),
    ),
    "tool": Column("text", ("outil", "logiciel", "produit", "tool", "product", "software")),
    "level": Column(
        "text",
        (
            *("niveau", "mode", "type de sauvegarde", "level", "job level", "backup level", "backuplevelname"),
            *("backup type", "backuptype", "backup mode", "algorithm", "run mode"),
        ),
    ),
    "kind": Column(
        "text",
        (
            *("type de travail", "type de tache", "job type string", "jobtypestring", "session type", "sessiontype"),
            *("worker type", "task type", "typetostring"),
        ),
        otherwise=("job type", "jobtype", "type", "operation", "nature"),
    ),
    "scheduled": Column(
        "truth",
        (
            *("actif", "active", "activee", "enabled", "planifie", "planifiee", "scheduled", "schedule enabled"),
            *("is schedule enabled", "isscheduleenabled", "is enabled", "isenabled"),
        ),
        no=("desactive", "desactivee", "suspendu", "en pause", "paused"),
    ),
}

_SUPPLIER_PATCHES: Mapping[str, Column] = {
    "flaw": Column(
        "text",
        (
            *("faille", "vulnerabilite", "cve", "bulletin", "reference", "vulnerability", "flaw", "advisory"),
            *("cve id", "identifiant cve"),
        ),
        required=True,
    ),
    "supplier": Column("text", ("fournisseur", "prestataire", "editeur", "supplier", "vendor", "company", "societe")),
    "equipment": Column("text", ("equipement", "produit", "logiciel", "application", "equipment", "product")),
    "score": Column(
        "text", ("score", "cvss", "score cvss", "cvss score", "note cvss", "cvss v3", "score de base"), required=True
    ),
    "published": Column(
        "date",
        (
            *("publiee le", "date de publication", "divulguee le", "connue le", "published", "published on"),
            *("publication date", "disclosed", "disclosure date"),
        ),
        required=True,
        past=True,
    ),
    "delivered": Column(
        "date",
        (
            *("correctif remis le", "correctif livre le", "date du correctif", "date de livraison", "remis le"),
            *("livre le", "delivered", "delivered on", "patch date", "patch delivered", "fixed on", "fix date"),
        ),
    ),
}

_LOG_SOURCES: Mapping[str, Column] = {
    "name": Column(
        "text",
        (
            *("source", "nom de la source", "log source", "log source name", "source name", "device", "device name"),
            *("nom", "name", "equipement"),
        ),
        required=True,
    ),
    "kind": Column(
        "text",
        (
            *("type", "type de source", "log source type", "source type", "sourcetype", "vendor product", "categorie"),
            *("category", "famille", "family", "device type", "technologie"),
        ),
    ),
    "host": Column(
        "name", ("hote", "host", "hostname", "nom d hote", "host name", "machine", "serveur", "computer", "agent")
    ),
    "last_event": Column(
        "moment",
        (
            *("dernier evenement", "derniere reception", "dernier journal", "derniere activite", "last event"),
            *("last event time", "last received", "last seen", "last log", "last activity", "lasttime"),
        ),
        past=True,
        pairs=(("last event date", "last event time"), ("date", "heure"), ("date", "time")),
    ),
    "retention_days": Column(
        "number",
        (
            *("conservation jours", "retention jours", "duree de conservation jours", "retention", "conservation"),
            *("retention days", "retention in days", "archive days"),
        ),
    ),
}

_EVENTS: Mapping[str, Column] = {
    "number": Column(
        "text",
        (
            *("numero", "id", "number", "reference", "incident", "incident id", "ticket", "alerte", "alert id"),
            *("numero d alerte", "case id", "case number"),
        ),
        required=True,
    ),
    "opened": Column(
        "moment",
        (
            *("detecte le", "date de detection", "ouvert le", "date d ouverture", "detected", "detected at"),
            *("detection time", "created", "created at", "created time", "opened", "opened at", "creation date"),
            *("first activity", "creation time"),
        ),
        required=True,
        past=True,
    ),
    "closed": Column(
        "moment",
        (
            *("traite le", "date de traitement", "clos le", "date de cloture", "resolu le", "date de resolution"),
            *("handled", "handled at", "closed", "closed at", "closed time", "resolved", "resolved at"),
            *("resolution date", "resolved time", "closing date"),
        ),
        past=True,
    ),
}

_LEAVERS: Mapping[str, Column] = {
    "account": Column("text", (*_ACCOUNT, "samaccountname", "compte windows", "identifiant windows"), required=True),
    "left": Column(
        "date",
        (
            *("date de depart", "depart", "depart le", "parti le", "date de sortie", "sortie", "date de fin"),
            *("fin de contrat", "date de fin de contrat", "left", "left on", "leaving date", "departure date"),
            *("termination date", "end date", "last day"),
        ),
        required=True,
    ),
}

COLUMNS: Mapping[ListKind, Mapping[str, Column]] = {
    ListKind.INVENTORY: _INVENTORY,
    ListKind.EDR: _AGENTS,
    ListKind.ANTIVIRUS: _ANTIVIRUS,
    ListKind.PATCHES: _PATCHES,
    ListKind.SOFTWARE: _SOFTWARE,
    ListKind.LOG_SOURCES: _LOG_SOURCES,
    ListKind.SECURITY_EVENTS: _EVENTS,
    ListKind.LEAVERS: _LEAVERS,
    ListKind.ACCOUNTS: _ACCOUNTS,
    ListKind.SESSIONS: _SESSIONS,
    ListKind.TICKETS: _TICKETS,
    ListKind.BACKUP_JOBS: _BACKUP_JOBS,
    ListKind.SUPPLIER_PATCHES: _SUPPLIER_PATCHES,
}

UNIQUE: Mapping[ListKind, str] = {
    ListKind.LOG_SOURCES: "name",
    ListKind.SECURITY_EVENTS: "number",
}
"""The column of which each value is kept once, on its first line. The other kinds keep every line: two machines may
bear one name in two domains, and of two lines of one machine neither is the right one by its place."""

COLUMN_NAMES: Mapping[str, Text] = {
    "name": Text("nom", "name"),
    "serial": Text("numéro de série", "serial number"),
    "system": Text("système", "system"),
    "version": Text("version du système", "system version"),
    "kind": Text("type", "type"),
    "patched": Text("dernier correctif", "last patch"),
    "encrypted": Text("chiffré", "encrypted"),
    "isolated": Text("isolé", "isolated"),
    "exposed": Text("exposé sur Internet", "exposed to the Internet"),
    "changeable": Text("secrets modifiables", "secrets changeable"),
    "dedicated_admin": Text("compte d’administration dédié", "dedicated administration account"),
    "admin_link": Text("interface d’administration", "administration interface"),
    "left": Text("date de départ", "day of departure"),
    "sid": Text("SID", "SID"),
    "domain": Text("domaine", "domain"),
    "chassis": Text("châssis", "chassis"),
    "site": Text("site", "site"),
    "location": Text("lieu", "location"),
    "entity": Text("entité", "entity"),
    "service": Text("service", "service"),
    "unit": Text("unité d’organisation", "organisational unit"),
    "state": Text("état de l’agent", "state of the agent"),
    "firewall": Text("pare-feu", "firewall"),
    "protected": Text("protection en temps réel", "real-time protection"),
    "antivirus_seen": Text("dernier contact", "last contact"),
    "signatures": Text("date des signatures", "date of the signatures"),
    "outdated": Text("signatures en retard", "signatures out of date"),
    "missing": Text("correctifs manquants", "missing patches"),
    "compliant": Text("à jour", "up to date"),
    "patch_seen": Text("dernier rapport", "last report"),
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
    "host": Text("hôte", "host"),
    "flaw": Text("faille", "flaw"),
    "equipment": Text("équipement", "equipment"),
    "score": Text("score CVSS", "CVSS score"),
    "published": Text("publiée le", "published on"),
    "delivered": Text("correctif remis le", "patch delivered on"),
    "last_event": Text("dernier événement", "last event"),
    "retention_days": Text("conservation en jours", "retention in days"),
    "about": Text("objet", "subject"),
    "element": Text("élément concerné", "item concerned"),
    "job": Text("travail", "job"),
    "status": Text("résultat", "result"),
    "files": Text("fichiers", "files"),
    "errors": Text("erreurs", "errors"),
    "repository": Text("dépôt ou destination", "repository or target"),
    "tool": Text("outil", "tool"),
    "level": Text("niveau", "level"),
    "scheduled": Text("planifié", "scheduled"),
}
"""How people call our columns (a test wants each of them here)."""


def required_of(kind: ListKind) -> tuple[str, ...]:
    """The columns without which a list of that kind says nothing."""
    return tuple(name for name, column in COLUMNS[kind].items() if column.required)
