"""A supplier’s account used from an unknown address may be in the hands of someone else.

TLM-08: filtering by address or certificate (PGSSI-S 6.1.2.2). Expected addresses are those of the list of accounts and
of the register; accounts for which neither gives an address are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from scanners.model import Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import SESSIONS
from scanners.remote_access.listed_judgement import Network, by_account, need, networks, subject, within
from scanners.remote_access.suppliers import account_key

NO_ADDRESS = Text(
    "Des adresses attendues ou vues ne sont pas des adresses IP ; écrivez-les en adresses ou en réseaux.",
    "Some expected or seen addresses are no IP addresses; write them as addresses or networks.",
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sessions that come from none of the addresses expected of their account."""
    need(facts, SESSIONS, "source")
    allowed, unclear = _expected(facts)
    if not allowed and not unclear:
        raise NotAssessable(
            "Aucune adresse attendue n’est connue ; écrivez-les au registre (« adresses admises ») ou dans la liste "
            "des comptes.",
            "No expected address is known; write them in the register (“adresses admises”) or in the list of accounts.",
        )
    judgeable = [session for session in facts.listed.sessions if account_key(session.account) in allowed]
    verdicts = [(session, within(session.source, allowed[account_key(session.account)])) for session in judgeable]
    unread = {subject(session.account) for session, inside in verdicts if inside is None} | unclear
    return judged(
        len(judgeable),
        by_account(session for session, inside in verdicts if inside is False),
        sorted(unread),
        NO_ADDRESS if unread else None,
    )


def _expected(facts: RemoteAccessFacts) -> tuple[Mapping[str, tuple[Network, ...]], set[str]]:
    """The networks expected of each account, and the accounts of which they cannot be read."""
    words = defaultdict[str, list[str]](list)
    for account in facts.listed.accounts:
        words[account_key(account.account)] += account.sources
    for row in facts.register.rows if facts.register else ():
        for name in row.accounts:
            words[account_key(name)] += row.sources
    read = {account: networks(those) for account, those in words.items() if those}
    unclear = {subject(account) for account, those in read.items() if those is None}
    return {account: those for account, those in read.items() if those}, unclear


RULE = Rule(
    id="remote_access.session_unexpected_source",
    title=Text("Sessions depuis une adresse inattendue", "Sessions from an unexpected address"),
    message=Text(
        "{subject} a ouvert {sessions} session(s) depuis une adresse inattendue, la dernière le {latest} depuis "
        "{source} (ligne {line}).",
        "{subject} opened {sessions} session(s) from an unexpected address, the latest on {latest} from {source} "
        "(line {line}).",
    ),
    remediation=Text(
        "Demandez au fournisseur à qui est cette adresse ; dans le doute, coupez l’accès et changez ses secrets. "
        "Filtrez ensuite les adresses sur le pare-feu.",
        "Ask the supplier whose address this is; in doubt, cut the access and change its secrets. Then filter the "
        "addresses on the firewall.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-08", "attack:T1133", "attack:T1078"),
    check=check,
    reads=("sessions", "listed_accounts"),
    kind=Kind.COMPUTED,
)
