"""What the Internet reaches is attacked within days of a fix: there, a missing patch cannot wait for the month.

Machines in service that the inventory or a console says exposed to the Internet (column `exposed`): none may lack a
patch by its report, whatever its age, nor be without any for more than a month (`settings.patch_days`). ReCyF 5.B.4
says “without delay” and gives no figure; the median age of the last patch is told beside. Servers of which these lists
do not tell whether they are exposed, and exposed machines of which none tells how late they are, stay in doubt.
Workstations that are not said to be exposed have `patches_late`.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import in_lists_telling, patches
from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, Bools, WorkstationFacts, day_text
from scanners.workstations.needs import need_column, needed, untold


def check(facts: WorkstationFacts) -> Verdict:
    """Exposed machines that lack a patch, or whose last one is old."""
    need_column(facts, "exposed", "inventory", "edr")
    measure = needed(facts, patches(facts), "patches", "patched")
    machines = facts.machines
    exposed = facts.active & (machines.exposed == YES)
    told = exposed & ~measure.unknown
    found = told & (~measure.covered | (machines.compliant == NO))
    median = _median(facts, exposed)
    verdict = judged(
        int(told.sum()),
        (
            Finding(
                machines.label(row),
                {
                    "patched": day_text(int(machines.patched[row])),
                    "missing": bool(machines.compliant[row] == NO),
                    "median_days": median,
                },
            )
            for row in np.flatnonzero(found).tolist()
        ),
    )
    told_of = in_lists_telling(facts, "exposed", "inventory", "edr")
    unsaid = told_of & (machines.exposed == UNKNOWN) & (machines.server != NO)
    if unsaid.any():
        return untold(facts, verdict, unsaid, "exposed")
    return untold(facts, verdict, exposed & measure.unknown, "patched")


def _median(facts: WorkstationFacts, exposed: Bools) -> float | str:
    """The middle age of the last patches, in days; “” when no date is known."""
    days = facts.machines.patched[exposed & (facts.machines.patched != NEVER)]
    return float(np.median(facts.today - days)) if len(days) else ""


RULE = Rule(
    id="workstations.exposed_patches",
    title=Text("Machine exposée sans ses correctifs", "Exposed machine without its patches"),
    message=Text(
        "{subject} est exposée sur Internet et en retard de correctifs (dernier : {patched} ; il en manque : "
        "{missing} ; âge médian sur les machines exposées : {median_days:=—} jours).",
        "{subject} is exposed to the Internet and late on patches (last: {patched}; some missing: {missing}; median "
        "age on exposed machines: {median_days:=—} days).",
    ),
    remediation=Text(
        "Appliquez les correctifs manquants dès la prochaine fenêtre, sans attendre celle du mois, après un "
        "instantané ; si l’éditeur ne les a pas validés, retirez le service d’Internet ou placez-le derrière un "
        "filtrage.",
        "Apply the missing patches at the next window, without waiting for the month's, after a snapshot; when the "
        "supplier has not approved them, take the service off the Internet or put it behind a filter.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-06", "recyf:5.B.4", "attack:T1190"),
    check=check,
    reads=("inventory", "edr", "patches"),
    kind=Kind.COMPUTED,
)
