"""Keys nobody has touched for years belong to technicians who may have left the supplier long ago.

Threshold: three years without a change of the file (ours; TLM-26 asks for a review every year). A file all of whose
keys end by themselves (`expiry-time=`) is left aside.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import KeyFile, RemoteAccessFacts
from scanners.remote_access.judgement import remote_keys, subject

OLD = timedelta(days=3 * 365)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose key file has not changed for three years."""
    today = facts.collected_at.date()
    files = [file for file in facts.key_files if file.modified is not None and _lasting(file, facts)]
    return judged(
        len(files),
        (
            Finding(
                subject(facts, file.account),
                {"path": file.path, "since": file.modified.isoformat(), "days": (today - file.modified).days},
            )
            for file in files
            if file.modified is not None and today - file.modified > OLD
        ),
    )


def _lasting(file: KeyFile, facts: RemoteAccessFacts) -> bool:
    return any(
        key.last_day is None for key in remote_keys(facts) if (key.account, key.path) == (file.account, file.path)
    )


RULE = Rule(
    id="remote_access.old_keys",
    title=Text("Clés d’accès inchangées depuis plus de trois ans", "Access keys unchanged for more than three years"),
    message=Text(
        "{subject} : personne n’a touché à ses clés depuis le {since} ({days} jours, {path}).",
        "{subject}: nobody has touched its keys since {since} ({days} days, {path}).",
    ),
    remediation=Text(
        "Demandez au fournisseur qui détient encore chaque clé ; remplacez celles de personnes parties, et faites-en "
        "un point de la revue annuelle.",
        "Ask the supplier who still holds each key; replace those of people who left, and make it a point of the "
        "yearly review.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-26", "attack:T1098.004"),
    check=check,
    reads=("keys",),
)
