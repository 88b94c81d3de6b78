"""What the hospital's tools export about its machines: a GLPI inventory, an EDR and an antivirus console, a report of
WSUS, a list of software, the answers of the CISO.

The names are those of the directory (`tests.lab.ad.hospital`), with gaps planted between the lists. Nothing runs.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.lab.ad import hospital
from tests.lab.stage import Description

SEED = 2026
_BIOMEDICAL = ("ECHO-CARDIO-1", "ECHO-CARDIO-2", "AUTOMATE-LABO-1", "IRM-CONSOLE", "SCANNER-CONSOLE")
_STRANGERS = ("PC-PERSO-MEDECIN", "PORTABLE-STAGIAIRE")
_OF_THE_DIRECTORY = ("DC1", "DC9", "RODC1", "PC-ACCUEIL90", "PC-ACCUEIL91")
"""Machines that only the directory knows: its controllers, and those planted there."""
_UNKNOWN_SYSTEM = "Système du constructeur;4.2"
_DISABLED = 2
_ACTIVE_DAYS, _STALE_DAYS = 30.0, 91.0

PLANTED = {
    "missing_from_inventory": 6,
    "patches_late": 9,
    "laptop_unencrypted": 4,
    "edr_silent": 5,
    "without_agent": 60,
    "servers_without_agent": 2,
    "antivirus_off": 3,
    "antivirus_signatures": 4,
    "local_firewall": 3,
    "without_antivirus": 5,
    "without_patch_report": 60,
    "several_names": 3,
    "shared_serial": 2,
    "remote_control_software": 2,
    "laptop_unprotected": 3,
    "exposed_patches": 1,
}
"""How many machines have each fault; `without_agent` brings the workstations under 95 % of coverage, and
`without_patch_report` the machines under 95 % of known patches."""

SHARED_SERIAL = "SNDOUBLE42"
NOT_PLANTABLE = {
    "lifecycle_table_old": "the packaged table is as old as the version of CaRE; boundaries are in the unit tests",
    "laps_not_installed": "the schema of the lab's directory knows LAPS, and other faults need it",
    "support_ending": "what ends within 180 days depends on the day of the test",
}
"""Measurable rules without a fault here, and why."""


def build(cache: Path) -> None:
    """Nothing is slow to make."""


def start(lab: Path, cache: Path, octet: int) -> Description:
    """Write the files, dated from today, and say which machines are wrong."""
    folder = lab / "workstations"
    folder.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date()
    faults = _faults()
    files = {
        "inventory": (folder / "glpi.csv", _inventory(faults, today)),
        "edr": (folder / "edr.csv", _console(faults, today)),
        "antivirus": (folder / "antivirus.csv", _antivirus(faults, today)),
        "patches": (folder / "wsus.csv", _patches(faults, today)),
        "software": (folder / "logiciels.csv", _software(faults)),
        "log_sources": (folder / "siem.csv", _log_sources(datetime.now(UTC))),
        "security_events": (folder / "soc.csv", _events(datetime.now(UTC))),
        "leavers": (folder / "departs.csv", _departures(today)),
        "answers": (folder / "answers.yaml", json.dumps(_answers(today), ensure_ascii=False, indent=1) + "\n"),
    }
    for path, content in files.values():
        path.write_text(content, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8")
    return {
        **{name: str(path) for name, (path, _content) in files.items()},
        "expected": _expected(faults),
        "among": _among(),
    }


def stop(lab: Path) -> None:
    """Nothing runs."""


Faults = dict[str, list[str]]


def _machines() -> list[hospital.Entry]:
    return [entry for entry in hospital.entries() if entry.attributes.get("objectClass") == "computer"]


def _name(entry: hospital.Entry) -> str:
    return str(entry.attributes["sAMAccountName"]).removesuffix("$")


def _faults() -> Faults:
    """Which machines have which fault, drawn once and for all; no machine has two."""
    draw = random.Random(SEED)
    active = [entry for entry in _machines() if entry.logon_age is not None and entry.logon_age < _ACTIVE_DAYS]
    stations = [_name(entry) for entry in active if "OU=Postes" in entry.dn]
    servers = [_name(entry) for entry in active if "OU=Serveurs" in entry.dn]
    draw.shuffle(stations)
    faults: Faults = {}
    for fault, count in PLANTED.items():
        source = servers if fault in ("servers_without_agent", "exposed_patches") else stations
        faults[fault] = sorted(source[:count])
        del source[:count]
    faults["laptops"] = sorted(stations[:25] + faults["laptop_unencrypted"] + faults["laptop_unprotected"])
    return faults


def _inventory(faults: Faults, today: date) -> str:
    header = (
        "Nom;Type;Numéro de série;Système d'exploitation;Système d'exploitation - Version;Dernier correctif;"
        "Chiffré;Isolé;Lieu;Service;Exposé sur Internet;Secrets modifiables;Compte d’administration dédié;"
        "Interface d’administration"
    )
    rows = [header]
    for rank, entry in enumerate(_machines()):
        name = _name(entry)
        if name in faults["missing_from_inventory"]:
            continue
        laptop = name in faults["laptops"]
        kind = "Serveur" if "OU=Serveurs" in entry.dn else "Ordinateur portable" if laptop else "Ordinateur de bureau"
        patched = f"{today - timedelta(days=75 if name in faults['patches_late'] else rank % 20):%d/%m/%Y}"
        if name in faults["without_patch_report"]:
            patched = ""
        encrypted = "" if not laptop else "non" if name in faults["laptop_unencrypted"] else "oui"
        system, version = entry.attributes["operatingSystem"], entry.attributes["operatingSystemVersion"]
        written = f"ANCIEN-{rank:04}" if name in faults["several_names"] else name
        place = f"Hôpital de Valmont > Étage {rank % 4};{_service(entry)}"
        identity = f"{written};{kind};{_serial(faults, name, rank)}"
        exposed = "oui" if name in faults["exposed_patches"] else "non"
        rows.append(f"{identity};Microsoft {system};{version};{patched};{encrypted};non;{place};{exposed};oui;oui;oui")
    for rank, name in enumerate(_BIOMEDICAL):
        system = _UNKNOWN_SYSTEM if name == _BIOMEDICAL[0] else "Windows 7 Professionnel;6.1 (7601)"
        rows.append(f"{name};Dispositif médical;BM{rank:05};{system};;;oui;Plateau technique;;non;non;non;non")
    return "\r\n".join(rows) + "\r\n"


def _service(entry: hospital.Entry) -> str:
    """The unit that a machine stands in."""
    return entry.dn.split(",")[1].partition("=")[2]


def _serial(faults: Faults, name: str, rank: int) -> str:
    """Its own, one that two machines bear, or what a maker left."""
    if name in faults["shared_serial"]:
        return SHARED_SERIAL
    return "To be filled by O.E.M." if name in faults["remote_control_software"] else f"SN{rank:05}"


def _console(faults: Faults, today: date) -> str:
    bare = {*faults["without_agent"], *faults["servers_without_agent"]}
    rows = ["Hostname,Serial Number,Last Seen,Agent Version"]
    for rank, entry in enumerate(_machines()):
        name = _name(entry)
        if name in bare:
            continue
        seen = today - timedelta(days=40 if name in faults["edr_silent"] else rank % 3)
        rows.append(f"{name.lower()}.hopital.test,SN{rank:05},{seen.isoformat()} 06:00:00,7.4.1")
    rows.extend(f"{name},,{today.isoformat()} 06:00:00,7.4.1" for name in _STRANGERS)
    return "\n".join(rows) + "\n"


def _antivirus(faults: Faults, today: date) -> str:
    rows = ["System Name,Domain Name,Last Communication,AMCore Content Date,On-Access Scan Enabled,Firewall Status"]
    bare = {*faults["without_antivirus"], *faults["laptop_unprotected"]}
    for rank, entry in enumerate(_machines()):
        name = _name(entry)
        if name in bare:
            continue
        content = today - timedelta(days=9 if name in faults["antivirus_signatures"] else 0)
        on = "False" if name in faults["antivirus_off"] else "True"
        firewall = "Disabled" if name in faults["local_firewall"] else "Enabled"
        seen = today - timedelta(days=rank % 2)
        rows.append(f"{name},HOPITAL,{seen.isoformat()} 05:00:00,{content.isoformat()},{on},{firewall}")
    return "\n".join(rows) + "\n"


def _patches(faults: Faults, today: date) -> str:
    rows = ["Nom d'ordinateur\tSystème d'exploitation\tMises à jour nécessaires\tDernier rapport d'état"]
    for entry in _machines():
        name = _name(entry)
        if name not in faults["without_patch_report"]:
            told = f"{name.lower()}.hopital.test\t{entry.attributes['operatingSystem']}"
            rows.append(f"{told}\t{2 if name in faults['exposed_patches'] else 0}\t{today:%d/%m/%Y} 04:10")
    return "\r\n".join(rows) + "\r\n"


def _software(faults: Faults) -> str:
    rows = ["Ordinateur;Nom du logiciel;Version"]
    for entry in _machines():
        name = _name(entry)
        rows.append(f"{name};7-Zip 24.08 (x64);24.08")
        if name in faults["remote_control_software"] or name == "SRV-WSUS01":
            rows.append(f"{name};AnyDesk;ad 8.0.9")
    return "\r\n".join(rows) + "\r\n"


def _server_names() -> list[str]:
    """The servers that the inventory knows, and the controllers."""
    listed = [_name(entry) for entry in _machines() if "OU=Serveurs" in entry.dn]
    return sorted([*listed, *(name for name in _OF_THE_DIRECTORY if not name.startswith("PC-"))])


def _log_sources(now: datetime) -> str:
    """A SIEM that lacks network equipment and one server, has a silent source and one kept too short a time."""
    rows = ["Source;Type de source;Hôte;Dernier événement;Conservation (jours)"]
    for name in _server_names()[1:]:
        age = timedelta(hours=30 if name == _server_names()[1] else 1)
        rows.append(f"Serveur {name};Serveur Windows, DNS;{name.lower()};{now - age:%Y-%m-%dT%H:%M:%SZ};365")
    rows.append(f"Pare-feu;Pare-feu;;{now:%Y-%m-%dT%H:%M:%SZ};90")
    rows.append(f"Console EDR;EDR;;{now:%Y-%m-%dT%H:%M:%SZ};365")
    return "\r\n".join(rows) + "\r\n"


def _events(now: datetime) -> str:
    """An event handled within the hour, one within two weeks."""
    rows = ["Numéro;Détecté le;Traité le"]
    for number, hours in (("SOC-1", 1), ("SOC-2", 14 * 24)):
        opened = now - timedelta(days=20)
        rows.append(f"{number};{opened:%Y-%m-%dT%H:%M:%SZ};{opened + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}")
    return "\r\n".join(rows) + "\r\n"


def _enabled_people() -> list[str]:
    """Accounts of people that the directory keeps enabled."""
    flags = ((entry, entry.flags or 0) for entry in hospital.entries() if entry.attributes.get("objectClass") == "user")
    return sorted(str(entry.attributes["sAMAccountName"]).lower() for entry, flag in flags if not flag & _DISABLED)


def _departures(today: date) -> str:
    """Two people whose accounts are still enabled: one left long ago, the other this week."""
    late, lately = _enabled_people()[:2]
    rows = ["Identifiant;Date de sortie"]
    for account, days in ((late, 20), (lately, 3)):
        rows.append(f"HOPITAL\\{account};{today - timedelta(days=days):%d/%m/%Y}")
    return "\r\n".join(rows) + "\r\n"


def _answers(today: date) -> Description:
    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    return {
        "establishment": "Centre hospitalier de Valmont",
        "inventory_campaign": {"value": True, "date": ago(200)},
        "unmanaged_search": {"value": True, "date": ago(220)},
        "local_admin_review": {"value": True, "date": ago(100)},
        "local_firewall": {"value": True, "date": ago(30)},
        "antivirus_signatures": {"value": True, "date": ago(5)},
        "administration_stations": {"value": False, "date": ago(30), "comment": "Prévu au plan d’investissement"},
        "session_lock_minutes": 45,
        "clock_synchronised": {"value": True, "date": ago(30)},
        "logs_central": {"value": True, "date": ago(30)},
        "log_sources": ["servers", "firewalls", "directory", "antivirus"],
        "log_retention_days": 180,
        "detection_means": ["antivirus_console", "log_analysis", "backup_console"],
        "detection_procedures": {"value": True, "date": ago(120)},
    }


def _expected(faults: Faults) -> dict[str, list[str]]:
    """Rules of the scanner and the subjects they must name."""
    site = ["Centre hospitalier de Valmont"]
    return {
        "missing_from_inventory": sorted([*faults["missing_from_inventory"], *_STRANGERS, *_OF_THE_DIRECTORY]),
        "missing_from_directory": list(_BIOMEDICAL),
        "agent_of_unknown_machine": list(_STRANGERS),
        "patches_late": faults["patches_late"],
        "laptop_unencrypted": faults["laptop_unencrypted"],
        "laptop_unprotected": faults["laptop_unprotected"],
        "encryption_coverage": site,
        "patched_share": site,
        "antivirus_coverage": site,
        "antivirus_off": faults["antivirus_off"],
        "antivirus_signatures": faults["antivirus_signatures"],
        "local_firewall": faults["local_firewall"],
        "known_to_one_list": sorted([*_STRANGERS, *_OF_THE_DIRECTORY, *_BIOMEDICAL]),
        "several_names": faults["several_names"],
        "shared_serial": [SHARED_SERIAL],
        "remote_control_software": faults["remote_control_software"],
        "edr_silent": faults["edr_silent"],
        "edr_coverage_workstations": site,
        "edr_coverage_servers": site,
        "unmanaged_search": site,
        "administration_stations": site,
        "session_lock": site,
        "log_sources": site,
        "log_retention": ["Pare-feu"],
        "silent_log_sources": [f"Serveur {_server_names()[1]}"],
        "server_without_logs": [_server_names()[0]],
        "detection_means": site,
        "exposed_patches": faults["exposed_patches"],
        "event_handling": site,
        "leavers_enabled": _enabled_people()[:1],
        "secrets_unchangeable": site,
        "admin_account_shared": site,
        "admin_link_missing": site,
    }


def _among() -> dict[str, list[str]]:
    """Rules of the directory's own faults, and subjects that they must name among others."""
    stations = [entry for entry in _machines() if "OU=Postes" in entry.dn]
    lost = [_name(entry) for entry in stations if (entry.logon_age or 0) > _STALE_DAYS]
    covered = len(hospital.SERVERS) * 2 // 3
    return {
        "stale_machines": sorted(lost),
        "system_unknown": [_UNKNOWN_SYSTEM.replace(";", " ")],
        "laps_missing": [f"SRV-{name}" for name in hospital.SERVERS[covered:]],
        "laps_expired": [f"SRV-{hospital.SERVERS[0]}"],
        "unsupported_workstations": ["Windows 7 Professionnel 6.1 (7601)", "Windows XP Professional 5.1 (2600)"],
        "unsupported_servers": [
            _name(entry) for entry in _machines() if "2012" in str(entry.attributes["operatingSystem"])
        ],
        "obsolete_not_isolated": [
            _name(entry) for entry in stations if "Windows 7" in str(entry.attributes["operatingSystem"])
        ],
    }
