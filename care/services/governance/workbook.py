"""Every register of governance of a holder in one workbook, for who may export."""

from __future__ import annotations

from collections.abc import Sequence

from care.domain.access import Place, Right, Scope
from care.domain.frameworks import CONFIDENCE_NAMES, Confidence
from care.services.action_query import today
from care.services.frameworks.holders import seen_holder
from care.services.governance.budgets import Budget, budget_in
from care.services.governance.committees import Committees, Sitting, committees_in
from care.services.governance.figure_files import COLUMNS, TOLD, figure_rows
from care.services.governance.holding import thing
from care.services.governance.roles import Staffing, staffing_in
from care.services.platform import Platform
from care.services.trail import record
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from scanners.model import Lang, Text

SITTINGS = {
    Sitting.PLANNED: Text("Prévue", "Planned"),
    Sitting.HELD: Text("Tenue", "Held"),
    Sitting.MISSED: Text("Non tenue", "Not held"),
    Sitting.UNSAID: Text("À renseigner", "To be told"),
}
_SURE = {**CONFIDENCE_NAMES, Confidence.OURS: Text("Choix interne", "Own choice")}
_TITLE = Text("Gouvernance", "Governance")
_YES, _NO = Text("oui", "yes"), Text("non", "no")
_ROLES = (
    Text("Fonction", "Function"),
    Text("Personne", "Person"),
    Text("Portée par", "Held by"),
    Text("ETP", "FTE"),
    Text("Partagée", "Shared"),
    Text("Nommée le", "Appointed on"),
    Text("Fin", "End"),
    Text("Pièces", "Pieces"),
    Text("Remarque", "Note"),
)
_GAPS = (
    Text("Fonction", "Function"),
    Text("Demandée par un texte lu", "Asked for by a text read"),
    Text("Source", "Source"),
    Text("ETP déclarés", "FTE declared"),
    Text("Cible", "Target"),
    Text("Source de la cible", "Source of the target"),
    Text("Confiance", "Confidence"),
    Text("Manque", "Lacking"),
    Text("Établissements sans personne", "Establishments without anybody"),
)
_BUDGET = (
    Text("Année", "Year"),
    Text("Fonctionnement (€)", "Operating (€)"),
    Text("Numérique (€)", "Digital (€)"),
    Text("Cybersécurité (€)", "Cyber (€)"),
    Text("Part du numérique", "Digital share"),
    Text("Fraction exacte", "Exact fraction"),
    Text("Part de la cyber dans le numérique", "Cyber share of the digital"),
    Text("Budget voté", "Budget voted"),
    Text("Source", "Source"),
    Text("Membres sans réponse", "Members without an answer"),
)
_MEETINGS = (
    Text("Comité", "Committee"),
    Text("De", "Of"),
    Text("Date", "Day"),
    Text("Tenue", "Held"),
    Text("Participants", "Attendees"),
    Text("Décisions", "Decisions"),
    Text("Actions", "Actions"),
    Text("Comptes rendus", "Minutes"),
)


def governance_xlsx(platform: Platform, scope: Scope, place: Place) -> bytes:
    """Five sheets: functions, gaps, budget, committees, monthly figures. The trail keeps who took it."""
    now, day, lang = platform.clock.now(), today(platform), scope.lang
    with platform.database.write() as session:
        holder = seen_holder(session, scope, place, day, Right.EXPORT)
        staffing = staffing_in(platform, session, scope, holder, day)
        sheets = [
            Sheet(Text("Fonctions", "Functions").render(lang), _named(_ROLES, lang), _roles(staffing, lang)),
            Sheet(
                Text("Cibles et manques", "Targets and gaps").render(lang), _named(_GAPS, lang), _gaps(staffing, lang)
            ),
            Sheet(
                Text("Budget", "Budget").render(lang),
                _named(_BUDGET, lang),
                _budget(budget_in(platform, session, scope, holder, day), lang),
            ),
            Sheet(
                Text("Comités", "Committees").render(lang),
                _named(_MEETINGS, lang),
                _meetings(committees_in(platform, session, scope, holder, day), lang),
            ),
            Sheet(
                Text("Indicateurs", "Indicators").render(lang),
                _named((*COLUMNS.values(), *TOLD.values()), lang),
                figure_rows(platform, session, holder, lang),
            ),
        ]
        record(session, scope, "governance.exported", thing("governance", holder.key, holder), now, {"form": "xlsx"})
        return xlsx_bytes(sheets, f"{_TITLE.render(lang)} – {holder.name}")


def _named(texts: Sequence[Text], lang: Lang) -> list[str]:
    return [text.render(lang) for text in texts]


def _said(yes: bool, lang: Lang) -> str:
    return (_YES if yes else _NO).render(lang)


def _roles(found: Staffing, lang: Lang) -> list[list[Cell]]:
    current = [one for function in found.functions for one in (*function.here, *function.lent)]
    return [
        [
            one.function_name,
            one.name,
            one.where,
            None if one.hundredths is None else one.hundredths / 100,
            _said(one.shared, lang),
            one.appointed_on,
            one.ended_on,
            " ; ".join(proof.title for proof in one.proofs),
            one.note,
        ]
        for one in (*current, *found.gone)
    ]


def _gaps(found: Staffing, lang: Lang) -> list[list[Cell]]:
    return [
        [
            one.title,
            _said(one.expected, lang),
            one.source,
            one.total,
            one.target.fte if one.target else "",
            one.target.source if one.target else "",
            _SURE[one.target.confidence].render(lang) if one.target and one.target.fte else "",
            one.gap,
            ", ".join(one.unserved),
        ]
        for one in found.functions
    ]


def _budget(found: Budget, lang: Lang) -> list[list[Cell]]:
    return [
        [
            one.year,
            one.operating.value,
            one.digital.value,
            one.cyber.value,
            one.digital_share.written,
            one.digital_share.exact,
            one.cyber_of_digital.written,
            _said(one.voted, lang),
            one.source,
            ", ".join(one.missing),
        ]
        for one in found.years
    ]


def _meetings(found: Committees, lang: Lang) -> list[list[Cell]]:
    return [
        [
            one.kind_name,
            one.where,
            one.held_on,
            SITTINGS[one.sitting].render(lang),
            one.attendees,
            one.text,
            " ; ".join(decision.action.title for decision in one.decisions if decision.action),
            " ; ".join(proof.title for proof in one.proofs),
        ]
        for one in (*found.coming, *found.past)
    ]
