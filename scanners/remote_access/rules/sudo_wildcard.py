"""A `*` in sudoers matches spaces and slashes: it lets through other files than those meant.

`/usr/bin/cat /home/*/.ssh/authorized_keys` also allows `cat /home/x /etc/shadow /y/.ssh/authorized_keys`.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import granted, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sudo rights with a wildcard in a command."""
    rights = granted(facts)
    return judged(
        len(rights),
        (
            Finding(subject(facts, right.who), {"command": command, "source": right.source, "line": right.line})
            for right in rights
            for command in right.commands
            if "*" in command
        ),
    )


RULE = Rule(
    id="remote_access.sudo_wildcard",
    title=Text("Joker dans les droits sudo", "Wildcard in sudo rights"),
    message=Text(
        "{subject} a un droit sudo à joker, « {command} » ({source}, ligne {line}), qui en permet bien d’autres.",
        "{subject} has a sudo right with a wildcard, “{command}” ({source}, line {line}), which allows many others.",
    ),
    remediation=Text(
        "Remplacez le joker par un script appartenant à root, sans argument, qui fait exactement ce qui est voulu.",
        "Replace the wildcard by a script owned by root, without arguments, that does exactly what is meant.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R24", "attack:T1548.003"),
    check=check,
    reads=("sudo",),
)
