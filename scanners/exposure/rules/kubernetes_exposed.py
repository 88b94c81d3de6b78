"""The control plane of a cluster on the Internet offers its flaws and its tokens to everyone.

Kubernetes API servers (a `Status` object in JSON) and kubelets (ports 10250 and 10255), even those that refuse.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_kubernetes
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Answers of a Kubernetes API server or kubelet."""
    web = facts.web()
    found = (end for end, http in web if is_kubernetes(end, http))
    return judged(len(web), (Finding(end.subject, end.evidence()) for end in found))


RULE = Rule(
    id="exposure.kubernetes_exposed",
    title=Text(
        "Kubernetes accessible",
        "Kubernetes reachable",
    ),
    message=Text(
        "{subject} répond comme une interface de Kubernetes.",
        "{subject} answers like a Kubernetes interface.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et n’administrez la grappe que depuis le réseau d’administration.",
        "Close the port on the firewall and administer the cluster from the administration network only.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1190", "cwe:284"),
    check=check,
    reads=("hosts", "services", "http"),
)
