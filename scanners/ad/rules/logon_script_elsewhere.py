"""A logon script kept outside of the domain runs at every logon what another domain, or a machine nobody knows, puts
in it.

PingCastle T-ScriptOutOfDomain, for scriptPath of accounts; scripts of policies are in SYSVOL. A path without server
is in NETLOGON; servers are the domain, and the machines that it knows.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users that have a logon script."""
    own = known_hosts(facts)
    hosts = {row: host_of(values[0]) for row, values in facts.objects.texts("scriptPath").items()}
    abroad = facts.mask(row for row, host in hosts.items() if host and host not in own)
    return verdict(
        facts, facts.users & facts.enabled & facts.having("scriptPath"), abroad, lambda row: {"host": hosts[row]}
    )


def host_of(path: str) -> str:
    """The server of a UNC path in lower case, empty for a path relative to NETLOGON."""
    path = path.strip().replace("/", "\\")
    return path[2:].partition("\\")[0].lower() if path.startswith("\\\\") else ""


def known_hosts(facts: DirectoryFacts) -> frozenset[str]:
    """The names of the domain and of its machines, short and long."""
    objects, naming = facts.objects, facts.naming
    names = {naming.domain, naming.netbios.lower()}
    for row in np.flatnonzero(objects.of(Kind.COMPUTER)).tolist():
        names.add(objects.text("dNSHostName", row).lower())
        names.add(objects.text("sAMAccountName", row).rstrip("$").lower())
    return frozenset(names - {""})


RULE = Rule(
    id="ad.logon_script_elsewhere",
    title=Text(
        "Script d’ouverture de session hors du domaine",
        "Logon script outside of the domain",
    ),
    message=Text(
        "Le script d’ouverture de session de {subject} est sur {host}, qui n’est pas du domaine.",
        "The logon script of {subject} is on {host}, which is not of the domain.",
    ),
    remediation=Text(
        "Copiez le script dans NETLOGON après l’avoir relu, puis Set-ADUser compte -ScriptPath script.bat. "
        "Effet : le nouveau script s’exécute à la prochaine ouverture de session ; testez avec un compte du "
        "service. Retour : remettez l’ancienne valeur, notée auparavant (Get-ADUser compte -Properties "
        "scriptPath).",
        "Copy the script to NETLOGON after reading it, then Set-ADUser account -ScriptPath script.bat. "
        "Effect: the new script runs at the next logon; try with an account of the ward. Back: put back the "
        "old value, written down beforehand (Get-ADUser account -Properties scriptPath).",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:T-ScriptOutOfDomain", "attack:T1037.003"),
    check=check,
    reads=("domain",),
)
