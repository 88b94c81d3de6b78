"""Below the threshold of ANSSI, each privileged account more is still one more way to lose the whole domain.

ANSSI warning_privileged_members does not move the level and gives no figure: from 20 accounts is our choice. Beyond 50
the count has its own rule (vuln_privileged_members); this one then keeps silent.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.subjects import privileged_accounts
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All privileged accounts, enabled or not, but the built-in administrator and the controllers."""
    count = int(privileged_accounts.counted(facts).sum())
    failing = privileged_accounts.NOTABLE <= count <= privileged_accounts.MAX_ACCOUNTS
    found = of_domain(facts, failing, accounts=count, max_accounts=privileged_accounts.MAX_ACCOUNTS)
    return Verdict(count, found.findings)


RULE = Rule(
    id="ad.privileged_count_notable",
    title=Text(
        "Nombre notable de comptes privilégiés",
        "Notable number of privileged accounts",
    ),
    message=Text(
        "{subject} compte {accounts} comptes privilégiés : moins que le seuil de l’ANSSI ({max_accounts}), "
        "mais beaucoup à surveiller.",
        "{subject} holds {accounts} privileged accounts: fewer than the threshold of ANSSI ({max_accounts}), "
        "but many to watch.",
    ),
    remediation=Text(
        "Revoyez les membres avec Get-ADGroupMember -Recursive, retirez ceux dont le métier ne l’exige pas "
        "(Remove-ADGroupMember) et déléguez les gestes courants sur les unités d’organisation utiles. "
        "Commencez par les services et les prestataires, un jour ouvré. Pour revenir : Add-ADGroupMember.",
        "Review the members with Get-ADGroupMember -Recursive, remove those whose work does not need it "
        "(Remove-ADGroupMember) and delegate daily tasks on the organisational units concerned. Start with "
        "services and contractors, on a working day. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.LOW,
    refs=refs(
        "anssi-ad:warning_privileged_members@1", "anssi-ad:warning_privileged_members@2", "pingcastle:P-AdminNum"
    ),
    check=check,
    reads=("domain",),
    whole=True,
)
