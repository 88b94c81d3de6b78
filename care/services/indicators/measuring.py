"""What this platform answers to every indicator for its own establishments, from what it already holds.

One function an indicator, in `MEASURED`; requirements of the programme have one for all. The number of queries does not
grow with the number of establishments. Those that another installation speaks for are left to it. What nobody knows
makes no row: silence is neither a zero nor a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.funded_domains import DOMAINS
from care.domain.indicators import Measured
from care.domain.months import Month, first_day, month_of, moved
from care.services.indicators import of_audits, of_exercises, of_programme, of_registers
from care.services.indicators.definitions import DefinitionLibrary, read_definitions
from care.services.indicators.look import Look, Told
from care.services.indicators.marks import mark_months
from care.services.platform import Platform
from care.store.bulk import Same, among, load
from care.store.federation import InstallationEstablishment
from care.store.indicators import IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, still_open
from care.store.upsert import conflict_insert

SETTLED_ON = 10
"""The day of a month from which the month before is no longer measured again: what was entered late has its time."""
Measure = Callable[[Look], Iterator[Told]]
MEASURED: Mapping[str, Measure] = {
    "EXO-TX": of_exercises.played,
    "EXO-OSE": of_exercises.played_by_operators,
    "EXO-NIV": of_exercises.highest_level,
    "EXPO-AUD": of_audits.audited_lately,
    "EXPO-AUD-AN": of_audits.audited_in_the_year,
    "EXPO-CRIT": of_audits.without_critical,
    "ADS-DIST": of_audits.ads_level,
    "ADS-OK": of_audits.ads_reached,
    **{f"CARE-CAND:{one}": partial(of_programme.applied, framework=one) for one in DOMAINS},
    **{f"CARE-ATT:{one}": partial(of_programme.declared, framework=one) for one in DOMAINS},
    "PCRA-66": of_programme.covered_activity,
    "PCRA-TEST": of_programme.tested_in_the_field,
    "SAV-321": of_audits.three_two_one,
    "SAV-TEST": of_registers.restored_in_the_year,
    "TLM-MFA": of_audits.second_factor,
    "PDT-OBS": of_audits.obsolete_workstations,
    "PDT-OBS-SRV": of_audits.obsolete_servers,
    "PDT-EDR": of_audits.edr_on_workstations,
    "PDT-EDR-SRV": of_audits.edr_on_servers,
    "INC-SIG": of_registers.reported,
    "INC-SIG-MAL": of_registers.reported_malicious,
    "INC-SIG-PAT": of_registers.reported_with_patients,
    "INC-SIG-DEG": of_registers.reported_degraded,
    "ACT-RET": of_registers.late_actions,
    "HAS-PRET": of_programme.ready_evidence,
}
"""How each packaged indicator is measured; a test closes the list both ways. A version that changes the formula brings
its own function under the same code, and the former months keep their values."""


class Answer(NamedTuple):
    """A value with the establishment that gives it."""

    site: int
    value: Measured


def open_months(today: date) -> tuple[Month, ...]:
    """The months measured on a day: this one, and the one before until the 10th."""
    month = month_of(today)
    return (moved(month, -1), month) if today.day <= SETTLED_ON else (month,)


def month_is_over(month: Month, day: date) -> bool:
    """Whether a month is past on a day."""
    return month < month_of(day)


def measure(platform: Platform, session: Session, establishment_ids: Collection[int], month: Month, day: date) -> int:
    """Measure establishments for a month as it is known on `day` (local), and write what differs. Returns how many
    values were written or removed. In the caller's write transaction."""
    found = answers(platform, session, establishment_ids, month, day)
    return write(platform, session, establishment_ids, month, found, over=month_is_over(month, day))


def answers(
    platform: Platform,
    session: Session,
    establishment_ids: Collection[int],
    month: Month,
    day: date,
    library: DefinitionLibrary | None = None,
) -> tuple[Answer, ...]:
    """What establishments answer for a month, nothing written. Of those asked, only the ones that this platform speaks
    for and that were open in the month; of a month to come, nothing."""
    if month > month_of(day):
        return ()
    sites = _own(session, establishment_ids, month)
    known = (library or read_definitions(platform, session)).of(month)
    look = Look.at(platform, session, sites, month, day, known)
    return tuple(
        Answer(told.site, Measured(code, known[code].version, month, told.numerator, told.denominator, told.on))
        for code, told in _told(look)
    )


def _told(look: Look) -> Iterator[tuple[str, Told]]:
    for code, one in MEASURED.items():
        if code in look.definitions:
            yield from ((code, told) for told in one(look) if told.site in look.sites)
    yield from of_programme.requirements(look)


def _own(session: Session, ids: Collection[int], month: Month) -> frozenset[int]:
    elsewhere = select(InstallationEstablishment.establishment_id)
    query = select(Establishment.id).where(
        among(session, Establishment.id, sorted(set(ids))),
        Establishment.id.not_in(elsewhere),
        still_open(first_day(month)),
    )
    return frozenset(session.scalars(query))


def write(
    platform: Platform,
    session: Session,
    establishment_ids: Collection[int],
    month: Month,
    found: Iterable[Answer],
    *,
    over: bool,
) -> int:
    """Keep the values of a month: new and different ones, and, unless the month is `over`, none of what is no longer
    known: a month that is past keeps what was measured while it lasted. Returns how many rows changed."""
    sites = _own(session, establishment_ids, month)
    holders = _holders(session, sites)
    wanted = {(one.value.code, holders[one.site]): one.value for one in found if one.site in holders}
    kept = _kept(session, holders.values(), month)
    stale = [] if over else [key for key in kept if key not in wanted]
    differing = [key for key, value in wanted.items() if kept.get(key) != value]
    _remove(session, month, [*stale, *(key for key in differing if key in kept)])
    _insert(session, month, {key: wanted[key] for key in differing})
    if stale or differing:
        mark_months(session, [month], platform.clock.now())
    return len(stale) + len(differing)


_Key = tuple[str, int]
"""The code of an indicator and its holder."""


def _holders(session: Session, sites: Collection[int]) -> Mapping[int, int]:
    """The holder of each establishment, made where there is none; locked, so that two measures come one after the
    other."""
    known = _holder_ids(session, sites)
    missing = sorted(set(sites) - set(known))
    if missing:
        insert = conflict_insert(session.get_bind().dialect.name, IndicatorHolder).on_conflict_do_nothing()
        session.execute(insert, [{"establishment_id": site, "category": ""} for site in missing])
        known = _holder_ids(session, sites)
    held = select(IndicatorHolder.id).where(among(session, IndicatorHolder.id, sorted(known.values())))
    session.execute(held.order_by(IndicatorHolder.id).with_for_update())
    return known


def _holder_ids(session: Session, sites: Collection[int]) -> Mapping[int, int]:
    wanted = set(sites)
    rows = session.execute(
        select(IndicatorHolder.establishment_id, IndicatorHolder.id).where(
            IndicatorHolder.establishment_id.is_not(None)
        )
    )
    return {site: number for site, number in rows if site is not None and site in wanted}


def _kept(session: Session, holders: Collection[int], month: Month) -> Mapping[_Key, Measured]:
    columns = (IndicatorValue.indicator, IndicatorValue.holder_id, IndicatorValue.version)
    rows = session.execute(
        select(*columns, IndicatorValue.numerator, IndicatorValue.denominator, IndicatorValue.as_of).where(
            IndicatorValue.month == month, among(session, IndicatorValue.holder_id, sorted(holders))
        )
    )
    return {
        (code, holder): Measured(code, version, month, numerator, denominator, as_of)
        for code, holder, version, numerator, denominator, as_of in rows
    }


def _remove(session: Session, month: Month, keys: Iterable[_Key]) -> None:
    by_code: dict[str, list[int]] = {}
    for code, holder in keys:
        by_code.setdefault(code, []).append(holder)
    for code, holders in by_code.items():
        gone = delete(IndicatorValue).where(
            IndicatorValue.indicator == code,
            IndicatorValue.month == month,
            among(session, IndicatorValue.holder_id, holders),
        )
        session.execute(gone, execution_options={"synchronize_session": False})


def _insert(session: Session, month: Month, values: Mapping[_Key, Measured]) -> None:
    load(
        session,
        IndicatorValue,
        len(values),
        {
            "indicator": [code for code, _holder in values],
            "month": Same(month),
            "holder_id": [holder for _code, holder in values],
            "version": [one.version for one in values.values()],
            "numerator": [one.numerator for one in values.values()],
            "denominator": [one.denominator for one in values.values()],
            "as_of": [one.as_of for one in values.values()],
        },
    )
