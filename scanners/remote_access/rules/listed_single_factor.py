"""A password that a supplier shares or loses opens the hospital’s network by itself.

TLM-12: third parties come in with two factors (ANSSI R67, ReCyF 8.3).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LISTED_ACCOUNTS
from scanners.remote_access.listed_judgement import judged_accounts, need, open_accounts, subject

UNSAID = Text(
    "La liste ne dit pas de tous les comptes s’ils demandent un second facteur ; complétez l’export.",
    "The list does not say of every account whether it asks for a second factor; complete the export.",
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts of suppliers without a second factor; those of which the list says nothing leave a doubt."""
    need(facts, LISTED_ACCOUNTS, "second_factor")
    accounts = open_accounts(facts)
    unsaid = tuple(subject(account.account) for account in accounts if account.second_factor is None)
    return judged_accounts(
        facts,
        accounts,
        (
            Finding(subject(account.account), {"supplier": account.company, "line": account.line})
            for account in accounts
            if account.second_factor is False
        ),
        unsaid,
        UNSAID if unsaid else None,
    )


RULE = Rule(
    id="remote_access.listed_single_factor",
    title=Text("Compte de fournisseur sans second facteur", "Supplier’s account without a second factor"),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) entre avec un mot de passe seul.",
        "{subject} (line {line} of the list of accounts) comes in with a password alone.",
    ),
    remediation=Text(
        "Imposez un second facteur au groupe des fournisseurs sur le pare-feu ou le VPN ; à défaut, fermez le compte.",
        "Require a second factor of the suppliers’ group on the firewall or the VPN; failing that, close the account.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-12", "attack:T1133", "attack:T1078"),
    check=check,
    reads=("listed_accounts",),
    kind=Kind.COMPUTED,
)
