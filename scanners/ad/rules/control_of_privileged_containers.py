"""Who controls the container of a privileged account can apply a policy to it or let rights be inherited.

CERT-FR, vuln_permissions_gpo_container_priv: every unit above a privileged account, and the sites of controllers; the
domain is left out.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.sensitive import CONTROL_REMEDIATION
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Whoever is not privileged and controls it, directly or through others."""
    above = facts.graph.containers_of(facts.privileged_users | facts.controllers)
    targets = (facts.objects.of(Kind.OU) & facts.mask(above)) | facts.mask(facts.graph.sites_of(facts.controllers))
    return who_controls(facts, targets)


RULE = Rule(
    id="ad.control_of_privileged_containers",
    title=Text(
        "Droits dangereux sur un conteneur de privilégiés",
        "Dangerous rights on a container of privileged accounts",
    ),
    message=Text(
        "{subject} peut prendre le contrôle de {target} : {path}",
        "{subject} can take control of {target}: {path}",
    ),
    remediation=CONTROL_REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_permissions_gpo_container_priv@2", "attack:T1484.001"),
    check=check,
    reads=("domain", "configuration"),
)
