"""A server whose logs nobody gathers keeps the traces of an attack to itself, until the attacker erases them.

Servers in service (directory and inventory) whose name is no host in the list of sources of the SIEM. Machines
that no source names either, and of which nothing tells whether they are servers, stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import listed, maybe_servers
from scanners.workstations.facts import YES, WorkstationFacts
from scanners.workstations.needs import need_list, untold

_NETBIOS = 15
"""The directory cuts names there."""


def check(facts: WorkstationFacts) -> Verdict:
    """Servers that the list of sources does not name."""
    need_list(facts, "log_sources", "host")
    if not facts.source("directory"):
        need_list(facts, "inventory")
    hosts = {one.host for one in facts.background.log_list or () if one.host}
    hosts |= {host[:_NETBIOS].rstrip("-") for host in hosts}
    machines = facts.machines
    unnamed = np.array([name not in hosts for name in machines.names(np.ones_like(facts.active))], dtype=np.bool_)
    servers = listed(facts) & (machines.server == YES)
    rows = np.flatnonzero(servers & unnamed).tolist()
    systems = facts.background.systems
    verdict = judged(
        int(servers.sum()),
        (
            Finding(
                machines.label(row),
                {"system": systems[machines.system[row]].name if machines.system[row] >= 0 else "—"},
            )
            for row in rows
        ),
    )
    return untold(facts, verdict, maybe_servers(facts) & unnamed, "kind")


RULE = Rule(
    id="workstations.server_without_logs",
    title=Text("Serveur dont les journaux ne sont pas réunis", "Server whose logs are not gathered"),
    message=Text(
        "{subject} ({system}) n’est pas dans la liste des sources de journaux.",
        "{subject} ({system}) is not in the list of log sources.",
    ),
    remediation=Text(
        "Raccordez-le au collecteur (transfert d’événements Windows, syslog chiffré), en commençant par l’annuaire, "
        "la sauvegarde et les serveurs exposés ; sur un dispositif médical, avec l’accord du fournisseur.",
        "Connect it to the collector (Windows event forwarding, encrypted syslog), starting with the directory, "
        "backups and exposed servers; on a medical device, with its supplier’s consent.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-04", "care-rules:DET-01"),
    check=check,
    reads=("log_sources", "directory", "inventory"),
    kind=Kind.COMPUTED,
)
