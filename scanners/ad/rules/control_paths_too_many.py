"""When dozens of accounts can become administrator of the domain, any phished password will do.

PingCastle warns from 20 accounts, and more loudly at 50, 100 and 200. Each path has its own finding in the rule about
control paths; this one says how wide the door is.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import sure_of_none
from scanners.ad.control_paths.paths import who_reaches
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

MIN_ACCOUNTS = 20


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts in use and those of other domains, privileged ones left out, as one count."""
    _, counted, reaching = who_reaches(facts)
    count, total = int(reaching.sum()), int(counted.sum())
    if count < MIN_ACCOUNTS:
        sure_of_none(facts, facts.tier_zero)
    found = of_domain(facts, count >= MIN_ACCOUNTS, accounts=count, total=total, threshold=MIN_ACCOUNTS)
    return Verdict(total, found.findings)


RULE = Rule(
    id="ad.control_paths_too_many",
    title=Text(
        "Trop de comptes ont un chemin vers l’administration du domaine",
        "Too many accounts have a path to domain administration",
    ),
    message=Text(
        "Dans {subject}, {accounts} comptes ordinaires sur {total} peuvent prendre le contrôle du domaine (seuil : "
        "{threshold}).",
        "In {subject}, {accounts} of {total} ordinary accounts can take control of the domain (threshold: "
        "{threshold}).",
    ),
    remediation=Text(
        "Ouvrez les chemins de contrôle de cet annuaire (page « Chemins de contrôle », ou care ad paths) et "
        "commencez par le premier point de passage : le seul droit dont le retrait coupe le plus de comptes. Notez "
        "l’entrée avant de la retirer (Get-Acl, propriété Sddl) pour pouvoir la remettre par Set-Acl, prévenez le "
        "support dont elle sert le travail, puis relancez l’audit et passez au suivant.",
        "Open the control paths of this directory (page “Control paths”, or care ad paths) and start with the first "
        "choke point: the one right whose removal cuts off the most accounts. Write the entry down before removing it "
        "(Get-Acl, property Sddl) so as to put it back with Set-Acl, tell the support team whose work it serves, then "
        "run the audit again and go on with the next.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:P-ControlPathIndirectMany", "attack:T1069.002"),
    check=check,
    reads=("domain",),
)
