"""Any account may add a name that does not exist yet, such as wpad or a wildcard, and receive the traffic of others.

PingCastle, A-DnsZoneAUCreateChild: everybody may create records in the zone, which is how Windows sets it up.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.descriptors import CREATE_CHILD
from scanners.ad.entries import anybody, carriers, held_by
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.rights import effective, masks
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every zone."""
    table, objects = facts.descriptors, facts.objects
    zones = objects.of(Kind.DNS_ZONE)
    creating = effective(table) & (masks(table) & CREATE_CHILD != 0) & held_by(table, anybody(facts).__contains__)
    failing = carriers(facts, creating) & zones
    names = {row: objects.dn[row].partition(",")[0].partition("=")[2] for row in failing.nonzero()[0].tolist()}
    return verdict(facts, zones, failing, lambda row: {"zone": names[row]}, objects.descriptor < 0)


RULE = Rule(
    id="ad.dns_zone_open_creation",
    title=Text(
        "Création libre d’enregistrements DNS",
        "DNS records that anybody creates",
    ),
    message=Text(
        "Tout compte peut ajouter un nom dans la zone {zone}.",
        "Any account can add a name in the zone {zone}.",
    ),
    remediation=Text(
        "C’est le réglage de Windows à l’installation. Créez d’abord vous-même les noms convoités (wpad, isatap, *) "
        "en enregistrements vides (avec « * », un nom inconnu reçoit une réponse vide) ; puis, si le DHCP enregistre "
        "les postes, retirez « Créer tous les objets enfants » aux Utilisateurs authentifiés dans l’onglet Sécurité "
        "de la zone et donnez-le au compte du DHCP et aux seules machines qui en ont besoin. Effet de bord : un "
        "poste hors domaine ne s’enregistre plus ; remettez l’entrée pour revenir.",
        "This is how Windows installs it. First create the coveted names yourself (wpad, isatap, *) as empty records "
        "(with “*”, an unknown name answers empty); then, if DHCP registers workstations, remove “Create all child "
        "objects” from Authenticated Users in the Security tab of the zone and give it to the account of DHCP and to "
        "the computers that need it. Side effect: a machine outside of the domain no longer registers; put the entry "
        "back to go back.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:A-DnsZoneAUCreateChild", "attack:T1557"),
    check=check,
    reads=(
        "domain",
        "dns",
    ),
)
