"""Without a recording, nobody can tell what a supplier did on a device after an incident or in a dispute.

PGSSI-S 6.1.2.4: accesses *and operations* are traced under the hospital's control. Recognised: a recording shell or
forced command (tlog, script, asciinema, snoopy, sudosh, rootsh), pam_tty_audit or pam_tlog.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import is_recorded, remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose sessions leave no record of what was done."""
    accounts = [account for account in remote_accounts(facts) if settings_of(facts, account.name)]
    return judged(
        len(accounts),
        (Finding(subject(facts, account.name)) for account in accounts if not is_recorded(account, facts)),
    )


RULE = Rule(
    id="remote_access.session_recording",
    title=Text("Sessions non enregistrées", "Sessions not recorded"),
    message=Text(
        "Rien n’enregistre ce que fait {subject} pendant ses sessions.",
        "Nothing records what {subject} does during its sessions.",
    ),
    remediation=Text(
        "Installez tlog et imposez-le par « ForceCommand /usr/bin/tlog-rec-session » dans un bloc Match du groupe des "
        "prestataires ; informez-les de l’enregistrement, et essayez avec un compte avant de l’étendre.",
        "Install tlog and impose it with `ForceCommand /usr/bin/tlog-rec-session` in a Match block of the suppliers’ "
        "group; tell them of the recording, and try one account before extending it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-15", "pgssi-s:6.1.2.4", "anssi-ssh:R24"),
    check=check,
    reads=("accounts", "sshd", "pam", "keys"),
)
