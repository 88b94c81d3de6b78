"""At the levels QUIET, FATAL and ERROR, sshd writes no login at all: nobody can say who came in.

PGSSI-S 6.1.2.4: accesses are traced. INFO, the default, already writes the fingerprint of the key used.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import remote_accounts, settings_of, subject

MUTE = {"SILENT", "QUIET", "FATAL", "ERROR"}
"""`sshd -T` writes SILENT for QUIET."""


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose logins sshd does not write down, from at least one address."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"level": level, "address": entry.address})
            for account in accounts
            for entry in settings_of(facts, account.name)
            if (level := entry.values.get("loglevel", "INFO").upper()) in MUTE
        ),
    )


RULE = Rule(
    id="remote_access.login_traces_off",
    title=Text("Connexions non journalisées", "Logins not written down"),
    message=Text(
        "sshd ne journalise pas les connexions de {subject} (LogLevel {level}, depuis {address}).",
        "sshd does not write down the logins of {subject} (LogLevel {level}, from {address}).",
    ),
    remediation=Text(
        "Fixez « LogLevel VERBOSE » pour tous et retirez le bloc Match qui le baisse ; vérifiez qu’une connexion "
        "d’essai s’écrit avec l’empreinte de la clé.",
        "Set `LogLevel VERBOSE` for everybody and remove the Match block that lowers it; check that a test login is "
        "written with the fingerprint of the key.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-15", "pgssi-s:6.1.2.4", "attack:T1562"),
    check=check,
    reads=("accounts", "sshd", "keys"),
)
