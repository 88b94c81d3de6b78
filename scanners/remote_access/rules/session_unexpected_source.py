"""A supplier’s account used from an unknown address may be in the hands of someone else.

TLM-08: filtering by address or certificate (PGSSI-S 6.1.2.2). Expected addresses are those of the list of accounts and
of the register; accounts for which neither gives an address, or only a network too wide, are left
in doubt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scanners.model import Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import SESSIONS
from scanners.remote_access.listed_judgement import Network, by_account, joined, need, networks, subject, within
from scanners.remote_access.sources import too_wide
from scanners.remote_access.suppliers import account_key

NO_ADDRESS = Text(
    "Des adresses attendues ou vues ne sont pas des adresses IP ; écrivez-les en adresses ou en réseaux.",
    "Some expected or seen addresses are no IP addresses; write them as addresses or networks.",
)


@dataclass(frozen=True, slots=True)
class _Expected:
    """The networks expected of an account; `wide` are those that admit so many addresses that they restrain nothing."""

    networks: tuple[Network, ...]
    wide: tuple[Network, ...]

    def admits(self, source: str) -> bool | None:
        """Whether an address is expected; None when only a network too wide holds it, or when it is no address."""
        narrow = within(source, self.networks)
        return None if narrow is False and within(source, self.wide) else narrow


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sessions that come from none of the addresses expected of their account."""
    need(facts, SESSIONS, "source")
    expected, unclear = _expected(facts)
    if not expected and not unclear:
        raise NotAssessable(
            "Aucune adresse attendue n’est connue ; écrivez-les au registre (« adresses admises ») ou dans la liste "
            "des comptes.",
            "No expected address is known; write them in the register (“adresses admises”) or in the list of accounts.",
        )
    sessions = facts.listed.sessions
    judgeable = [session for session in sessions if account_key(session.account) in expected]
    verdicts = [(session, expected[account_key(session.account)].admits(session.source)) for session in judgeable]
    untold = [session for session, inside in verdicts if inside is None]
    wide = {subject(one.account) for one in untold if expected[account_key(one.account)].wide}
    unread = {subject(one.account) for one in untold} - wide | unclear
    seen = {subject(session.account): session for session in sessions}
    bare = {
        account
        for account, session in seen.items()
        if account_key(session.account) not in expected and account not in unclear
    }
    doubts = [NO_ADDRESS] if unread else []
    doubts += [_too_wide(wide)] if wide else []
    doubts += [_without(bare)] if bare else []
    return judged(
        len(judgeable),
        by_account(session for session, inside in verdicts if inside is False),
        sorted(unread | wide | bare),
        joined(doubts),
    )


def _expected(facts: RemoteAccessFacts) -> tuple[Mapping[str, _Expected], set[str]]:
    """What is expected of each account, and the accounts of which it cannot be read."""
    words = defaultdict[str, list[str]](list)
    for account in facts.listed.accounts:
        words[account_key(account.account)] += account.sources
    for row in facts.register.rows if facts.register else ():
        for name in row.accounts:
            words[account_key(name)] += row.sources
    read = {account: networks(those) for account, those in words.items() if those}
    unclear = {subject(account) for account, those in read.items() if those is None}
    return {account: _parted(those) for account, those in read.items() if those}, unclear


def _parted(expected: Iterable[Network]) -> _Expected:
    found = tuple(expected)
    wide = tuple(network for network in found if too_wide(str(network)))
    return _Expected(tuple(network for network in found if network not in wide), wide)


def _too_wide(accounts: Collection[str]) -> Text:
    count, first = len(accounts), min(accounts)
    return Text(
        f"Les adresses attendues de {count} compte(s), dont {first}, en admettent tant qu’elles ne filtrent rien ; "
        "écrivez les seules adresses du fournisseur.",
        f"The addresses expected of {count} account(s), among them {first}, admit so many that they filter nothing; "
        "write the addresses of the supplier only.",
    )


def _without(accounts: Collection[str]) -> Text:
    count, first = len(accounts), min(accounts)
    return Text(
        f"{count} compte(s) qui ont ouvert des sessions, dont {first}, n’ont pas d’adresse attendue ; écrivez-les au "
        "registre (« adresses admises ») ou dans la liste des comptes.",
        f"{count} account(s) that opened sessions, among them {first}, have no expected address; write them in the "
        "register (“adresses admises”) or in the list of accounts.",
    )


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
