"""Who may read the passwords that LAPS keeps: the list to be known and approved.

Information: delegating the reading to support is how LAPS is meant to be used. Nearly everybody, and whoever joined the
machine, have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanners.ad.access import tally, wide
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import provided, readable
from scanners.ad.subjects.local_passwords import without_creators
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts and groups that are not privileged and may read the password of a machine."""
    findings = tuple(_findings(facts))
    machines, hidden = facts.mask(()), facts.objects.descriptor < 0
    for secret, _ in facts.local_passwords:
        machines |= secret.machines
    return provided(judged(len(findings), findings), facts.need_whole, lambda: readable(facts, machines & hidden))


def _findings(facts: DirectoryFacts) -> Iterator[Finding]:
    for secret, found in facts.local_passwords:
        for one in tally(facts, secret.machines, without_creators(facts, found), _some):
            yield Finding(
                facts.name_of(one.sid),
                {
                    "sid": one.sid,
                    "attribute": secret.name,
                    "machines": one.count,
                    "target": facts.subject(one.example),
                    "accounts": facts.acting_as(one.sid),
                },
            )


def _some(sid: str) -> bool:
    return not wide(sid)


RULE = Rule(
    id="ad.laps_readers",
    title=Text(
        "Lecteurs des mots de passe LAPS",
        "Readers of LAPS passwords",
    ),
    message=Text(
        "{subject} (comptes actifs : {accounts}) peut lire le mot de passe d’administrateur local de {machines} "
        "machine(s), dont {target}.",
        "{subject} (enabled accounts: {accounts}) can read the local administrator password of {machines} "
        "machine(s), {target} among them.",
    ),
    remediation=Text(
        "Comparez cette liste à ce que vous avez décidé (qui dépanne quels postes). Retirez ceux qui n’ont rien à y "
        "faire : console Utilisateurs et ordinateurs AD, Fonctionnalités avancées, Sécurité de l’OU, Avancé ; notez "
        "l’entrée pour pouvoir la remettre. Donnez la lecture à des groupes, jamais à des personnes, et tenez les "
        "serveurs à part des postes.",
        "Compare this list with what you decided (who supports which stations). Remove those who have no business "
        "there: AD Users and Computers console, Advanced Features, Security of the OU, Advanced; write the entry "
        "down so as to put it back. Give reading to groups, never to persons, and keep servers apart from stations.",
    ),
    severity=Severity.INFO,
    refs=refs("attack:T1555"),
    check=check,
    reads=("domain", "schema"),
)
