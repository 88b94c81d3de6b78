"""Measures of audits: what rules said of each target in use, the last time it was audited.

A rule that could not tell gives no value, and neither does an audit that is too old.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select

from care.domain.findings import State
from care.services.frameworks.computed import BEST_ADS_LEVEL
from care.services.frameworks.library import frameworks_in_use
from care.services.governance.measured_accounts import REGISTER_RULE
from care.services.indicators.look import AuditRun, Look, Outcome, Told
from care.store.bulk import among
from care.store.findings import FindingRow, SightingRow
from care.store.runs import RuleOutcome, Run
from scanners.model import Severity, Status

EXPOSURE, ADS = "exposure", "ads"
WINDOW_DAYS = 60
"""How old an exposure audit may be: the longest interval of D1.O2.B (ANSSI, page of SILENE)."""
THREE_TWO_ONE, IMMUTABLE = "backup.three_two_one", "backup.immutable_copy"
RESTORE_OVERDUE = "backup.restore_test_overdue"
OBSOLETE_WORKSTATIONS, OBSOLETE_SERVERS = "workstations.unsupported_workstations", "workstations.unsupported_servers"
EDR_WORKSTATIONS, EDR_SERVERS = "workstations.edr_coverage_workstations", "workstations.edr_coverage_servers"
SYSTEM_UNKNOWN = "workstations.system_unknown"
SECRETS, ADMIN_ACCOUNT = "workstations.secrets_unchangeable", "workstations.admin_account_shared"
ADMIN_LINK = "workstations.admin_link_missing"
PRIVILEGED_USERS, ENABLED_USERS = "ad.privileged_inactive", "ad.never_expires_ratio"
"""Rules of which the population is the enabled privileged users, and all enabled users."""
RULES = (
    SYSTEM_UNKNOWN, PRIVILEGED_USERS, ENABLED_USERS, THREE_TWO_ONE, IMMUTABLE, OBSOLETE_WORKSTATIONS, OBSOLETE_SERVERS,
    EDR_WORKSTATIONS, EDR_SERVERS, REGISTER_RULE, RESTORE_OVERDUE, SECRETS, ADMIN_ACCOUNT, ADMIN_LINK,
)  # fmt: skip
"""The rules read here; a test holds them to the catalogue."""


# Internet exposure


def audited_lately(look: Look) -> Iterator[Told]:
    """EXPO-AUD: a complete exposure audit within 60 days, the sixtieth included."""
    return _audited(look, lambda on: (look.day - on).days <= WINDOW_DAYS)


def audited_in_the_year(look: Look) -> Iterator[Told]:
    """EXPO-AUD-AN: a complete exposure audit within twelve months."""
    return _audited(look, look.recent)


def _audited(look: Look, counts: Callable[[date], bool]) -> Iterator[Told]:
    last = _last_exposure_audits(look)
    for site in sorted({*last, *look.targets.get(EXPOSURE, {})}):
        on = last.get(site)
        yield Told(site, int(on is not None and counts(on)), 1, look.day)


def _last_exposure_audits(look: Look) -> Mapping[int, date | None]:
    """The day of the last complete exposure audit, None where there were only others; of targets archived since too."""
    at = func.coalesce(Run.collected_to, Run.recorded_at)
    rows = look.session.execute(
        select(Run.establishment_id, Run.complete, func.max(at))
        .where(look.here(Run.establishment_id), Run.scanner == EXPOSURE, Run.recorded_at.is_not(None), at <= look.end)
        .group_by(Run.establishment_id, Run.complete)
    )
    found: dict[int, date | None] = {}
    for site, complete, when in rows:
        found[site] = look.local(when) if complete else found.get(site)
    return found


def without_critical(look: Look) -> Iterator[Told]:
    """EXPO-CRIT: no critical finding left on any exposure target, each audited as a whole within twelve months."""
    fresh = {target: run for target, run in look.last_whole_runs.items() if look.recent(run.on)}
    critical, unsure = _critical_targets(look, fresh), _unsure_runs(look, fresh.values())
    for site, targets in sorted(look.targets.get(EXPOSURE, {}).items()):
        runs = [fresh[one] for one in targets if one in fresh]
        found = any(run.target in critical for run in runs)
        if found or (len(runs) == len(targets) and not any(run.id in unsure for run in runs)):
            yield Told(site, int(not found), 1, min(run.on for run in runs))


def _critical_targets(look: Look, targets: Collection[int]) -> set[int]:
    query = select(SightingRow.target_id).join(FindingRow, FindingRow.id == SightingRow.finding_id)
    wanted = (FindingRow.severity == Severity.CRITICAL, FindingRow.state != State.FALSE_POSITIVE)
    return set(look.session.scalars(query.where(_still_there(look, targets), *wanted).distinct()))


def _unsure_runs(look: Look, runs: Collection[AuditRun]) -> set[int]:
    """The audits in which a critical rule could not tell."""
    query = select(RuleOutcome.run_id).where(
        among(look.session, RuleOutcome.run_id, sorted(run.id for run in runs)),
        RuleOutcome.severity == Severity.CRITICAL,
        RuleOutcome.status.in_((Status.NOT_ASSESSABLE, Status.ERROR)),
    )
    return set(look.session.scalars(query.distinct()))


def _still_there(look: Look, targets: Collection[int]) -> ColumnElement[bool]:
    """What targets saw, and had not seen go by the day looked at."""
    return (
        among(look.session, SightingRow.target_id, sorted(targets))
        & (SightingRow.first_seen_at <= look.end)
        & (SightingRow.gone_at.is_(None) | (SightingRow.gone_at > look.end))
    )


# ADS levels


def ads_level(look: Look) -> Iterator[Told]:
    """ADS-DIST: the lowest level of the directories of the establishment."""
    for site, (level, on) in sorted(_ads_levels(look).items()):
        yield Told(site, level, 1, on)


def ads_reached(look: Look) -> Iterator[Told]:
    """ADS-OK: every directory at the level that somebody entered; no value as long as nobody did."""
    framework = frameworks_in_use(look.platform, look.session, look.day).get("care-d1")
    wanted = framework.parameters.get("ads_level") if framework else None
    if wanted is None or not wanted.proves or not isinstance(wanted.value, int):
        return
    for site, (level, on) in sorted(_ads_levels(look).items()):
        yield Told(site, int(level >= wanted.value), 1, on)


def _ads_levels(look: Look) -> Mapping[int, tuple[int, date]]:
    """The lowest level of each establishment and the day of the oldest result; none while a result is missing."""
    runs = {target: run for target, run in look.last_runs.items() if look.recent(run.on)}
    levels = _levels_found(look, {target for targets in look.targets.get(ADS, {}).values() for target in targets})
    found = {}
    for site, targets in look.targets.get(ADS, {}).items():
        known = [(_level(runs[one], levels), runs[one].on) for one in targets if one in runs]
        if len(known) == len(targets) and all(level is not None for level, _on in known):
            found[site] = (min(level for level, _on in known if level is not None), min(on for _level, on in known))
    return found


def _level(run: AuditRun, levels: Mapping[int, int]) -> int | None:
    """A result with every point passed is the best level; one that names no point at all tells nothing."""
    if run.target in levels:
        return levels[run.target]
    return BEST_ADS_LEVEL if run.passed and not run.failed else None


def _levels_found(look: Look, targets: Collection[int]) -> Mapping[int, int]:
    rows = look.session.execute(
        select(SightingRow.target_id, FindingRow.evidence)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(_still_there(look, targets))
    )
    levels: dict[int, int] = {}
    for target, evidence in rows:
        level = evidence.get("ads_level")
        if isinstance(level, int):
            levels[target] = min(level, levels.get(target, level))
    return levels


# Rules that hold or do not, over all the targets of an establishment


def three_two_one(look: Look) -> Iterator[Told]:
    """SAV-321: every system of every backup plan has its copies, and an immutable one out of reach."""
    first, second = look.outcomes(THREE_TWO_ONE), look.outcomes(IMMUTABLE)
    return _held({site: [*found, *second.get(site, ())] for site, found in first.items()})


def edr_on_workstations(look: Look) -> Iterator[Told]:
    """PDT-EDR: the share of workstations with an agent reaches the threshold."""
    return _held(look.outcomes(EDR_WORKSTATIONS))


def edr_on_servers(look: Look) -> Iterator[Told]:
    """PDT-EDR-SRV: the same for servers."""
    return _held(look.outcomes(EDR_SERVERS))


def _held(outcomes: Mapping[int, Sequence[Outcome]]) -> Iterator[Told]:
    for site, found in sorted(outcomes.items()):
        says = held(found)
        if says is not None:
            yield Told(site, int(says), 1, min(one.on for one in found if one.on is not None))


def held(outcomes: Sequence[Outcome]) -> bool | None:
    """No when it failed somewhere; yes when it passed everywhere, on something; else nobody can tell."""
    if any(one.status is Status.FAILED for one in outcomes):
        return False
    passed = bool(outcomes) and all(one.status is Status.PASSED for one in outcomes)
    return True if passed and all(one.population for one in outcomes) else None


# Shares


def second_factor(look: Look) -> Iterator[Told]:
    """TLM-MFA: accesses in force with a second factor, over the registers that an audit could read."""
    for site, found in sorted(look.outcomes(REGISTER_RULE).items()):
        read = [one for one in found if one.assessed]
        if read:
            whole, bare = sum(one.population for one in read), sum(one.findings for one in read)
            yield Told(site, max(whole - bare, 0), whole, _oldest(read))


def obsolete_workstations(look: Look) -> Iterator[Told]:
    """PDT-OBS: workstations on a system without fixes."""
    return _obsolete(look, OBSOLETE_WORKSTATIONS)


def obsolete_servers(look: Look) -> Iterator[Told]:
    """PDT-OBS-SRV: servers on a system without fixes."""
    return _obsolete(look, OBSOLETE_SERVERS)


def _obsolete(look: Look, rule: str) -> Iterator[Told]:
    outcomes = look.outcomes(rule)
    failed = [one.target for found in outcomes.values() for one in found if one.status is Status.FAILED]
    machines, unknown = _machines(look, rule, failed), _unknown(look, servers=rule == OBSOLETE_SERVERS)
    for site, found in sorted(outcomes.items()):
        read = [one for one in found if one.assessed]
        counts = [_ended(one, machines) for one in read]
        if read and None not in counts:
            lost = sum(unknown.get(one.target, 0) for one in read)
            whole = sum(one.population for one in read)
            yield Told(site, sum(one or 0 for one in counts), whole, _oldest(read), lost)


def _unknown(look: Look, *, servers: bool) -> Mapping[int, int]:
    """How many servers, or workstations, of each target run a system whose end of support nobody knows."""
    said = look.outcomes(SYSTEM_UNKNOWN).values()
    failed = [one.target for found in said for one in found if one.status is Status.FAILED]
    counts = {}
    for target, found in _machines(look, SYSTEM_UNKNOWN, failed).items():
        numbers = [(one.get("machines"), one.get("servers")) for one in found]
        known = [(every, some) for every, some in numbers if isinstance(every, int) and isinstance(some, int)]
        counts[target] = sum(some if servers else every - some for every, some in known)
    return counts


def secrets_unchangeable(look: Look) -> Iterator[Told]:
    """OSE-4d: machines whose secrets the establishment cannot change."""
    return _counted(look, SECRETS)


def admin_account_shared(look: Look) -> Iterator[Told]:
    """OSE-4e: machines administered from an account that is not kept for that."""
    return _counted(look, ADMIN_ACCOUNT)


def admin_link_missing(look: Look) -> Iterator[Told]:
    """OSE-4f: machines without a physical link or interface of administration."""
    return _counted(look, ADMIN_LINK)


def _counted(look: Look, rule: str) -> Iterator[Told]:
    """What a rule counted itself in its only finding; one that found nothing knows of every machine, all in order. An
    establishment where a count cannot be read gives no figure: part of a whole would mislead."""
    outcomes = look.outcomes(rule)
    failed = [one.target for found in outcomes.values() for one in found if one.status is Status.FAILED]
    written = _machines(look, rule, failed)
    for site, found in sorted(outcomes.items()):
        read = [one for one in found if one.assessed]
        counts = [_count(one, written) for one in read]
        if read and None not in counts:
            part, lost = (sum(one[rank] for one in counts if one) for rank in (0, 1))
            yield Told(site, part, sum(one.population for one in read), _oldest(read), lost)


def _count(outcome: Outcome, written: Mapping[int, Sequence[Mapping[str, Any]]]) -> tuple[int, int] | None:
    """The machines concerned, and those of either side."""
    if outcome.status is Status.PASSED:
        return 0, 0
    mine = [one for one in written.get(outcome.target, ()) if one.get("total") == outcome.population]
    part, unknown = (mine[0].get("concerned"), mine[0].get("unknown")) if len(mine) == 1 else (None, None)
    return (part, unknown) if isinstance(part, int) and isinstance(unknown, int) else None


def privileged_users(look: Look) -> Iterator[Told]:
    """OSE-4c: the privileged among the enabled users of every directory, all of them read."""
    privileged, enabled = look.outcomes(PRIVILEGED_USERS), look.outcomes(ENABLED_USERS)
    for site, some in sorted(privileged.items()):
        every = enabled.get(site, ())
        if some and every and all(one.assessed for one in (*some, *every)):
            part, whole = sum(one.population for one in some), sum(one.population for one in every)
            yield Told(site, min(part, whole), whole, _oldest([*some, *every]))


def _ended(outcome: Outcome, machines: Mapping[int, Sequence[Mapping[str, Any]]]) -> int | None:
    """The machines that a failed rule names, version by version; None when its findings are no longer those of this
    audit: another target of the establishment wrote over them."""
    if outcome.status is Status.PASSED:
        return 0
    found = machines.get(outcome.target, ())
    mine = [one.get("machines") for one in found if one.get("total") == outcome.population]
    numbers = [one for one in mine if isinstance(one, int)]
    return sum(numbers) if numbers and len(numbers) == len(found) == outcome.findings else None


def _machines(look: Look, rule: str, targets: Collection[int]) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    rows = look.session.execute(
        select(SightingRow.target_id, FindingRow.evidence)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.rule == rule, _still_there(look, targets), SightingRow.last_seen_at <= look.end)
    )
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for target, evidence in rows:
        found[target].append(evidence)
    return found


def _oldest(outcomes: Sequence[Outcome]) -> date:
    return min(one.on for one in outcomes if one.on is not None)
