"""Replication rights outside of controllers belong to few products, and are the first step to the secrets.

CERT-FR, warning_sd_repl_perm: replication rights at the head of any partition, held by others than administrators and
controllers. Those that give the secrets of the domain have their own rule.
"""

from __future__ import annotations

from scanners.ad.access import ordinary
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.entries import carried_by, held_by, holders_verdict, rows_at
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import together
from scanners.ad.rights import GET_CHANGES_ALL, GET_CHANGES_FILTERED, grants
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
OTHERS = ("1131f6ab-9c07-11d1-f79f-00c04fc2dcd2", "1131f6ac-9c07-11d1-f79f-00c04fc2dcd2")
"""Synchronise, and manage the topology."""


def check(facts: DirectoryFacts) -> Verdict:
    """Heads of the domain, of the configuration, of the schema and of the DNS partitions."""
    naming, table = facts.naming, facts.descriptors
    domain = rows_at(facts, [naming.root_dn])
    dns = (f"DC=DomainDnsZones,{naming.root_dn}", f"DC=ForestDnsZones,{naming.forest_dn}")
    others = rows_at(facts, (naming.configuration_dn, naming.schema_dn, *dns))
    secrets = grants(table, CONTROL_ACCESS, GET_CHANGES_ALL, GET_CHANGES_FILTERED)
    replicating = grants(table, CONTROL_ACCESS, GET_CHANGES, *OTHERS)
    outside = held_by(table, lambda sid: ordinary(facts, sid), carried_by(facts, domain | others))
    found = holders_verdict(facts, outside & (secrets | replicating), others)
    own = holders_verdict(facts, outside & replicating & ~secrets, domain)
    elsewhere = {finding.subject: finding.evidence["container"] for finding in found.findings}
    both = tuple(
        Finding(one.subject, {**one.evidence, "container": f"{one.evidence['container']}; {elsewhere[one.subject]}"})
        for one in own.findings
        if one.subject in elsewhere
    )
    return together(Verdict(0, both), own, found)


RULE = Rule(
    id="ad.replication_delegated",
    title=Text(
        "Droit de réplication délégué",
        "Replication right delegated",
    ),
    message=Text(
        "{subject} a un droit de réplication sur {container} ({right}).",
        "{subject} has a replication right on {container} ({right}).",
    ),
    remediation=Text(
        "Ce droit sert à des produits de synchronisation (SharePoint, gestion d’identités) : vérifiez que le "
        "compte existe pour cela, qu’il n’ouvre pas de session ailleurs, et qu’il n’a que « Réplication des "
        'modifications de l’annuaire ». Sinon, notez (Get-Acl "AD:\\<DN>").Sddl et retirez-le à la racine de la '
        "partition (adsiedit, onglet Sécurité). Effet : le produit qui s’en servait ne se synchronise plus ; la "
        "réplication des contrôleurs n’en dépend pas. Retour : remettez l’entrée notée.",
        "This right serves synchronisation products (SharePoint, identity management): check that the account "
        "exists for that, logs on nowhere else, and has “Replicating Directory Changes” only. Otherwise write "
        '(Get-Acl "AD:\\<DN>").Sddl down and remove it at the head of the partition (adsiedit, Security tab). '
        "Effect: the product that used it no longer synchronises; replication of controllers does not depend on "
        "it. Back: put back the entry noted.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_sd_repl_perm@2", "attack:T1003.006"),
    check=check,
    reads=(
        "domain",
        "configuration",
        "schema",
    ),
)
