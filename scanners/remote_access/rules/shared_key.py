"""One key on two accounts: nobody can say who came in, and losing it opens both pieces of equipment.

PGSSI-S 6.1.2.3: one account per piece of equipment, with credentials unlike any other; ANSSI R13: a private key is
known to its owner only.
"""

from __future__ import annotations

from collections import defaultdict

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import remote_keys, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose key also opens another account."""
    owners: dict[str, set[str]] = defaultdict(set)
    for key in remote_keys(facts):
        owners[key.fingerprint].add(key.account)
    return judged(
        len(owners),
        (
            Finding(subject(facts, account), {"fingerprint": key, "others": ", ".join(sorted(accounts - {account}))})
            for key, accounts in sorted(owners.items())
            if len(accounts) > 1
            for account in sorted(accounts)
        ),
    )


RULE = Rule(
    id="remote_access.shared_key",
    title=Text("Clé partagée entre comptes", "Key shared between accounts"),
    message=Text(
        "{subject} s’ouvre avec la même clé que {others} ({fingerprint}).",
        "{subject} opens with the same key as {others} ({fingerprint}).",
    ),
    remediation=Text(
        "Demandez au fournisseur une clé par compte, ajoutez les nouvelles, essayez-les, puis retirez la clé commune.",
        "Ask the supplier for one key per account, add the new ones, try them, then remove the common key.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-09", "pgssi-s:6.1.2.3", "anssi-ssh:R13", "anssi-ssh:R21"),
    check=check,
    reads=("keys",),
)
