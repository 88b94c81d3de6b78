"""An Elasticsearch or OpenSearch node that gives its summary to a stranger lets its indices be read and erased.

Read from the answer to `GET /`: status 200 with `cluster_name` and `version`.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_elasticsearch
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers that are the summary of a search node."""
    web = facts.web()
    open_ = (end for end, http in web if is_elasticsearch(http))
    return judged(len(web), (Finding(end.subject, end.evidence()) for end in open_))


RULE = Rule(
    id="exposure.elasticsearch_open",
    title=Text(
        "Elasticsearch sans authentification",
        "Elasticsearch without authentication",
    ),
    message=Text(
        "{subject} sert un nœud Elasticsearch sans authentification.",
        "{subject} serves an Elasticsearch node without authentication.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu tout de suite, activez la sécurité du produit (comptes, TLS), puis examinez "
        "les journaux d’accès.",
        "Close the port on the firewall at once, turn on the product’s security (accounts, TLS), then examine the "
        "access logs.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services", "http"),
)
