"""The hash of an account that logs on by smart card never changes unless the domain renews it.

CERT-FR, vuln_smartcard_expire_passwords: msDS-ExpirePasswordsOnSmartCardOnlyAccounts must be TRUE, even before the
first card is handed out. Absent means FALSE.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_SMARTCARD, DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The setting of the domain."""
    count = int((facts.users & facts.enabled & facts.flag(UAC_SMARTCARD)).sum())
    renewed = int(facts.objects.ints("msDS-ExpirePasswordsOnSmartCardOnlyAccounts")[facts.domain_row]) == 1
    return of_domain(facts, not renewed, accounts=count)


RULE = Rule(
    id="ad.smartcard_secrets_kept",
    title=Text(
        "Secrets des comptes à carte jamais renouvelés",
        "Secrets of smart card accounts never renewed",
    ),
    message=Text(
        "{subject} ne renouvelle pas le secret des comptes à carte à puce ({accounts} aujourd’hui).",
        "{subject} does not renew the secret of smart card accounts ({accounts} today).",
    ),
    remediation=Text(
        "Au niveau fonctionnel 2016 : Set-ADObject (Get-ADDomain).DistinguishedName -Replace "
        "@{'msDS-ExpirePasswordsOnSmartCardOnlyAccounts'=$true}. Effet : le secret de ces comptes change à l’âge de "
        "la politique ; une session NTLM ouverte redemande la carte. Retour : la même commande avec $false.",
        "At functional level 2016: Set-ADObject (Get-ADDomain).DistinguishedName -Replace "
        "@{'msDS-ExpirePasswordsOnSmartCardOnlyAccounts'=$true}. Effect: the secret of these accounts changes at the "
        "age of the policy; an open NTLM session asks for the card again. Back: the same command with $false.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_smartcard_expire_passwords@4", "pingcastle:A-SmartCardPwdRotation"),
    check=check,
    reads=("domain",),
)
