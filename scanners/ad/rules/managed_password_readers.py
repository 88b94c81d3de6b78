"""Whoever reads the password of a managed service account acts as it: machines of the service should, nobody else.

msDS-GroupMSAMembership of gMSA and dMSA: nearly everybody, a person or a group that holds one, or, when the account is
privileged, anybody who is not.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.access import ordinary, wide
from scanners.ad.columns import Kind, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled managed service accounts."""
    accounts = facts.objects.of(Kind.GMSA, Kind.DMSA) & facts.enabled
    allowed = facts.objects.texts("msDS-GroupMSAMembership")
    wrong = {row: _surprising(facts, row, allowed.get(row, ())) for row in np.flatnonzero(accounts).tolist()}
    return verdict(
        facts,
        accounts,
        facts.mask(row for row, readers in wrong.items() if readers),
        lambda row: {
            "allowed": ", ".join(facts.name_of(sid) for sid in wrong[row]),
            "accounts": int((facts.mask(()) | _holders(facts, wrong[row])).sum()),
            "privileged": bool(facts.privileged[row]),
        },
    )


def _surprising(facts: DirectoryFacts, row: int, readers: tuple[str, ...]) -> list[str]:
    privileged = bool(facts.privileged[row])
    return [
        sid for sid in readers if ordinary(facts, sid) and (privileged or _wide(facts, sid) or _persons(facts, sid))
    ]


def _wide(facts: DirectoryFacts, sid: str) -> bool:
    """Whether a SID means nearly everybody, or a group that holds all machines."""
    machines = facts.row_of_rid(sids.RID_DOMAIN_COMPUTERS)
    return wide(sid) or (machines >= 0 and bool(facts.holding(sid)[machines]))


def _persons(facts: DirectoryFacts, sid: str) -> bool:
    """Whether a person who is not privileged acts with this SID."""
    return bool((facts.holding(sid) & facts.users & facts.enabled & ~facts.privileged).any())


def _holders(facts: DirectoryFacts, sids_of: list[str]) -> Mask:
    held = facts.mask(())
    for sid in sids_of:
        held |= facts.holding(sid) & facts.enabled
    return held


RULE = Rule(
    id="ad.managed_password_readers",
    title=Text(
        "Mot de passe de compte de service géré trop lisible",
        "Managed service account password read too widely",
    ),
    message=Text(
        "Le mot de passe de {subject} est lisible, et permet d’agir en son nom, par : {allowed} (comptes actifs : "
        "{accounts}).",
        "The password of {subject} can be read, and used to act in its name, by: {allowed} (enabled accounts: "
        "{accounts}).",
    ),
    remediation=Text(
        "Remplacez ces lecteurs par un groupe qui ne contient que les serveurs du service : Set-ADServiceAccount "
        "COMPTE -PrincipalsAllowedToRetrieveManagedPassword GROUPE (notez l’ancienne liste : Get-ADServiceAccount "
        "COMPTE -Properties PrincipalsAllowedToRetrieveManagedPassword). Un serveur oublié n’ouvrira plus son "
        "service au prochain changement : vérifiez par Test-ADServiceAccount sur chacun, et remettez l’ancienne "
        "liste en cas de panne. Le mot de passe déjà lu reste bon jusqu’à son renouvellement : recréez le compte "
        "s’il a pu l’être.",
        "Replace these readers by a group that holds only the servers of the service: Set-ADServiceAccount ACCOUNT "
        "-PrincipalsAllowedToRetrieveManagedPassword GROUP (write the old list down: Get-ADServiceAccount ACCOUNT "
        "-Properties PrincipalsAllowedToRetrieveManagedPassword). A forgotten server no longer starts its service at "
        "the next change: check by Test-ADServiceAccount on each, and put the old list back if something fails. A "
        "password already read stays good until renewed: create the account again if it may have been.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1555"),
    check=check,
    reads=("domain",),
)
