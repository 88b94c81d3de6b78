"""The audits of exposure that count as evidence of a level held over time, and what each did not look at (ADR 0025)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from care.domain.findings import State
from care.domain.held_exposure import ExposureAudit
from care.domain.restraints import ExclusionMode
from care.services.audit_exclusions import BY_MANDATE
from care.services.frameworks.ground import Ground
from care.store.bulk import among
from care.store.findings import FindingRow, SightingRow
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.catalog import rules_of
from scanners.model import Severity, Status, Text

EXPOSURE = "exposure"
_STOPPED = Text("il s’est arrêté avant la fin.", "it stopped before its end.")
_VULNERABILITIES = frozenset({"exposure.critical_vulnerability", "exposure.exploited_vulnerability"})
"""Rules that answer from data imported: without their answer, no audit shows how many critical weaknesses are left."""
_BROKEN = Text("une règle s’est arrêtée sur un défaut de CaRE.", "a rule stopped on a defect of CaRE.")


@dataclass(frozen=True, slots=True)
class Refused:
    """The last audit of a target, when it does not count: its day and why."""

    day: date
    why: Text


@dataclass(frozen=True, slots=True)
class Audited:
    """The audits of one target, by date, those that do not count as proof included; `refused` is its last one when it
    is of these."""

    every: tuple[ExposureAudit, ...] = ()
    refused: Refused | None = None

    @property
    def counted(self) -> tuple[ExposureAudit, ...]:
        """Those that count."""
        return tuple(one for one in self.every if one.proves)


@dataclass(frozen=True, slots=True)
class _Critical:
    """A critical weakness as a target saw it."""

    finding: int
    first_seen: datetime
    gone_at: datetime | None
    false_positive: bool = False

    def there(self, at: datetime) -> bool:
        """Whether it was known and not yet gone."""
        return self.first_seen <= at and (self.gone_at is None or self.gone_at > at)


def left_out(run: Run) -> tuple[str, ...] | None:
    """The subjects that an audit did not look at: none of a complete one, None when it cannot name all of them."""
    if run.complete:
        return ()
    subjects = [str(gap.get("subject", "")) for gap in run.gaps or ()]
    if run.error or run.left_over or run.stopped is not None or not subjects or not all(subjects):
        return None
    return tuple(sorted(set(subjects)))


def exposure_audits(ground: Ground) -> Mapping[str, Audited]:
    """The audits of each exposure target in use, with the critical weaknesses that were open once each was over, those
    that archived targets left included; none without any audit."""
    rows = ground.session.execute(
        select(Target.id, Target.name, Run, _found())
        .outerjoin(Run, (Run.target_id == Target.id) & Run.complete.is_not(None) & Run.collected_from.is_not(None))
        .where(Target.scanner == EXPOSURE, Target.archived_at.is_(None), ground.here(Target.establishment_id))
        .order_by(Target.id, Run.collected_from)
    ).all()
    runs: list[Run | None] = [run for _number, _name, run, _found in rows]  # the join may bring none
    criticals, unsure = _criticals(ground), _unsure(ground, [run.id for run in runs if run is not None])
    lost = _of_archived(ground, criticals)
    audits: dict[tuple[int, str], Audited] = defaultdict(Audited)
    for (number, name, _run, found), run in zip(rows, runs, strict=True):
        before = audits[number, name]
        if run is not None and run.collected_from is not None:
            known = _Known(int(found), criticals.get(number, ()), lost, unsure.get(run.id, ()))
            audits[number, name] = _with(before, ground, run, known)
    if not any(one.every for one in audits.values()):
        return {}
    names = [name for _number, name in audits]
    late = tuple(_seen_later(ground, lost))
    return {
        f"{name} ({number})" if names.count(name) > 1 else name: replace(one, every=(*one.every, *late))
        for (number, name), one in audits.items()
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known around one audit: the critical findings its rules told, those its target ever saw, those of
    archived targets by the name of these, and the critical rules that could not tell."""

    found: int
    criticals: Sequence[_Critical]
    lost: Mapping[str, Sequence[_Critical]]
    unsure: Sequence[RuleOutcome]


def _with(before: Audited, ground: Ground, run: Run, known: _Known) -> Audited:
    day, exceptions = ground.local(run.collected_from or run.asked_at), left_out(run)
    at = run.collected_to or run.collected_from or run.asked_at
    # What an audit could not close is still there, even if it looked everywhere: a port that nothing named this time,
    # a version that is hidden since, an address taken out of the target or archived with it.
    there = [one for one in known.criticals if one.there(at)]
    aside = sum(one.false_positive for one in there)
    still_open = {one.finding for one in there if not one.false_positive}
    own = max(known.found - aside, len(still_open))
    elsewhere = {name: {one.finding for one in ones if one.there(at)} - still_open for name, ones in known.lost.items()}
    why = _why(run) if exceptions is None else _unanswered(run, known.unsure)
    limits = (*_spared(run), *_unusual(run), *_untold(known.unsure), *_aside(day, aside), *_elsewhere(elsewhere))
    criticals = own + len(set().union(*elsewhere.values()))
    audit = ExposureAudit(day, criticals, exceptions or (), proves=why is None, limits=limits)
    return Audited((*before.every, audit), Refused(day, why) if why else None)


def _unanswered(run: Run, unsure: Sequence[RuleOutcome]) -> Text | None:
    """Why an audit shows no level: nobody could compare what it saw with known vulnerabilities. What a gap explains
    that names its subject is named beside the proof instead."""
    named = [gap["fr"] for gap in run.gaps or () if gap.get("subject")]
    for one in unsure:
        if one.rule in _VULNERABILITIES and not any(reason in one.reason_fr for reason in named):
            return Text(one.reason_fr, one.reason_en)
    return None


def _untold(unsure: Sequence[RuleOutcome]) -> Iterator[Text]:
    """Other critical rules that could not tell."""
    titles = {rule.id: rule.title for rule in rules_of(EXPOSURE)}
    for one in sorted(unsure, key=lambda one: one.rule):
        title = titles.get(one.rule, Text(one.rule, one.rule))
        yield Text(f"non évalué : {title.fr}", f"not assessed: {title.en}")


def _spared(run: Run) -> Iterator[Text]:
    """What exclusions kept from being contacted; one that concerned no address of the audit took nothing from it."""
    for one in run.spared or ():
        if one.get("ended") or not one.get("count", 1):
            continue
        places = _places(one)
        if one["mode"] == BY_MANDATE:
            yield Text(f"exclu par le mandat : {places}", f"excluded by the mandate: {places}")
        elif one["mode"] == ExclusionMode.NO_SCAN:
            yield Text(
                f"exclu de l’audit : {places}, {one['reason']}", f"excluded from the audit: {places}, {one['reason']}"
            )


def _places(one: Mapping[str, Any]) -> str:
    """What was excluded and the addresses that it took, when these say more."""
    shown = ", ".join(one.get("addresses", ()))
    places = f"{shown}, …" if one.get("count", 0) > len(one.get("addresses", ())) else shown
    return f"{one['what']} ({places})" if places not in ("", one["what"]) else str(one["what"])


def _unusual(run: Run) -> Iterator[Text]:
    """Ports chosen, and the profile that only connects, as the perimeter of the audit tells them."""
    for part in (run.perimeter or "").split(" · ")[1:]:
        if part.startswith("ports "):
            ports = part.removeprefix("ports ")
            yield Text(f"ports limités à {ports}", f"ports limited to {ports}")
        elif part == "fragile":
            yield Text("profil fragile : connexions seules", "fragile profile: connections only")


def _aside(day: date, count: int) -> Iterator[Text]:
    if count:
        yield Text(
            f"audit du {day:%d/%m/%Y} : {count} critique(s) déclaré(s) faux positif(s), non compté(s)",
            f"audit of {day}: {count} critical declared false positive, not counted",
        )


def _elsewhere(found: Mapping[str, Iterable[int]]) -> Iterator[Text]:
    for name, numbers in sorted(found.items()):
        if count := len(set(numbers)):
            yield Text(
                f"{count} critique(s) ouvert(s) de la cible archivée « {name} » compté(s)",
                f"{count} open critical of the archived target “{name}” counted",
            )


def _seen_later(ground: Ground, lost: Mapping[str, Sequence[_Critical]]) -> Iterator[ExposureAudit]:
    """What archived targets left open breaks a level from the day it was seen, whoever was audited since."""
    every = [one for ones in lost.values() for one in ones]
    for one in every:
        there = {name: {other.finding for other in ones if other.there(one.first_seen)} for name, ones in lost.items()}
        count, said = len(set().union(*there.values())), tuple(_elsewhere(there))
        yield ExposureAudit(ground.local(one.first_seen), count, proves=False, limits=said)


def _of_archived(ground: Ground, criticals: Mapping[int, Sequence[_Critical]]) -> Mapping[str, Sequence[_Critical]]:
    """What archived targets saw and nobody closed, by their names; false positives left out."""
    rows = ground.session.execute(
        select(Target.id, Target.name).where(
            Target.scanner == EXPOSURE, Target.archived_at.is_not(None), ground.here(Target.establishment_id)
        )
    )
    found: dict[str, list[_Critical]] = defaultdict(list)
    for number, name in rows:
        found[name] += [one for one in criticals.get(number, ()) if one.gone_at is None and not one.false_positive]
    return found


def _unsure(ground: Ground, runs: Sequence[int]) -> Mapping[int, Sequence[RuleOutcome]]:
    """The critical rules of these audits that could not tell, or not of everything."""
    rows = ground.session.scalars(
        select(RuleOutcome).where(
            among(ground.session, RuleOutcome.run_id, runs),
            RuleOutcome.severity == Severity.CRITICAL,
            (RuleOutcome.status == Status.NOT_ASSESSABLE)
            | ((RuleOutcome.status == Status.FAILED) & (RuleOutcome.reason_fr != "")),
        )
    )
    found: dict[int, list[RuleOutcome]] = defaultdict(list)
    for one in rows:
        found[one.run_id].append(one)
    return found


def _why(run: Run) -> Text:
    if run.stopped is not None or run.left_over:
        return _STOPPED
    unnamed = next((gap for gap in run.gaps or () if not gap.get("subject")), None)
    return Text(unnamed["fr"], unnamed["en"]) if unnamed else _BROKEN


def _found() -> ScalarSelect[int]:
    """The critical findings of a run itself."""
    return (
        select(func.coalesce(func.sum(RuleOutcome.findings), 0))
        .where(
            RuleOutcome.run_id == Run.id,
            RuleOutcome.status == Status.FAILED,
            RuleOutcome.severity == Severity.CRITICAL,
        )
        .scalar_subquery()
    )


def _criticals(ground: Ground) -> Mapping[int, Sequence[_Critical]]:
    """The critical weaknesses that each target ever saw."""
    rows = ground.session.execute(
        select(
            SightingRow.target_id,
            FindingRow.id,
            SightingRow.first_seen_at,
            SightingRow.gone_at,
            FindingRow.state == State.FALSE_POSITIVE,
        )
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(
            ground.here(FindingRow.establishment_id),
            FindingRow.scanner == EXPOSURE,
            FindingRow.severity == Severity.CRITICAL,
        )
    )
    known: dict[int, list[_Critical]] = defaultdict(list)
    for target_id, finding, first_seen, gone_at, false_positive in rows:
        known[target_id].append(_Critical(finding, first_seen, gone_at, bool(false_positive)))
    return known
