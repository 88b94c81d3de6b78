"""Limits looser than those OpenSSH comes with leave more room to guess a password, or to hold connections open.

Thresholds are the defaults of OpenSSH: six attempts a connection (`MaxAuthTries`), two minutes to log in
(`LoginGraceTime`; 0 is no limit). Only a gateway where somebody loosened them speaks here, or a `Match` block that does
so for one account.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asked_settings, effective_faults

MOST_TRIES = 6
LONGEST_SECONDS = 120


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when one of the limits is looser than by default; else the accounts for which it is."""
    return judged(
        1 + len(asked_settings(facts)),
        (Finding(one, {"settings": ", ".join(loose)}) for one, loose in effective_faults(facts, _loose)),
    )


def _loose(entry: SshdSettings) -> list[str]:
    tries, seconds = (_number(entry.values.get(keyword, "")) for keyword in ("maxauthtries", "logingracetime"))
    return [
        *([f"MaxAuthTries {tries}"] if tries is not None and tries > MOST_TRIES else []),
        *([f"LoginGraceTime {seconds}"] if seconds is not None and not 0 < seconds <= LONGEST_SECONDS else []),
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


RULE = Rule(
    id="remote_access.login_limits_off",
    title=Text("Limites de connexion relâchées", "Login limits loosened"),
    message=Text(
        "{subject} laisse plus d’essais ou de temps qu’OpenSSH n’en prévoit ({settings}).",
        "{subject} leaves more attempts or time than OpenSSH does by default ({settings}).",
    ),
    remediation=Text(
        "Revenez à « MaxAuthTries 6 » et « LoginGraceTime 120 » ou moins, blocs Match compris ; un second facteur lent "
        "justifie deux minutes, pas davantage.",
        "Go back to `MaxAuthTries 6` and `LoginGraceTime 120` or less, Match blocks included; a slow second factor "
        "justifies two minutes, no more.",
    ),
    severity=Severity.LOW,
    refs=refs("attack:T1110"),
    check=check,
    reads=("sshd",),
)
