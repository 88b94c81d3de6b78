"""A session left open on a supplier's desk is an open door until someone closes it.

Threshold: 900 s, CIS Debian 12 5.4.3.2 (TMOUT). Counted too: `StopIdleSessionSec` of systemd-logind (252 and later),
where PAM has pam_systemd register SSH sessions, and a session `ChannelTimeout` of sshd (9.2), account by account since
a `Match` block may change it. `ClientAlive…` only drops dead peers and does not count.
"""

from __future__ import annotations

import re

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asked_settings, effective_faults, pam_lines

LONGEST_SECONDS = 900
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when an idle session lasts more than fifteen minutes; else the accounts for which it does."""
    common = [facts.shell_timeout, facts.idle_stop if _registers_sessions(facts) else None]

    def too_long(entry: SshdSettings) -> list[str]:
        limits = [*common, _channel_timeout(entry.values.get("channeltimeout", ""))]
        seconds = min((limit for limit in limits if limit), default=0)
        return [] if 0 < seconds <= LONGEST_SECONDS else [str(seconds)]

    return judged(
        1 + len(asked_settings(facts)),
        (
            Finding(one, {"seconds": int(seconds[0])})
            for one, seconds in effective_faults(facts, too_long, whole="session")
        ),
    )


def _registers_sessions(facts: RemoteAccessFacts) -> bool:
    return any(line.type == "session" and line.module == "pam_systemd.so" for line in pam_lines(facts))


def _channel_timeout(value: str) -> int | None:
    match = re.search(r"(?:session(?::\*|:shell)?|\*)=(\d+)([smh]?)", value)
    return int(match[1]) * _UNITS[match[2]] if match else None


RULE = Rule(
    id="remote_access.idle_timeout",
    title=Text("Session inactive jamais fermée", "Idle session never closed"),
    message=Text(
        "{subject} : une session inactive n’est pas fermée au bout de 15 minutes (limite actuelle : {seconds} s, 0 "
        "pour aucune).",
        "{subject}: an idle session is not closed after 15 minutes (present limit: {seconds} s, 0 for none).",
    ),
    remediation=Text(
        "Posez « readonly TMOUT=900 » dans /etc/profile.d, « StopIdleSessionSec=15min » dans logind.conf (systemd 252) "
        "ou « ChannelTimeout session=15m » avec OpenSSH 9.2 ; exemptez les comptes de transfert automatique après "
        "essai.",
        "Set `readonly TMOUT=900` in /etc/profile.d, `StopIdleSessionSec=15min` in logind.conf (systemd 252), or "
        "`ChannelTimeout session=15m` with OpenSSH 9.2; exempt accounts of automatic transfers after a test.",
    ),
    severity=Severity.LOW,
    refs=refs("cis:5.4.3.2"),
    check=check,
    reads=("profile", "sshd", "pam"),
)
