"""Each privileged account is a way to lose the whole domain.

ANSSI: 50 accounts, or 3 times the number of domains of the forest; the built-in administrator and the controllers do
not count (CERT-FR, vuln_privileged_members). One domain is read here, where 50 is the larger of both; levels 1 and 2
only differ when several domains are read.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.subjects.privileged_accounts import MAX_ACCOUNTS, counted
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All privileged accounts, enabled or not."""
    count = int(counted(facts).sum())
    return Verdict(count, of_domain(facts, count > MAX_ACCOUNTS, accounts=count, max_accounts=MAX_ACCOUNTS).findings)


RULE = Rule(
    id="ad.privileged_count",
    title=Text(
        "Trop de comptes privilégiés",
        "Too many privileged accounts",
    ),
    message=Text(
        "{subject} compte {accounts} comptes privilégiés (au plus {max_accounts}).",
        "{subject} holds {accounts} privileged accounts (at most {max_accounts}).",
    ),
    remediation=Text(
        "Listez les membres (Get-ADGroupMember GROUPE -Recursive) et retirez tout compte dont le métier ne l’exige "
        "pas : Remove-ADGroupMember GROUPE -Members COMPTE. Déléguez auparavant les gestes courants (mots de passe, "
        "postes) sur les OU utiles : Utilisateurs et ordinateurs AD, clic droit sur l’OU, Délégation de contrôle. "
        "Commencez par les comptes de service et les prestataires. Effet : ce que ces comptes faisaient avec ce "
        "droit leur est refusé ; un groupe à la fois, un jour ouvré. Retour : Add-ADGroupMember.",
        "List the members (Get-ADGroupMember GROUP -Recursive) and remove every account whose work does not need it: "
        "Remove-ADGroupMember GROUP -Members ACCOUNT. First delegate everyday tasks (passwords, workstations) on the "
        "OUs concerned: AD Users and Computers, right-click on the OU, Delegate Control. Begin with service accounts "
        "and suppliers. Effect: what these accounts did with that right is refused to them; one group at a time, on "
        "a working day. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members@1", "anssi-ad:vuln_privileged_members@2", "pingcastle:P-AdminNum"),
    check=check,
    reads=("domain",),
    whole=True,
)
