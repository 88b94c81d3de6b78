"""Generic rights stored as such were written past the directory’s own rules: tools read them in different ways.

CERT-FR, warning_sd_generic_perm: entries in force whose mask holds GENERIC_READ, WRITE, EXECUTE or ALL. The directory
turns them into precise rights when it writes an entry for the object itself.
"""

from __future__ import annotations

from scanners.ad.descriptors import GENERIC_ALL, GENERIC_EXECUTE, GENERIC_READ, GENERIC_WRITE, INHERIT_ONLY
from scanners.ad.entries import holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.model import Rule, Severity, Text, Verdict, refs

GENERIC = GENERIC_ALL | GENERIC_EXECUTE | GENERIC_READ | GENERIC_WRITE


def check(facts: DirectoryFacts) -> Verdict:
    """Every object."""
    table = facts.descriptors
    here = table.ace_flags & INHERIT_ONLY == 0
    return holders_verdict(facts, here & (table.ace_mask & GENERIC != 0))


RULE = Rule(
    id="ad.generic_rights",
    title=Text(
        "Droits génériques dans une autorisation",
        "Generic rights in a permission",
    ),
    message=Text(
        "L’entrée de {subject} ({right}) sur {count} objet(s), dont {container}, porte des droits génériques.",
        "The entry of {subject} ({right}) on {count} object(s), among them {container}, bears generic rights.",
    ),
    remediation=Text(
        'Notez (Get-Acl "AD:\\<DN>").Sddl, puis réécrivez l’entrée par la console (onglet Sécurité avancé : '
        "modifier puis appliquer) : l’annuaire la traduit en droits précis. Cherchez le script qui l’a écrite "
        "(événement 5136). Effet : aucun, elle permet la même chose ; Get-Acl avant et après montre la "
        "différence. Retour : remettez l’entrée notée.",
        'Write (Get-Acl "AD:\\<DN>").Sddl down, then write the entry again through the console (advanced Security '
        "tab: edit, then apply): the directory turns it into precise rights. Look for the script that wrote it "
        "(event 5136). Effect: none, it permits the same; Get-Acl before and after shows the difference. Back: "
        "put back the entry noted.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_sd_generic_perm@2"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
