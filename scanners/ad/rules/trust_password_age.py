"""Both ends of a trust renew its secret every 30 days; an old one is a dead trust that still opens the door.

ANSSI: 1 year at most (CERT-FR, vuln_trusts_accounts).
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import UAC_TRUST_ACCOUNT, DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts that carry a trust, those whose flags are withheld with them: they may."""
    unsure = facts.hidden & facts.objects.of(Kind.USER)
    return older(facts, facts.flag(UAC_TRUST_ACCOUNT) | unsure, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.trust_password_age",
    title=Text(
        "Secret d’approbation ancien",
        "Old trust secret",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Demandez au partenaire si l’approbation sert encore (nltest /sc_verify:partenaire.local). Sinon "
        "supprimez-la des deux côtés (Domaines et approbations, Propriétés, Supprimer ; ou netdom trust "
        "hopital.local /domain:partenaire.local /remove /oneside:trusting), et le compte s’il reste seul "
        "(Remove-ADUser PARTENAIRE$ après l’avoir désactivé un mois). Jamais pour un domaine de votre forêt, ni "
        "avec /force, qui retire le domaine lui-même de la forêt. Si elle sert, réinitialisez son secret des "
        "deux côtés le même jour (netdom trust … /resetOneSide /passwordT:* /userO:… /passwordO:*). Effet : les "
        "accès croisés s’arrêtent entre les deux réinitialisations. Retour : une nouvelle valeur commune.",
        "Ask the partner whether the trust is still used (nltest /sc_verify:partner.local). If not, remove it on "
        "both sides (Domains and Trusts, Properties, Remove; or netdom trust hospital.local "
        "/domain:partner.local /remove /oneside:trusting), and the account if it stays alone (Remove-ADUser "
        "PARTNER$ after a month disabled). Never for a domain of your own forest, nor with /force, which removes "
        "the domain itself from the forest. If it is, reset its secret on both sides the same day (netdom trust "
        "… /resetOneSide /passwordT:* /userO:… /passwordO:*). Effect: cross access stops between both resets. "
        "Back: a new common value.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_trusts_accounts@2", "pingcastle:T-Inactive", "attack:T1482"),
    check=check,
    reads=("domain",),
)
