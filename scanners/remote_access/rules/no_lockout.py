"""Where a password is enough and nothing counts failures, it can be guessed for as long as it takes.

CIS Debian 12, 5.3.2 (pam_faillock); fail2ban and its like are accepted. Silent on a gateway that wants keys.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import pam_lines, password_is_enough, remote_accounts, settings_of, subject

COUNTERS = {"pam_faillock.so", "pam_tally2.so", "pam_tally.so", "pam_abl.so", "pam_shield.so"}
WATCHERS = {"fail2ban-server", "sshguard", "crowdsec", "denyhosts"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when passwords are accepted and failures are not counted."""
    names = [
        account.name
        for account in remote_accounts(facts)
        if any(password_is_enough(entry, facts) for entry in settings_of(facts, account.name))
    ]
    counted = COUNTERS & {line.module for line in pam_lines(facts)} or WATCHERS & set(facts.processes or ())
    found = names and not counted
    return judged(1, [Finding(subject(facts, "pam"), {"accounts": ", ".join(names)})] if found else ())


RULE = Rule(
    id="remote_access.no_lockout",
    title=Text("Essais de mot de passe sans limite", "Password attempts without limit"),
    message=Text(
        "{subject} : rien ne compte les échecs, alors qu’un mot de passe suffit à {accounts}.",
        "{subject}: nothing counts failures, while a password is enough for {accounts}.",
    ),
    remediation=Text(
        "Passez ces comptes à la clé ; en attendant, ajoutez pam_faillock (blocage temporaire) ou fail2ban, en "
        "exceptant l’adresse de CaRE.",
        "Move these accounts to keys; meanwhile add pam_faillock (temporary lock) or fail2ban, leaving the address of "
        "CaRE out.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R17", "anssi-hygiene:10", "cis:5.3.2", "attack:T1110"),
    check=check,
    reads=("accounts", "sshd", "pam", "keys"),
)
