"""A remote-control program that nobody manages is a door that the firewall lets through: attackers bring their own.

Workstations whose list of software names one of the known remote-control programs (`remote_tools`: our list), but those
that the establishment uses itself (`settings.remote_tools_allowed`). Servers are left to the review of accesses.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import YES, WorkstationFacts
from scanners.workstations.needs import need_list

MOST_NAMED = 5


def check(facts: WorkstationFacts) -> Verdict:
    """Workstations with a remote-control program that is not allowed."""
    need_list(facts, "software")
    machines = facts.machines
    servers = set(machines.names(machines.server == YES))
    allowed = {name.casefold() for name in facts.background.settings.remote_tools_allowed}
    tools: dict[str, list[str]] = {}
    for one in facts.background.remote_tools:
        if one.machine not in servers and one.tool.casefold() not in allowed:
            tools.setdefault(one.machine, []).append(f"{one.tool} {one.version}".strip())
    source = facts.source("software")
    return judged(
        source.lines if source else 0,
        (Finding(name, {"software": ", ".join(sorted(held)[:MOST_NAMED])}) for name, held in sorted(tools.items())),
    )


RULE = Rule(
    id="workstations.remote_control_software",
    title=Text("Prise en main à distance installée sur un poste", "Remote-control program on a workstation"),
    message=Text(
        "{subject} porte un logiciel de prise en main à distance : {software}.",
        "{subject} holds a remote-control program: {software}.",
    ),
    remediation=Text(
        "Demandez qui s’en sert et pour quoi ; désinstallez, et remplacez l’usage légitime par l’accès prévu "
        "(bastion, outil du support). L’outil retenu par l’établissement se déclare dans « remote_tools_allowed ».",
        "Ask who uses it and for what; uninstall it, and replace legitimate use by the access provided (bastion, "
        "support tool). The tool that the establishment chose is declared in “remote_tools_allowed”.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-17", "care-rules:PDT-17", "pgssi-s:4.5.3.10", "attack:T1219"),
    check=check,
    reads=("software",),
)
