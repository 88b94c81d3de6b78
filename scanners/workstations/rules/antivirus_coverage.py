"""One machine without protection is where the attack begins, and the console does not know that it is missing.

Share of machines in service (directory and inventory) that the antivirus console knows with their protection on. The
PGSSI-S asks for every machine (4.5.3.1 to 4.5.3.4): 100 %, which an establishment may change
(`settings.antivirus_percent`).
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.coverage import antivirus
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import enough, needed


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the share of protected machines is under the threshold."""
    measure = needed(facts, antivirus(facts), "antivirus")
    return enough(facts, measure, facts.background.settings.antivirus_percent)


RULE = Rule(
    id="workstations.antivirus_coverage",
    title=Text("Couverture antivirus insuffisante", "Antivirus coverage too low"),
    message=Text(
        "{subject} : {covered} machines sur {total} sont protégées d’après la console antivirus ({percent} %, seuil "
        "{threshold} %) ; sans protection, entre autres : {without}.",
        "{subject}: {covered} of {total} machines are protected according to the antivirus console ({percent} %, "
        "threshold {threshold} %); without protection, among others: {without}.",
    ),
    remediation=Text(
        "Installez l’antivirus sur les machines nommées et rattachez-les à la console ; isolez celles qui ne peuvent "
        "pas le recevoir (dispositif médical : avec l’accord du fournisseur).",
        "Install the antivirus on the machines named and join them to the console; isolate those that cannot have it "
        "(medical device: with its supplier's agreement).",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-07", "pgssi-s:4.5.3.1", "pgssi-s:4.5.3.2", "recyf:9.6"),
    check=check,
    reads=("directory", "inventory", "antivirus"),
    kind=Kind.COMPUTED,
    whole=True,
)
