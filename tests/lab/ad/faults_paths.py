"""Weaknesses of control paths planted in the lab's directory. Runs under Samba's Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hospital import ROOT

if TYPE_CHECKING:
    from faults import Planter

FORCE_CHANGE = "00299570-246d-11d0-a768-00aa006e0529"
PEOPLE = 22


def plant(planter: Planter) -> None:
    """A remote support team, too large, that resets the password of an account which replicates the directory."""
    team = [planter.account(f"teleassistance{number:02}", f"OU=DSI,OU=Utilisateurs,{ROOT}") for number in range(PEOPLE)]
    planter.group("GG_Teleassistance", *team)
    planter.grant(f"CN=svc_annuaire,OU=Comptes de service,{ROOT}", "GG_Teleassistance", "CR", FORCE_CHANGE)
    planter.expect("control_paths_too_many", "hopital.test")
    planter.expect("control_path_to_tier_zero", "HOPITAL\\GG_Teleassistance")
