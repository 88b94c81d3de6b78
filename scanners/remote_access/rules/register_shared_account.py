"""One account for several pieces of equipment: its secret, once lost, opens them all.

TLM-09: each equipment has a remote-maintenance account of its own (PGSSI-S 6.1.2.3). Judged on accesses that have not
ended; two accesses to one equipment may share an account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from scanners.lists.words import plain
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Access, RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living
from scanners.remote_access.suppliers import account_key

SHOWN = 5


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accesses whose account is also that of another equipment."""
    users: dict[str, list[Access]] = defaultdict(list)
    for row in living(accesses(facts, "accounts"), facts):
        for account in {account_key(name) for name in row.accounts}:
            users[account].append(row)
    return judged(len(users), _shared(facts, users))


def _shared(facts: RemoteAccessFacts, users: Mapping[str, Sequence[Access]]) -> Iterator[Finding]:
    """One finding for each access, with the first account that it shares."""
    told = set[int]()
    for account, rows in sorted(users.items()):
        for row in rows:
            others = [one for one in rows if _equipment(one) != _equipment(row)]
            if others and row.line not in told:
                told.add(row.line)
                names = sorted({access_subject(facts, one) for one in others})
                yield Finding(
                    access_subject(facts, row),
                    {"account": account, "elsewhere": ", ".join(names[:SHOWN]), "line": row.line},
                )


def _equipment(row: Access) -> str:
    """What is reached, without the number that tells apart two accesses of one supplier to it."""
    return plain(row.equipment.removesuffix(f" (n° {row.line})"))


RULE = Rule(
    id="remote_access.register_shared_account",
    title=Text("Un compte pour plusieurs équipements", "One account for several pieces of equipment"),
    message=Text(
        "{subject} s’ouvre avec le compte {account}, qui ouvre aussi : {elsewhere}.",
        "{subject} opens with the account {account}, which also opens: {elsewhere}.",
    ),
    remediation=Text(
        "Créez un compte par équipement, transmettez-le au seul fournisseur de cet équipement, faites-le essayer, puis "
        "fermez le compte commun.",
        "Make one account per piece of equipment, hand it to the supplier of that equipment alone, have it tried, then "
        "close the common one.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-09", "pgssi-s:6.1.2.3", "attack:T1078"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
