"""A private key left in clear on the gateway opens what it leads to for whoever takes the gateway over.

ANSSI R13 (a private key is known to its owner only) and R14 (it is encrypted under a password). The collector tells
only where such files are, never a line of them.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that keep a private key without a passphrase."""
    keys = [key for key in asked_for(facts.private_keys) if key.account != facts.audit_account]
    return judged(
        len(keys), (Finding(subject(facts, key.account), {"path": key.path}) for key in keys if not key.protected)
    )


RULE = Rule(
    id="remote_access.private_key_in_clear",
    title=Text("Clé privée en clair sur la passerelle", "Private key in clear on the gateway"),
    message=Text(
        "{subject} garde une clé privée sans phrase de passe ({path}).",
        "{subject} keeps a private key without a passphrase ({path}).",
    ),
    remediation=Text(
        "Cherchez les équipements qu’elle ouvre ; remplacez-la par un rebond (« ssh -J ») ou protégez-la "
        "(« ssh-keygen -p »), puis changez-la partout : on ne sait pas qui l’a copiée.",
        "Find the equipment it opens; replace it by a jump (`ssh -J`) or protect it (`ssh-keygen -p`), then change it "
        "everywhere: nobody knows who copied it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R13", "anssi-ssh:R14", "attack:T1552.004"),
    check=check,
    reads=("private_keys",),
)
