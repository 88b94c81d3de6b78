"""Someone in between can cut the first messages of a session without being seen, and weaken it (Terrapin, 2023).

ChaCha20-Poly1305, or CBC with an “etm” code, is offered without the strict key exchange that closes the flaw.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import open_to_terrapin


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers open to the attack."""
    servers = facts.ssh()
    open_ = ((end, open_to_terrapin(offer)) for end, offer in servers)
    return judged(
        len(servers), (Finding(end.subject, {"algorithms": ", ".join(names)}) for end, names in open_ if names)
    )


RULE = Rule(
    id="exposure.ssh_terrapin",
    title=Text(
        "SSH exposé à l’attaque Terrapin",
        "SSH open to the Terrapin attack",
    ),
    message=Text(
        "{subject} est exposé à l’attaque Terrapin ({algorithms}).",
        "{subject} is open to the Terrapin attack ({algorithms}).",
    ),
    remediation=Text(
        "Mettez à jour le serveur SSH (OpenSSH 9.6, ou correctif de la distribution) et les clients ; en "
        "attendant, retirez ces chiffrements.",
        "Update the SSH server (OpenSSH 9.6, or the distribution’s fix) and the clients; meanwhile, remove these "
        "ciphers.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R15", "cve:CVE-2023-48795", "cwe:354"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
