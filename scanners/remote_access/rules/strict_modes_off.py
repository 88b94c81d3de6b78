"""With `StrictModes no`, sshd obeys a key file that anyone may write: adding one's key is coming in as someone else.

ANSSI R18: rights follow least privilege. `StrictModes yes`, the default, has sshd refuse such files.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when sshd does not look at the rights of key files."""
    off = global_settings(facts).values.get("strictmodes", "yes") == "no"
    return judged(1, [Finding(subject(facts, "sshd"), {"setting": "StrictModes no"})] if off else ())


RULE = Rule(
    id="remote_access.strict_modes_off",
    title=Text("Droits des fichiers de clés non vérifiés", "Rights of key files not checked"),
    message=Text(
        "{subject} accepte des fichiers de clés que d’autres peuvent modifier ({setting}).",
        "{subject} accepts key files that others may change ({setting}).",
    ),
    remediation=Text(
        "Corrigez d’abord les droits des dossiers personnels et des fichiers de clés (0700 et 0600), puis fixez "
        "« StrictModes yes » et essayez chaque compte.",
        "First correct the rights of home folders and key files (0700 and 0600), then set `StrictModes yes` and try "
        "each account.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R18", "attack:T1098.004"),
    check=check,
    reads=("sshd",),
)
