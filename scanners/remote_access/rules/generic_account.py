"""An account named after nobody (`support`, `maintenance`) is lent: its traces say that someone came, not who.

ANSSI R21: an account is personal and never lent. Only names that are nothing but a role or a trade are listed here; an
account named after its equipment follows TLM-09 and is left alone.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import remote_accounts, subject

GENERIC = frozenset(
    {
        *("admin", "administrateur", "administrator", "adm", "invite", "guest", "user", "utilisateur", "test", "demo"),
        *(
            "support",
            "maintenance",
            "telemaintenance",
            "tma",
            "technicien",
            "technique",
            "tech",
            "prestataire",
            "presta",
        ),
        *(
            "fournisseur",
            "externe",
            "service",
            "sav",
            "helpdesk",
            "hotline",
            "vendor",
            "supplier",
            "remote",
            "stagiaire",
        ),
    }
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts whose name is that of a role."""
    accounts = remote_accounts(facts)
    return judged(
        len(accounts),
        (
            Finding(subject(facts, account.name), {"uid": account.uid})
            for account in accounts
            if account.name.casefold().rstrip("0123456789_-.") in GENERIC
        ),
    )


RULE = Rule(
    id="remote_access.generic_account",
    title=Text("Compte au nom de personne", "Account named after nobody"),
    message=Text(
        "{subject} (uid {uid}) porte le nom d’une fonction : ses traces ne disent pas qui est venu.",
        "{subject} (uid {uid}) bears the name of a role: its traces do not say who came.",
    ),
    remediation=Text(
        "Créez un compte par technicien ou par équipement, faites-les essayer, puis fermez celui-ci.",
        "Make one account per technician or per piece of equipment, have them tried, then close this one.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ssh:R21", "care-rules:TLM-19", "attack:T1078"),
    check=check,
    reads=("accounts", "keys"),
)
