"""A session that lasts more than half a day is rarely an intervention: it is a door left open, or a tunnel.

Threshold: 12 hours (ours), over the 90 days before the audit; TLM-11 asks that an access be closed after each
intervention.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, ShellSession
from scanners.remote_access.judgement import recent_sessions, subject

LONGEST = timedelta(hours=12)
_HOUR = timedelta(hours=1)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts with such a session; the longest is shown."""
    timed = [session for session in recent_sessions(facts) if session.ended or session.open]
    timed.sort(key=lambda session: _length(session, facts), reverse=True)
    return judged(
        len({session.account for session in timed}),
        (
            Finding(
                subject(facts, session.account),
                {
                    "hours": round(_length(session, facts) / _HOUR),
                    "since": session.started.isoformat(),
                    "source": session.source,
                },
            )
            for session in timed
            if _length(session, facts) > LONGEST
        ),
    )


def _length(session: ShellSession, facts: RemoteAccessFacts) -> timedelta:
    return (session.ended or facts.collected_at) - session.started


RULE = Rule(
    id="remote_access.long_session",
    title=Text("Session de plus de douze heures", "Session of more than twelve hours"),
    message=Text(
        "{subject} est resté connecté {hours} h, à partir du {since}.",
        "{subject} stayed connected for {hours} h, from {since}.",
    ),
    remediation=Text(
        "Demandez à quoi elle servait ; fermez les sessions inactives (TMOUT, ChannelTimeout) et donnez aux transferts "
        "automatiques un compte à part, sans shell.",
        "Ask what it was for; close idle sessions (TMOUT, ChannelTimeout) and give automatic transfers an account of "
        "their own, without a shell.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-11"),
    check=check,
    reads=("accounts", "keys", "wtmp"),
)
