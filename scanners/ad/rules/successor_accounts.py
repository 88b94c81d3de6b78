"""Who may create a delegated managed service account (dMSA) names it successor of an administrator, and has its rights.

“BadSuccessor” (CVE-2025-53779): creating such an object, or any, in one container is enough; so is writing an existing
dMSA. It takes a controller under Windows Server 2025, and one without the update of August 2025, which is not seen over
LDAP; nor is it seen whether KDS keys exist. Without the class in the schema or without such a controller, there is
nothing to judge.
"""

from __future__ import annotations

from scanners.ad.access import Tally
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided, readable
from scanners.ad.subjects import successors
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Containers where a dMSA can be, and the dMSA that exist."""
    if not successors.known(facts) or not successors.served(facts):
        return Verdict(0)
    places = successors.places(facts)
    found = judged(int(places.sum()), (_finding(facts, one) for one in successors.trusted_with(facts, places)))
    return provided(found, facts.need_whole, lambda: readable(facts, places & (facts.objects.descriptor < 0)))


def _finding(facts: DirectoryFacts, one: Tally) -> Finding:
    return Finding(
        facts.name_of(one.sid),
        {
            "sid": one.sid,
            "target": facts.objects.dn[one.example],
            "count": one.count,
            "accounts": facts.acting_as(one.sid),
        },
    )


RULE = Rule(
    id="ad.successor_accounts",
    title=Text(
        "Création de comptes successeurs par des non-privilégiés (BadSuccessor)",
        "Creation of successor accounts by the non-privileged (BadSuccessor)",
    ),
    message=Text(
        "{subject} (comptes actifs : {accounts}) peut créer ou modifier un compte dMSA en {count} endroit(s), dont "
        "{target}, et hériter des droits d’un administrateur.",
        "{subject} (enabled accounts: {accounts}) can create or change a dMSA account in {count} place(s), {target} "
        "among them, and inherit the rights of an administrator.",
    ),
    remediation=Text(
        "Installez d’abord sur tous les contrôleurs Windows Server 2025 les mises à jour d’août 2025 ou plus "
        "récentes (CVE-2025-53779). Puis retirez à ce compte ou groupe « Créer tous les objets enfants » sur le "
        "conteneur cité, et limitez la délégation aux classes utiles (utilisateurs, ordinateurs, groupes) : "
        "Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité, Avancé ; ou dsacls CONTENEUR pour "
        "relever les entrées avant de les changer. Vérifiez l’outil de création de comptes concerné ; remettre "
        "l’entrée notée suffit à revenir. Cherchez les créations de dMSA déjà faites (événement 5137) et leurs liens "
        "(événement 5136).",
        "First install on all Windows Server 2025 controllers the updates of August 2025 or later (CVE-2025-53779). "
        "Then take from that account or group “Create all child objects” on the container named, and limit the "
        "delegation to the classes needed (users, computers, groups): AD Users and Computers, Advanced Features, "
        "Security, Advanced; or dsacls CONTAINER to list the entries before changing them. Check the account "
        "creation tool concerned; putting the entry back goes back. Look for dMSA already created (event 5137) and "
        "their links (event 5136).",
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:A-BadSuccessor", "attack:T1098"),
    check=check,
    reads=("domain", "schema"),
)
