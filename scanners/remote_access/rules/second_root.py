"""A second account of uid 0 is root under another name: it escapes what is written for root.

ANSSI R21: one account per person, and root named as such. A classic of back doors.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts of uid 0 other than root."""
    return judged(
        len(facts.accounts),
        (
            Finding(subject(facts, account.name), {"shell": account.shell})
            for account in facts.accounts
            if account.uid == 0 and account.name != "root"
        ),
    )


RULE = Rule(
    id="remote_access.second_root",
    title=Text("Second compte root", "Second root account"),
    message=Text(
        "{subject} a l’uid 0 : c’est root sous un autre nom (shell {shell}).",
        "{subject} has uid 0: it is root under another name (shell {shell}).",
    ),
    remediation=Text(
        "Cherchez qui l’a créé et quand ; sans justification, traitez-le comme une intrusion, sinon remplacez-le par "
        "un compte nominatif et des droits sudo.",
        "Find who created it and when; without a reason, treat it as an intrusion, otherwise replace it by a personal "
        "account with sudo rights.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ssh:R21", "care-rules:TLM-19", "attack:T1136.001"),
    check=check,
    reads=("accounts",),
)
