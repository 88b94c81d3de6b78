"""A park that follows the month's patches leaves little to exploit; the share tells whether it does.

Share of machines in service patched within a month (ANSSI hygiene guide, measure 34; `settings.patch_days`), by the
inventory or a patch report. The share to reach, 95 %, is ours (`settings.patched_percent`). Machines of which nothing
is known are not counted as patched.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.coverage import patches
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import enough, needed


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the share of patched machines is under the threshold."""
    measure = needed(facts, patches(facts), "patches", "patched")
    return enough(facts, measure, facts.background.settings.patched_percent)


RULE = Rule(
    id="workstations.patched_share",
    title=Text("Trop de machines en retard de correctifs", "Too many machines late on patches"),
    message=Text(
        "{subject} : {covered} machines sur {total} ont leurs correctifs de moins d’un mois ({percent} %, seuil "
        "{threshold} %, {unknown} dont on ne sait rien) ; en retard, entre autres : {without}.",
        "{subject}: {covered} of {total} machines have patches of less than a month ({percent} %, threshold "
        "{threshold} %, {unknown} of which nothing is known); late, among others: {without}.",
    ),
    remediation=Text(
        "Rattachez d’abord à la console de correctifs les machines dont on ne sait rien, puis traitez les retards par "
        "service, avec un redémarrage planifié.",
        "First join to the patch console the machines of which nothing is known, then handle delays ward by ward, with "
        "planned restarts.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-05", "anssi-hygiene:34"),
    check=check,
    reads=("directory", "inventory", "patches"),
    kind=Kind.COMPUTED,
    whole=True,
)
