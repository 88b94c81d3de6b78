"""One account in use from two addresses at once is most often used by two people: nobody can say who did what.

ANSSI R21: an account is personal and never lent. Judged on sessions that overlap by more than five minutes (a change of
network leaves a short overlap), over the 90 days before the audit. The period is ours.
"""

from __future__ import annotations

from collections import defaultdict

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import Stay, recent_sessions, stays_together, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts open from two addresses at the same time."""
    by_account: dict[str, list[Stay]] = defaultdict(list)
    for session in recent_sessions(facts):
        if session.source and (session.ended or session.open):
            stay = Stay(session.source, session.started, session.ended or facts.collected_at)
            by_account[session.account].append(stay)
    return judged(
        len(by_account),
        (
            Finding(
                subject(facts, account),
                {"sources": f"{first.source}, {second.source}", "since": second.began.isoformat()},
            )
            for account, stays in sorted(by_account.items())
            if (pair := stays_together(stays)) is not None
            for first, second in [pair]
        ),
    )


RULE = Rule(
    id="remote_access.concurrent_sources",
    title=Text("Un compte ouvert de deux endroits à la fois", "One account open from two places at once"),
    message=Text(
        "{subject} était ouvert depuis deux adresses en même temps ({sources}, le {since}).",
        "{subject} was open from two addresses at the same time ({sources}, on {since}).",
    ),
    remediation=Text(
        "Demandez au fournisseur qui était connecté ; donnez un compte à chaque technicien, et changez la clé ou le "
        "mot de passe si l’une des deux adresses lui est inconnue.",
        "Ask the supplier who was connected; give each technician an account, and change the key or password if it "
        "does not know one of the two addresses.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R21", "care-rules:TLM-19", "attack:T1078"),
    check=check,
    reads=("accounts", "keys", "wtmp"),
)
