"""Logging in as root names nobody and gives everything: whoever holds the key is the gateway.

ANSSI, R21: each user has an account of their own. `forced-commands-only` is accepted: it runs one fixed command
(a backup, for instance) and opens no session.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, settings_of, subject

ACCEPTED = {"no", "forced-commands-only"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The root account, when sshd lets it in."""
    entries = settings_of(facts, "root") or (global_settings(facts),)
    return judged(
        1,
        (
            Finding(subject(facts, "root"), {"permit_root_login": value})
            for entry in entries
            if (value := entry.values.get("permitrootlogin", "prohibit-password")) not in ACCEPTED
        ),
    )


RULE = Rule(
    id="remote_access.root_login",
    title=Text("Connexion directe de root", "Direct login of root"),
    message=Text(
        "{subject} peut ouvrir une session distante (PermitRootLogin {permit_root_login}).",
        "{subject} may open a remote session (PermitRootLogin {permit_root_login}).",
    ),
    remediation=Text(
        "Vérifiez que chaque administrateur a son compte et ses droits sudo, puis fixez « PermitRootLogin no ».",
        "Make sure every administrator has an account and sudo rights, then set `PermitRootLogin no`.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R21", "anssi-ssh:R18", "care-rules:TLM-19", "attack:T1078"),
    check=check,
    reads=("sshd",),
)
