"""A permission for an account deleted since tells of a delegation nobody remembers, and hides those that matter.

CERT-FR, warning_sd_unknown_sid; PingCastle, P-UnkownDelegation: SIDs of this domain that no object has any more.
Numbers below 1000 are left out: some belong to the root of the forest. An account hidden from the audit would look
the same.
"""

from __future__ import annotations

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.entries import held_by, holders_verdict
from scanners.ad.facts import DirectoryFacts
from scanners.model import Rule, Severity, Text, Verdict, refs

FIRST_ORDINARY_RID = 1000


def check(facts: DirectoryFacts) -> Verdict:
    """Every object."""
    objects, prefix = facts.objects, f"{facts.naming.sid}-"
    deleted = {objects.sid(row) for row in np.flatnonzero(objects.of(Kind.DELETED)).tolist()}
    cited = {sid for sid in facts.descriptors.sids if sid.startswith(prefix)}
    unknown = (cited - objects.row_by_sid.keys()) | (cited & deleted)
    gone = {sid for sid in unknown if sids.rid_of(sid) >= FIRST_ORDINARY_RID}
    return holders_verdict(facts, held_by(facts.descriptors, gone.__contains__))


RULE = Rule(
    id="ad.unknown_sid",
    title=Text(
        "Autorisation d’un compte disparu",
        "Permission of an account that is gone",
    ),
    message=Text(
        "{subject}, que l’annuaire ne connaît plus, garde le droit {right} sur {count} objet(s), dont {container}.",
        "{subject}, which the directory no longer knows, keeps the right {right} on {count} object(s), among them "
        "{container}.",
    ),
    remediation=Text(
        'Vérifiez que le compte est bien supprimé : Get-ADObject -IncludeDeletedObjects -Filter "objectSid -eq '
        '\'<SID>\'" ; s’il existe mais reste caché, traitez-le comme un incident. Notez (Get-Acl "AD:\\<DN>").Sddl, '
        'puis retirez ces entrées : dsacls "<DN>" /R <SID> (/R retire toutes les entrées de ce compte sur '
        "l’objet), ou l’onglet Sécurité (« Compte inconnu »). Effet : aucun si le compte est supprimé ; un compte "
        'd’un domaine injoignable perd ses droits. Retour : $a = Get-Acl "AD:\\<DN>" ; '
        "$a.SetSecurityDescriptorSddlForm('<noté>', 'Access') ; Set-Acl \"AD:\\<DN>\" $a.",
        'Check that the account really is deleted: Get-ADObject -IncludeDeletedObjects -Filter "objectSid -eq '
        '\'<SID>\'"; if it exists but is hidden, treat it as an incident. Write (Get-Acl "AD:\\<DN>").Sddl down, '
        'then remove these entries: dsacls "<DN>" /R <SID> (/R removes all entries of that account on the '
        "object), or the Security tab (“Account unknown”). Effect: none if the account is deleted; an account of "
        'a domain that cannot be reached loses its rights. Back: $a = Get-Acl "AD:\\<DN>"; '
        "$a.SetSecurityDescriptorSddlForm('<noted>', 'Access'); Set-Acl \"AD:\\<DN>\" $a.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_sd_unknown_sid@2", "pingcastle:P-UnkownDelegation"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
