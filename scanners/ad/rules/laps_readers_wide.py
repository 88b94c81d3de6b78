"""Whoever reads the password that LAPS keeps is administrator of the machine: nearly everybody must not be.

By permissions on the machines: identities of whoever logs on, users, machines or guests of a domain. An attribute that
the schema does not mark confidential is read with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanners.ad.access import tally, wide
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided, readable
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled machines whose password LAPS keeps."""
    managed = facts.mask(())
    for secret, _ in facts.local_passwords:
        managed |= secret.machines
    found = judged(int(managed.sum()), _findings(facts))
    return provided(found, facts.need_whole, lambda: readable(facts, managed & (facts.objects.descriptor < 0)))


def _findings(facts: DirectoryFacts) -> Iterator[Finding]:
    for secret, found in facts.local_passwords:
        for one in tally(facts, secret.machines, found, wide):
            yield Finding(
                facts.name_of(one.sid),
                {
                    "sid": one.sid,
                    "attribute": secret.name,
                    "confidential": secret.confidential,
                    "machines": one.count,
                    "target": facts.subject(one.example),
                    "accounts": facts.acting_as(one.sid),
                },
            )


RULE = Rule(
    id="ad.laps_readers_wide",
    title=Text(
        "Mots de passe LAPS lisibles par presque tous",
        "LAPS passwords that nearly everybody reads",
    ),
    message=Text(
        "{subject} (comptes actifs : {accounts}) peut lire le mot de passe d’administrateur local ({attribute}) de "
        "{machines} machine(s), dont {target}.",
        "{subject} (enabled accounts: {accounts}) can read the local administrator password ({attribute}) of "
        "{machines} machine(s), {target} among them.",
    ),
    remediation=Text(
        "Trouvez où le droit est posé : Find-LapsADExtendedRights -Identity 'OU' (ou Find-AdmPwdExtendedRights pour "
        "l’ancien LAPS), puis retirez « Tous les droits étendus » ou la lecture de l’attribut à ce groupe "
        "(Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité de l’OU, Avancé). Donnez la lecture au "
        "seul groupe du support : Set-LapsADReadPasswordPermission. Si l’attribut n’est pas confidentiel, un "
        "administrateur du schéma lui rend l’indicateur (searchFlags, bit 128). Changez ensuite tous les mots de "
        "passe concernés : Reset-LapsPassword sur chaque machine. Pour revenir, remettez l’entrée notée.",
        "Find where the right is set: Find-LapsADExtendedRights -Identity 'OU' (or Find-AdmPwdExtendedRights for the "
        "older LAPS), then take “All extended rights” or the reading of the attribute from that group (AD Users and "
        "Computers, Advanced Features, Security of the OU, Advanced). Give reading to the support group alone: "
        "Set-LapsADReadPasswordPermission. If the attribute is not confidential, a schema administrator sets the "
        "flag again (searchFlags, bit 128). Then change all passwords concerned: Reset-LapsPassword on each machine. "
        "To go back, put back the entry written down.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("attack:T1555", "attack:T1078.003"),
    check=check,
    reads=("domain", "schema"),
)
