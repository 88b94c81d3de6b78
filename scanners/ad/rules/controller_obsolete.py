"""A controller without security fixes is taken with public tools, and the domain with it.

CERT-FR, vuln_dc_obsolete; dates are those of Microsoft’s life cycle, compared with the date of collection.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.controllers import standing
from scanners.ad.subjects.operating_systems import unsupported
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers; a system that is not in the table (Samba, a newer one) is not judged obsolete."""
    return unsupported(facts, standing(facts), ~facts.having("operatingSystem"))


RULE = Rule(
    id="ad.controller_obsolete",
    title=Text(
        "Contrôleur de domaine hors support",
        "Unsupported domain controller",
    ),
    message=Text(
        "{subject} tourne sous {operating_system}, sans correctif depuis le {support_ended}.",
        "{subject} runs {operating_system}, without fixes since {support_ended}.",
    ),
    remediation=Text(
        "Installez un nouveau contrôleur sous une version maintenue, transférez les rôles FSMO et le DNS, puis "
        "rétrogradez l’ancien. Vérifiez auparavant les équipements qui le désignent par son adresse.",
        "Install a new controller with a supported version, move FSMO roles and DNS, then demote the old one. "
        "First check the devices that call it by its address.",
    ),
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_dc_obsolete@1",
        "pingcastle:S-DC-2000",
        "pingcastle:S-DC-2003",
        "pingcastle:S-DC-2008",
        "pingcastle:S-DC-2012",
        "pingcastle:S-DC-NotUpdated",
        "attack:T1210",
    ),
    check=check,
    reads=("domain",),
)
