"""Backups are what ransomware destroys first: nothing of a backup system may be within reach of strangers.

Consoles recognised by their own pages (`known_consoles.py`), and servers and agents that say so themselves: Veeam (by
its certificate), NDMP, NetBackup, Commvault, Bacula, Arcserve, Backup Exec, Amanda (by nmap). A port number alone
accuses nobody.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.ports import BACKUP_SERVICES
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import recognised
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every part of a backup system that answers, by its own words or by its pages."""
    named = [(end, end.service.product or end.service.name) for end in facts.endpoints(*BACKUP_SERVICES)]
    pages = ((end, recognised(end)) for end, _http in facts.web())
    named += [(end, page.name) for end, page in pages if page is not None and page.product.kind is Kind.BACKUP]
    return judged(
        len(facts.endpoints()), (Finding(end.subject, end.evidence() | {"product": name}) for end, name in named)
    )


RULE = Rule(
    id="exposure.backup_exposed",
    title=Text(
        "Système de sauvegarde accessible",
        "Backup system reachable",
    ),
    message=Text(
        "{subject} répond : c’est un élément du système de sauvegarde ({product}).",
        "{subject} answers: it is a part of the backup system ({product}).",
    ),
    remediation=Text(
        "Fermez l’accès au pare-feu tout de suite, réservez le serveur de sauvegarde à un réseau d’administration à "
        "part, hors du domaine, et vérifiez qu’une copie est hors ligne ou immuable.",
        "Close the access on the firewall at once, keep the backup server for an administration network of its own, "
        "out of the domain, and check that one copy is offline or immutable.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1490", "cwe:284"),
    check=check,
    reads=("hosts", "services", "http"),
)
