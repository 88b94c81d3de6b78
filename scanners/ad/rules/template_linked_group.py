"""A certificate whose issuance policy is linked to a group makes its holder a member of that group (ESC13).

msDS-OIDToGroupLink on a policy (msPKI-Enterprise-Oid) that a published template bears, for a certificate that
authenticates, without approval nor signature.
"""

from __future__ import annotations

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import authenticates, linked_groups
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    linked = linked_groups(facts)
    flawed: Mask = facts.mask(linked) & authenticates(facts)
    rows = facts.objects.row_by_dn
    named = {
        row: ", ".join(facts.subject(rows[dn.lower()]) if dn.lower() in rows else dn for dn in groups)
        for row, groups in linked.items()
    }
    return judge_requests(facts, flawed, lambda row: {"group": named[row], "group_dn": "; ".join(linked[row])})


RULE = Rule(
    id="ad.template_linked_group",
    title=Text(
        "Modèle qui rend membre d’un groupe (ESC13)",
        "Template that makes its holder a group member (ESC13)",
    ),
    message=Text(
        "{enrolling} (comptes actifs : {accounts}) peut obtenir par {subject} un certificat qui donne les droits de "
        "{group}, sans en être membre.",
        "{enrolling} (enabled accounts: {accounts}) can obtain through {subject} a certificate that gives the rights "
        "of {group}, without being a member.",
    ),
    remediation=Text(
        "Réservez l’inscription sur ce modèle aux personnes qui doivent avoir les droits du groupe, avec approbation "
        "du gestionnaire ; sinon retirez la stratégie d’émission du modèle (onglet Extensions, Stratégies "
        "d’émission), ou le lien : Set-ADObject 'DN de l’OID' -Clear msDS-OIDToGroupLink. Notez l’ancienne valeur : la "
        "remettre suffit à revenir. Les certificats déjà émis perdent leur effet dès que le lien est retiré.",
        "Keep enrolment on that template for people who must have the rights of the group, with manager approval; "
        "else remove the issuance policy from the template (Extensions tab, Issuance Policies), or the link: "
        "Set-ADObject 'DN of the OID' -Clear msDS-OIDToGroupLink. Write the old value down: setting it again goes "
        "back. Certificates already issued lose their effect as soon as the link is gone.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC13", "attack:T1649"),
    check=check,
    reads=("domain", "configuration"),
)
