"""One park of machines in order, one with every fault a rule knows."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from scanners.lifecycle import lifecycle
from scanners.workstations.facts import (
    DETECTION_MEANS,
    LOG_SOURCES,
    NAME_BYTES,
    NEVER,
    NO,
    UNKNOWN,
    YES,
    Answer,
    Answers,
    Background,
    Leaver,
    Leavers,
    ListedSource,
    Machines,
    Matching,
    RemoteTool,
    SecurityEvent,
    Settings,
    SharedSerial,
    Source,
    System,
    WorkstationFacts,
    day_number,
)
from tests.unit.workstations.specimens_policies import BAD_POLICIES, GOOD_POLICIES, WARDS

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
TODAY = day_number(NOW.date())
GOOD = Answer(True, date(2026, 1, 15))
BAD = Answer(False, date(2026, 1, 15))

WINDOWS_11 = System("Windows 11 Entreprise", "10.0 (26100)")
WINDOWS_7 = System("Windows 7 Professionnel", "6.1 (7601)")
SERVER_2022 = System("Windows Server 2022 Standard", "10.0 (20348)")
SERVER_2012 = System("Windows Server 2012 R2 Standard", "6.3 (9600)")
SYSTEMS = (WINDOWS_11, WINDOWS_7, SERVER_2022, SERVER_2012)

DEFAULTS: dict[str, Any] = {
    "directory": True,
    "inventory": True,
    "edr": True,
    "enabled": True,
    "controller": False,
    "server": NO,
    "laptop": NO,
    "encrypted": UNKNOWN,
    "isolated": UNKNOWN,
    "system": SYSTEMS.index(WINDOWS_11),
    "created": TODAY - 700,
    "last_logon": TODAY - 1,
    "laps_expires": TODAY + 10,
    "patched": TODAY - 5,
    "edr_seen": TODAY - 1,
    "antivirus": True,
    "patches": True,
    "protected": YES,
    "fresh": YES,
    "firewall": YES,
    "compliant": UNKNOWN,
    "antivirus_seen": TODAY - 1,
    "signatures": TODAY,
    "patch_seen": TODAY - 1,
    "site": 0,
    "service": 0,
    "other_name": b"",
    "exposed": NO,
    "changeable": YES,
    "dedicated_admin": YES,
    "admin_link": YES,
}
NOT_LISTED = {"directory": False, "inventory": False, "edr": False, "antivirus": False, "patches": False}
"""What a machine is in before the lists that know it are named."""
NO_ANTIVIRUS = {
    "antivirus": False,
    "antivirus_seen": NEVER,
    "signatures": NEVER,
    "protected": UNKNOWN,
    "fresh": UNKNOWN,
}
DTYPES: dict[str, Any] = {
    **dict.fromkeys(("directory", "inventory", "edr", "enabled", "controller", "antivirus", "patches"), np.bool_),
    **dict.fromkeys(("server", "laptop", "encrypted", "isolated"), np.int8),
    **dict.fromkeys(("protected", "fresh", "firewall", "compliant"), np.int8),
    **dict.fromkeys(("exposed", "changeable", "dedicated_admin", "admin_link"), np.int8),
    "other_name": f"S{NAME_BYTES}",
}


def machines(**rows: dict[str, Any]) -> Machines:
    """Machines by name (underscores stand for dashes), each with what differs from a good workstation."""
    ordered = {name.replace("_", "-"): {**DEFAULTS, **row} for name, row in sorted(rows.items())}
    columns = {
        one.name: np.array([row[one.name] for row in ordered.values()], dtype=DTYPES.get(one.name, np.int32))
        for one in fields(Machines)
        if one.name != "name"
    }
    return Machines(name=np.array(list(ordered), dtype=f"S{NAME_BYTES}"), **columns)


SERVER = {"server": YES, "system": SYSTEMS.index(SERVER_2022)}

ANSWERS = Answers(
    establishment="CH de Valmont",
    isolated=(),
    inventory_campaign=GOOD,
    unmanaged_search=GOOD,
    local_admin_review=GOOD,
    local_firewall=GOOD,
    antivirus_signatures=GOOD,
    removable_media=GOOD,
    configuration_review=GOOD,
    administration_stations=GOOD,
    session_lock_minutes=15,
    clock_synchronised=GOOD,
    logs_central=GOOD,
    logs_protected=GOOD,
    log_sources=LOG_SOURCES,
    log_retention_days=365,
    events_within_24h_percent=100,
    detection_means=DETECTION_MEANS,
    detection_procedures=GOOD,
)

SOURCES = (
    Source("directory", "hopital.test", ("name", "system", "last_logon"), 3),
    Source(
        "inventory",
        "glpi.csv",
        (
            *("name", "serial", "system", "version", "kind", "patched", "encrypted", "isolated", "site", "service"),
            *("exposed", "changeable", "dedicated_admin", "admin_link"),
        ),
        3,
    ),
    Source("edr", "edr.csv", ("name", "edr_seen"), 3),
    Source("antivirus", "antivirus.csv", ("name", "antivirus_seen", "signatures", "protected", "firewall"), 3),
    Source("patches", "wsus.csv", ("name", "patched", "compliant"), 3),
    Source("software", "logiciels.csv", ("name", "software", "version"), 40),
    Source("log_sources", "siem.csv", ("name", "kind", "host", "last_event", "retention_days"), 5),
    Source("security_events", "soc.csv", ("number", "opened", "closed"), 2),
    Source("leavers", "departs.csv", ("account", "left"), 4),
)

LOG_LIST = (
    ListedSource("Annuaire", "Active Directory", "DC1", NOW - timedelta(hours=1), 365),
    ListedSource("DPI", "Serveur Linux", "SRV-1", NOW - timedelta(hours=24), 365),
    ListedSource("Pare-feu", "Pare-feu", "", NOW, 365),
    ListedSource("Cœur de réseau", "Commutateur", "", NOW, 365),
    ListedSource("Console", "EDR", "", NOW, 400),
)
SILENT = ListedSource("DPI", "Serveur Linux", "SRV-12", NOW - timedelta(hours=25), 90)

BACKGROUND = Background(
    SYSTEMS,
    SOURCES,
    ANSWERS,
    Settings(),
    lifecycle(),
    "hopital.test",
    True,
    NOW,
    policies=GOOD_POLICIES,
    sites=("Hôpital Nord",),
    services=("Urgences",),
    log_list=LOG_LIST,
    events=(SecurityEvent("A-1", NOW - timedelta(days=9), True, 24.0), SecurityEvent("A-2", NOW, False, 0.0)),
    leavers=Leavers(4, 2, (Leaver("m.parti", NOW.date() - timedelta(days=7)),)),
)

HEALTHY = WorkstationFacts(
    BACKGROUND,
    machines(
        DC1={**SERVER, "controller": True, "laps_expires": NEVER},
        PC_1={},
        PC_2={"laptop": YES, "encrypted": YES},
        PC_OLD={**NOT_LISTED, "system": SYSTEMS.index(WINDOWS_7), "isolated": YES},
        SRV_1=SERVER,
    ),
)

BROKEN = WorkstationFacts(
    replace(
        BACKGROUND,
        answers=Answers(
            establishment="CH de Valmont",
            isolated=("PC-ISO",),
            inventory_campaign=Answer(True, date(2025, 3, 9)),
            unmanaged_search=Answer(True, date(2025, 9, 7)),
            local_admin_review=BAD,
            local_firewall=BAD,
            antivirus_signatures=BAD,
            removable_media=BAD,
            configuration_review=BAD,
            administration_stations=BAD,
            session_lock_minutes=31,
            clock_synchronised=BAD,
            logs_central=BAD,
            logs_protected=BAD,
            log_sources=("servers",),
            log_retention_days=90,
            events_within_24h_percent=99,
            detection_means=(),
            detection_procedures=BAD,
        ),
        laps_installed=False,
        policies=BAD_POLICIES,
        log_list=(SILENT,),
        events=(SecurityEvent("A-9", NOW - timedelta(days=9), True, 24.01),),
        leavers=Leavers(2, 2, (Leaver("p.ancien", NOW.date() - timedelta(days=8)),)),
        lifecycle=tuple(replace(row, seen=date(2025, 3, 9)) for row in lifecycle()),
        systems=(*SYSTEMS, System("Windows 10 Entreprise LTSC", "10.0 (14393)")),
        matching=Matching(by_serial=1, shared=(SharedSerial("VMWARE42", "inventory", ("PC-7", "PC-NU")),)),
        remote_tools=(RemoteTool("PC-NU", "AnyDesk", "7.1.13"), RemoteTool("SRV-NU", "TeamViewer")),
    ),
    machines(
        INCONNU={**NOT_LISTED, "edr": True, "server": UNKNOWN, "system": -1, "patched": NEVER},
        PC_7={"system": SYSTEMS.index(WINDOWS_7)},
        PC_CLAIR={"laptop": YES, "encrypted": NO},
        PC_COUPE={"protected": NO},
        PC_DORT={**NOT_LISTED, "directory": True, "last_logon": TODAY - 91},
        PC_EXPIRE={"laps_expires": TODAY - 31},
        PC_FANTOME={"inventory": False},
        PC_HORS={"directory": False, "enabled": False},
        PC_ISO={"system": SYSTEMS.index(WINDOWS_7), "isolated": YES},
        PC_LAPS={"laps_expires": NEVER},
        PC_LTSB={"system": len(SYSTEMS)},
        PC_MUET={"edr_seen": TODAY - 8},
        PC_NU={"edr": False, "edr_seen": NEVER},
        PC_OUVERT={"firewall": NO, "changeable": NO, "dedicated_admin": NO, "admin_link": NO},
        PC_RENOM={"other_name": b"PC-ANCIEN"},
        PC_SANS_AV={**NO_ANTIVIRUS, "laptop": YES, "encrypted": YES},
        PC_SIGNE={"signatures": TODAY - 2},
        PC_TARD={"patched": TODAY - 31},
        PC_VIDE={"system": -1},
        SRV_12={**SERVER, "system": SYSTEMS.index(SERVER_2012), "isolated": YES},
        SRV_DMZ={**SERVER, "exposed": YES, "compliant": NO},
        SRV_NU={**SERVER, "edr": False, "edr_seen": NEVER},
    ),
)

SITE = "CH de Valmont"
LTSB = "Windows 10 Entreprise LTSC 10.0 (14393)"
BROKEN_SUBJECTS: dict[str, set[str]] = {
    "admin_account_shared": {SITE},
    "admin_link_missing": {SITE},
    "administration_stations": {SITE},
    "administrators_on_workstations": {WARDS},
    "agent_of_unknown_machine": {"INCONNU"},
    "antivirus_coverage": {SITE},
    "antivirus_off": {"PC-COUPE"},
    "antivirus_signatures": {"PC-SIGNE"},
    "autorun": {WARDS},
    "card_removal": {WARDS},
    "clock_synchronised": {SITE},
    "configuration_review": {SITE},
    "detection_means": {SITE},
    "detection_procedures": {SITE},
    "edr_coverage_servers": {SITE},
    "edr_coverage_workstations": {SITE},
    "edr_silent": {"PC-MUET"},
    "encryption_coverage": {SITE},
    "event_handling": {SITE},
    "exposed_patches": {"SRV-DMZ"},
    "firewall_by_policy": {WARDS},
    "inventory_campaign": {SITE},
    "known_to_one_list": {"INCONNU"},
    "laps_expired": {"PC-EXPIRE"},
    "laps_missing": {"PC-LAPS"},
    "laps_not_installed": {"hopital.test"},
    "laps_policy": {WARDS},
    "laptop_unencrypted": {"PC-CLAIR"},
    "laptop_unprotected": {"PC-SANS-AV"},
    "leavers_enabled": {"p.ancien"},
    "lifecycle_table_old": {SITE},
    "local_admin_review": {SITE},
    "local_administrators": {"HOPITAL\\Utilisateurs du domaine"},
    "local_firewall": {"PC-OUVERT"},
    "log_retention": {"DPI"},
    "log_sources": {SITE},
    "logs_central": {SITE},
    "logs_protected": {SITE},
    "missing_from_directory": {"PC-HORS"},
    "missing_from_inventory": {"INCONNU", "PC-FANTOME"},
    "obsolete_not_isolated": {"PC-7"},
    "patched_share": {SITE},
    "patches_late": {"PC-TARD"},
    "remote_control_software": {"PC-NU"},
    "removable_media": {SITE},
    "secrets_unchangeable": {SITE},
    "server_without_logs": {"SRV-DMZ", "SRV-NU"},
    "session_lock": {WARDS},
    "several_names": {"PC-RENOM"},
    "shared_serial": {"VMWARE42"},
    "silent_log_sources": {"DPI"},
    "stale_machines": {"PC-DORT"},
    "support_ending": set(),
    "system_unknown": {"—"},
    "unmanaged_search": {SITE},
    "unsupported_servers": {"SRV-12"},
    "unsupported_workstations": {"Windows 7 Professionnel 6.1 (7601)"},
    "workstation_audit": {WARDS},
}


def later(facts: WorkstationFacts, days: int) -> WorkstationFacts:
    """The same facts, seen that many days later."""
    moment = facts.background.collected_at + timedelta(days=days)
    return WorkstationFacts(replace(facts.background, collected_at=moment), facts.machines)
