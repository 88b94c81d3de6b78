"""Without a positive list every account of the machine may try SSH, service accounts and forgotten ones included.

ANSSI R22: only those explicitly allowed may connect, and possibly from given addresses. `AllowUsers` or `AllowGroups`
is that list.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when no list says who may come in."""
    settings = global_settings(facts)
    listed = settings.values.get("allowusers") or settings.values.get("allowgroups")
    return judged(1, [] if listed else [Finding(subject(facts, "sshd"))])


RULE = Rule(
    id="remote_access.access_list",
    title=Text("Pas de liste des comptes autorisés", "No list of allowed accounts"),
    message=Text(
        "{subject} n’a ni AllowGroups ni AllowUsers : tout compte peut tenter une connexion.",
        "{subject} has neither AllowGroups nor AllowUsers: any account may try to connect.",
    ),
    remediation=Text(
        "Créez un groupe des comptes autorisés, mettez-y aussi les administrateurs, puis ajoutez « AllowGroups » ; "
        "gardez une session ouverte pendant le rechargement.",
        "Create a group of allowed accounts, administrators included, then add `AllowGroups`; keep a session open "
        "while reloading.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R22", "care-rules:TLM-14"),
    check=check,
    reads=("sshd",),
)
