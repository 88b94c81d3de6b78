"""One VPN account in use from two addresses at once is most often used by two people: nobody can say who did what.

TLM-19: the supplier knows by name who connects; TLM-09: an account is lent to nobody. Judged on sessions of the list
that overlap by more than five minutes (a change of network leaves a short overlap); the duration is ours. A session
without an end is not compared: a log where no session has both an end and an address is not judged.
"""

from __future__ import annotations

from collections import defaultdict

from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import Stay, stays_together
from scanners.remote_access.listed import SESSIONS
from scanners.remote_access.listed_judgement import need, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts open from two addresses at the same time."""
    need(facts, SESSIONS, "source")
    need(facts, SESSIONS, "end")
    by_account: dict[str, list[Stay]] = defaultdict(list)
    for session in facts.listed.sessions:
        if session.source and session.end is not None:
            by_account[subject(session.account)].append(Stay(session.source, session.start, session.end))
    if facts.listed.sessions and not by_account:
        raise NotAssessable(
            "Aucune session du journal n’a à la fois une fin et une adresse ; exportez les sessions terminées avec les "
            "deux.",
            "No session of the log has both an end and an address; export the sessions that ended, with both.",
        )
    return judged(
        len(by_account),
        (
            Finding(
                account,
                {"sources": f"{first.source}, {second.source}", "since": second.began.strftime("%Y-%m-%dT%H:%MZ")},
            )
            for account, stays in sorted(by_account.items())
            if (pair := stays_together(stays)) is not None
            for first, second in [pair]
        ),
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
