"""`NOPASSWD: ALL` makes a supplier's key a key to root, with no further question asked.

ANSSI R18 and R24: least privilege, commands reduced to what is needed. The account that audits and root itself are
left aside.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import granted, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sudo rights on everything without a password."""
    rights = granted(facts)
    return judged(
        len(rights),
        (
            Finding(subject(facts, right.who), {"source": right.source, "line": right.line})
            for right in rights
            if right.no_password and "ALL" in right.commands
        ),
    )


RULE = Rule(
    id="remote_access.sudo_everything",
    title=Text("Tous les droits sans mot de passe", "Every right without a password"),
    message=Text(
        "{subject} devient root sans mot de passe ({source}, ligne {line}).",
        "{subject} becomes root without a password ({source}, line {line}).",
    ),
    remediation=Text(
        "Relevez avec le fournisseur les commandes dont il a besoin, listez-les avec leurs arguments dans sudoers, "
        "essayez, puis retirez « NOPASSWD: ALL ».",
        "List with the supplier the commands it needs, write them with their arguments in sudoers, try them, then "
        "remove `NOPASSWD: ALL`.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ssh:R18", "anssi-ssh:R24", "attack:T1548.003"),
    check=check,
    reads=("sudo",),
)
