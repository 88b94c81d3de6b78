"""`PermitUserEnvironment yes` lets an account change LD_PRELOAD or PATH and step out of a forced command.

ANSSI R23: changes of the environment by a user are blocked by default.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when users may set their environment."""
    value = global_settings(facts).values.get("permituserenvironment", "no")
    return judged(1, [Finding(subject(facts, "sshd"), {"value": value})] if value == "yes" else ())


RULE = Rule(
    id="remote_access.user_environment",
    title=Text("Environnement modifiable par l’utilisateur", "Environment the user may change"),
    message=Text(
        "{subject} laisse chaque compte changer son environnement (PermitUserEnvironment {value}).",
        "{subject} lets every account change its environment (PermitUserEnvironment {value}).",
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
