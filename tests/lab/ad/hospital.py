"""A believable French hospital as directory entries: services, people, workstations, servers, groups.

Standard library only (it also runs under Samba's Python) and deterministic: the same seed gives the same hospital.
Ages are in days before the build.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SEED = 20260401
USERS = 1180
WORKSTATIONS = 520
DORMANT_SHARE = 0.46
"""Above the 25 % of `vuln_user_accounts_dormant`."""
NEVER_EXPIRES_SHARE = 0.12
"""Above the 10 % of `vuln_dont_expire`."""

BASE = "DC=hopital,DC=test"
ROOT = f"OU=CHU,{BASE}"

NORMAL, WORKSTATION, NEVER_EXPIRES, DISABLED = 0x200, 0x1000, 0x10000, 0x2

SERVICES = {
    "URG": "Urgences",
    "REA": "Réanimation",
    "BLOC": "Bloc opératoire",
    "IMAG": "Imagerie médicale",
    "LABO": "Laboratoire de biologie",
    "PHARMA": "Pharmacie à usage intérieur",
    "CARDIO": "Cardiologie",
    "PEDIA": "Pédiatrie",
    "MATER": "Maternité",
    "GERIA": "Gériatrie",
    "ONCO": "Oncologie",
    "PSY": "Psychiatrie",
    "EHPAD": "EHPAD Les Tilleuls",
    "DIM": "Département d’information médicale",
    "ADM": "Bureau des entrées",
    "RH": "Ressources humaines",
    "FIN": "Direction des finances",
    "DSI": "Direction du système d’information",
    "BIOMED": "Service biomédical",
    "TECH": "Services techniques",
}


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Aurélie Benoît Céline Damien Élodie François Gaëlle Hélène Inès Jérôme Karine Loïc Maëlys Noémie Océane Pascal "
    "Quentin Raphaël Sébastien Thérèse Ursule Valérie William Xavier Yaël Zoé André Béatrice Cédric Dorothée Étienne "
    "Fanny Geneviève Hugo Irène Joël Laëtitia Mickaël Nathanaël Olivier Pénélope Régis Solène Théo Véronique Anaïs "
    "Chloé Émilie Jean-Pierre Marie-Hélène Anne-Sophie Mamadou Fatoumata Youssef Amina Nguyễn Ana Łukasz"
)
_LAST = _words(
    "Lefèvre Bérard Côté Dûchesne Éluard Fouché Gâtineau Hénaff Île Jacquemin Kerléo Lacroix Moëlan Née Œuvrard Prévôt "
    "Quéré Régnier Sénéchal Trémolières Urbain Vaugirard Weiß Yvetot Zérah Martin Bernard Dubois Petit Durand Leroy "
    "Moreau Simon Laurent Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert "
    "Bonnet François Martinez Legrand Garnier Faure Rousseau Blanc Guérin Müller Henry Roussel Nicolas Perrin Morin "
    "Mathieu Clément Gauthier Dumont López Fontaine Chevalier Robin Masson Sánchez Gérard Nguyen Boyer Denis Lemaire "
    "Duval Joly Gautier Roger Roche Roy Noël Meyer Lucas Meunier Jean Pérez Marchand Dufour Blanchard Marie Barbier "
    "Brun Dumas Brunet Schmitt Leroux Colas Fernández Pierre Renard Arnaud Rolland Caron Aubert Giraud Leclerc Vidal "
    "Bourgeois Renaud Lemoine Picard Gaillard Philippe Leclercq Lacombe Diallo Traoré Benali Haddad d’Arc L’Hermite"
)
_TITLES = (
    "Infirmière diplômée d’État",
    "Aide-soignant",
    "Praticien hospitalier",
    "Interne",
    "Cadre de santé",
    "Secrétaire médicale",
    "Manipulateur en électroradiologie",
    "Technicien de laboratoire",
    "Préparateur en pharmacie",
    "Adjoint administratif",
    "Agent des services hospitaliers",
    "Sage-femme",
)
SERVERS = _words(
    "DPI01 DPI02 DPIBD01 PACS01 PACS02 RIS01 LABO01 LABOBD01 PHARMA01 GAP01 RH01 PAIE01 FIN01 GED01 WEB01 INTRANET01 "
    "MAIL01 MAIL02 FICHIERS01 FICHIERS02 PRINT01 SAUVE01 SAUVE02 SUPERV01 LOGS01 WSUS01 AV01 "
    "PROXY01 RADIUS01 TEL01 BLOC01 REA01 DIALYSE01 ENDO01 ECG01 STERIL01 GTB01 GTC01 BADGES01 VIDEO01 "
    "CITRIX01 CITRIX02 CITRIX03 HYPERV01 HYPERV02 SQL01 SQL02 SQLCLUSTER ORACLE01 HL701 DICOM01 MSSANTE01 DMP01 TEST01"
)
_SYSTEMS = (
    ("Windows 11 Professionnel", "10.0 (22631)", 60),
    ("Windows 10 Professionnel", "10.0 (19045)", 30),
    ("Windows 10 Professionnel", "10.0 (17763)", 5),
    ("Windows 7 Professionnel", "6.1 (7601)", 4),
    ("Windows XP Professional", "5.1 (2600)", 1),
)
_SERVER_SYSTEMS = (
    ("Windows Server 2022 Standard", "10.0 (20348)", 40),
    ("Windows Server 2019 Standard", "10.0 (17763)", 40),
    ("Windows Server 2012 R2 Standard", "6.3 (9600)", 15),
    ("Windows Server 2008 R2 Standard", "6.1 (7601)", 5),
)


@dataclass
class Entry:
    """One object to create. `flags` is its userAccountControl.

    Ages are days before the build, written after it past the server's own rules: `password_age`, `logon_age` (None:
    never logged on), `created_age`.
    """

    dn: str
    attributes: dict[str, str | list[str]]
    flags: int | None = None
    password_age: float | None = None
    logon_age: float | None = None
    created_age: float | None = None
    members: list[str] = field(default_factory=list)


def entries() -> list[Entry]:
    """The whole hospital, containers before what they hold and groups after their members."""
    chance = random.Random(SEED)
    users = list(_users(chance))
    machines = [*_workstations(chance), *_servers(chance)]
    return [*_containers(), *users, *machines, *_groups(chance, users, machines)]


def growth(count: int) -> list[Entry]:
    """`count` more objects for a hospital grown large: 62 % users, 30 % computers, 8 % groups of 5 to 80 members.

    Their computers bear no `HOST/` name: Samba compares each with its fifty aliases, which makes an object cost four
    times as much to create.
    """
    chance = random.Random(f"{SEED} {count}")
    groups, machines = round(count * 0.08), round(count * 0.30)
    users = [_newcomer(chance, number) for number in range(count - groups - machines)]
    numbers = range(WORKSTATIONS + 1, WORKSTATIONS + 1 + machines)
    stations = _workstations(chance, numbers, ("TERMSRV", "RestrictedKrbHost"))
    staff = [user.dn for user in users]
    teams = (_team(chance, number, staff) for number in range(groups))
    return [*users, *stations, *teams]


def _newcomer(chance: random.Random, number: int) -> Entry:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    return _user(chance, first, last, f"{login(first, last)[:13]}{number:06}")


def _team(chance: random.Random, number: int, staff: list[str]) -> Entry:
    size = min(len(staff), chance.randint(5, 80))
    return _group(f"GG_Equipe_{number:05}", "Équipe", chance.sample(staff, size))


def login(first: str, last: str) -> str:
    """`prenom.nom` without accents, at most 20 characters as sAMAccountName allows."""
    return f"{_plain(first)}.{_plain(last)}"[:20].rstrip(".-")


def _plain(text: str) -> str:
    folded = text.replace("œ", "oe").replace("Œ", "Oe").replace("ß", "ss").replace("Ł", "L").replace("’", "")
    return unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode().lower()


def _containers() -> Iterator[Entry]:
    names = ["Utilisateurs", "Postes", "Serveurs", "Groupes", "Administration", "Comptes de service", "Prestataires"]
    yield _unit(ROOT, "CHU", "Centre hospitalier universitaire")
    for name in names:
        yield _unit(f"OU={name},{ROOT}", name, "")
    for tier in ("Comptes", "Groupes", "Serveurs"):
        yield _unit(f"OU={tier},OU=Administration,{ROOT}", tier, f"Niveau 0 : {tier.lower()}")
    for code, label in SERVICES.items():
        yield _unit(f"OU={code},OU=Utilisateurs,{ROOT}", code, label)
        yield _unit(f"OU={code},OU=Postes,{ROOT}", code, label)


def _unit(dn: str, name: str, description: str) -> Entry:
    attributes: dict[str, str | list[str]] = {"objectClass": "organizationalUnit", "ou": name}
    if description:
        attributes["description"] = description
    return Entry(dn, attributes)


def _users(chance: random.Random) -> Iterator[Entry]:
    taken: set[str] = set()
    for number in range(USERS):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        account = login(first, last)
        if account in taken:
            account = f"{account[:16]}{number}"
        taken.add(account)
        yield _user(chance, first, last, account)


def _user(chance: random.Random, first: str, last: str, account: str) -> Entry:
    code = chance.choice(list(SERVICES))
    attributes: dict[str, str | list[str]] = {
        "objectClass": "user",
        "sAMAccountName": account,
        "userPrincipalName": f"{account}@hopital.test",
        "givenName": first,
        "sn": last,
        "displayName": f"{last.upper()} {first}",
        "department": SERVICES[code],
        "title": chance.choice(_TITLES),
        "mail": f"{account}@hopital.test",
    }
    entry = Entry(f"CN={account},OU={code},OU=Utilisateurs,{ROOT}", attributes, NORMAL)
    if chance.random() < DORMANT_SHARE:
        entry.password_age = chance.uniform(1110, 2900)
        entry.logon_age = chance.uniform(400, 1100) if chance.random() < 0.7 else None
        entry.created_age = entry.password_age + 1
    else:
        entry.password_age = chance.uniform(2, 350)
        entry.logon_age = chance.uniform(0, 25)
        entry.created_age = chance.uniform(360, 3000)
    if chance.random() < NEVER_EXPIRES_SHARE:
        entry.flags = NORMAL | NEVER_EXPIRES
    if chance.random() < 0.06:
        entry.flags = (entry.flags or NORMAL) | DISABLED
    return entry


def _workstations(
    chance: random.Random, numbers: Iterable[int] = range(1, WORKSTATIONS + 1), classes: tuple[str, ...] = ("HOST",)
) -> Iterator[Entry]:
    for number in numbers:
        code = chance.choice(list(SERVICES))
        name = f"PC-{code}-{number:04d}"
        system, version = _pick(chance, _SYSTEMS)
        entry = _machine(name, f"OU={code},OU=Postes,{ROOT}", system, version, classes)
        lost = chance.random() < 0.07
        entry.password_age = chance.uniform(95, 600) if lost else chance.uniform(0, 29)
        entry.logon_age = entry.password_age if lost else chance.uniform(0, 13)
        entry.created_age = chance.uniform(700, 2500)
        yield entry


def _servers(chance: random.Random) -> Iterator[Entry]:
    for name in SERVERS:
        system, version = _pick(chance, _SERVER_SYSTEMS)
        entry = _machine(f"SRV-{name}", f"OU=Serveurs,{ROOT}", system, version)
        entry.password_age, entry.logon_age, entry.created_age = chance.uniform(0, 29), chance.uniform(0, 9), 1500.0
        yield entry


def _machine(name: str, parent: str, system: str, version: str, classes: tuple[str, ...] = ("HOST",)) -> Entry:
    host = f"{name.lower()}.hopital.test"
    attributes: dict[str, str | list[str]] = {
        "objectClass": "computer",
        "sAMAccountName": f"{name}$",
        "dNSHostName": host,
        "operatingSystem": system,
        "operatingSystemVersion": version,
        "servicePrincipalName": [f"{service}/{at}" for service in classes for at in (name, host)],
        "msDS-SupportedEncryptionTypes": "28",
    }
    return Entry(f"CN={name},{parent}", attributes, WORKSTATION)


def _pick(chance: random.Random, table: tuple[tuple[str, str, int], ...]) -> tuple[str, str]:
    system, version, _ = chance.choices(table, weights=[weight for *_, weight in table])[0]
    return system, version


def _groups(chance: random.Random, users: list[Entry], machines: list[Entry]) -> Iterator[Entry]:
    for code, label in SERVICES.items():
        staff = [user.dn for user in users if f"OU={code}," in user.dn]
        yield _group(f"GG_{code}", f"Personnel : {label}", staff)
        yield _group(f"GG_{code}_Encadrement", f"Encadrement : {label}", chance.sample(staff, 3))
        yield _group(f"DL_{code}_Partage_RW", f"Partage {label}, écriture", [f"CN=GG_{code},OU=Groupes,{ROOT}"])
        yield _group(f"DL_{code}_Partage_RO", f"Partage {label}, lecture", chance.sample([u.dn for u in users], 8))
        stations = [machine.dn for machine in machines if f"OU={code}," in machine.dn]
        yield _group(f"GC_{code}_Postes", f"Postes : {label}", stations)
    everyone = [user.dn for user in users]
    for name, size in (("GG_DPI_Prescripteurs", 240), ("GG_VPN", 90), ("GG_Messagerie_MSSante", 400), ("GG_PACS", 150)):
        yield _group(name, "Droits applicatifs", chance.sample(everyone, size))


def _group(name: str, description: str, members: list[str]) -> Entry:
    attributes: dict[str, str | list[str]] = {
        "objectClass": "group",
        "sAMAccountName": name,
        "description": description,
        "groupType": "-2147483646",
    }
    return Entry(f"CN={name},OU=Groupes,{ROOT}", attributes, members=members)
