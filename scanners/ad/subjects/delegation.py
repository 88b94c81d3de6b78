"""Kerberos delegation towards privileged services: controllers, krbtgt, authorities, privileged accounts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import MISSING, Mask
from scanners.ad.control_paths.graph import service_host
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Text, Verdict

_CLOUD_LOGON = "azureadssoacc$"
"""The account whose key opens sessions of Entra ID (seamless single sign-on); its name is never translated."""


def privileged_resources(facts: DirectoryFacts) -> Mask:
    """Accounts on which nobody may act for others."""
    krbtgt = facts.row_of_rid(sids.RID_KRBTGT)
    cloud = [row for row, names in facts.objects.texts("sAMAccountName").items() if names[0].lower() == _CLOUD_LOGON]
    named = facts.mask([*cloud, *([krbtgt] if krbtgt >= 0 else [])])
    return facts.controllers | facts.authority_hosts | facts.privileged_users | (named & facts.accounts)


def privileged_targets(facts: DirectoryFacts) -> Mapping[int, list[str]]:
    """For each account with constrained delegation, its target services that are privileged."""
    hosts, services = _hosts(facts), _services(facts)

    def dangerous(name: str) -> bool:
        return service_host(name) in hosts or name.lower().partition("/")[0] == "krbtgt" or name.lower() in services

    delegating = facts.objects.texts("msDS-AllowedToDelegateTo")
    return {row: [name for name in names if dangerous(name)] for row, names in delegating.items()}


SERVICE_REMEDIATION = Text(
    "Retirez ce service de l’onglet Délégation du compte : Set-ADObject DN -Remove "
    "@{'msDS-AllowedToDelegateTo'='service/hôte'}. Si une application de soins en dépend, demandez à l’éditeur un "
    "service cible hors des contrôleurs, et testez sur un environnement de recette. Effet : elle n’agit plus au nom "
    "de ses utilisateurs sur ce service. Retour : la même commande avec -Add.",
    "Remove that service from the Delegation tab of the account: Set-ADObject DN -Remove "
    "@{'msDS-AllowedToDelegateTo'='service/host'}. If a care application depends on it, ask the vendor for a target "
    "outside of controllers, and test on a staging environment. Effect: it no longer acts for its users on that "
    "service. Back: the same command with -Add.",
)


def delegating_to_privileged(facts: DirectoryFacts, accounts: Mask) -> Verdict:
    """Those of these accounts that may delegate to a privileged service."""
    reached = privileged_targets(facts)
    return verdict(
        facts,
        accounts,
        facts.mask(row for row, found in reached.items() if found),
        lambda row: {"service": reached[row][0], "services": len(reached[row])},
        facts.objects.ints("userAccountControl") == MISSING,
    )


def _hosts(facts: DirectoryFacts) -> frozenset[str]:
    """Names under which services of the controllers and of the authorities are called, in lower case."""
    objects = facts.objects
    rows = np.flatnonzero(facts.controllers | facts.authority_hosts).tolist()
    hosts = {objects.text("dNSHostName", row).lower() for row in rows}
    hosts |= {objects.text("sAMAccountName", row).rstrip("$").lower() for row in rows}
    names = objects.texts("servicePrincipalName")
    hosts |= {service_host(name) for row in rows for name in names.get(row, ())}
    return frozenset(hosts - {""})


def _services(facts: DirectoryFacts) -> frozenset[str]:
    """The service names that privileged accounts bear, whatever host they tell, in lower case."""
    rows = np.flatnonzero(privileged_resources(facts)).tolist()
    names = facts.objects.texts("servicePrincipalName")
    return frozenset(name.lower() for row in rows for name in names.get(row, ()))
