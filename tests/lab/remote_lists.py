"""What a firewall and a ticketing tool would export of the lab's suppliers, faults planted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

ACCOUNTS = """\
Compte;Société;Groupe;Adresses autorisées;MFA;Créé le;Expire le;Dernière connexion;Actif
tm_imagerie;Medimage SA;VPN-Prestataires;192.0.2.0/24;non;{-700:%d/%m/%Y};{+60:%d/%m/%Y};{-120:%d/%m/%Y};oui
tm_pharma;PharmaSoft;VPN-Prestataires;198.51.100.7;oui;{-700:%d/%m/%Y};{+60:%d/%m/%Y};{-2:%d/%m/%Y};oui
tm_ancien;Ancien Mainteneur;VPN-Prestataires;;oui;{-3000:%d/%m/%Y};31/12/2023;{-3:%d/%m/%Y};oui
tm_labo;Thermo GTB;VPN-Prestataires;;oui;{-700:%d/%m/%Y};{+60:%d/%m/%Y};{-4:%d/%m/%Y};oui
tm_fantome;Société inconnue;VPN-Prestataires;;oui;{-100:%d/%m/%Y};{+60:%d/%m/%Y};{-4:%d/%m/%Y};non
tm_passage;Société inconnue;VPN-Prestataires;;oui;{-100:%d/%m/%Y};{+60:%d/%m/%Y};{-4:%d/%m/%Y};oui
dr.lefevre;;VPN-Medecins;;oui;{-700:%d/%m/%Y};;{-1:%d/%m/%Y};oui
"""
SESSIONS = """\
"Source User","Start time","End time","Public IP","Gateway"
"HOPITAL\\tm_imagerie","{-3:%Y-%m-%d} 10:00:00","{-3:%Y-%m-%d} 11:00:00","203.0.113.66","GP-CH"
"HOPITAL\\tm_pharma","{-2:%Y-%m-%d} 08:30:00","{-2:%Y-%m-%d} 09:30:00","198.51.100.7","GP-CH"
"HOPITAL\\tm_labo","{-4:%Y-%m-%d} 21:00:00","{-4:%Y-%m-%d} 22:00:00","198.51.100.20","GP-CH"
"HOPITAL\\tm_labo","{-4:%Y-%m-%d} 21:30:00","{-4:%Y-%m-%d} 22:30:00","198.51.100.99","GP-CH"
"HOPITAL\\dr.lefevre","{-1:%Y-%m-%d} 20:00:00","{-1:%Y-%m-%d} 21:00:00","203.0.113.80","GP-CH"
"""
TICKETS = """\
Numéro;Fournisseur;Compte;Ouvert le;Début prévu;Fin prévue;Clos le;Compte rendu
INT-2026-118;PharmaSoft;tm_pharma;{-10:%d/%m/%Y} 09:00;{-3:%d/%m/%Y} 06:00;{+3:%d/%m/%Y} 18:00;;
INT-2026-120;LaboTech;tm_labo;{-5:%d/%m/%Y} 09:00;{-4:%d/%m/%Y} 08:00;{-4:%d/%m/%Y} 12:00;;
INT-2026-90;LaboTech;tm_dialyse;{-60:%d/%m/%Y} 09:00;{-55:%d/%m/%Y} 08:00;{-55:%d/%m/%Y} 12:00;{-50:%d/%m/%Y};
"""
PATCHES = """\
Fournisseur;Équipement;Faille;Score CVSS;Publiée le;Correctif remis le
Medimage SA;IRM;CVE-2025-90001;9,8;{-100:%d/%m/%Y};{-80:%d/%m/%Y}
LaboTech;Automate;CVE-2025-90002;9,1;{-60:%d/%m/%Y};
"""
LISTS = {"accounts": ACCOUNTS, "sessions": SESSIONS, "tickets": TICKETS, "supplier_patches": PATCHES}

FAULTS = {
    "intervention_without_report": ["ticket/INT-2026-90"],
    "listed_expired": ["vpn/tm_ancien"],
    "listed_open_without_ticket": ["vpn/tm_imagerie", "vpn/tm_labo", "vpn/tm_passage"],
    "listed_shared": ["vpn/tm_labo"],
    "listed_single_factor": ["vpn/tm_imagerie"],
    "listed_to_close": ["vpn/tm_imagerie"],
    "listed_unregistered": ["vpn/tm_passage"],
    "listed_unused": ["vpn/tm_imagerie"],
    "session_outside_window": ["vpn/tm_labo"],
    "session_two_places": ["vpn/tm_labo"],
    "session_unexpected_source": ["vpn/tm_imagerie"],
    "session_without_ticket": ["vpn/tm_imagerie"],
    "supplier_patches_late": ["patch/LaboTech/Automate/CVE-2025-90002"],
}


class _Days:
    """Days from now, as a template writes them: `{-3:%d/%m/%Y}`."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __getitem__(self, days: str) -> datetime:
        return self.now + timedelta(days=int(days))


def write(folder: Path) -> dict[str, str]:
    """The four lists, as of today: the path of each kind."""
    days = _Days(datetime.now(UTC))
    paths = {}
    for kind, text in LISTS.items():
        place = folder / f"{kind}.csv"
        place.write_text(text.format_map(days), encoding="cp1252")
        paths[kind] = str(place)
    return paths
