"""A certificate signed by a trusted authority opens until it ends: without a revocation list, a stolen one too.

ANSSI R30: a key that is no longer safe is revoked quickly at the level of SSH. Judged where an authority is trusted,
by `TrustedUserCAKeys` or by a `cert-authority` line, and `RevokedKeys` is not set: on the effective configuration of
each account, since a `Match` block may set the one without the other.
"""

from __future__ import annotations

from collections import defaultdict

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import asked_settings, effective_faults, remote_keys


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when it trusts authorities and has no revocation list; else the accounts for which it is so."""
    told = asked_settings(facts)
    by_account: dict[str, set[str]] = defaultdict(set)
    for key in remote_keys(facts):
        if "cert-authority" in key.options:  # of an account that sshd tells nothing of: counted for the gateway
            by_account[key.account if key.account in told else ""].add(key.path)

    def trusted(entry: SshdSettings) -> set[str]:
        own = {entry.values["trustedusercakeys"]} if entry.is_on("trustedusercakeys") else set[str]()
        return own | by_account.get(entry.account, set())

    def unrevoked(entry: SshdSettings) -> list[str]:
        return [] if entry.is_on("revokedkeys") else sorted(trusted(entry))

    authorities = {one for entry in facts.sshd for one in trusted(entry)}
    return judged(
        len(authorities),
        (Finding(one, {"authorities": ", ".join(found)}) for one, found in effective_faults(facts, unrevoked)),
    )


RULE = Rule(
    id="remote_access.revocation_missing",
    title=Text("Certificats SSH sans liste de révocation", "SSH certificates without a revocation list"),
    message=Text(
        "{subject} : une autorité de certification est crue ({authorities}) sans liste de révocation.",
        "{subject}: a certification authority is trusted ({authorities}) without a revocation list.",
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
