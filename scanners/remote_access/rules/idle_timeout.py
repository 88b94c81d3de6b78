"""A session left open on a supplier's desk is an open door until someone closes it.

Threshold: 900 s, CIS Debian 12 5.4.3.2 (TMOUT). `ClientAlive…` only drops dead peers and does not count; a session
`ChannelTimeout` (OpenSSH 9.2) would, but `sshd -T` gives it for sessions only when set.
"""

from __future__ import annotations

import re

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, subject

LONGEST_SECONDS = 900
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when an idle session lasts more than fifteen minutes."""
    limits = [facts.shell_timeout, _channel_timeout(global_settings(facts).values.get("channeltimeout", ""))]
    seconds = min((limit for limit in limits if limit), default=None)
    if seconds is not None and seconds <= LONGEST_SECONDS:
        return judged(1, ())
    return judged(1, [Finding(subject(facts, "session"), {"seconds": seconds or 0})])


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
        "Posez « readonly TMOUT=900 » dans /etc/profile.d, ou « ChannelTimeout session=15m » avec OpenSSH 9.2 ; "
        "exemptez les comptes de transfert automatique après essai.",
        "Set `readonly TMOUT=900` in /etc/profile.d, or `ChannelTimeout session=15m` with OpenSSH 9.2; exempt accounts "
        "of automatic transfers after a test.",
    ),
    severity=Severity.LOW,
    refs=refs("cis:5.4.3.2"),
    check=check,
    reads=("profile", "sshd"),
)
