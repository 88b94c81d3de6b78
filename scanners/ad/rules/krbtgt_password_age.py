"""The secret of krbtgt signs every Kerberos ticket: stolen once, it forges any identity (golden ticket) until changed.

ANSSI: to be changed at least once a year (CERT-FR, vuln_krbtgt).
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365


def check(facts: DirectoryFacts) -> Verdict:
    """The krbtgt account of the domain."""
    row = facts.row_of_rid(sids.RID_KRBTGT)
    if row < 0:
        raise NotAssessable(
            "Le compte krbtgt n’est pas lisible par le compte d’audit.",
            "The account krbtgt is not readable by the audit account.",
        )
    return older(facts, facts.mask([row]), "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.krbtgt_password_age",
    title=Text(
        "Mot de passe de krbtgt ancien",
        "Old krbtgt password",
    ),
    message=Text(
        "Le mot de passe de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The password of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Changez deux fois le mot de passe de krbtgt, à au moins 10 heures d’intervalle (durée de vie des "
        "tickets), avec le script New-KrbtgtKeys.ps1 de Microsoft en mode simulation d’abord. Prévoyez-le hors "
        "des heures de soins. Effet : un service ou un contrôleur mal synchronisé peut demander une reconnexion. "
        "Retour : aucun, l’ancien secret ne se remet pas ; vérifiez d’abord la réplication (repadmin "
        "/replsummary) et la sauvegarde de l’annuaire.",
        "Change the krbtgt password twice, at least 10 hours apart (the lifetime of tickets), with Microsoft’s "
        "New-KrbtgtKeys.ps1 in simulation mode first. Do it outside of care hours. Effect: a badly synchronised "
        "service or controller may need to log on again. Back: none, the former secret cannot be set again; first "
        "check replication (repadmin /replsummary) and the backup of the directory.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_krbtgt@2", "pingcastle:A-Krbtgt", "attack:T1558.001"),
    check=check,
    reads=("domain",),
)
