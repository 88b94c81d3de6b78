"""A table of life cycles that nobody updates calls supported what no longer is.

The latest row in use was compiled more than 365 days before the audit (ours; `settings.lifecycle_days`): editors
publish new versions and move dates every year. Each row says when it was compiled and where to check it.
"""

from __future__ import annotations

from scanners.lifecycle import dated
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.support import counted_systems


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the table is old."""
    day = dated(facts.background.lifecycle)
    if day is None or not counted_systems(facts):
        raise NotAssessable(
            "Aucune machine dont le système soit connu ; donnez les faits de l’annuaire ou un inventaire.",
            "No machine whose system is known; give directory facts or an inventory.",
        )
    age, limit = (facts.background.collected_at.date() - day).days, facts.background.settings.lifecycle_days
    if age <= limit:
        return Verdict(1)
    return Verdict(1, (Finding(facts.place, {"date": day.isoformat(), "age_days": age, "threshold": limit}),))


RULE = Rule(
    id="workstations.lifecycle_table_old",
    title=Text("Table des cycles de vie ancienne", "Old table of life cycles"),
    message=Text(
        "{subject} : les fins de support sont jugées sur une table du {date}, vieille de {age_days} jours ({threshold} "
        "au plus).",
        "{subject}: ends of support are judged on a table of {date}, {age_days} days old ({threshold} at most).",
    ),
    remediation=Text(
        "Mettez CaRE à jour, ou importez une table relevée chez les éditeurs : « care lifecycle import table.yaml », "
        "puis relancez l’audit.",
        "Update CaRE, or import a table compiled at the vendors’: “care lifecycle import table.yaml”, then run the "
        "audit again.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-03"),
    check=check,
    reads=("directory", "inventory"),
)
