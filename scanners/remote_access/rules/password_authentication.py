"""A password typed from a supplier's network is guessed, phished or reused; sshd should ask for a key first.

ANSSI, R17: authentication by ECDSA, RSA or Kerberos before any password. A password asked *after* a key
(`AuthenticationMethods publickey,password`) is a second factor, not a weakness. Judged on the effective configuration
of each account, since a `Match` block can bring passwords back for one supplier only. `PasswordAuthentication no`
is not enough where `keyboard-interactive` goes through a PAM stack that asks for the password and nothing else.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import password_is_enough, remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that a password alone lets in, from at least one address."""
    accounts = remote_accounts(facts)
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"address": entry.address})
            for account in accounts
            for entry in settings_of(facts, account.name)
            if password_is_enough(entry, facts)
        ),
    )


RULE = Rule(
    id="remote_access.password_authentication",
    title=Text("Mot de passe accepté sur la passerelle", "Password accepted on the gateway"),
    message=Text(
        "{subject} peut ouvrir une session avec un simple mot de passe (depuis {address}).",
        "{subject} may log in with a mere password (from {address}).",
    ),
    remediation=Text(
        "Faites déposer une clé par le fournisseur, essayez-la, puis fixez « PasswordAuthentication no », ainsi que "
        "« KbdInteractiveAuthentication no » si PAM n’y demande aucun code, et retirez le bloc Match qui les rétablit. "
        "Gardez une session ouverte pendant l’essai.",
        "Have the supplier hand in a key, try it, then set `PasswordAuthentication no`, and "
        "`KbdInteractiveAuthentication no` if PAM asks no code there, and remove the Match block that brings them "
        "back. Keep a session open while you try.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R17", "care-rules:TLM-12", "attack:T1110", "attack:T1133"),
    check=check,
    reads=("accounts", "sshd", "pam", "keys"),
)
