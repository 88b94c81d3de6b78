"""Keys registered on ordinary accounts are another way to log on as them: how many there are is worth knowing.

Information, in one line for the domain: Windows Hello and machines that register by themselves use the same attribute
(msDS-KeyCredentialLink). Privileged accounts, controllers and machines of a silo have their own rules.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts that are neither privileged nor controllers."""
    ordinary = facts.enabled & ~facts.privileged & ~facts.controllers
    keyed = ordinary & (facts.objects.ints("keyCredentials") > 0)
    rows = np.flatnonzero(keyed)
    machines = int((keyed & facts.objects.of(Kind.COMPUTER)).sum())
    example = facts.subject(int(rows[0])) if len(rows) else ""
    found = of_domain(facts, len(rows) > 0, count=len(rows), machines=machines, target=example)
    return Verdict(int(ordinary.sum()), found.findings)


RULE = Rule(
    id="ad.keys_on_accounts",
    title=Text(
        "Clés enregistrées sur des comptes ordinaires",
        "Keys registered on ordinary accounts",
    ),
    message=Text(
        "{count} compte(s) de {subject}, dont {machines} machine(s), portent une clé publique qui ouvre leur session "
        "; par exemple {target}.",
        "{count} account(s) of {subject}, {machines} machine(s) among them, bear a public key that logs on as them; "
        "for instance {target}.",
    ),
    remediation=Text(
        "Si Windows Hello Entreprise n’est pas déployé, aucune personne ne devrait en porter : listez-les "
        "(Get-ADObject -LDAPFilter '(msDS-KeyCredentialLink=*)' -Properties msDS-KeyCredentialLink), cherchez qui a "
        "écrit chacune (événement 5136) et videz celles que personne n’explique : Set-ADObject DN -Clear "
        "msDS-KeyCredentialLink. La personne enregistrera de nouveau sa clé ; il n’y a pas d’autre retour.",
        "If Windows Hello for Business is not deployed, no person should bear one: list them (Get-ADObject "
        "-LDAPFilter '(msDS-KeyCredentialLink=*)' -Properties msDS-KeyCredentialLink), find who wrote each (event "
        "5136) and empty those that nobody explains: Set-ADObject DN -Clear msDS-KeyCredentialLink. The person will "
        "register a key again; there is no other way back.",
    ),
    severity=Severity.INFO,
    refs=refs("attack:T1556"),
    check=check,
    reads=("domain",),
)
