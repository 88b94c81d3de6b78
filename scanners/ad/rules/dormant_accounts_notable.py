"""Below the threshold of ANSSI, dormant accounts are still doors that nobody watches.

ANSSI warning_user_accounts_dormant does not move the level and gives no figure: from 10 % of enabled accounts is our
choice. Beyond 25 % the ratio has its own rule (vuln_user_accounts_dormant); this one then keeps silent.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.dormancy import MAX_PERCENT, NOTABLE_PERCENT, judge_share, share
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts, as one ratio."""
    count, total = share(facts)
    notable = total * NOTABLE_PERCENT <= count * 100 <= total * MAX_PERCENT
    return judge_share(facts, notable and count > 0)


RULE = Rule(
    id="ad.dormant_accounts_notable",
    title=Text(
        "Nombre notable de comptes dormants",
        "Notable number of dormant accounts",
    ),
    message=Text(
        "Dans {subject}, {accounts} comptes actifs sur {total} sont dormants : moins que le seuil de l’ANSSI "
        "({max_percent} %), mais beaucoup.",
        "In {subject}, {accounts} of {total} enabled accounts are dormant: fewer than the threshold of ANSSI "
        "({max_percent} %), but many.",
    ),
    remediation=Text(
        "Croisez la liste avec les ressources humaines (internes, vacataires, congés longs), puis désactivez "
        "par lots : Disable-ADAccount, et supprimez après trois mois. Effet : une personne oubliée ne se "
        "connecte plus ; le support la rétablit en une minute. Pour revenir : Enable-ADAccount.",
        "Match the list with human resources (residents, temporary staff, long leaves), then disable in "
        "batches: Disable-ADAccount, and delete after three months. Effect: a person forgotten cannot log on; "
        "support restores them in a minute. To go back: Enable-ADAccount.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_user_accounts_dormant@1"),
    check=check,
    reads=("domain",),
    whole=True,
)
