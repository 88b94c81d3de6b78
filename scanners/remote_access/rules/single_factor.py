"""A stolen key or password is enough to enter when only one factor is asked of a supplier.

Two factors of different kinds are asked of third parties by ANSSI (R67 of the administration guide) and ReCyF 8.3.
sshd must require them in `AuthenticationMethods`; a hardware-backed key (`sk-…`) alone is also accepted, since it
asks for the presence of its owner.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, RemoteAccessFacts
from scanners.remote_access.judgement import asks_two_factors, keys_of, remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts let in by one factor, from at least one address."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    return judged(len(accounts), (finding for account in accounts for finding in _findings(facts, account)))


def _findings(facts: RemoteAccessFacts, account: Account) -> list[Finding]:
    keys = keys_of(facts, account)
    hardware = bool(keys) and all(key.type.startswith("sk-") for key in keys)
    found = []
    for entry in settings_of(facts, account.name):
        methods = entry.values.get("authenticationmethods", "any")
        if not asks_two_factors(entry, facts) and not (hardware and not entry.is_on("passwordauthentication")):
            found.append(Finding(subject(facts, account.name), {"methods": methods, "address": entry.address}))
    return found


RULE = Rule(
    id="remote_access.single_factor",
    title=Text("Un seul facteur d’authentification", "A single authentication factor"),
    message=Text(
        "{subject} entre avec un seul facteur (AuthenticationMethods : {methods}, depuis {address}).",
        "{subject} comes in with a single factor (AuthenticationMethods: {methods}, from {address}).",
    ),
    remediation=Text(
        "Exigez deux facteurs : « AuthenticationMethods publickey,keyboard-interactive » avec un module PAM de code à "
        "usage unique, ou des clés matérielles. Équipez d’abord les fournisseurs, un par un, avec un essai prévu.",
        "Require two factors: `AuthenticationMethods publickey,keyboard-interactive` with a PAM module of one-time "
        "codes, or hardware keys. Equip suppliers first, one by one, with a planned test.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R17", "care-rules:TLM-12", "attack:T1078", "attack:T1133"),
    check=check,
    reads=("accounts", "sshd", "pam", "keys"),
)
