"""A workstation whose system receives no more security updates stays open to every flaw found since.

Indicator OSE-4a: share of workstations in service under an unsupported version, by the dated life-cycle table (paid
extensions not counted). Method: active machines that are not servers; margin of uncertainty: those whose version the
table cannot tell, counted in `unknown`, which leave it in doubt. One finding per version.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import YES, WorkstationFacts, day_text
from scanners.workstations.needs import untold
from scanners.workstations.support import support_of, undated, version_of


def check(facts: WorkstationFacts) -> Verdict:
    """Unsupported versions among workstations in service, with their share."""
    machines, support = facts.machines, support_of(facts)
    stations = facts.active & (machines.server != YES) & (machines.directory | machines.inventory)
    told = int((stations & support.known).sum())
    if not told:
        raise NotAssessable(
            "Aucun poste dont le système soit connu ; donnez les faits de l’annuaire ou un inventaire avec le système.",
            "No workstation whose system is known; give directory facts or an inventory with the system.",
        )
    lost = stations & ~support.known
    unknown = int(lost.sum())
    rows, counts = np.unique(machines.system[stations & support.ended], return_counts=True)
    ended = int(counts.sum())
    verdict = judged(
        told,
        (
            Finding(
                version_of(facts, row),
                {
                    "machines": count,
                    "end": day_text(int(support.ends[machines.system == row][0])),
                    "percent": round(100 * ended / told, 1),
                    "total": told,
                    "unknown": unknown,
                },
            )
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True)
        ),
    )
    return untold(facts, verdict, lost, "system", undated(facts, lost))


RULE = Rule(
    id="workstations.unsupported_workstations",
    title=Text("Postes sous un système non maintenu", "Workstations on an unsupported system"),
    message=Text(
        "{machines} poste(s) sous {subject}, sans correctifs depuis le {end} ; en tout {percent} % des {total} "
        "postes connus ({unknown} de version inconnue).",
        "{machines} workstations on {subject}, without fixes since {end}; {percent} % of the {total} known ones "
        "in all ({unknown} of unknown version).",
    ),
    remediation=Text(
        "Planifiez la migration par service, essayez d’abord les applications métier et les pilotes sur un poste "
        "pilote ; ce qui ne peut migrer (console de modalité, automate) est isolé et suivi avec le fournisseur.",
        "Plan the migration ward by ward, trying business applications and drivers on a pilot first; what cannot "
        "migrate (modality console, analyser) is isolated and followed with its supplier.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-03", "nis1:OSE-4a", "recyf:5.B.7", "attack:T1210"),
    check=check,
    reads=("directory", "inventory"),
)
