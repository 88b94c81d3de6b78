"""One VPN account in use from two addresses at once is most often used by two people: nobody can say who did what.

TLM-19: the supplier knows by name who connects; TLM-09: an account is lent to nobody. Judged on sessions of the list
that overlap by more than five minutes (a change of network leaves a short overlap); the duration is ours. A session
without an end or an address proves nothing; where it could have overlapped another one, its account is in doubt. A log
where no session has both is not judged.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import Stay, stays_together
from scanners.remote_access.listed import SESSIONS, ListedSession
from scanners.remote_access.listed_judgement import need, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts open from two addresses at the same time."""
    need(facts, SESSIONS, "source")
    need(facts, SESSIONS, "end")
    by_account: dict[str, list[ListedSession]] = defaultdict(list)
    for session in facts.listed.sessions:
        by_account[subject(session.account)].append(session)
    if by_account and not any(session.source and session.end for session in facts.listed.sessions):
        raise NotAssessable(
            "Aucune session du journal n’a à la fois une fin et une adresse ; exportez les sessions terminées avec les "
            "deux.",
            "No session of the log has both an end and an address; export the sessions that ended, with both.",
        )
    findings, unsure = list[Finding](), list[str]()
    for account, sessions in sorted(by_account.items()):
        certain = [Stay(one.source, one.start, one.end) for one in sessions if one.source and one.end is not None]
        if (pair := stays_together(certain)) is not None:
            first, second = pair
            since = second.began.strftime("%Y-%m-%dT%H:%MZ")
            findings.append(Finding(account, {"sources": f"{first.source}, {second.source}", "since": since}))
        elif stays_together(_at_worst(sessions, facts.collected_at)) is not None:
            unsure.append(account)
    return judged(len(by_account), findings, unsure, _DOUBT if unsure else None)


def _at_worst(sessions: list[ListedSession], now: datetime) -> list[Stay]:
    """Each session as long, and from as far, as the log allows: till now, from an address of its own."""
    return [
        Stay(one.source or f"? {one.line}", one.start, one.end if one.end is not None else max(now, one.start))
        for one in sessions
    ]


_DOUBT = Text(
    "Des sessions du journal n’ont pas de fin ou pas d’adresse : rien ne dit si elles en recouvrent une autre ; "
    "exportez les sessions terminées avec les deux.",
    "Sessions of the log have no end or no address: nothing tells whether they overlap another one; export the "
    "sessions that ended, with both.",
)


RULE = Rule(
    id="remote_access.session_two_places",
    title=Text(
        "Sessions d’un compte depuis deux endroits à la fois", "Sessions of one account from two places at once"
    ),
    message=Text(
        "{subject} avait des sessions ouvertes depuis deux adresses en même temps ({sources}, le {since}).",
        "{subject} had sessions open from two addresses at the same time ({sources}, on {since}).",
    ),
    remediation=Text(
        "Demandez au fournisseur qui était connecté ; donnez un compte à chaque technicien, et changez les secrets si "
        "l’une des deux adresses lui est inconnue.",
        "Ask the supplier who was connected; give each technician an account, and change the secrets if it does not "
        "know one of the two addresses.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-09", "care-rules:TLM-19", "attack:T1078"),
    check=check,
    reads=("sessions",),
    kind=Kind.COMPUTED,
)
