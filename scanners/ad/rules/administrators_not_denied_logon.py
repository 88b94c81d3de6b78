"""An administrator who logs on to a workstation leaves there what it takes to be the domain’s administrator."""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import nowhere, somewhere
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

DENIALS = ("sedenyinteractivelogonright", "sedenyremoteinteractivelogonright")


def check(facts: DirectoryFacts) -> Verdict:
    """A policy in force that denies domain administrators to log on to the machines it applies to."""
    admins = f"{facts.naming.sid}-{sids.RID_DOMAIN_ADMINS}"
    names = ("domain admins", "admins du domaine")

    def denies(setting: Setting) -> bool:
        held = (who == admins or who.rpartition("\\")[2].lower() in names for who in setting.values)
        return setting.name in DENIALS and any(held)

    return nowhere(facts, denies, "SeDenyInteractiveLogonRight", Source.PRIVILEGE)


RULE = Rule(
    id="ad.administrators_not_denied_logon",
    title=Text(
        "Administrateurs du domaine non écartés des postes",
        "Domain administrators not kept off workstations",
    ),
    message=Text(
        "Aucune stratégie en vigueur dans {subject} n’interdit aux administrateurs du domaine d’ouvrir une session "
        "sur les postes et serveurs ({setting}).",
        "No policy in force in {subject} forbids domain administrators to log on to workstations and servers "
        "({setting}).",
    ),
    remediation=somewhere(
        Text(
            "Gestion des stratégies de groupe, modifiez la stratégie citée ou, s’il n’y en a pas, créez-en une : "
            "Configuration ordinateur, Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, "
            "Attribution des droits utilisateur, « Interdire l’ouverture d’une session locale » et « …par les services "
            "Bureau à distance » : Admins du domaine, Administrateurs de l’entreprise, dans une stratégie liée aux "
            "unités des postes et serveurs, jamais à Domain Controllers. Donnez d’abord au support des comptes "
            "d’administration de postes. La règle se contente d’un des deux droits : refusez les deux. "
            "Sauvegardez d’abord la stratégie (Backup-GPO) : Restore-GPO revient en arrière.",
            "Group Policy Management, edit the policy named or, if there is none, create one: Computer Configuration, "
            "Policies, Windows Settings, Security Settings, Local Policies, User Rights Assignment, “Deny log on "
            "locally” and “…through Remote Desktop Services”: Domain Admins, Enterprise Admins, in a policy linked to "
            "the units of workstations and servers, never to Domain Controllers. First give support its own accounts "
            "to administer workstations. The rule is content with one of both rights: deny both. First back the policy "
            "up (Backup-GPO): Restore-GPO goes back.",
        )
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-LogonDenied", "attack:T1078.002"),
    check=check,
    reads=("domain", "sysvol"),
    whole=True,
)
