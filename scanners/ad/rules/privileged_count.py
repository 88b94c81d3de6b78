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
        "Retirez des groupes privilégiés tout compte dont le métier ne l’exige pas ; déléguez les gestes courants "
        "(mots de passe, postes) sur les OU utiles. Commencez par les comptes de service et les prestataires.",
        "Remove from privileged groups every account whose work does not need it; delegate daily tasks "
        "(passwords, workstations) on the OUs concerned. Start with service accounts and contractors.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members@1", "anssi-ad:vuln_privileged_members@2", "pingcastle:P-AdminNum"),
    check=check,
    reads=("domain",),
    whole=True,
)
