"""An account of the VPN that the register does not know belongs to nobody: no contract, no end, no contact to cut it.

TLM-01: every remote access is in the register.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import accesses
from scanners.remote_access.listed import LISTED_ACCOUNTS
from scanners.remote_access.listed_judgement import judged_accounts, need, open_accounts, subject
from scanners.remote_access.suppliers import account_key


def check(facts: RemoteAccessFacts) -> Verdict:
    """Open accounts of suppliers that no row of the register names; `listed_to_close` tells those of ended accesses."""
    need(facts, LISTED_ACCOUNTS)
    ended = facts.register.ended if facts.register else ()
    declared = {account_key(name) for row in (*accesses(facts, "accounts"), *ended) for name in row.accounts}
    accounts = open_accounts(facts)
    return judged_accounts(
        facts,
        accounts,
        (
            Finding(subject(account.account), {"supplier": account.company, "line": account.line})
            for account in accounts
            if account_key(account.account) not in declared
        ),
    )


RULE = Rule(
    id="remote_access.listed_unregistered",
    title=Text("Compte VPN absent du registre", "VPN account absent from the register"),
    message=Text(
        "{subject} (ligne {line} de la liste des comptes) n’est rattaché à aucun accès du registre.",
        "{subject} (line {line} of the list of accounts) is tied to no access of the register.",
    ),
    remediation=Text(
        "Cherchez le fournisseur et le responsable de ce compte, inscrivez-le au registre ou fermez-le.",
        "Find the supplier and the owner of this account, enter it in the register or close it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-01", "care-rules:TLM-10", "attack:T1136"),
    check=check,
    reads=("listed_accounts", "register"),
    kind=Kind.COMPUTED,
    whole=True,
)
