"""An agent that stopped talking protects nothing, and an attacker's first move is to silence it.

Agents of machines in service not seen by the console for more than 7 days (ours; `settings.edr_silent_days`). Those
without a date stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NEVER, WorkstationFacts, day_text
from scanners.workstations.needs import need_list, untold


def check(facts: WorkstationFacts) -> Verdict:
    """Agents not heard from for too long."""
    need_list(facts, "edr", "edr_seen")
    machines, settings = facts.machines, facts.background.settings
    population = machines.edr & (machines.edr_seen != NEVER)
    found = population & (machines.edr_seen < facts.today - settings.edr_silent_days)
    verdict = judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"seen": day_text(int(machines.edr_seen[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )
    return untold(facts, verdict, machines.edr & ~population, "edr_seen")


RULE = Rule(
    id="workstations.edr_silent",
    title=Text("Agent EDR muet", "Silent EDR agent"),
    message=Text(
        "L’agent EDR de {subject} ne s’est plus manifesté depuis le {seen}.",
        "The EDR agent of {subject} has not been heard from since {seen}.",
    ),
    remediation=Text(
        "Vérifiez si la machine est éteinte ou retirée ; sinon, réparez l’agent et regardez ce qui s’est passé "
        "depuis son dernier contact.",
        "Check whether the machine is off or withdrawn; otherwise repair the agent and look at what happened "
        "since its last contact.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-08", "care-rules:PDT-09", "pgssi-s:4.5.3.5"),
    check=check,
    reads=("edr", "directory", "inventory"),
)
