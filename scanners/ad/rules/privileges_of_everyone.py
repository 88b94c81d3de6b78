"""Some Windows privileges are as good as being the system: given to everybody, each user owns each machine."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import active, means_anybody, wrong_settings
from scanners.ad.sysvol import Setting, Source
from scanners.model import Rule, Severity, Text, Verdict, refs

DANGEROUS = frozenset(
    (
        "seassignprimarytokenprivilege",
        "sebackupprivilege",
        "secreatetokenprivilege",
        "sedebugprivilege",
        "seenabledelegationprivilege",
        "seimpersonateprivilege",
        "seloaddriverprivilege",
        "semanagevolumeprivilege",
        "serestoreprivilege",
        "sesecurityprivilege",
        "setakeownershipprivilege",
        "setcbprivilege",
    )
)


def check(facts: DirectoryFacts) -> Verdict:
    """Privileges that policies in force give."""

    def given(setting: Setting) -> str:
        if setting.name not in DANGEROUS:
            return ""
        everyone = [facts.name_of(trustee) for trustee in setting.values if means_anybody(facts, trustee)]
        return f"{setting.name}: {', '.join(everyone)}" if everyone else ""

    return wrong_settings(facts, active(facts, Source.PRIVILEGE), given)


RULE = Rule(
    id="ad.privileges_of_everyone",
    title=Text(
        "Privilège dangereux donné à tout le monde",
        "Dangerous privilege given to everybody",
    ),
    message=Text(
        "La stratégie « {policy} » donne un privilège dangereux à tout le monde ({setting}).",
        "The policy “{policy}” gives a dangerous privilege to everybody ({setting}).",
    ),
    remediation=Text(
        "Gestion des stratégies de groupe, modifiez la stratégie citée : Configuration ordinateur, "
        "Stratégies, Paramètres Windows, Paramètres de sécurité, Stratégies locales, Attribution des "
        "droits utilisateur, le droit cité : les seuls comptes qui en ont besoin (Administrateurs, "
        "compte de service). Un service peut s’arrêter s’il s’en servait : relevez d’abord quels "
        "comptes de service tournent sur ces machines. Sauvegardez d’abord la stratégie (Backup-GPO) "
        ": Restore-GPO revient en arrière.",
        "Group Policy Management, edit the policy named: Computer Configuration, Policies, Windows "
        "Settings, Security Settings, Local Policies, User Rights Assignment, the right named: only "
        "the accounts that need it (Administrators, service account). A service may stop if it relied"
        " on it: first list the service accounts that run on these machines. First back the policy up"
        " (Backup-GPO): Restore-GPO goes back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:P-PrivilegeEveryone", "attack:T1134"),
    check=check,
    reads=("domain", "sysvol"),
)
