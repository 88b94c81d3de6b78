"""Without a positive list every account of the machine may try SSH, service accounts and forgotten ones included.

ANSSI R22: only those explicitly allowed may connect, and possibly from given addresses. `AllowUsers` or `AllowGroups`
is that list; one that admits `*` chooses nobody. A `Match` block may set it, or widen it, for some accounts or
addresses.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asked_settings, effective_faults

_ANYBODY = {"*", "*@*"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when no list says who may come in; else the accounts that no list restrains."""
    return judged(1 + len(asked_settings(facts)), (Finding(one) for one, _ in effective_faults(facts, _unlisted)))


def _unlisted(entry: SshdSettings) -> list[str]:
    lists = (entry.values.get(keyword, "").split() for keyword in ("allowusers", "allowgroups"))
    return [] if any(names and not _ANYBODY & set(names) for names in lists) else ["AllowGroups"]


RULE = Rule(
    id="remote_access.access_list",
    title=Text("Pas de liste des comptes autorisés", "No list of allowed accounts"),
    message=Text(
        "Pour {subject}, ni AllowGroups ni AllowUsers ne limite qui peut tenter une connexion.",
        "For {subject}, neither AllowGroups nor AllowUsers limits who may try to connect.",
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
