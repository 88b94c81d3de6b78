"""`PermitUserEnvironment yes` lets an account change LD_PRELOAD or PATH and step out of a forced command.

ANSSI R23: changes of the environment by a user are blocked by default, and accepted variables are chosen one by one.
`AcceptEnv *` chooses none.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when users may set their environment."""
    values = global_settings(facts).values
    open_to = [
        *(["PermitUserEnvironment"] if values.get("permituserenvironment", "no") in {"yes", "*"} else []),
        *(["AcceptEnv *"] if "*" in values.get("acceptenv", "").split() else []),
    ]
    return judged(1, [Finding(subject(facts, "sshd"), {"settings": ", ".join(open_to)})] if open_to else ())


RULE = Rule(
    id="remote_access.user_environment",
    title=Text("Environnement modifiable par l’utilisateur", "Environment the user may change"),
    message=Text(
        "{subject} laisse chaque compte changer son environnement ({settings}).",
        "{subject} lets every account change its environment ({settings}).",
    ),
    remediation=Text(
        "Fixez « PermitUserEnvironment no » et n’admettez par AcceptEnv que LANG et LC_*.",
        "Set `PermitUserEnvironment no` and accept only LANG and LC_* with AcceptEnv.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ssh:R23", "attack:T1574.006"),
    check=check,
    reads=("sshd",),
)
