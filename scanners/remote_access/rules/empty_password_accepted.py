"""`PermitEmptyPasswords yes` opens to the network the accounts whose password is empty: a name is enough.

ANSSI R17: a password comes last among the ways to authenticate; an empty one authenticates nobody. Judged on the
effective configuration of each account that passwords let in.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts for which sshd accepts an empty password, from at least one address."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"address": entry.address})
            for account in accounts
            for entry in settings_of(facts, account.name)
            if entry.is_on("permitemptypasswords")
        ),
    )


RULE = Rule(
    id="remote_access.empty_password_accepted",
    title=Text("Mot de passe vide accepté par SSH", "Empty password accepted by SSH"),
    message=Text(
        "sshd accepterait un mot de passe vide de {subject} (depuis {address}).",
        "sshd would accept an empty password from {subject} (from {address}).",
    ),
    remediation=Text(
        "Fixez « PermitEmptyPasswords no » et retirez le bloc Match qui le rétablit ; vérifiez aussitôt qu’aucun "
        "compte n’a de mot de passe vide.",
        "Set `PermitEmptyPasswords no` and remove the Match block that brings it back; check at once that no account "
        "has an empty password.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R17", "anssi-hygiene:10", "attack:T1078"),
    check=check,
    reads=("accounts", "sshd", "keys"),
)
