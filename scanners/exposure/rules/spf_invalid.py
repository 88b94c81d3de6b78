"""An SPF policy that receivers cannot work out is an error for them: they ignore it, or refuse real mail.

Two records, more than ten terms that ask DNS (RFC 7208, 4.6.4), an include that leads back or to a name without a
record, a term that is not SPF.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import MAX_LOOKUPS, read_spf
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose SPF is an error for receivers."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    texts = domain.spf[0].texts if domain.spf else ()
    if len(texts) > 1:
        return {"weakness": "several", "detail": str(len(texts))}
    if not texts:
        return None
    reading = read_spf(domain.spf)
    faults = {
        "loop": reading.loop,
        "wrong": reading.wrong,
        "lookups": str(reading.lookups) if reading.lookups > MAX_LOOKUPS else "",
        "missing": reading.missing,
    }
    fault = next(({"weakness": kind, "detail": detail} for kind, detail in faults.items() if detail), None)
    if fault is None or fault["weakness"] == "missing":
        must_be_answered(domain, *(f"TXT {record.name}" for record in domain.spf if not record.texts))
    return fault


RULE = Rule(
    id="exposure.spf_invalid",
    title=Text(
        "SPF en erreur",
        "SPF in error",
    ),
    message=Text(
        "Le SPF de {subject} est en erreur : {weakness:several=plusieurs enregistrements|loop=inclusion en "
        "boucle|missing=inclusion sans enregistrement|wrong=terme inconnu|lookups=plus de dix recherches} "
        "({detail}).",
        "The SPF of {subject} is in error: {weakness:several=several records|loop=an include that loops|missing=an "
        "include without a record|wrong=an unknown term|lookups=over ten lookups} ({detail}).",
    ),
    remediation=Text(
        "Gardez un seul enregistrement, retirez les expéditeurs qui ne servent plus, remplacez les « include » "
        "lourds par des adresses « ip4 ».",
        "Keep one record, remove senders no longer used, replace heavy includes by `ip4` addresses.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "rfc:7208"),
    check=check,
    reads=("mail",),
)
