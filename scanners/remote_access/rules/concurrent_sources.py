"""One account in use from two addresses at once is most often used by two people: nobody can say who did what.

ANSSI R21: an account is personal and never lent. Judged on sessions that overlap by more than five minutes (a change of
network leaves a short overlap), over the 90 days before the audit. The period is ours.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, ShellSession
from scanners.remote_access.judgement import recent_sessions, subject

LONGEST_OVERLAP = timedelta(minutes=5)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts open from two addresses at the same time."""
    by_account: dict[str, list[ShellSession]] = defaultdict(list)
    for session in recent_sessions(facts):
        if session.source and (session.ended or session.open):
            by_account[session.account].append(session)
    return judged(
        len(by_account),
        (
            Finding(
                subject(facts, account),
                {"sources": f"{first.source}, {second.source}", "since": second.started.isoformat()},
            )
            for account, sessions in sorted(by_account.items())
            if (pair := _together(sessions, facts.collected_at)) is not None
            for first, second in [pair]
        ),
    )


def _together(sessions: list[ShellSession], now: datetime) -> tuple[ShellSession, ShellSession] | None:
    """Two sessions that overlap, from two addresses: each is compared with the one before it that ends last."""
    widest: dict[str, ShellSession] = {}
    for session in sorted(sessions, key=lambda one: one.started):
        for source, before in widest.items():
            together = min(_end(before, now), _end(session, now)) - session.started
            if source != session.source and together > LONGEST_OVERLAP:
                return before, session
        known = widest.get(session.source)
        if known is None or _end(known, now) < _end(session, now):
            widest[session.source] = session
    return None


def _end(session: ShellSession, now: datetime) -> datetime:
    return session.ended or now


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
