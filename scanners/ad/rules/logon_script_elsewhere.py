"""A logon script kept outside of the domain runs at every logon what another domain, or a machine nobody knows, puts
in it.

PingCastle T-ScriptOutOfDomain, for scriptPath of accounts; scripts of policies are in SYSVOL. A path without server
is in NETLOGON; servers are the domain, and the machines that it knows.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users."""
    scripts = facts.objects.texts("scriptPath")
    hosts = {path: host_of(path) for path in {values[0] for values in scripts.values()}}
    strange = strangers(facts, set(hosts.values()) - {""})
    paths = {path for path, host in hosts.items() if host in strange}
    abroad = {row: hosts[values[0]] for row, values in scripts.items() if values[0] in paths}
    return verdict(facts, facts.users & facts.enabled, facts.mask(abroad), lambda row: {"host": abroad[row]})


def host_of(path: str) -> str:
    """The server of a UNC path in lower case, empty for a path relative to NETLOGON."""
    path = path.strip().replace("/", "\\")
    return path[2:].partition("\\")[0].lower() if path.startswith("\\\\") else ""


def strangers(facts: DirectoryFacts, hosts: set[str]) -> set[str]:
    """Those of these names that are neither the domain nor one of its machines, by long or short name."""
    if not hosts:
        return set()
    computers, naming = facts.objects.of(Kind.COMPUTER), facts.naming
    own = {naming.domain, naming.netbios.lower()}
    for row, values in facts.objects.texts("dNSHostName").items():
        if computers[row]:
            own.add(values[0].lower())
    for row, values in facts.objects.texts("sAMAccountName").items():
        if computers[row]:
            own.add(values[0].rstrip("$").lower())
    return hosts - own


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
