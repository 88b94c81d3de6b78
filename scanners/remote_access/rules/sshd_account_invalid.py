"""`sshd -t` says the configuration is sound, yet for one account two `Match` blocks make it invalid.

sshd then applies what it can, or refuses the account: nobody knows which rules protect it. Seen only by asking
`sshd -T -C user=…` account by account.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts for which sshd refuses its own configuration."""
    asked = {entry.account for entry in facts.sshd if entry.account}
    return judged(
        len(asked),
        (Finding(subject(facts, entry.account), {"error": entry.error}) for entry in facts.sshd if entry.error),
    )


RULE = Rule(
    id="remote_access.sshd_account_invalid",
    title=Text("Configuration SSH invalide pour un compte", "SSH configuration invalid for an account"),
    message=Text(
        "{subject} : sshd refuse sa propre configuration pour ce compte ({error}).",
        "{subject}: sshd refuses its own configuration for this account ({error}).",
    ),
    remediation=Text(
        "Lancez « sshd -T -C user=COMPTE,host=x,addr=ADRESSE », regroupez les blocs Match contradictoires, vérifiez "
        "chaque compte, puis rechargez sshd en gardant une session ouverte.",
        "Run `sshd -T -C user=ACCOUNT,host=x,addr=ADDRESS`, merge the Match blocks that contradict each other, check "
        "every account, then reload sshd keeping a session open.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R22"),
    check=check,
    reads=("sshd",),
)
