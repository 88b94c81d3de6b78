"""Machines choose their controller by subnet: one that no declared subnet covers serves anybody, and its own site
badly.

PingCastle S-DC-SubnetMissing: the addresses that the DNS of the domain gives for each controller, among the subnets
of the sites. Addresses of the machine or of the link only are left out.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.controllers import servers_of, standing
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every controller that is a machine; one of which no address is known could not be examined."""
    addresses, subnets = facts.objects.texts("addresses"), declared(facts)
    known = {account: addresses[row] for account, row in servers_of(facts).items() if row in addresses}
    if not known:
        raise NotAssessable(
            "Les adresses des contrôleurs ne sont pas dans l’annuaire : la zone DNS du domaine n’y est pas, ou "
            "n’est pas lisible. Comparez vous-même leurs adresses aux sous-réseaux des sites.",
            "The addresses of the controllers are not in the directory: the DNS zone of the domain is not held there, "
            "or is not readable. Compare their addresses with the subnets of the sites yourself.",
        )
    lost = {
        account: [one for one in found if not any(ip_address(one) in subnet for subnet in subnets)]
        for account, found in known.items()
    }
    return verdict(
        facts,
        standing(facts),
        facts.mask(row for row, found in lost.items() if found),
        lambda row: {"address": ", ".join(lost[row]), "subnets": len(subnets)},
        ~facts.mask(known),
    )


def declared(facts: DirectoryFacts) -> list[IPv4Network | IPv6Network]:
    """The subnets of the sites; an object whose name is no subnet declares none."""
    found = []
    for row in np.flatnonzero(facts.objects.of(Kind.SUBNET)).tolist():
        name = facts.objects.dn[row].partition(",")[0].partition("=")[2].replace("\\", "")
        try:
            found.append(ip_network(name, strict=False))
        except ValueError:
            continue
    return found


RULE = Rule(
    id="ad.controller_without_subnet",
    title=Text(
        "Contrôleur hors des sous-réseaux déclarés",
        "Controller outside of the declared subnets",
    ),
    message=Text(
        "L’adresse {address} de {subject} n’est dans aucun des {subnets} sous-réseaux déclarés dans les sites.",
        "The address {address} of {subject} is in none of the {subnets} subnets declared in the sites.",
    ),
    remediation=Text(
        "Déclarez le sous-réseau dans Sites et services Active Directory (Subnets, Nouveau), ou "
        "New-ADReplicationSubnet -Name 10.1.0.0/16 -Site Default-First-Site-Name, en même temps que ceux des "
        "postes. Effet : des machines changent de contrôleur à leur prochaine connexion. Retour : "
        "Remove-ADReplicationSubnet.",
        "Declare the subnet in Active Directory Sites and Services (Subnets, New), or New-ADReplicationSubnet "
        "-Name 10.1.0.0/16 -Site Default-First-Site-Name, along with those of workstations. Effect: machines "
        "change controller at their next logon. Back: Remove-ADReplicationSubnet.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-DC-SubnetMissing"),
    check=check,
    reads=(
        "domain",
        "configuration",
        "dns",
    ),
)
