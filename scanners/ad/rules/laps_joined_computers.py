"""Who joined a machine to the domain may still read the local administrator password that LAPS keeps for it.

mS-DS-CreatorSID names an ordinary account that used the quota of machines; that account still holds the right on the
attribute in person, or owns the object.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scanners.ad.access import Holders, ordinary
from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.local_passwords import creators_of
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled machines whose password LAPS keeps and that an account joined by the quota of machines."""
    facts.need_whole()
    joined = creators_of(facts)
    people = {sid for sid in set(joined.values()) if ordinary(facts, sid)}
    creators = {row: sid for row, sid in joined.items() if sid in people}
    managed, failing = facts.mask(()), facts.mask(())
    for secret, found in facts.local_passwords:
        managed |= secret.machines
        failing |= secret.machines & _read_by_creator(facts, found, creators)
    return verdict(
        facts,
        managed & facts.mask(creators),
        failing,
        lambda row: {"creator": facts.name_of(creators[row])},
        facts.objects.descriptor < 0,
    )


def _read_by_creator(facts: DirectoryFacts, found: Holders, creators: Mapping[int, str]) -> Mask:
    """The machines that who joined them reads in person, or owns."""
    table = facts.permissions
    index = {sid: number for number, sid in enumerate(table.sids)}
    rows = np.fromiter(creators, dtype=np.int64, count=len(creators))
    creator = np.array([index.get(sid, -1) for sid in creators.values()], dtype=np.int64)
    at = facts.objects.descriptor[rows]
    known = (at >= 0) & (creator >= 0)
    rows, creator, at = rows[known], creator[known], at[known]
    reading = np.isin(at * (len(table.sids) + 1) + creator, found.descriptor * (len(table.sids) + 1) + found.sid)
    return facts.mask(rows[reading | (table.owner[at] == creator)])


RULE = Rule(
    id="ad.laps_joined_computers",
    title=Text(
        "Mot de passe LAPS lisible par qui a joint la machine",
        "LAPS password read by whoever joined the machine",
    ),
    message=Text(
        "{creator} a joint {subject} au domaine et peut toujours lire, ou se donner, son mot de passe "
        "d’administrateur local.",
        "{creator} joined {subject} to the domain and can still read, or give itself, its local administrator "
        "password.",
    ),
    remediation=Text(
        "Ouvrez la sécurité de la machine (Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité, "
        "Avancé) : donnez la propriété aux Admins du domaine et retirez les entrées au nom de ce compte. Vérifiez "
        "d’abord s’il sert à l’installation des postes : réinstaller un poste à l’identique demandera alors le "
        "compte de jonction dédié. Changez le mot de passe : Reset-LapsPassword. Puis mettez "
        "ms-DS-MachineAccountQuota à 0. Pour revenir, remettez l’entrée notée.",
        "Open the security of the machine (AD Users and Computers, Advanced Features, Security, Advanced): give "
        "ownership to Domain Admins and remove the entries in the name of that account. First check whether it is "
        "used to install stations: installing one again under its name will then take the dedicated joining account. "
        "Change the password: Reset-LapsPassword. Then set ms-DS-MachineAccountQuota to 0. To go back, put back the "
        "entry written down.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-LAPS-Joined-Computers", "attack:T1555"),
    check=check,
    reads=("domain", "schema"),
)
