"""Who controls a policy applied to an administrator or a controller runs code as them.

CERT-FR, vuln_permissions_gpo_priv: policies linked above a privileged account, their object in the directory and their
files in SYSVOL.
"""

from __future__ import annotations

from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided, together
from scanners.ad.subjects.group_policies import policies_read
from scanners.ad.subjects.hidden_policies import all_seen_above
from scanners.ad.subjects.policy_control import file_control
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    privileged = facts.privileged_users | facts.controllers
    applied = facts.graph.policies_applied_to(privileged)
    by_file = file_control(facts, applied) if facts.sysvol is not None else []
    found = together(who_controls(facts, facts.mask(applied)), Verdict(0, tuple(by_file)))
    return provided(found, lambda: all_seen_above(facts, privileged), lambda: policies_read(facts))


RULE = Rule(
    id="ad.control_of_privileged_policies",
    title=Text(
        "Droits dangereux sur une GPO appliquée à des privilégiés",
        "Dangerous rights on a policy applied to privileged accounts",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_permissions_gpo_priv@1", "attack:T1484.001"),
    check=check,
    reads=("domain",),
)
