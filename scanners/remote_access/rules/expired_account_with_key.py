"""An expired account whose key is still in place comes back to life by one command, without anyone being asked.

ReCyF 10.A.6 and 10.C.4: unused accounts are removed at the review, with what opens them.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import keys_of, may_log_in, remote_accounts, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts past their end that still hold keys."""
    expired = [account for account in remote_accounts(facts) if not may_log_in(account, facts)]
    return judged(
        len(expired),
        (
            Finding(subject(facts, account.name), {"expired": str(account.expires), "keys": len(keys)})
            for account in expired
            if (keys := keys_of(facts, account))
        ),
    )


RULE = Rule(
    id="remote_access.expired_account_with_key",
    title=Text("Compte expiré dont la clé reste en place", "Expired account whose key is still there"),
    message=Text(
        "{subject} a expiré le {expired} mais garde {keys} clé(s) d’accès.",
        "{subject} expired on {expired} but keeps {keys} access key(s).",
    ),
    remediation=Text(
        "Retirez les clés, puis supprimez le compte après avoir vérifié qu’aucun contrat ne l’utilise encore.",
        "Remove the keys, then delete the account once you have checked that no contract uses it any more.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-26", "anssi-ssh:R30", "attack:T1078"),
    check=check,
    reads=("accounts", "ageing", "keys"),
)
