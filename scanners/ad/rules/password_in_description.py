"""The description of an account is readable by every user of the domain: a password written there is public.

The collector recognises texts such as “mdp : …” and keeps only the fact, never the text.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts."""
    return verdict(facts, facts.enabled, facts.objects.ints("tellsPassword") == 1)


RULE = Rule(
    id="ad.password_in_description",
    title=Text(
        "Mot de passe écrit dans la description",
        "Password written in the description",
    ),
    message=Text(
        "La description de {subject}, lisible par tous, semble contenir un mot de passe.",
        "The description of {subject}, readable by all, seems to hold a password.",
    ),
    remediation=Text(
        "Effacez le texte, changez le mot de passe, et donnez au service un coffre-fort de mots de passe.",
        "Erase the text, change the password, and give the ward a password safe.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1552", "anssi-hygiene:10"),
    check=check,
    reads=("domain",),
)
