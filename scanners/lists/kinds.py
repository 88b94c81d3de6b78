"""The kinds of lists that other tools export, and which audits they serve. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class ListKind(StrEnum):
    """What a list holds, one line each."""

    INVENTORY = "inventory"
    EDR = "edr"
    ANTIVIRUS = "antivirus"
    PATCHES = "patches"
    SOFTWARE = "software"
    LOG_SOURCES = "log_sources"
    SECURITY_EVENTS = "security_events"
    LEAVERS = "leavers"
    ACCOUNTS = "accounts"
    SESSIONS = "sessions"
    TICKETS = "tickets"
    BACKUP_JOBS = "backup_jobs"
    SUPPLIER_PATCHES = "supplier_patches"


KIND_NAMES: Mapping[ListKind, Text] = {
    ListKind.INVENTORY: Text("Inventaire des machines", "Inventory of machines"),
    ListKind.EDR: Text("Console EDR", "EDR console"),
    ListKind.ANTIVIRUS: Text("Console antivirus", "Antivirus console"),
    ListKind.PATCHES: Text("Rapport de correctifs", "Patch report"),
    ListKind.SOFTWARE: Text("Inventaire des logiciels", "Inventory of software"),
    ListKind.LOG_SOURCES: Text("Sources de journaux (SIEM)", "Log sources (SIEM)"),
    ListKind.SECURITY_EVENTS: Text("Événements de sécurité traités (SOC)", "Security events handled (SOC)"),
    ListKind.LEAVERS: Text("Départs du personnel", "People who left"),
    ListKind.ACCOUNTS: Text("Comptes d’accès distant (VPN, pare-feu)", "Remote-access accounts (VPN, firewall)"),
    ListKind.SESSIONS: Text("Sessions d’accès distant", "Remote-access sessions"),
    ListKind.TICKETS: Text("Tickets d’intervention", "Intervention tickets"),
    ListKind.BACKUP_JOBS: Text("Historique des sauvegardes (travaux)", "History of backup jobs"),
    ListKind.SUPPLIER_PATCHES: Text("Correctifs remis par les fournisseurs", "Patches given by suppliers"),
}

KINDS_OF: Mapping[str, tuple[ListKind, ...]] = {
    "workstations": (
        ListKind.INVENTORY,
        ListKind.EDR,
        ListKind.ANTIVIRUS,
        ListKind.PATCHES,
        ListKind.SOFTWARE,
        ListKind.LOG_SOURCES,
        ListKind.SECURITY_EVENTS,
        ListKind.LEAVERS,
    ),
    "backup": (ListKind.BACKUP_JOBS, ListKind.TICKETS),
    "remote_access": (ListKind.ACCOUNTS, ListKind.SESSIONS, ListKind.TICKETS, ListKind.SUPPLIER_PATCHES),
}
"""The lists that an audit of each scanner may be given."""

SEVERAL = frozenset({ListKind.BACKUP_JOBS})
"""Kinds of which several lists count at a time, one of each tool: a hospital has two backup consoles."""
