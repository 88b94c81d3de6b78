"""An account of the gateway that the register does not know belongs to nobody: no contract, no end, no contact.

TLM-01: every remote access is in the register. Accounts with sudo rights through the groups `sudo`, `wheel` or
`adm` are the hospital's administrators and are left aside.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import accesses, remote_accounts, subject

ADMINISTRATORS = {"sudo", "wheel", "adm"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts a person may come in with and that no row of the register names."""
    declared = {name.casefold() for row in accesses(facts, "accounts") for name in row.accounts}
    accounts = [account for account in remote_accounts(facts) if not ADMINISTRATORS & set(account.groups)]
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"uid": account.uid})
            for account in accounts
            if account.name.casefold() not in declared
        ),
    )


RULE = Rule(
    id="remote_access.unregistered_account",
    title=Text("Compte absent du registre", "Account absent from the register"),
    message=Text(
        "{subject} (uid {uid}) n’est rattaché à aucun accès du registre.",
        "{subject} (uid {uid}) is tied to no access of the register.",
    ),
    remediation=Text(
        "Cherchez le fournisseur et le responsable de ce compte, inscrivez-le au registre ou fermez-le.",
        "Find the supplier and the owner of this account, enter it in the register or close it.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R22", "care-rules:TLM-01", "care-rules:TLM-10", "attack:T1136"),
    check=check,
    reads=("accounts", "keys", "register"),
    kind=Kind.COMPUTED,
    whole=True,
)
