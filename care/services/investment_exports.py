"""The investment plan handed out: workbook and printed document. Only establishments where the reader may export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from zoneinfo import ZoneInfo

from care.domain.access import Level, Place, Right, Scope
from care.domain.actions import CostKind
from care.services.audit_report import DocumentError
from care.services.investment import InvestmentPlan, Period, PlannedAction, PlanRow, investment_plan
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.registry import Establishment
from reports import investment as printed
from reports.errors import ReportError
from reports.spreadsheets import Cell, Euros, Sheet, xlsx_bytes
from reports.words import SEVERITY_NAMES, Severity
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

KINDS = {
    CostKind.INVESTMENT: Text("Investissement", "Investment"),
    CostKind.RUNNING: Text("Fonctionnement", "Running costs"),
}
_TITLE = Text("Plan d’investissement", "Investment plan")
_ENTITY = Text("Établissement", "Establishment")
_FUNDING = Text("Financement", "Funding")
_KIND = Text("Nature", "Nature")
_ACTION = Text("Action", "Action")
_NUMBER = Text("Numéro", "Number")
_ENTITIES = Text("Par établissement", "By establishment")
_FUNDINGS = Text("Par financement", "By funding")
_NATURES = Text("Par nature", "By nature")
_ACTIONS = Text("Par action", "By action")
_DETAIL = Text("Détail", "Detail")
_UNPRICED = Text("Non chiffrées", "Not priced")
_DETAIL_HEADER = (
    Text("Année", "Year"),
    Text("Entité juridique", "Legal entity"),
    _ENTITY,
    Text("FINESS", "FINESS"),
    _NUMBER,
    _ACTION,
    _KIND,
    _FUNDING,
    Text("Montant TTC", "Amount, tax included"),
)
_UNPRICED_HEADER = (
    _NUMBER,
    _ACTION,
    Text("Établissements", "Establishments"),
    Text("Gravité", "Severity"),
    Text("Échéance", "Due"),
    Text("Effort (jours)", "Effort (days)"),
    Text("Responsable", "Owner"),
)


def investment_xlsx(platform: Platform, scope: Scope, place: Place, period: Period) -> bytes:
    """The plan as a workbook: one sheet per axis, the finest grain, what nobody priced. DocumentError when too long.

    NotFound, Forbidden as the plan itself.
    """
    plan, lang = investment_plan(platform, scope, place, period, Right.EXPORT), scope.lang
    try:
        content = xlsx_bytes(_sheets(plan, lang), f"{_TITLE.render(lang)} – {plan.name}")
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    _handed_out(platform, scope, plan, "xlsx")
    return content


def investment_pdf(platform: Platform, scope: Scope, place: Place, period: Period) -> bytes:
    """The plan as an accessible PDF; refusals as `investment_xlsx`."""
    plan = investment_plan(platform, scope, place, period, Right.EXPORT)
    try:
        content = printed.render_investment(_report(platform, plan, scope.lang))
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error
    _handed_out(platform, scope, plan, "pdf")
    return content


def _sheets(plan: InvestmentPlan, lang: Lang) -> list[Sheet]:
    def named(texts: Sequence[Text]) -> list[str]:
        return [text.render(lang) for text in texts]

    def axis(name: Text, first: Text, rows: Sequence[PlanRow]) -> Sheet:
        header = [first.render(lang), *map(str, plan.years), "Total"]
        cells: list[list[Cell]] = [[row.name, *map(Euros, row.cents), Euros(row.total)] for row in rows]
        return Sheet(name.render(lang), header, cells, total="Total")

    actions = [_action_row(action) for action in plan.actions]
    header = [*named((_NUMBER, _ACTION, _UNPRICED_HEADER[2], _FUNDING)), *map(str, plan.years), "Total"]
    return [
        axis(_ENTITIES, _ENTITY, plan.by_entity),
        axis(_FUNDINGS, _FUNDING, plan.by_funding),
        axis(_NATURES, _KIND, _kinds(plan, lang)),
        Sheet(_ACTIONS.render(lang), header, actions, total="Total"),
        Sheet(_DETAIL.render(lang), named(_DETAIL_HEADER), _detail(plan, lang), total="Total"),
        Sheet(_UNPRICED.render(lang), named(_UNPRICED_HEADER), _unpriced(plan, lang)),
    ]


def _action_row(action: PlannedAction) -> list[Cell]:
    amounts = [Euros(cents) for cents in (*action.row.cents, action.row.total)]
    return [action.id, action.title, ", ".join(action.sites), ", ".join(action.fundings), *amounts]


def _kinds(plan: InvestmentPlan, lang: Lang) -> list[PlanRow]:
    return [PlanRow(row.key, KINDS[CostKind(row.key)].render(lang), row.cents) for row in plan.by_kind]


def _detail(plan: InvestmentPlan, lang: Lang) -> list[list[Cell]]:
    return [
        [
            line.year,
            line.legal_entity,
            line.establishment,
            line.finess,
            line.action_id,
            line.title,
            KINDS[line.kind].render(lang),
            line.funding,
            Euros(line.cents),
        ]
        for line in plan.lines
    ]


def _unpriced(plan: InvestmentPlan, lang: Lang) -> list[list[Cell]]:
    severities = SEVERITY_NAMES[cast(ReportLang, lang)]
    return [
        [
            action.id,
            action.title,
            ", ".join(action.sites),
            severities[Severity(action.severity.value)],
            action.due_on,
            action.effort_days,
            action.owner,
        ]
        for action in plan.unpriced
    ]


def _report(platform: Platform, plan: InvestmentPlan, lang: Lang) -> printed.InvestmentReport:
    def rows(found: Sequence[PlanRow]) -> tuple[printed.PlanRow, ...]:
        return tuple(printed.PlanRow(row.name, row.cents) for row in found)

    return printed.InvestmentReport(
        lang=cast(ReportLang, lang),
        issued_at=platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)),
        place=plan.name,
        finess=_finess(platform, plan.place),
        years=plan.years,
        by_year=plan.by_year.cents,
        by_kind=rows(_kinds(plan, lang)),
        by_entity=rows(plan.by_entity),
        by_funding=rows(plan.by_funding),
        actions=tuple(
            printed.PricedAction(one.id, one.title, one.sites, one.fundings, one.shared, one.row.cents)
            for one in plan.actions
        ),
        unpriced=tuple(
            printed.UnpricedAction(
                one.id, one.title, Severity(one.severity.value), one.due_on, one.effort_days, one.owner, one.sites
            )
            for one in plan.unpriced
        ),
        outside_cents=plan.outside_cents,
        seen=plan.seen,
        establishments=plan.establishments,
    )


def _finess(platform: Platform, place: Place) -> str:
    """The number of an establishment; a wider place has none here."""
    if place.level is not Level.ESTABLISHMENT:
        return ""
    with platform.database.read() as session:
        found = session.get(Establishment, place.id)
        return found.finess if found else ""


def _handed_out(platform: Platform, scope: Scope, plan: InvestmentPlan, form: str) -> None:
    """The trace of a file: who took what, where."""
    place = plan.place
    establishment_id = place.id if place.level is Level.ESTABLISHMENT else None
    with platform.database.write() as session:
        thing = Thing("place", f"{place.level}-{place.id}", establishment_id)
        record(session, scope, "investment.exported", thing, platform.clock.now(), {"format": form})
