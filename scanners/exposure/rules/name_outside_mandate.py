"""A name of the establishment that leads where no audit goes is seen by attackers only.

Names found (targets, certificates, zone, files, usual words) that resolve to an address the mandate does not cover or
excludes. It was not contacted. A known name that moved is another matter: `name_moved`.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import FoundName
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Names that lead outside the mandate."""
    out = (name for name in facts.searched_names() if set(name.outside).difference(name.moved_to))
    return judged(len(facts.found_names), (Finding(name.name, _evidence(name)) for name in out))


def _evidence(name: FoundName) -> Evidence:
    """Where it leads outside; the addresses that are merely excluded when there is no other."""
    unknown = [address for address in name.outside if address not in (*name.spared, *name.moved_to)]
    kind, shown = ("outside", unknown) if unknown else ("excluded", [*name.spared])
    return {"address": ", ".join(shown[:5]), "origin": str(name.source), "kind": kind}


RULE = Rule(
    id="exposure.name_outside_mandate",
    title=Text(
        "Nom hors de l’audit",
        "Name outside the audit",
    ),
    message=Text(
        "{subject} mène à {address}, {kind:outside=hors du mandat|excluded=qu’une exclusion épargne} : il n’a pas été "
        "contacté.",
        "{subject} leads to {address}, {kind:outside=outside the mandate|excluded=spared by an exclusion}: it was not "
        "contacted.",
    ),
    remediation=Text(
        "Grand fournisseur (Microsoft 365, CDN) : laissez le nom, notez son responsable et acceptez le constat. Autre "
        "service à vous : faites étendre le mandat. À personne : retirez le nom. Exclu exprès : notez qui "
        "le surveille.",
        "Large provider (Microsoft 365, CDN): leave the name, note its owner and accept the finding. Another service "
        "of yours: have the mandate extended. Nobody’s: remove the name. Excluded on purpose: note who watches it.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:1059"),
    check=check,
    reads=("names",),
)
