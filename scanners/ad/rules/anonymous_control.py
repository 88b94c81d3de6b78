"""A permission given to Anonymous is given to whoever reaches the controller, without any account.

CERT-FR, warning_sd_anonymous_control: entries for S-1-5-7 that give control of the object that carries them.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.entries import held_by, holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.ad.rights import control_rights
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every object."""
    table = facts.descriptors
    anonymous = held_by(table, lambda sid: sid == sids.ANONYMOUS)
    return holders_verdict(facts, anonymous & (control_rights(table) > 0).any(axis=1))


RULE = Rule(
    id="ad.anonymous_control",
    title=Text(
        "Contrôle donné aux anonymes",
        "Control given to anonymous users",
    ),
    message=Text(
        "{subject} a le droit {right} sur {count} objet(s), dont {container}.",
        "{subject} has the right {right} on {count} object(s), among them {container}.",
    ),
    remediation=Text(
        'Notez (Get-Acl "AD:\\<DN>").Sddl et retirez l’entrée sans attendre : onglet Sécurité avancé, ou dsacls '
        '"<DN>" /R "ANONYMOUS LOGON" (/R retire toutes les entrées de ce compte sur l’objet). Cherchez qui l’a '
        "posée (événement 5136). Effet : aucun produit récent n’en a besoin ; un équipement qui écrivait sans "
        "compte s’arrête. Retour : remettez l’entrée notée, le temps de lui donner un compte.",
        'Write (Get-Acl "AD:\\<DN>").Sddl down and remove the entry at once: advanced Security tab, or dsacls '
        '"<DN>" /R "ANONYMOUS LOGON" (/R removes all entries of that account on the object). Look for who set it '
        "(event 5136). Effect: no recent product needs it; a device that wrote without an account stops. Back: "
        "put back the entry noted, until it has an account.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:warning_sd_anonymous_control@1", "attack:T1222.001"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
