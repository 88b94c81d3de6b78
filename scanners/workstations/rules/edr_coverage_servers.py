"""An attack starts where nobody looks: the servers without an agent.

Share of servers in service (directory and inventory) known to the EDR console. No threshold was found in CaRE: the
default is ours and can be changed (`settings.edr_servers_percent`). Machines without an agent of which nothing tells
whether they are servers leave it in doubt, when they could bring the share under the threshold.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.coverage import edr
from scanners.workstations.facts import YES, WorkstationFacts
from scanners.workstations.needs import enough_of_kind, needed


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the share of servers with an agent is under the threshold."""
    measure = needed(facts, edr(facts), "edr")
    return enough_of_kind(facts, measure, YES, facts.background.settings.edr_servers_percent)


RULE = Rule(
    id="workstations.edr_coverage_servers",
    title=Text("Couverture EDR des serveurs insuffisante", "EDR coverage of servers too low"),
    message=Text(
        "{subject} : {covered} serveurs sur {total} ont un agent EDR ({percent} %, seuil {threshold} %) ; sans "
        "agent, entre autres : {without}.",
        "{subject}: {covered} of {total} servers have an EDR agent ({percent} %, threshold {threshold} %); "
        "without one, among others: {without}.",
    ),
    remediation=Text(
        "Déployez l’agent sur les machines nommées, en mode observation d’abord sur les serveurs applicatifs et "
        "jamais sur un dispositif médical sans accord du fournisseur ; isolez ce qui ne peut pas le recevoir.",
        "Deploy the agent on the machines named, in observation mode first on application servers and never on a "
        "medical device without its supplier's consent; isolate what cannot have it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-09", "care-rules:PDT-07", "recyf:9.6", "pgssi-s:4.5.3.2"),
    check=check,
    reads=("directory", "inventory", "edr"),
    kind=Kind.COMPUTED,
    whole=True,
)
