"""A source that falls silent leaves a hole in the story, and an attacker makes it so.

Sources of the SIEM whose last event is more than 24 hours older than the audit (ours; `settings.log_silent_hours`). The
time of the list is not known: hand it over on the day it is exported. A source without a readable date, or dated later
than the audit by as much, stays in doubt.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list

_HOUR = 3600


def check(facts: WorkstationFacts) -> Verdict:
    """Sources that said nothing lately."""
    need_list(facts, "log_sources", "last_event")
    background = facts.background
    listed, limit = background.log_list or (), background.settings.log_silent_hours
    dated = [(one, (background.collected_at - one.last_event).total_seconds()) for one in listed if one.last_event]
    findings = (
        Finding(
            one.name,
            {
                "last_event": one.last_event.isoformat() if one.last_event else "",
                "age_hours": int(age // _HOUR),
                "threshold": limit,
            },
        )
        for one, age in dated
        if age > limit * _HOUR
    )
    sure = {one.name for one, age in dated if age >= -limit * _HOUR}
    undated = [one.name for one in listed if one.name not in sure]
    doubt = (
        Text(
            f"{len(undated)} source(s) n’ont pas de date de dernier événement utilisable, dont {undated[0]} ; "
            "vérifiez-les dans le SIEM.",
            f"{len(undated)} source(s) have no usable date of last event, among them {undated[0]}; check them in the "
            "SIEM.",
        )
        if undated
        else None
    )
    return judged(len(listed), findings, undated, doubt)


RULE = Rule(
    id="workstations.silent_log_sources",
    title=Text("Source de journaux silencieuse", "Silent log source"),
    message=Text(
        "{subject} n’envoie plus rien : dernier événement le {last_event}, il y a {age_hours} heures ({threshold} au "
        "plus).",
        "{subject} sends nothing any more: last event {last_event}, {age_hours} hours ago ({threshold} at most).",
    ),
    remediation=Text(
        "Vérifiez l’agent, le flux réseau et la place disque de la source ; si elle n’existe plus, retirez-la de la "
        "liste. Faites alerter le SIEM quand une source se tait.",
        "Check the agent, the network flow and the disk space of the source; if it no longer exists, remove it from "
        "the list. Have the SIEM alert when a source falls silent.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-04", "attack:T1562.008"),
    check=check,
    reads=("log_sources",),
)
