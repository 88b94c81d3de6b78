"""What the last reviews of an establishment saw of accounts of suppliers: their facts, put together by account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access_measures import Seen, SeenAccount
from care.services.platform import Platform
from care.services.scanning import REGISTER_SCANNER
from care.store.evidence import Evidence
from care.store.runs import Run, latest_of_each_target
from care.store.targets import Target
from scanners.archive import read_archive
from scanners.errors import SaidError
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import may_log_in, remote_accounts
from scanners.remote_access.listed import LISTED_ACCOUNTS, ListedAccount, ListedSession
from scanners.remote_access.listed_judgement import as_of
from scanners.remote_access.suppliers import account_key


def seen_accounts(platform: Platform, session: Session, establishment_id: int) -> Seen:
    """The accounts that the last review of each target saw; who asks was checked before."""
    found: dict[str, list[SeenAccount]] = defaultdict(list)
    lists, gateways = list[str](), list[str]()
    for facts in _last_facts(platform, session, establishment_id):
        listed = facts.listed.of(LISTED_ACCOUNTS)
        if listed is not None and listed.name not in lists:
            lists.append(listed.name)
            for one in _of_lists(facts, listed.name):
                found[account_key(one.name)].append(one)
        if facts.gateway and facts.accounts and facts.gateway not in gateways:
            gateways.append(facts.gateway)
            for one in _of_gateway(facts):
                found[account_key(one.name)].append(one)
    return Seen({key: tuple(those) for key, those in found.items()}, tuple(lists), tuple(gateways))


def _last_facts(platform: Platform, session: Session, establishment_id: int) -> Iterator[RemoteAccessFacts]:
    last = latest_of_each_target(
        Run.recorded_at.is_not(None),
        Run.establishment_id == establishment_id,
        Target.archived_at.is_(None),
        Target.scanner == REGISTER_SCANNER,
    )
    query = (
        select(Evidence.sha256)
        .join(Run, Run.facts_id == Evidence.id)
        .where(Run.id.in_(last), Evidence.sha256.is_not(None))
        .order_by(Run.id.desc())
    )
    for sha256 in session.scalars(query).all():
        try:
            yield cast("RemoteAccessFacts", read_archive(platform.evidence.path(str(sha256))).facts)
        except (SaidError, OSError):  # its own audit says so: nothing is measured
            continue


@dataclass(slots=True)
class _Sessions:
    """What the log says of one account."""

    last: date | None = None
    sources: dict[str, None] = field(default_factory=dict)

    def add(self, session: ListedSession) -> None:
        """Count one session."""
        self.last = max(filter(None, (self.last, session.start.date())))
        if session.source:
            self.sources[session.source] = None


def _of_lists(facts: RemoteAccessFacts, name: str) -> Iterator[SeenAccount]:
    sessions: dict[str, _Sessions] = defaultdict(_Sessions)
    for one in facts.listed.sessions:
        sessions[account_key(one.account)].add(one)
    on = as_of(facts, LISTED_ACCOUNTS)
    for account in facts.listed.accounts:
        log = sessions[account_key(account.account)]
        last = max((day for day in (account.last_login, log.last) if day is not None), default=None)
        yield SeenAccount(
            account.account,
            name,
            on,
            open=_is_open(account, on),
            last_use=last,
            sources=tuple(log.sources),
            company=account.company,
        )


def _is_open(account: ListedAccount, on: date) -> bool | None:
    return False if account.expires is not None and account.expires < on else account.enabled


def _of_gateway(facts: RemoteAccessFacts) -> Iterator[SeenAccount]:
    sources: dict[str, dict[str, None]] = defaultdict(dict)
    for one in facts.shell_sessions or ():
        if one.source:
            sources[one.account][one.source] = None
    for account in remote_accounts(facts):
        yield SeenAccount(
            account.name,
            facts.gateway,
            facts.collected_at.date(),
            gateway=True,
            open=may_log_in(account, facts),
            last_use=_day(account.last_login),
            sources=tuple(sources[account.name]),
        )


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def keys_of(names: Iterable[str]) -> dict[str, str]:
    """The key of each account, by its name."""
    return {name: account_key(name) for name in names}
