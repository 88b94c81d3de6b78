"""An unsupported server is reachable by many machines and often holds care data.

Indicator OSE-4b: share of servers in service under an unsupported version, by the dated life-cycle table (paid
extensions not counted). Margin of uncertainty: servers whose version the table cannot tell, in `unknown`, which stay
in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import YES, WorkstationFacts, day_text
from scanners.workstations.needs import untold
from scanners.workstations.support import support_of


def check(facts: WorkstationFacts) -> Verdict:
    """Servers in service whose system is no longer supported."""
    machines, support = facts.machines, support_of(facts)
    servers = facts.active & (machines.server == YES)
    told = int((servers & support.known).sum())
    if not told:
        raise NotAssessable(
            "Aucun serveur dont le système soit connu ; donnez les faits de l’annuaire ou un inventaire.",
            "No server whose system is known; give directory facts or an inventory.",
        )
    ended = servers & support.ended
    lost = servers & ~support.known
    share, unknown = round(100 * int(ended.sum()) / told, 1), int(lost.sum())
    verdict = judged(
        told,
        (
            Finding(
                machines.label(row),
                {
                    "system": facts.background.systems[machines.system[row]].name,
                    "end": day_text(int(support.ends[row])),
                    "percent": share,
                    "unknown": unknown,
                },
            )
            for row in np.flatnonzero(ended).tolist()
        ),
    )
    return untold(facts, verdict, lost, "system")


RULE = Rule(
    id="workstations.unsupported_servers",
    title=Text("Serveur sous un système non maintenu", "Server on an unsupported system"),
    message=Text(
        "{subject} tourne sous {system}, sans correctifs depuis le {end} ({percent} % des serveurs connus sont "
        "dans ce cas, {unknown} de version inconnue).",
        "{subject} runs {system}, without fixes since {end} ({percent} % of known servers are in this case, "
        "{unknown} of unknown version).",
    ),
    remediation=Text(
        "Migrez en commençant par les serveurs exposés et ceux de l’annuaire, sur une copie d’abord et avec "
        "l’éditeur ; en attendant, filtrez les flux au strict nécessaire et sauvegardez avant chaque étape.",
        "Migrate exposed and directory servers first, on a copy and with the software's supplier; meanwhile "
        "filter flows to the strict minimum and back up before each step.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:PDT-03", "nis1:OSE-4b", "recyf:5.B.7", "attack:T1210"),
    check=check,
    reads=("directory", "inventory"),
)
