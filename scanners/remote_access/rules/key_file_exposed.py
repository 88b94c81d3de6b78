"""Whoever may write a file of authorized keys may add one, and come in as that account.

ANSSI R18. Faults: a file writable by the group or others, owned by neither root nor the account, or a symbolic link
(its target can be changed, or be a file that only root should read).
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import KeyFile, RemoteAccessFacts
from scanners.remote_access.judgement import subject

OTHERS_WRITE = 0o022


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose key file others may change."""
    return judged(
        len(facts.key_files),
        (
            Finding(
                subject(facts, file.account),
                {"path": file.path, "kind": file.kind, "owner": file.owner, "mode": f"{file.mode:04o}"},
            )
            for file in facts.key_files
            if _exposed(file)
        ),
    )


def _exposed(file: KeyFile) -> bool:
    if file.kind == "symbolic link":
        return True
    return bool(file.mode & OTHERS_WRITE) or (file.owner not in {"root", file.account} and bool(file.owner))


RULE = Rule(
    id="remote_access.key_file_exposed",
    title=Text("Fichier de clés modifiable par d’autres", "Key file others may change"),
    message=Text(
        "{subject} : d’autres que lui peuvent changer {path} (« {kind} » de {owner}, droits {mode}).",
        "{subject}: others may change {path} (“{kind}” of {owner}, mode {mode}).",
    ),
    remediation=Text(
        "Remplacez un lien par un vrai fichier, rendez-le à son compte (ou à root) avec les droits 0600 et relisez "
        "chacune de ses clés avec le fournisseur.",
        "Replace a link by a real file, give it back to its account (or root) with mode 0600 and go through each of "
        "its keys with the supplier.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R18", "attack:T1098.004"),
    check=check,
    reads=("keys",),
)
