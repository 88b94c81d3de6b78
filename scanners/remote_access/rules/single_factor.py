"""A stolen key or password is enough to enter when only one factor is asked of a supplier.

Two factors of different kinds are asked of third parties by ANSSI (R67 of the administration guide) and ReCyF 8.3.
sshd must require them in `AuthenticationMethods`; a hardware-backed key (`sk-…`) alone is also accepted, since it
asks for the presence of its owner. A PAM module counts when nobody comes in without it; a doubt is said as one.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Account, RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asks_two_factors, keys_of, remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts let in by one factor, from at least one address."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    told = [
        (account, entry, _two_factors(facts, account, entry))
        for account in accounts
        for entry in settings_of(facts, account.name)
    ]
    findings = [_finding(facts, account, entry) for account, entry, two in told if two is False]
    failing = {finding.subject for finding in findings}
    untold = dict.fromkeys(subject(facts, account.name) for account, _, two in told if two is None)
    unjudged = [name for name in untold if name not in failing]
    return judged(len(accounts), findings, unjudged, _DOUBT if unjudged else None)


def _two_factors(facts: RemoteAccessFacts, account: Account, entry: SshdSettings) -> bool | None:
    keys = keys_of(facts, account)
    if keys and all(key.type.startswith("sk-") for key in keys) and not entry.is_on("passwordauthentication"):
        return True
    return asks_two_factors(entry, facts)


def _finding(facts: RemoteAccessFacts, account: Account, entry: SshdSettings) -> Finding:
    methods = entry.values.get("authenticationmethods", "any")
    return Finding(subject(facts, account.name), {"methods": methods, "address": entry.address})


_DOUBT = Text(
    "La pile PAM de sshd contient un module de second facteur, mais CaRE ne peut pas prouver qu’il est exigé (contrôle "
    "entre crochets, ligne qui permet de le sauter, RADIUS sans autre facteur certain) ; essayez d’entrer sans lui.",
    "The PAM stack of sshd has a second-factor module, but CaRE cannot prove that it is required (control in brackets, "
    "a line that lets one skip it, RADIUS with no other certain factor); try to come in without it.",
)


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
