"""One key on two bastions: whoever takes it from one of them comes in by the other too.

TLM-09: credentials of remote maintenance serve nowhere else (PGSSI-S 6.1.2.3); ANSSI R13: a private key is known to its
owner only. The keys of this gateway are compared with those of the others, as their last audits saw them; what
sshd takes no more (`expiry-time=`) is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, remote_keys, subject

SHOWN = 5


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose key another gateway accepts as well."""
    elsewhere: dict[str, set[str]] = defaultdict(set)
    for one in asked_for(facts.other_keys):
        elsewhere[one.fingerprint].add(f"{one.gateway}/{one.account}")
    today = facts.collected_at.date()
    keys = [key for key in remote_keys(facts) if not key.ended(today)]
    found = {(key.account, key.fingerprint): elsewhere[key.fingerprint] for key in keys if key.fingerprint in elsewhere}
    return judged(
        len(keys),
        (
            Finding(
                subject(facts, account),
                {"fingerprint": fingerprint, "elsewhere": ", ".join(sorted(places)[:SHOWN])},
            )
            for (account, fingerprint), places in sorted(found.items())
        ),
        doubt=_unread(facts.unread_gateways) if keys and facts.unread_gateways else None,
    )


def _unread(gateways: Sequence[str]) -> Text:
    names = ", ".join(gateways[:SHOWN])
    return Text(
        f"Les clés de {len(gateways)} autre(s) bastion(s) ne sont pas connues ({names}) ; auditez-les avec le "
        "collecteur, puis relancez cet audit.",
        f"The keys of {len(gateways)} other gateway(s) are not known ({names}); audit them with the collector, then "
        "run this audit again.",
    )


RULE = Rule(
    id="remote_access.shared_key_elsewhere",
    title=Text("Clé acceptée par plusieurs bastions", "Key accepted by several gateways"),
    message=Text(
        "{subject} s’ouvre avec une clé que d’autres bastions acceptent : {elsewhere} ({fingerprint}).",
        "{subject} opens with a key that other gateways accept: {elsewhere} ({fingerprint}).",
    ),
    remediation=Text(
        "Demandez au fournisseur une clé par bastion, ajoutez les nouvelles, essayez-les, puis retirez la clé commune. "
        "Deux bastions qui se secourent peuvent partager leurs clés : acceptez alors le risque par écrit.",
        "Ask the supplier for one key per gateway, add the new ones, try them, then remove the common key. Two "
        "gateways that stand in for each other may share their keys: accept the risk in writing then.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-09", "pgssi-s:6.1.2.3", "anssi-ssh:R13"),
    check=check,
    reads=("keys", "other_keys"),
)
