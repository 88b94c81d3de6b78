"""What the hospital's tools export about its machines: a GLPI inventory, an EDR console, the answers of the CISO.

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
_ACTIVE_DAYS = 30.0

PLANTED = {
    "missing_from_inventory": 6,
    "patches_late": 9,
    "laptop_unencrypted": 4,
    "edr_silent": 5,
    "without_agent": 60,
    "servers_without_agent": 2,
}
"""How many machines have each fault; `without_agent` brings the workstations under 95 % of coverage."""


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
        "answers": (folder / "answers.yaml", json.dumps(_answers(today), ensure_ascii=False, indent=1) + "\n"),
    }
    for path, content in files.values():
        path.write_text(content, encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8")
    return {**{name: str(path) for name, (path, _content) in files.items()}, "expected": _expected(faults)}


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
        source = servers if fault == "servers_without_agent" else stations
        faults[fault] = sorted(source[:count])
        del source[:count]
    faults["laptops"] = sorted(stations[:25] + faults["laptop_unencrypted"])
    return faults


def _inventory(faults: Faults, today: date) -> str:
    header = (
        "Nom;Type;Numéro de série;Système d'exploitation;Système d'exploitation - Version;Dernier correctif;"
        "Chiffré;Isolé"
    )
    rows = [header]
    for rank, entry in enumerate(_machines()):
        name = _name(entry)
        if name in faults["missing_from_inventory"]:
            continue
        laptop = name in faults["laptops"]
        kind = "Serveur" if "OU=Serveurs" in entry.dn else "Ordinateur portable" if laptop else "Ordinateur de bureau"
        patched = today - timedelta(days=75 if name in faults["patches_late"] else rank % 20)
        encrypted = "" if not laptop else "non" if name in faults["laptop_unencrypted"] else "oui"
        system, version = entry.attributes["operatingSystem"], entry.attributes["operatingSystemVersion"]
        rows.append(f"{name};{kind};SN{rank:05};Microsoft {system};{version};{patched:%d/%m/%Y};{encrypted};non")
    for rank, name in enumerate(_BIOMEDICAL):
        rows.append(f"{name};Dispositif médical;BM{rank:05};Windows 7 Professionnel;6.1 (7601);;;oui")
    return "\r\n".join(rows) + "\r\n"


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
        "edr_silent": faults["edr_silent"],
        "edr_coverage_workstations": site,
        "edr_coverage_servers": site,
        "unmanaged_search": site,
        "administration_stations": site,
        "session_lock": site,
        "log_sources": site,
        "log_retention": site,
        "detection_means": site,
    }
