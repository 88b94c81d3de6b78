"""Who may have the secrets of the domain replicated to it (DCSync): rights at its head, outside of those who run it.

One right gives every password hash, the other the attributes that read-only controllers are refused: passwords that
LAPS keeps in clear, recovery keys of BitLocker… Both need the plain replication right beside, which costs nothing to
whoever prepares the attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanners.ad.access import Wanted, holder_sids, holders
from scanners.ad.control_paths.control import acting
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import readable
from scanners.ad.rights import GET_CHANGES_ALL, GET_CHANGES_FILTERED
from scanners.model import Finding, Text, Verdict, judged

RIGHTS: Final = {
    GET_CHANGES_ALL: "DS-Replication-Get-Changes-All",
    GET_CHANGES_FILTERED: "DS-Replication-Get-Changes-In-Filtered-Set",
}
REMEDIATION: Final = Text(
    'Notez d’abord (Get-Acl "AD:\\DC=hopital,DC=local").Sddl, puis retirez le droit « Réplication de toutes les '
    "modifications de l’annuaire » (ou son pareil « de l’ensemble filtré ») à la racine du domaine (Utilisateurs et "
    "ordinateurs AD, Fonctionnalités avancées, Sécurité, Avancé). S’il sert à Entra Connect, gardez-le au seul compte "
    "MSOL_ dédié, traitez ce serveur comme un contrôleur, et acceptez le risque par écrit. Effet : la synchronisation "
    "ou l’outil qui s’en servait s’arrête. Retour : remettez l’entrée notée.",
    'First write down (Get-Acl "AD:\\DC=hospital,DC=local").Sddl, then remove the right “Replicating Directory '
    "Changes All” (or its like “In Filtered Set”) at the head of the domain (AD Users and Computers, Advanced "
    "Features, Security, Advanced). If Entra Connect uses it, keep it for its own MSOL_ account only, treat that "
    "server as a controller, and accept the risk in writing. Effect: the synchronisation or the tool that used it "
    "stops. Back: put back the entry written down.",
)


def who_replicates_secrets(facts: DirectoryFacts, level: int) -> Verdict:
    """A finding per holder of one of these rights. Level 1: who can act; level 2: the others (`control.acting`)."""
    head = facts.mask([facts.domain_row])
    readable(facts, head & (facts.objects.descriptor < 0))
    held = _outside(facts)
    at_once = acting(facts, 1)
    concerned = at_once if level == 1 else acting(facts, 2) & ~at_once
    findings = (
        Finding(facts.name_of(sid), {"dn": facts.objects.dn[row] if row >= 0 else "", "sid": sid, "right": right})
        for sid, right in sorted(held.items())
        for row in (facts.row_of(sid),)
        if concerned[facts.graph.node_of(sid)]
    )
    return judged(len(held), findings)


def _outside(facts: DirectoryFacts) -> Mapping[str, str]:
    """The strongest of these rights, by SID of who holds it and is neither privileged nor a controller."""
    head, names = facts.mask([facts.domain_row]), holder_sids(facts)
    trusted = facts.privileged | facts.controllers
    held: dict[str, str] = {}
    for guid, right in RIGHTS.items():
        found = holders(facts, head, Wanted.of(facts, CONTROL_ACCESS, guid))
        for sid in {names[index] for index in found.sid.tolist()} - facts.forest_privileged:
            row = facts.row_of(sid)
            if row < 0 or not trusted[row]:
                held.setdefault(sid, right)
    return held
