"""Objectives that the platform computes: one function a requirement, in `COMPUTED`. Each says what it read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import func, select

from care.domain.access import Level
from care.domain.eligibility import Duty
from care.domain.evidence import EvidenceKind
from care.domain.frameworks import Framework, Item, Method
from care.domain.held_exposure import ExposureAudit, Held, Window, held
from care.domain.judging import Heard, Say
from care.domain.plans import months_later
from care.domain.share_rule import Verdict, percent
from care.services.continuity_test_reading import read_lines
from care.services.continuity_test_rows import plan_names
from care.services.coverage_candidates import sites_at
from care.services.coverage_rule import Objective, Position, phase_at_place, positions
from care.services.frameworks.exposure_audits import EXPOSURE, Refused, exposure_audits
from care.services.frameworks.ground import Ground, Piece, ref_of
from care.services.frameworks.voices import day_text
from care.store.bulk import among
from care.store.findings import FindingRow, SightingRow
from care.store.programme import ApplicationFile
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Target
from scanners.model import Text
from scanners.vocabulary import SCANNER_NAMES

DIRECTORY, ADS, CONTINUITY = "ad", "ads", "continuity"
BEST_ADS_LEVEL = 5
_MOST_EXCEPTIONS = 10
AUDIT_MONTHS = 12
"""How old the last audit may be for the theme of audits: regular audits, a year at most (our proposal)."""
Computed = Callable[[Ground, Framework, Item], Heard]


def by_computation(ground: Ground, framework: Framework, item: Item) -> Heard:
    """What the computation of a requirement says. ValueError when the framework asks for one that nobody wrote."""
    computed = COMPUTED.get(ref_of(framework, item))
    if computed is None:
        said = Text("Calcul propre à une autre version de CaRE", "Computed by another version of CaRE")
        return _heard(Say.UNSURE, missing=(said,))
    return computed(ground, framework, item)


def _heard(say: Say, why: Iterable[Text] = (), missing: Iterable[Text] = ()) -> Heard:
    return Heard(Method.COMPUTED, say, tuple(why), tuple(missing))


def proven_number(framework: Framework, name: str) -> int | None:
    """The value of a parameter that may prove something; None when no text gives it."""
    parameter = framework.parameters.get(name)
    if parameter is None or not parameter.proves or not isinstance(parameter.value, int):
        return None
    return parameter.value


def unknown_value(framework: Framework, name: str) -> Text:
    """What is said of a parameter whose value no text read gives."""
    title = framework.parameters[name].title
    return Text(f"Seuil à saisir, avec sa source : {title.fr}", f"Threshold to enter, with its source: {title.en}")


# D2.P1 and D2.O2.A: reviewed within a period


def _security_policy(ground: Ground, framework: Framework, item: Item) -> Heard:
    """D2.P1: reviewed between 16/07/2022 and the candidacy, both days included."""
    file = _file(ground, framework)
    filed_on = file.candidacy_on if file else None
    return _reviewed(ground, framework, item, filed_on, Text("la candidature", "the candidacy"))


def _backup_policy(ground: Ground, framework: Framework, item: Item) -> Heard:
    """D2.O2.A: updated between 16/07/2022 and the declaration, both days included."""
    file = _file(ground, framework)
    filed_on = file.declaration_on if file else None
    return _reviewed(ground, framework, item, filed_on, Text("la déclaration", "the declaration"))


def _file(ground: Ground, framework: Framework) -> ApplicationFile | None:
    """The application file of the holder, or of the candidate it belongs to."""
    keys = [ground.holder.key, *(one.key for one in ground.holder.above)]
    rows = ground.session.scalars(
        select(ApplicationFile).where(ApplicationFile.framework == framework.id, ApplicationFile.holder.in_(keys))
    ).all()
    return min(rows, key=lambda row: keys.index(row.holder), default=None)


def _reviewed(ground: Ground, framework: Framework, item: Item, filed_on: date | None, until: Text) -> Heard:
    start = framework.parameters["review_from"]
    if not start.proves or not isinstance(start.value, date):
        return _heard(Say.UNSURE, missing=(unknown_value(framework, "review_from"),))
    policies = [one for one in ground.pieces.get(ref_of(framework, item), ()) if one.kind is EvidenceKind.POLICY]
    end = filed_on or ground.day
    inside = [one for one in policies if one.since is not None and start.value <= one.since <= end]
    if inside:
        return _heard(Say.YES, (_reviewed_on(inside[0]),))
    dated = [one for one in policies if one.since is not None]
    if dated:
        return _heard(Say.NO, (_outside(dated[0], start.value, end, until if filed_on else None),))
    if policies:
        title = policies[0].title
        said = Text(f"La date de revue de « {title} »", f"The review date of “{title}”")
        return _heard(Say.UNSURE, missing=(said,))
    return _heard(Say.NOTHING)


def _reviewed_on(piece: Piece) -> Text:
    on = day_text(piece.day)
    return Text(f"« {piece.title} », revue le {on.fr}", f"“{piece.title}”, reviewed on {on.en}")


def _outside(piece: Piece, start: date, end: date, until: Text | None) -> Text:
    on, first, last = day_text(piece.day), day_text(start), day_text(end)
    upto = Text(f"{until.fr} ({last.fr})", f"{until.en} ({last.en})") if until else Text("aujourd’hui", "today")
    return Text(
        f"« {piece.title} », revue le {on.fr}, hors de la période du {first.fr} à {upto.fr}",
        f"“{piece.title}”, reviewed on {on.en}, outside the period from {first.en} to {upto.en}",
    )


# D2.O1.C and D2.O1.D: the 66 % rule


def _covered(objective: Objective) -> Computed:
    def computed(ground: Ground, framework: Framework, _item: Item) -> Heard:
        threshold = proven_number(framework, "coverage_percent")
        if threshold is None:
            return _heard(Say.UNSURE, missing=(unknown_value(framework, "coverage_percent"),))
        found = _positions(ground, threshold)
        return _heard(Say.NOTHING) if found is None else _position(found[objective], threshold)

    return computed


def _positions(ground: Ground, threshold: int) -> Mapping[Objective, Position] | None:
    """Both objectives, computed once for a holder: they read the same tables."""
    known: dict[int, Mapping[Objective, Position] | None] = ground.memory.setdefault("coverage", {})
    if threshold not in known:
        sites = _sites(ground)
        share = Fraction(threshold, 100)
        known[threshold] = positions(ground.session, ground.holder.place, sites, ground.day, share) if sites else None
    return known[threshold]


def _sites(ground: Ground) -> Sequence[Establishment]:
    """The establishments in being and, for a candidate, those that closed: the rule may still count them."""
    place = ground.holder.place
    if place.level is Level.ESTABLISHMENT:
        return [ground.session.get_one(Establishment, place.id)]
    return sites_at(ground.session, place)


def _position(found: Position, threshold: int) -> Heard:
    share = found.share
    if share.verdict is Verdict.MET:
        return _heard(Say.YES, (*_percentage(found, threshold), *found.shows))
    if not found.begun and not found.shows:
        return _heard(Say.NOTHING, missing=found.lacks)
    if share.verdict is Verdict.UNKNOWN:
        said = Text(
            f"Le poids de {len(share.without_weight)} unité(s) dans l’activité combinée",
            f"The weight of {len(share.without_weight)} unit(s) in the combined activity",
        )
        return _heard(Say.UNSURE, found.shows, (said, *found.lacks))
    if share.verdict is Verdict.TO_CONFIRM:
        said = Text("Si les unités fermées comptent encore", "Whether the units that closed still count")
        return _heard(Say.UNSURE, (*_percentage(found, threshold), *found.shows), (said,))
    say = Say.NO if found.begun else Say.BEGUN
    return _heard(say, (*_percentage(found, threshold), *found.shows), found.lacks)


def _percentage(found: Position, threshold: int) -> Sequence[Text]:
    if found.share.value is None:
        return ()
    fr, en = percent(found.share.value, "fr"), percent(found.share.value, "en")
    return (
        Text(
            f"{fr} de l’activité combinée (seuil : {threshold} %)",
            f"{en} of the combined activity (threshold: {threshold}%)",
        ),
    )


# D1.O2.B: two exposure audits at the level, 45 to 60 days apart


def _held_exposure(ground: Ground, framework: Framework, _item: Item) -> Heard:
    """On the real dates of the audits that count of every exposure target: the worst of them decides."""
    shortest, longest = proven_number(framework, "interval_days_min"), proven_number(framework, "interval_days_max")
    if shortest is None or longest is None:
        return _heard(Say.UNSURE, missing=(unknown_value(framework, "interval_days_min"),))
    allowed = proven_number(framework, "max_open_critical")
    audits = exposure_audits(ground)
    refused = [_refused_said(one.refused) for one in audits.values() if one.refused]
    if not any(one.counted for one in audits.values()):
        said = Text("Un premier audit d’exposition complet", "A first complete exposure audit")
        return _heard(Say.NOTHING, missing=(said, *refused))
    window = Window(shortest, longest)
    heard = [
        _held_said(name, held(found.every, window, allowed, ground.day), allowed, several=len(audits) > 1)
        for name, found in audits.items()
    ]
    say = min((one.say for one in heard), key=_WORST.index)
    missing = [*(text for one in heard for text in one.missing), *refused]
    if allowed is None:
        missing.append(unknown_value(framework, "max_open_critical"))
    return _heard(say, [text for one in heard for text in one.why], missing)


_WORST = (Say.NO, Say.UNSURE, Say.BEGUN, Say.NOTHING, Say.YES)


def _held_said(name: str, found: Held, allowed: int | None, *, several: bool) -> Heard:
    fr, en = (f"{name} : ", f"{name}: ") if several else ("", "")
    limits = [Text(f"{fr}{limit.fr}", f"{en}{limit.en}") for limit in found.limits]
    if found.pair is not None:
        first, second = (day_text(one.day) for one in found.pair)
        days = (found.pair[1].day - found.pair[0].day).days
        worst = max(one.criticals for one in found.pair)
        said = Text(
            f"{fr}audits du {first.fr} et du {second.fr}, {days} jours d’écart, {worst} critique(s) au plus",
            f"{en}audits of {first.en} and {second.en}, {days} days apart, at most {worst} critical",
        )
        why = [said, _exceptions_said(fr, en, found.exceptions)] if found.exceptions else [said]
        return _heard(Say.YES if allowed is not None else Say.UNSURE, [*why, *limits])
    fallen = (_fallen_said(fr, en, found.fallen),) if found.fallen else ()
    return _heard(Say.BEGUN, missing=(*fallen, *limits, _next_audit(fr, en, found)))


def _fallen_said(fr: str, en: str, audit: ExposureAudit) -> Text:
    day = day_text(audit.day)
    return Text(
        f"{fr}après l’audit du {day.fr}, {audit.criticals} critique(s) restai(en)t : corrigez, puis relancez l’audit",
        f"{en}after the audit of {day.en}, {audit.criticals} critical remained: mend, then run the audit again",
    )


def _exceptions_said(fr: str, en: str, subjects: Sequence[str]) -> Text:
    shown, more = ", ".join(subjects[:_MOST_EXCEPTIONS]), len(subjects) - _MOST_EXCEPTIONS
    rest = Text(f" et {more} autre(s)", f" and {more} more") if more > 0 else Text("", "")
    return Text(
        f"{fr}exceptions, que ces audits n’ont pas pu regarder : {shown}{rest.fr}",
        f"{en}exceptions, which these audits could not look at: {shown}{rest.en}",
    )


def _refused_said(refused: Refused) -> Text:
    day = day_text(refused.day)
    return Text(
        f"L’audit du {day.fr} ne compte pas : {refused.why.fr}",
        f"The audit of {day.en} does not count: {refused.why.en}",
    )


def _next_audit(fr: str, en: str, found: Held) -> Text:
    if found.next_from is None or found.next_until is None:
        return Text(
            f"{fr}un audit complet au niveau, puis un autre 45 à 60 jours après",
            f"{en}a complete audit at the level, then another 45 to 60 days later",
        )
    first, last = day_text(found.next_from), day_text(found.next_until)
    return Text(
        f"{fr}un audit complet au niveau entre le {first.fr} et le {last.fr}",
        f"{en}a complete audit at the level between {first.en} and {last.en}",
    )


# D1.O1: ADS level of every directory


def _directories(ground: Ground, framework: Framework, _item: Item) -> Heard:
    """The level of the last ADS result of each directory; the level to reach was not read in a text."""
    results = _ads_levels(ground)
    if not results:
        said = Text("Le résultat ADS de chaque annuaire", "The ADS result of each directory")
        return _heard(Say.NOTHING, missing=(said,))
    wanted = proven_number(framework, "ads_level")
    why = [_level_said(one.name, one.level, one.on) for one in results if one.level is not None]
    unknown = [_level_lacking(one) for one in results if one.level is None]
    if wanted is None:
        return _heard(Say.UNSURE, why, (unknown_value(framework, "ads_level"), *unknown))
    if any(one.level is not None and one.level < wanted for one in results):
        return _heard(Say.NO, why, unknown)
    return _heard(Say.UNSURE if unknown else Say.YES, why, unknown)


class _AdsResult(NamedTuple):
    """The last result of a directory; `level` None when no point that fails was named, nor all said to be."""

    name: str
    level: int | None
    on: date


def _level_said(name: str, level: int, on: date) -> Text:
    day = day_text(on)
    return Text(f"{name} : niveau {level} le {day.fr}", f"{name}: level {level} on {day.en}")


def _level_lacking(one: _AdsResult) -> Text:
    day = day_text(one.on)
    return Text(
        f"{one.name} : les points en échec du résultat ADS du {day.fr}, qui en disent le niveau",
        f"{one.name}: the failing points of the ADS result of {day.en}, which tell its level",
    )


def _ads_levels(ground: Ground) -> list[_AdsResult]:
    """Findings of an ADS result say the level of their domain; level 5 when every point is known to pass."""
    runs = {run.target_id: run for run in ground.latest_runs if run.scanner == ADS}
    names = dict(
        ground.session.execute(
            select(Target.id, Target.name).where(among(ground.session, Target.id, sorted(runs)))
        ).all()
    )
    levels: dict[int, int] = {}
    rows = ground.session.execute(
        select(SightingRow.target_id, FindingRow.evidence)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(among(ground.session, SightingRow.target_id, sorted(runs)), SightingRow.gone_at.is_(None))
    )
    for target_id, evidence in rows:
        level = evidence.get("ads_level")
        if isinstance(level, int):
            levels[target_id] = min(level, levels.get(target_id, level))
    return [
        _AdsResult(names[number], levels.get(number, _best(run)), ground.local(run.collected_to or run.asked_at))
        for number, run in sorted(runs.items())
    ]


def _best(run: Run) -> int | None:
    """The best level when points passed and none failed; a result that names no point at all tells nothing."""
    return BEST_ADS_LEVEL if run.passed and not run.failed else None


# HAS themes


def _yearly_exercise(ground: Ground, _framework: Framework, item: Item) -> Heard:
    """In every establishment, an exercise that counts, not older than asked (instruction DNS/2025/12: each year)."""
    months = item.repeats_months or AUDIT_MONTHS
    found = _exercise_days(ground)
    late = [number for number in ground.holder.sites if not _recent(found.get(number), months, ground.day)]
    done = [on for number, on in found.items() if number not in late]
    why = [_exercise_said(max(done))] if done else []
    if not late:
        return _heard(Say.YES if ground.holder.sites else Say.NOTHING, why)
    if not found:
        said = Text(
            "Un exercice de crise cyber qui compte pour l’année", "A cyber crisis exercise that counts for the year"
        )
        return _heard(Say.NOTHING, missing=(said,))
    said = Text(
        f"Aucun exercice qui compte depuis {months} mois dans {len(late)} établissement(s)",
        f"No exercise that counts for {months} months in {len(late)} establishment(s)",
    )
    return _heard(Say.NO, [*why, said])


def _exercise_days(ground: Ground) -> Mapping[int, date]:
    """The last exercise that counts for the yearly duty, by establishment."""
    named = plan_names(ground.session, ground.holder.sites)
    phase = phase_at_place(ground.session, ground.holder.place, _sites(ground))
    found: dict[int, date] = {}
    for line in read_lines(ground.session, ground.holder.sites, named, phase, ground.day, "fr"):
        done_on = line.done_on
        if done_on is not None and done_on <= ground.day and any(one.duty is Duty.YEARLY for one in line.counts_for):
            found[line.establishment_id] = max(done_on, found.get(line.establishment_id, done_on))
    return found


def _recent(on: date | None, months: int, day: date) -> bool:
    return on is not None and months_later(on, months) >= day


def _exercise_said(on: date) -> Text:
    day = day_text(on)
    return Text(f"Exercice du {day.fr}", f"Exercise of {day.en}")


def _regular_audits(ground: Ground, _framework: Framework, _item: Item) -> Heard:
    """An audit of the directory and one of the exposure, complete and within the year."""
    last: dict[str, date] = {}
    for run in ground.latest_runs:
        if run.complete and run.collected_to is not None:
            on = ground.local(run.collected_to)
            last[run.scanner] = max(on, last.get(run.scanner, on))
    wanted = ((DIRECTORY, Text("audit de l’annuaire", "audit of the directory")),
              (EXPOSURE, Text("audit de l’exposition", "audit of the exposure")))  # fmt: skip
    why, missing = [], []
    for scanner, name in wanted:
        audited = last.get(scanner)
        if audited is not None and _recent(audited, AUDIT_MONTHS, ground.day):
            day = day_text(audited)
            why.append(Text(f"{name.fr.capitalize()} le {day.fr}", f"{name.en.capitalize()} on {day.en}"))
        else:
            missing.append(Text(f"Un {name.fr} complet de moins d’un an", f"A complete {name.en} less than a year old"))
    if not missing:
        return _heard(Say.YES, why)
    return _heard(Say.BEGUN if why else Say.NOTHING, why, missing)


# The yearly cyber base: what happened in the civil year of the day asked, up to that day.


def _exercise_of_the_year(ground: Ground, _framework: Framework, _item: Item) -> Heard:
    """In every establishment, an exercise that counts, in the civil year (instruction DNS/2025/12, action 1)."""
    year = ground.day.year
    found = {number: on for number, on in _exercise_days(ground).items() if on.year == year}
    why = [_exercise_said(max(found.values()))] if found else []
    lacking = [number for number in ground.holder.sites if number not in found]
    if not lacking:
        return _heard(Say.YES if found else Say.NOTHING, why)
    said = Text(
        f"Un exercice de crise cyber de {year} qui compte pour l’année",
        f"A cyber crisis exercise of {year} that counts for the year",
    )
    return _heard(Say.BEGUN if found else Say.NOTHING, why, (said,))


def _audits_of_the_socle(ground: Ground, framework: Framework, _item: Item) -> Heard:
    """The last complete audit of each kind; how old it may be was read in no text (instruction DNS/2025/12, action 3:
    “regular”), hence to confirm until somebody enters it."""
    months, last = proven_number(framework, "audit_months"), _last_audits(ground)
    why = [_audit_said(scanner, on) for scanner, on in last.items()]
    lacking = Text("Un audit de sécurité complet", "A complete security audit")
    if not last:
        return _heard(Say.NOTHING, missing=(lacking,))
    if months is None:
        return _heard(Say.UNSURE, why, (unknown_value(framework, "audit_months"),))
    if _recent(max(last.values()), months, ground.day):
        return _heard(Say.YES, why)
    aged = Text(f"{lacking.fr} de moins de {months} mois", f"{lacking.en} less than {months} months old")
    return _heard(Say.BEGUN, why, (aged,))


def _audit_said(scanner: str, on: date) -> Text:
    ads = Text("Service ADS de l’ANSSI", "ADS service of the ANSSI")
    name, day = {**SCANNER_NAMES, ADS: ads}.get(scanner, Text(scanner, scanner)), day_text(on)
    return Text(f"{name.fr} : audit du {day.fr}", f"{name.en}: audit of {day.en}")


def _last_audits(ground: Ground) -> Mapping[str, date]:
    """The day of the last complete audit of each kind, up to the day asked."""
    end = datetime.combine(ground.day, time.max, ground.zone).astimezone(UTC)
    rows = ground.session.execute(
        select(Run.scanner, func.max(Run.collected_to))
        .where(Run.complete.is_(True), Run.recorded_at.is_not(None), Run.collected_to <= end)
        .where(Run.scanner != CONTINUITY)
        .where(ground.here(Run.establishment_id))
        .group_by(Run.scanner)
        .order_by(Run.scanner)
    )
    return {scanner: ground.local(at) for scanner, at in rows if at is not None}


COMPUTED: Mapping[str, Computed] = {
    "care-d1:O1.A": _directories,
    "care-d1:O2.B": _held_exposure,
    "care-d2:P1": _security_policy,
    "care-d2:O1.C": _covered(Objective.O1_C),
    "care-d2:O1.D": _covered(Objective.O1_D),
    "care-d2:O2.A": _backup_policy,
    "has:exercices_crise": _yearly_exercise,
    "has:audits_plan_action": _regular_audits,
    "socle-cyber:S1": _exercise_of_the_year,
    "socle-cyber:S3": _audits_of_the_socle,
}
"""One function for each requirement that asks to be computed; a test holds the packaged ones to it."""
