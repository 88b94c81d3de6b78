"""What a declaration dossier says: objectives as they stand, their evidence, the computations behind, what applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Scope
from care.domain.application_files import STATE_NAMES
from care.domain.frameworks import CONFIDENCE_NAMES, Framework, Parameter
from care.domain.funded_domains import FundedDomain
from care.domain.held_exposure import Window, held
from care.domain.judging import STATUS_NAMES, RequirementStatus
from care.services.action_query import today
from care.services.application_files.candidates import find_file, framework_of
from care.services.application_files.standing import READY_NAMES, Ready, number_of, readiness, stood
from care.services.book_contents import Shelf, keys_of, shelf_of
from care.services.coverage_exports import VERDICTS
from care.services.coverage_rule import Coverage, Objective, read_coverage
from care.services.evidence_reading import readable
from care.services.frameworks.assessing import Assessed, assess_on
from care.services.frameworks.exposure_audits import exposure_audits
from care.services.frameworks.ground import Ground
from care.services.frameworks.holders import holder_at
from care.services.places import place_name
from care.services.platform import Platform
from care.store.evidence import Evidence
from care.store.programme import ApplicationFile
from care.store.registry import Establishment
from reports.book import BookPiece
from reports.dossier import Dossier, DossierObjective, DossierPart, DossierTable
from reports.seal.verifier import Said
from scanners.model import Text

_TONES: Mapping[RequirementStatus, str] = {
    RequirementStatus.MET: "good",
    RequirementStatus.NOT_MET: "alert",
    RequirementStatus.TO_CONFIRM: "warning",
    RequirementStatus.IN_PROGRESS: "warning",
    RequirementStatus.EVIDENCE_FILED: "warning",
}
_READY_TONES: Mapping[Ready, str] = {Ready.YES: "good", Ready.RESERVED: "warning", Ready.NO: "alert"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """A dossier, and what is kept of it for ever: the objectives as they stood, how many are met."""

    dossier: Dossier
    stood: Mapping[str, Any]
    met: int


def pieces_by_site(
    platform: Platform, session: Session, place: Place, domain: FundedDomain
) -> Mapping[int, frozenset[int]]:
    """The evidence tied to the objectives of a domain, by establishment of the candidate."""
    day = today(platform)
    framework = framework_of(platform, session, domain)
    found: dict[int, set[int]] = defaultdict(set)
    for one in assess_on(Ground(platform, session, holder_at(session, place, day), day), framework):
        for piece in one.pieces:
            found[piece.establishment_id].add(piece.id)
    return {site: frozenset(pieces) for site, pieces in sorted(found.items())}


def gather(platform: Platform, scope: Scope, place: Place, domain: FundedDomain, asked_by: str) -> Gathered:
    """Everything the dossier says, read at once; only the files are read later. The chains are signed already."""
    day = today(platform)
    coverage = _coverage(platform, scope, place) if domain.framework == "care-d2" else {}
    with platform.database.read() as session:
        framework = framework_of(platform, session, domain)
        ground = Ground(platform, session, holder_at(session, place, day), day)
        found = assess_on(ground, framework)
        shelves = _shelves(session, scope, found)
        kept = dict(stood(framework, found))
        tables, results = _computations(ground, framework, coverage)
        ready = readiness([one.status for one in found])
        dossier = Dossier(
            candidate=place_name(session, place, "fr"),
            domain=_said(domain.name),
            numbering=_said(domain.numbering),
            made_at=platform.clock.now(),
            made_by=asked_by,
            verdict=_said(READY_NAMES[ready]),
            tone=_READY_TONES[ready],
            framework=Said(
                f"{framework.title.fr}, version {framework.version}",
                f"{framework.title.en}, version {framework.version}",
            ),
            facts=tuple(_facts(find_file(session, place, domain.framework), found)),
            objectives=tuple(_objective(framework, one, shelves) for one in found),
            tables=tables,
            parameters=_parameters(framework),
            results={
                "objectifs": {**kept, "day": day.isoformat()},
                "fichier": _file(session, place, domain),
                **results,
            },
            parts=tuple(
                DossierPart(site.name, site.finess, shelf.chain, shelf.checkpoints) for site, shelf in shelves.values()
            ),
            key=platform.signer.key_id,
            keys=keys_of(platform, [mark for _site, shelf in shelves.values() for mark in shelf.checkpoints]),
            public_pem=platform.signer.public_pem,
        )
    return Gathered(dossier, kept, sum(one.status is RequirementStatus.MET for one in found))


Shelves = Mapping[int, tuple[Establishment, Shelf]]


def _shelves(session: Session, scope: Scope, found: Sequence[Assessed]) -> Shelves:
    """The evidence of each establishment, as its chain knows it."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for one in found:
        for piece in one.pieces:
            wanted[piece.establishment_id].add(piece.id)
    shelves = {}
    for number, pieces in sorted(wanted.items()):
        site = session.get_one(Establishment, number)
        asked = [Evidence.id.in_(sorted(pieces)), *readable(scope)]
        if session.scalar(select(Evidence.id).where(*asked, Evidence.number.is_not(None)).limit(1)) is not None:
            shelves[number] = (site, shelf_of(session, scope, site, asked))
    return shelves


def _objective(framework: Framework, one: Assessed, shelves: Shelves) -> DossierObjective:
    number = number_of(framework, one.item.id)
    return DossierObjective(
        folder="".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in number),
        number=number,
        title=_said(one.item.title),
        status=_said(STATUS_NAMES[one.status]),
        tone=_TONES.get(one.status, "unknown"),
        why=tuple(map(_said, one.why)),
        missing=tuple(map(_said, one.missing)),
        pieces=tuple(_pieces(one, shelves)),
    )


def _pieces(one: Assessed, shelves: Shelves) -> Iterator[BookPiece]:
    for piece in sorted(one.pieces, key=lambda each: (each.establishment_id, each.id)):
        shelf = shelves.get(piece.establishment_id)
        if shelf is not None and piece.id in shelf[1].pieces:
            yield shelf[1].pieces[piece.id]


_UNSAID = Said("non renseigné", "not said")


def _facts(row: ApplicationFile | None, found: Sequence[Assessed]) -> Iterator[tuple[Said, Said]]:
    met = sum(one.status is RequirementStatus.MET for one in found)
    yield Said("Objectifs atteints", "Objectives met"), Said(f"{met} sur {len(found)}", f"{met} out of {len(found)}")
    if row is None:
        return
    yield Said("Étape du dossier", "Step of the file"), _said(STATE_NAMES[row.state])
    yield Said("Référence du portail", "Reference of the portal"), _plain(row.reference)
    yield Said("Candidature déposée le", "Candidacy filed on"), _day(row.candidacy_on)
    yield Said("Déclaration déposée le", "Declaration filed on"), _day(row.declaration_on)
    yield Said("Responsable du dossier", "Owner of the file"), _plain(row.owner)


def _file(session: Session, place: Place, domain: FundedDomain) -> dict[str, Any]:
    row = find_file(session, place, domain.framework)
    if row is None:
        return {"domain": domain.framework}
    days = {"candidacy_on": row.candidacy_on, "declaration_on": row.declaration_on, "paid_on": row.paid_on}
    return {
        "domain": domain.framework,
        "state": row.state.value,
        "reference": row.reference,
        **{name: value.isoformat() if value else None for name, value in days.items()},
    }


def _parameters(framework: Framework) -> DossierTable:
    return DossierTable(
        name="valeurs",
        title=Said("Valeurs qui s’appliquaient", "Values that applied"),
        note=Said(
            "Une valeur inconnue n’a jamais rendu un objectif atteint.", "An unknown value never made an objective met."
        ),
        columns=(
            Said("Valeur", "Value"),
            Said("Retenue", "Used"),
            Said("Source", "Source"),
            Said("Fiabilité", "Sureness"),
        ),
        rows=tuple(_parameter(one) for one in framework.parameters.values()),
    )


def _parameter(one: Parameter) -> tuple[Said, ...]:
    value = _day(one.value) if isinstance(one.value, date) else _plain("" if one.value is None else str(one.value))
    return _said(one.title), value, Said(one.source, one.source), _sureness(one)


def _sureness(one: Parameter) -> Said:
    """How sure a value is; one that no text gives is nobody's."""
    return (
        Said("dans aucun texte lu", "in no text read") if one.value is None else _said(CONFIDENCE_NAMES[one.confidence])
    )


# The computations: the 66 % rule, the exposure held over time.


def _coverage(platform: Platform, scope: Scope, place: Place) -> Mapping[str, Coverage]:
    return {lang: read_coverage(platform, replace(scope, lang=lang), place) for lang in ("fr", "en")}


Computations = tuple[tuple[DossierTable, ...], Mapping[str, Mapping[str, Any]]]


def _computations(ground: Ground, framework: Framework, coverage: Mapping[str, Coverage]) -> Computations:
    tables, results = [], {}
    if coverage:
        tables.append(_coverage_table(coverage["fr"], coverage["en"]))
        results["regle-66"] = _coverage_json(coverage["fr"])
    if framework.id == "care-d1":
        table, result = _exposure(ground, framework)
        tables.append(table)
        results["exposition"] = result
    return tuple(tables), results


def _coverage_table(fr: Coverage, en: Coverage) -> DossierTable:
    judged = [
        f"{one.name} : {VERDICTS[one.verdict].fr}{f' ({one.value}, {one.fraction})' if one.value else ''}."
        for one in fr.objectives
    ]
    told = [
        f"{one.name}: {VERDICTS[one.verdict].en}{f' ({one.value}, {one.fraction})' if one.value else ''}."
        for one in en.objectives
    ]
    return DossierTable(
        name="regle-66",
        title=Said("La règle des 66 %", "The 66% rule"),
        note=Said(" ".join(judged), " ".join(told)),
        columns=(
            Said("Unité", "Unit"),
            Said("Poids et origine", "Weight and origin"),
            Said("Part", "Share"),
            Said("D2.O1.C", "D2.O1.C"),
            Said("D2.O1.D", "D2.O1.D"),
        ),
        rows=tuple(
            (
                Said(f"{one.name} ({one.finess})", f"{one.name} ({one.finess})"),
                _plain(f"{one.weight} ({one.origin})" if one.weight else ""),
                _plain(one.part),
                *(_covered(one.judged[objective].covered, closed=one.closed_on is not None) for objective in Objective),
            )
            for one in fr.units
        ),
    )


def _covered(covered: bool, *, closed: bool) -> Said:
    if closed:
        return Said("fermée, pas comptée", "closed, not counted")
    return Said("couverte", "covered") if covered else Said("pas couverte", "not covered")


def _coverage_json(found: Coverage) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "phase": {
            "start": found.phase.start.isoformat(),
            "end": found.phase.end.isoformat() if found.phase.end else None,
        },
        "objectives": [
            {
                "objective": one.objective.value,
                "verdict": one.verdict.value,
                "value": one.value,
                "fraction": one.fraction,
                "sums": one.sums,
                "with_closed": one.with_closed,
                "to_add": list(one.to_add),
                "without_weight": list(one.without_weight),
            }
            for one in found.objectives
        ],
        "units": [
            {
                "unit": one.key,
                "name": one.name,
                "finess": one.finess,
                "closed_on": one.closed_on.isoformat() if one.closed_on else None,
                "weight": one.weight,
                "origin": one.origin,
                "exact": one.exact,
                **{
                    objective.value: {
                        "covered": one.judged[objective].covered,
                        "shows": [remark.words for remark in one.judged[objective].shows],
                        "lacks": [remark.words for remark in one.judged[objective].lacks],
                    }
                    for objective in Objective
                },
            }
            for one in found.units
        ],
    }


def _exposure(ground: Ground, framework: Framework) -> tuple[DossierTable, dict[str, Any]]:
    """The dates of the audits of each target that count, the pair that proves the level, if there is one, and what that
    pair did not look at."""
    window = Window(_whole(framework, "interval_days_min") or 0, _whole(framework, "interval_days_max") or 0)
    allowed = _whole(framework, "max_open_critical")
    rows, targets = [], []
    for name, audited in exposure_audits(ground).items():
        audits = audited.counted
        found = held(audited.every, window, allowed, ground.day)
        pair = tuple(one.day for one in found.pair) if found.pair else ()
        known = [{"day": one.day.isoformat(), "criticals": one.criticals} for one in audits]
        left_out = list(found.exceptions)
        limits = [{"fr": one.fr, "en": one.en} for one in found.limits]
        days_of_pair = [one.isoformat() for one in pair]
        targets.append(
            {"target": name, "audits": known, "pair": days_of_pair, "exceptions": left_out, "limits": limits}
        )
        days = (Said(f"{one.day:%d/%m/%Y} ({one.criticals})", f"{one.day} ({one.criticals})") for one in audits)
        said = (*(Said(one, one) for one in left_out), *(Said(one.fr, one.en) for one in found.limits))
        exceptions = _joined(said) if pair else Said("", "")
        rows.append((Said(name, name), _joined(tuple(days)), _pair(pair), exceptions))
    table = DossierTable(
        name="exposition",
        title=Said("D1.O2.B : audits d’exposition et paire retenue", "D1.O2.B: exposure audits and the pair retained"),
        note=_level(window, allowed),
        columns=(
            Said("Cible", "Target"),
            Said("Audits retenus (critiques)", "Audits that count (criticals)"),
            Said("Paire", "Pair"),
            Said("Non regardé par la paire", "Not looked at by the pair"),
        ),
        rows=tuple(rows),
    )
    return table, {"interval_days": [window.shortest, window.longest], "max_open_critical": allowed, "targets": targets}


def _level(window: Window, allowed: int | None) -> Said:
    span = Said(
        f"Deux audits séparés de {window.shortest} à {window.longest} jours.",
        f"Two audits {window.shortest} to {window.longest} days apart.",
    )
    if allowed is None:
        return Said(
            f"{span.fr} Le niveau minimal n’a été lu dans aucun texte : la paire montre les dates, pas le niveau.",
            f"{span.en} The minimum level was read in no text: the pair shows the dates, not the level.",
        )
    return Said(f"{span.fr} Critiques admises : {allowed}.", f"{span.en} Criticals allowed: {allowed}.")


def _pair(days: Sequence[date]) -> Said:
    if not days:
        return Said("aucune", "none")
    first, second = days
    apart = (second - first).days
    return Said(f"{first:%d/%m/%Y} et {second:%d/%m/%Y} ({apart} jours)", f"{first} and {second} ({apart} days)")


def _joined(parts: Sequence[Said]) -> Said:
    return Said(", ".join(one.fr for one in parts) or "aucun", ", ".join(one.en for one in parts) or "none")


def _whole(framework: Framework, name: str) -> int | None:
    parameter = framework.parameters.get(name)
    return parameter.value if parameter is not None and isinstance(parameter.value, int) else None


def _said(text: Text) -> Said:
    return Said(text.fr, text.en)


def _plain(words: str) -> Said:
    return Said(words, words) if words else _UNSAID


def _day(day: date | None) -> Said:
    return Said(f"{day:%d/%m/%Y}", day.isoformat()) if day else _UNSAID
