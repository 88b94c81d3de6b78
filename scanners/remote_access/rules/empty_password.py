"""An account with an empty password is open to whoever knows its name, on the console and for `su`.

ANSSI hygiene guide, measure 10: rules for the choice of passwords. sshd refuses it unless `PermitEmptyPasswords`
says otherwise, which makes it critical; `su` and the console do not.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose password is empty."""
    known = [account for account in facts.accounts if account.password != "unknown"]  # noqa: S105 - a state
    return judged(
        len(known),
        (
            Finding(subject(facts, account.name), {"uid": account.uid})
            for account in known
            if account.password == "none"  # noqa: S105 - a state
        ),
    )


RULE = Rule(
    id="remote_access.empty_password",
    title=Text("Mot de passe vide", "Empty password"),
    message=Text(
        "{subject} (uid {uid}) a un mot de passe vide.",
        "{subject} (uid {uid}) has an empty password.",
    ),
    remediation=Text(
        "Verrouillez le mot de passe (« passwd -l compte ») : l’accès par clé continue de fonctionner.",
        "Lock the password (`passwd -l account`): access by key goes on working.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ssh:R17", "anssi-hygiene:10", "attack:T1078"),
    check=check,
    reads=("accounts", "ageing"),
)
