"""A certificate signed by a trusted authority opens until it ends: without a revocation list, a stolen one too.

ANSSI R30: a key that is no longer safe is revoked quickly at the level of SSH. Judged where an authority is trusted,
by `TrustedUserCAKeys` or by a `cert-authority` line, and `RevokedKeys` is not set.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import global_settings, remote_keys, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when it trusts authorities and has no revocation list."""
    general = global_settings(facts)
    trusted = {entry.values["trustedusercakeys"] for entry in facts.sshd if entry.is_on("trustedusercakeys")} | {
        key.path for key in remote_keys(facts) if "cert-authority" in key.options
    }
    found = trusted and not general.is_on("revokedkeys")
    return judged(
        len(trusted), [Finding(subject(facts, "sshd"), {"authorities": ", ".join(sorted(trusted))})] if found else ()
    )


RULE = Rule(
    id="remote_access.revocation_missing",
    title=Text("Certificats SSH sans liste de révocation", "SSH certificates without a revocation list"),
    message=Text(
        "{subject} croit une autorité de certification ({authorities}) mais n’a pas de liste de révocation.",
        "{subject} trusts a certification authority ({authorities}) but has no revocation list.",
    ),
    remediation=Text(
        "Créez une liste avec « ssh-keygen -k -f /etc/ssh/revoked », fixez « RevokedKeys /etc/ssh/revoked » et écrivez "
        "qui y ajoute une clé, de jour comme de nuit. Une liste illisible refuse tout le monde : gardez une session "
        "ouverte.",
        "Make a list with `ssh-keygen -k -f /etc/ssh/revoked`, set `RevokedKeys /etc/ssh/revoked` and write down who "
        "adds a key to it, day and night. A list that cannot be read refuses everybody: keep a session open.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R30"),
    check=check,
    reads=("sshd", "keys"),
)
