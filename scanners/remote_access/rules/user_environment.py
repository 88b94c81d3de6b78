"""`PermitUserEnvironment yes` lets an account change LD_PRELOAD or PATH and step out of a forced command.

ANSSI R23: changes of the environment by a user are blocked by default, and accepted variables are chosen one by one.
`AcceptEnv *` chooses none; a `Match` block may bring it back for one account.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asked_settings, effective_faults


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when users may set their environment; else the accounts for which it is so."""
    return judged(
        1 + len(asked_settings(facts)),
        (Finding(one, {"settings": ", ".join(found)}) for one, found in effective_faults(facts, _open)),
    )


def _open(entry: SshdSettings) -> list[str]:
    return [
        *(["PermitUserEnvironment"] if entry.values.get("permituserenvironment", "no") in {"yes", "*"} else []),
        *(["AcceptEnv *"] if "*" in entry.values.get("acceptenv", "").split() else []),
    ]


RULE = Rule(
    id="remote_access.user_environment",
    title=Text("Environnement modifiable par l’utilisateur", "Environment the user may change"),
    message=Text(
        "{subject} laisse changer l’environnement des sessions ({settings}).",
        "{subject} lets the environment of sessions be changed ({settings}).",
    ),
    remediation=Text(
        "Fixez « PermitUserEnvironment no » et n’admettez par AcceptEnv que LANG et LC_*, blocs Match compris.",
        "Set `PermitUserEnvironment no` and accept only LANG and LC_* with AcceptEnv, Match blocks included.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ssh:R23", "attack:T1574.006"),
    check=check,
    reads=("sshd",),
)
