"""When two suppliers share an account, nobody can tell who came in, and one contract’s end closes nothing.

TLM-09: an account is reserved for remote maintenance, with credentials unlike any other (PGSSI-S 6.1.2.3). The list of
accounts, the register and the tickets are put together: an account that they give to two companies is shared. What the
register says by itself is told by `register_shared_account`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from scanners.lists.words import plain
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LISTED_ACCOUNTS
from scanners.remote_access.listed_judgement import need, subject
from scanners.remote_access.suppliers import account_key


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that several companies use."""
    need(facts, LISTED_ACCOUNTS)
    companies, registered = _companies(facts), _registered(facts)
    if not companies:
        raise NotAssessable(
            "Rien ne dit à quel fournisseur est chaque compte ; ajoutez la société à la liste, ou les comptes au "
            "registre.",
            "Nothing tells which supplier each account belongs to; add the company to the list, or the accounts to "
            "the register.",
        )
    return judged(
        len(companies),
        (
            Finding(subject(account), {"suppliers": ", ".join(sorted(names.values())[:5])})
            for account, names in companies.items()
            if len(names) > 1 and set(names) != registered.get(account)
        ),
    )


def _companies(facts: RemoteAccessFacts) -> Mapping[str, Mapping[str, str]]:
    """The companies of each account, by their plain name, as they are written."""
    found = defaultdict[str, dict[str, str]](dict)
    told = [(account.account, account.company) for account in facts.listed.accounts]
    told += [(name, row.supplier) for row in (facts.register.rows if facts.register else ()) for name in row.accounts]
    told += [(name, ticket.supplier) for ticket in facts.listed.tickets for name in ticket.accounts]
    for account, company in told:
        if plain(company):
            found[account_key(account)].setdefault(plain(company), company)
    return found


def _registered(facts: RemoteAccessFacts) -> Mapping[str, set[str]]:
    """The companies of each account by the register alone, plainly."""
    found = defaultdict[str, set[str]](set)
    for row in facts.register.rows if facts.register else ():
        for name in row.accounts:
            found[account_key(name)] |= {plain(row.supplier)} - {""}
    return found


RULE = Rule(
    id="remote_access.listed_shared",
    title=Text("Compte partagé entre fournisseurs", "Account shared between suppliers"),
    message=Text(
        "{subject} est employé par plusieurs fournisseurs : {suppliers}.",
        "{subject} is used by several suppliers: {suppliers}.",
    ),
    remediation=Text(
        "Créez un compte par fournisseur et par équipement, transmettez-le à lui seul, puis désactivez le compte "
        "partagé.",
        "Make one account for each supplier and equipment, hand it to that supplier alone, then disable the shared "
        "one.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-09", "attack:T1078"),
    check=check,
    reads=("listed_accounts", "tickets"),
    kind=Kind.COMPUTED,
)
