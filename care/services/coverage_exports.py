"""The computation of the 66 % rule handed out: CSV (one line a unit) and workbook (units, result)."""

from __future__ import annotations

from collections.abc import Sequence

from care.domain.access import Place, Right, Scope
from care.domain.share_rule import Verdict
from care.services.coverage_rule import Coverage, Judged, Objective, ObjectiveView, UnitLine, read_coverage
from care.services.platform import Platform
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Lang, Text

VERDICTS = {
    Verdict.MET: Text("Atteint", "Reached"),
    Verdict.NOT_MET: Text("Pas atteint", "Not reached"),
    Verdict.TO_CONFIRM: Text("À confirmer", "To be confirmed"),
    Verdict.UNKNOWN: Text("Impossible à calculer", "Cannot be computed"),
}
_YES, _NO = Text("oui", "yes"), Text("non", "no")
_UNITS = Text("Unités", "Units")
_RESULT = Text("Résultat", "Result")
_TITLE = Text("Règle des 66 %", "The 66 % rule")
_HEADER = (
    Text("Unité", "Unit"),
    Text("FINESS", "FINESS"),
    Text("Fermée le", "Closed on"),
    Text("Poids", "Weight"),
    Text("Origine du poids", "Origin of the weight"),
    Text("Part (tronquée)", "Part (truncated)"),
    Text("Part exacte", "Exact part"),
    Text("D2.O1.C couvert", "D2.O1.C covered"),
    Text("D2.O1.C : ce qui manque", "D2.O1.C: what is missing"),
    Text("D2.O1.D couvert", "D2.O1.D covered"),
    Text("D2.O1.D : ce qui manque", "D2.O1.D: what is missing"),
)
_RESULT_HEADER = (
    Text("Objectif", "Objective"),
    Text("Verdict", "Verdict"),
    Text("Part couverte (tronquée)", "Covered part (truncated)"),
    Text("Couvert / total", "Covered / total"),
    Text("Fraction exacte", "Exact fraction"),
    Text("Avec les unités fermées", "With the closed units"),
    Text("Unités à ajouter", "Units to add"),
    Text("Unités sans poids", "Units without weight"),
)


def coverage_csv(platform: Platform, scope: Scope, place: Place) -> bytes:
    """One line a unit; NotFound, Forbidden as the computation itself."""
    found = read_coverage(platform, scope, place, Right.EXPORT)
    content = csv_bytes(_named(_HEADER, scope.lang), [_unit(one, scope.lang) for one in found.units])
    _handed_out(platform, scope, found, "csv")
    return content


def coverage_xlsx(platform: Platform, scope: Scope, place: Place) -> bytes:
    """Two sheets: the units, the result of each objective."""
    found, lang = read_coverage(platform, scope, place, Right.EXPORT), scope.lang
    sheets = [
        Sheet(_UNITS.render(lang), _named(_HEADER, lang), [_unit(one, lang) for one in found.units]),
        Sheet(_RESULT.render(lang), _named(_RESULT_HEADER, lang), [_result(one, lang) for one in found.objectives]),
    ]
    content = xlsx_bytes(sheets, f"{_TITLE.render(lang)} – {found.name}")
    _handed_out(platform, scope, found, "xlsx")
    return content


def _named(texts: Sequence[Text], lang: Lang) -> list[str]:
    return [text.render(lang) for text in texts]


def _unit(one: UnitLine, lang: Lang) -> list[Cell]:
    cells: list[Cell] = [one.name, one.finess, one.closed_on, one.weight, one.origin, one.part, one.exact]
    return [*cells, *_judged(one.judged[Objective.O1_C], lang), *_judged(one.judged[Objective.O1_D], lang)]


def _judged(one: Judged, lang: Lang) -> list[Cell]:
    return [(_YES if one.covered else _NO).render(lang), " ; ".join(remark.words for remark in one.lacks)]


def _result(one: ObjectiveView, lang: Lang) -> list[Cell]:
    verdict = VERDICTS[one.verdict].render(lang)
    names = [" ; ".join(one.to_add), " ; ".join(one.without_weight)]
    return [one.name, verdict, one.value, one.sums, one.fraction, one.with_closed, *names]


def _handed_out(platform: Platform, scope: Scope, found: Coverage, form: str) -> None:
    with platform.database.write() as session:
        thing = Thing("place", found.place.key)
        record(session, scope, "coverage.exported", thing, platform.clock.now(), {"form": form})
