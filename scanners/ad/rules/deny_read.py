"""An entry that refuses reading hides objects from the audit, and perhaps from those who watch.

CERT-FR, warning_sd_deny_read: entries in force that refuse reading properties, permissions or children.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.descriptors import (
    DENY,
    DENY_OBJECT,
    INHERIT_ONLY,
    LIST_CHILDREN,
    LIST_OBJECT,
    READ_CONTROL,
    READ_PROPERTY,
)
from scanners.ad.entries import holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.ad.rights import masks
from scanners.model import Rule, Severity, Text, Verdict, refs

READING = READ_PROPERTY | READ_CONTROL | LIST_CHILDREN | LIST_OBJECT


def check(facts: DirectoryFacts) -> Verdict:
    """Every object."""
    table = facts.descriptors
    refusing = np.isin(table.ace_type, (DENY, DENY_OBJECT)) & (table.ace_flags & INHERIT_ONLY == 0)
    return holders_verdict(facts, refusing & (masks(table) & READING != 0))


RULE = Rule(
    id="ad.deny_read",
    title=Text(
        "Refus de lecture",
        "Reading refused",
    ),
    message=Text(
        "Une entrée refuse la lecture ({right}) à {subject} sur {count} objet(s), dont {container}.",
        "An entry refuses reading ({right}) to {subject} on {count} object(s), among them {container}.",
    ),
    remediation=Text(
        "Demandez qui a posé ce refus et contre quoi : il cache aussi l’objet à la supervision. S’il protège une "
        "donnée personnelle, gardez-le sur cet attribut seul et laissez lire le compte d’audit. Sinon notez "
        '(Get-Acl "AD:\\<DN>").Sddl et retirez-le (onglet Sécurité avancé). Effet : ceux à qui il était opposé '
        "lisent de nouveau l’objet. Retour : remettez l’entrée notée.",
        "Ask who set this refusal and against what: it hides the object from monitoring as well. If it protects "
        "personal data, keep it on that attribute only and let the audit account read. Otherwise write (Get-Acl "
        '"AD:\\<DN>").Sddl down and remove it (advanced Security tab). Effect: those it was set against read the '
        "object again. Back: put back the entry noted.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_sd_deny_read@1", "attack:T1564"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
