"""What audits measure of the indicators of operators of essential services: systems without fixes, privileged users,
how machines are administered.

The same counts as regional indicators (`care.services.indicators.of_audits`), with how many machines nobody
knows of: counted both ways, they give the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.months import month_of
from care.services.action_query import today
from care.services.governance.measured_accounts import Measured
from care.services.indicators import of_audits
from care.services.indicators.look import Look, Told
from care.services.places import within
from care.services.platform import Platform
from care.store.bulk import among
from care.store.registry import Establishment

_MEASURES: Mapping[str, Callable[[Look], Iterator[Told]]] = {
    "unsupported_workstations": of_audits.obsolete_workstations,
    "unsupported_servers": of_audits.obsolete_servers,
    "privileged_users": of_audits.privileged_users,
    "secrets_unchangeable": of_audits.secrets_unchangeable,
    "admin_account_shared": of_audits.admin_account_shared,
    "admin_link_missing": of_audits.admin_link_missing,
}


def measured_systems(
    platform: Platform, session: Session, scope: Scope, sites: Collection[int], name: str
) -> Measured | None:
    """What the last audit of each target in use says; None when none says anything, or for who sees no finding."""
    measure = _MEASURES.get(name)
    if measure is None:
        return None
    seen = session.scalars(
        select(Establishment.id).where(
            among(session, Establishment.id, sorted(sites)), within(scope, Right.SEE_FINDINGS, Establishment.id)
        )
    )
    day = today(platform)
    told = list(measure(Look.at(platform, session, frozenset(seen), month_of(day), day, {})))
    if not told:
        return None
    return Measured(
        sum(one.numerator for one in told),
        sum(one.denominator for one in told),
        min(one.on for one in told),
        len(told),
        sum(one.unknown for one in told),
    )
